import { html, type Html } from '../../html.ts'
import type { Content } from '../parts/visit.ts'

const TESTS = 'Test scores have arrived, and what they say of growth is below.'
const SURVEYS = 'What people said in surveys is below.'

/** The page of a unit of which only test scores have arrived so far: growth does not wait for the first week of records. */
export function growthAlone(title: string, sections: readonly (Html | null)[], lead = TESTS): Content | null {
  const shown = sections.filter(section => section !== null)
  if (shown.length === 0) return null
  const body = html`<header class="opening">
      <h1>${title}</h1>
      <p class="lead">${lead}</p>
      <p class="earlier">No week of learning activity or contact has been computed yet.</p>
    </header>
    ${shown}
    <p><a href="/catalogue">How each figure is defined</a></p>`
  return { title, body, seen: [] }
}

/** The same of a unit that has been asked, or whose test scores have arrived, or both. */
export function climateAlone(title: string, climate: Html | null, growth: Html | null): Content | null {
  const lead = [climate && SURVEYS, growth && TESTS].filter(said => said !== null).join(' ')
  return growthAlone(title, [climate, growth], lead)
}
