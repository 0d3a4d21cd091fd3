import type { Day } from '../../../schemas/record.ts'
import { rhythm } from '../../charts/rhythm.ts'
import { html, type Html } from '../../html.ts'
import { addDays } from '../../weeks.ts'
import { counted, longDay } from '../../wording.ts'
import { scrolling } from '../parts/cells.ts'
import type { Section } from '../parts/section.ts'
import { PARTS } from './student-traces.ts'
import type { StudentView } from '../student.ts'
import type { Visit } from '../parts/visit.ts'

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const
/** Fewer days show no habit. */
const LEAST_DAYS = 5

/** When the student works: days of the week and parts of the day with activity, over eight weeks. */
export async function rhythmOfStudent(_visit: Visit, { traces: known, day }: StudentView): Promise<Section | null> {
  const traces = await known
  if (traces === null) return null
  const { moments } = traces
  const days = new Set(moments.map(moment => moment.day))
  const weeks = new Set([...days].map(mondayBefore))
  const counts = DAYS.map((_, i) =>
    PARTS.map((_, part) => moments.filter(moment => moment.part === part && weekday(moment.day) === i).length),
  )
  return {
    html: html`<section aria-labelledby="rhythm">
      <h2 id="rhythm">Rhythm</h2>
      ${
        days.size === 0
          ? html`<p>No learning activity is recorded in the eight weeks up to ${longDay(day)}.</p>`
          : drawn(counts, days.size, weeks.size, day)
      }
    </section>`,
  }
}

/** Monday 0 … Sunday 6. */
const weekday = (day: Day): number => (new Date(day).getUTCDay() + 6) % 7

const mondayBefore = (day: Day): Day => addDays(day, -weekday(day))

function drawn(counts: readonly (readonly number[])[], activeDays: number, activeWeeks: number, day: string): Html {
  const weeks = counted(activeWeeks, 'week')
  const sentence = `${counted(activeDays, 'day')} with learning activity in ${weeks} of the eight up to ${longDay(day)}. ${activeDays < LEAST_DAYS ? '' : mostly(counts)}`
  return html`<p class="sentence">${sentence}</p>
    <p class="how-to-read">
      Each field: on how many of these days there was activity in that part of the day, by the clock of the district. A
      day can stand in several parts. When is a habit, or a bus, or a job: ask before concluding.
    </p>
    <div class="picture">
      ${rhythm({
        label: `Days with learning activity by day of the week and part of the day. ${sentence}`,
        rows: DAYS,
        columns: PARTS,
        counts,
        most: activeWeeks,
      })}
    </div>
    <details>
      <summary>Rhythm, as a table</summary>
      ${scrolling('Days with activity by day of the week and part of the day', table(counts))}
    </details>`
}

/** Where most of it lies, if it lies anywhere. */
function mostly(counts: readonly (readonly number[])[]): string {
  const total = (of: readonly number[]): number => of.reduce((sum, count) => sum + count, 0)
  const byPart = PARTS.map((_, part) => total(counts.map(row => row[part]!)))
  const all = total(byPart)
  const top = byPart.indexOf(Math.max(...byPart))
  const weekend = total(counts[5]!) + total(counts[6]!)
  const when = byPart[top]! * 2 > all ? `Mostly ${PARTS[top]}.` : 'At no time of the day more than half of it.'
  return weekend === 0 ? when : `${when} Some of it at the weekend.`
}

function table(counts: readonly (readonly number[])[]): Html {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Day</th>
        ${PARTS.map(part => html`<th scope="col">${part}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${DAYS.map(
        (name, i) =>
          html`<tr>
            <th scope="row">${name}</th>
            ${counts[i]!.map(count => html`<td class="figure">${count}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`
}
