import type { Progress } from '../figures/figures.ts'
import { html } from '../html.ts'
import { count, longDay } from '../wording.ts'
import type { Content, Visit } from './parts/visit.ts'

/** What stands instead of a page while there is nothing to show yet: what is happening, and when to look again. */
export async function loadingPage({ figures }: Visit, what: string): Promise<Content> {
  const progress = await figures.progress()
  const body = html`<h1>${what} is being loaded</h1>
    <p class="lead">Figures appear here by themselves as soon as the first week has been computed and published.</p>
    <h2>What is happening</h2>
    <ul>
      <li>
        ${progress.events === 0 ? 'No record has arrived yet.' : `${count(progress.events)} records have been stored.`}
      </li>
      <li>${weeks(progress)}</li>
    </ul>
    <p><a class="button" href="">Look again</a></p>`
  return { title: 'Being loaded', body, status: 503, seen: [] }
}

export function weeks(progress: Progress): string {
  if (progress.student_weeks === 0) return 'No week has been computed yet.'
  const [first, last] = [longDay(progress.first_week), longDay(progress.last_week)]
  return first === last
    ? `The week of ${first} has been computed.`
    : `Weeks from ${first} to ${last} have been computed.`
}
