import { catalogue, type CatalogueEntry } from '../../../schemas/catalogue.ts'
import type { FigureRow, GrowthRow } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { range, type Figure } from '../../wording.ts'
import { capital } from '../brief/evidence.ts'
import { verdict } from '../growth/growth-words.ts'

type Of = (indicator: string) => FigureRow | undefined

/**
 * After a page's first sentence, which is about activity: one each about choice and pace, about people, and about growth. Who has
 * five minutes reads these; a sentence without a figure is left out.
 * @param growth up to the newest window; of a district, whose percentile is always about 50, points a year are said
 */
export function firstLook(of: Of, growth: readonly GrowthRow[]): Html | null {
  const sentences = [
    sentence('They', ['choice_share', 'pace', 'goals_set'], of),
    sentence('They', of('active_days')?.status === 'ok' ? ['contact_minutes', 'adult_contact'] : ['adult_contact'], of),
    grew(growth),
  ].filter(one => one !== null)
  if (sentences.length === 0) return null
  return html`<ul class="first-look">
    ${sentences.map(one => html`<li>${one}</li>`)}
  </ul>`
}

/** How each is said after `They`; what is not among them is not said here. */
const SAID: Readonly<Record<string, (said: Html) => Html>> = {
  choice_share: said => html`chose ${said} of their activities themselves`,
  pace: said => html`did ${said} of the work that their own plans set for the time`,
  goals_set: said => html`set ${said} goals each this term`,
  contact_minutes: said => html`had ${said} minutes of logged contact with other people each`,
  adult_contact: said => html`had sustained contact with an adult: ${said} of them`,
}

function sentence(who: string, ids: readonly string[], of: Of): Html | null {
  const parts = ids.flatMap(id => {
    const said = rangeOf(id, of(id))
    return said === null ? [] : [SAID[id]!(html`<strong>${said}</strong>`)]
  })
  if (parts.length === 0) return null
  return html`${who} ${parts.map((part, i) => html`${i === 0 ? '' : i === parts.length - 1 ? ', and ' : ', '}${part}`)}.`
}

function rangeOf(id: string, figure: Figure | undefined): string | null {
  const entry = catalogue.find(one => one.id === id)
  if (!entry) return null
  // A ratio of two amounts of work is easier read in percent.
  return range(id === 'pace' ? { ...entry, unit: 'share of planned units' } : entry, figure)
}

const PERCENTILE = catalogue.find(entry => entry.id === 'growth_percentile')!
const RATE = catalogue.find(entry => entry.id === 'growth_rate')!

function grew(rows: readonly GrowthRow[]): Html | null {
  const whole = rows.filter(row => row.slice.startsWith('subject=') && row.status === 'ok')
  const rates = newest(whole, RATE)
  const [entry, found] = rates.length > 0 ? [RATE, rates] : [PERCENTILE, newest(whole, PERCENTILE)]
  if (found.length === 0) return null
  const parts = found.map(row => html`${inSubject(row)} ${entry === RATE ? risen(row) : standing(row)}`)
  const begin = entry === RATE ? 'Their scores rose ' : 'They grew, on average, '
  return html`${begin}${parts.map((part, i) => html`${i > 0 && '; '}${part}`)}.`
}

/** Of each test and subject the newest window. */
function newest(rows: readonly GrowthRow[], { id }: CatalogueEntry): GrowthRow[] {
  const of = rows.filter(row => row.indicator === id)
  return [...Map.groupBy(of, row => row.slice).values()].map(windows => windows.at(-1)!)
}

function inSubject({ slice }: GrowthRow): string {
  const subject = /subject=([^,]*)/.exec(slice)?.[1] ?? ''
  return subject === '' ? '' : `in ${capital(subject)}`
}

const risen = (row: GrowthRow): Html => html`by <strong>${range(RATE, row)}</strong> points a year`

function standing(row: GrowthRow): Html {
  return html`at <strong>percentile ${range(PERCENTILE, row)}</strong>, ${verdict(row)}`
}
