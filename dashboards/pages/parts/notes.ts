import type { Day } from '../../../schemas/record.ts'
import { annotationsPath, type AnnotatedUnit, type Note } from '../../annotations/annotations.ts'
import { mayAnnotate } from '../../access.ts'
import type { Mark } from '../../charts/marks.ts'
import type { Question } from '../../explorer/question.ts'
import { html, type Html } from '../../html.ts'
import { addDays } from '../../weeks.ts'
import { longDay } from '../../wording.ts'
import type { Visit } from './visit.ts'

/**
 * The notes that fall into the weeks of a unit's charts, as numbered marks, by day.
 * @param weeks Mondays, ascending
 */
export function marksOf({ type }: AnnotatedUnit, notes: readonly Note[], weeks: readonly Day[]): Mark[] {
  const [first, last] = [weeks[0], weeks.at(-1)]
  if (first === undefined || last === undefined) return []
  const inside = notes.filter(({ from, to }) => to >= first && from < addDays(last, 7))
  return inside.map(({ unit_type, from, to, text }, i) => ({
    number: i + 1,
    from,
    to,
    text: unit_type === type ? text : `${text} (the whole district)`,
  }))
}

/** The numbered texts under the charts, with the way to write one for who may. */
export function notesList({ reader }: Pick<Visit, 'reader'>, unit: AnnotatedUnit, marks: readonly Mark[]): Html | null {
  const mayWrite = mayAnnotate(reader, unit)
  if (marks.length === 0 && !mayWrite) return null
  return html`<div class="notes">
    ${
      marks.length > 0 &&
      html`<h3>Notes on the charts</h3>
        <ol>
          ${marks.map(mark => html`<li><strong>${days(mark)}</strong>: ${mark.text}</li>`)}
        </ol>`
    }
    ${
      mayWrite &&
      html`<p class="write-note">
        <a href="${annotationsPath(unit)}"
          >${marks.length > 0 ? 'Write a note or take one back' : 'Write a note on these charts'}</a
        >
      </p>`
    }
  </div>`
}

/** Notes of the units of a view of the explorer, in the time that it shows; null where there are none. */
export async function notesBeside(
  { annotations }: Pick<Visit, 'annotations'>,
  { question, weeks }: { question: Pick<Question, 'entry' | 'lines'>; weeks: readonly Day[] },
): Promise<Html | null> {
  const [first, last] = [weeks[0], weeks.at(-1)]
  if (first === undefined || last === undefined || question.entry.period !== 'week') return null
  const schools = [...new Set(question.lines.flatMap(({ unit }) => (unit.type === 'school' ? [unit.id] : [])))]
  const units = [DISTRICT, ...schools.map(id => ({ type: 'school', id }) as const)]
  const notes = (await annotations.of(units)).filter(({ from, to }) => to >= first && from < addDays(last, 7))
  if (notes.length === 0) return null
  return html`<section class="notes" aria-labelledby="notes">
    <h2 id="notes">Notes in this time</h2>
    <ul>
      ${notes.map(note => html`<li><strong>${days(note)}</strong>: ${note.text}</li>`)}
    </ul>
  </section>`
}

const DISTRICT = { type: 'district', id: '' } as const

/** `2 March 2026`, `2 to 6 March 2026`, `30 March to 3 April 2026`. */
export function days({ from, to }: Pick<Note, 'from' | 'to'>): string {
  if (from === to) return longDay(from)
  const [first, last] = [longDay(from).split(' '), longDay(to).split(' ')]
  const shared = [2, 1].filter(i => first.slice(i).join(' ') === last.slice(i).join(' ')).at(-1) ?? 3
  return `${first.slice(0, shared).join(' ')} to ${last.join(' ')}`
}
