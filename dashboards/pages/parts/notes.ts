import type { Day } from '../../../schemas/record.ts'
import { annotationsPath, type AnnotatedUnit, type Note } from '../../annotations/annotations.ts'
import { mayAnnotate } from '../../access.ts'
import type { Mark } from '../../charts/marks.ts'
import { html, type Html } from '../../html.ts'
import { addDays } from '../../weeks.ts'
import { longDay } from '../../wording.ts'
import type { Visit } from './visit.ts'

/**
 * The notes that fall into the weeks of a unit's charts, as numbered marks, by day.
 * @param weeks Mondays, ascending
 * @param ofDistrict what is said of a note of the whole district on a school's charts
 */
export function marksOf(
  { type }: Pick<AnnotatedUnit, 'type'>,
  notes: readonly Note[],
  weeks: readonly Day[],
  ofDistrict = 'the whole district',
): Mark[] {
  const [first, last] = [weeks[0], weeks.at(-1)]
  if (first === undefined || last === undefined) return []
  const inside = notes.filter(({ from, to }) => to >= first && from < addDays(last, 7))
  return inside.map(({ unit_type, from, to, text }, i) => ({
    number: i + 1,
    from,
    to,
    text: unit_type === type ? text : `${text} (${ofDistrict})`,
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

/** `2 March 2026`, `2 to 6 March 2026`, `30 March to 3 April 2026`. */
export function days({ from, to }: Pick<Note, 'from' | 'to'>): string {
  if (from === to) return longDay(from)
  const [first, last] = [longDay(from).split(' '), longDay(to).split(' ')]
  const shared = [2, 1].filter(i => first.slice(i).join(' ') === last.slice(i).join(' ')).at(-1) ?? 3
  return `${first.slice(0, shared).join(' ')} to ${last.join(' ')}`
}
