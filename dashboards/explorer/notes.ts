import type { Annotations } from '../annotations/annotations.ts'
import type { Mark } from '../charts/marks.ts'
import type { School } from '../figures/figures.ts'
import { html, type Html } from '../html.ts'
import { days } from '../pages/parts/notes.ts'
import { addDays } from '../weeks.ts'
import type { Day } from '../../schemas/record.ts'
import type { Line, Place } from './question.ts'

/** A dated note, as it stands on the pictures of its place, numbered over all of them. */
export type PlacedMark = Mark & { place: Place }

/**
 * Notes on the charts of the district and of a view's schools, in the weeks that it shows, by day.
 * @param weeks Mondays, ascending
 */
export async function notesOf(
  annotations: Annotations,
  { lines, schools, weeks }: { lines: readonly Line[]; schools: readonly School[]; weeks: readonly Day[] },
): Promise<PlacedMark[]> {
  const [first, last] = [weeks[0], weeks.at(-1)]
  if (first === undefined || last === undefined) return []
  const ids = [...new Set(lines.flatMap(({ unit }) => (unit.type === 'school' ? [unit.id] : [])))]
  const notes = await annotations.of([DISTRICT, ...ids.map(id => ({ type: 'school', id }) as const)])
  const placeOf = (id: string): string => schools.find(school => school.id === id)?.name ?? id
  return notes
    .filter(({ from, to }) => to >= first && from < addDays(last, 7))
    .map(({ unit_type: type, unit_id: id, from, to, text }, i) => ({
      number: i + 1,
      from,
      to,
      text: `${text} (${type === 'district' ? 'the whole district' : placeOf(id)})`,
      place: { type, id },
    }))
}

/** Those of a line's own place, and of the whole district. */
export const marksOn = (notes: readonly PlacedMark[], { unit }: Line): Mark[] =>
  notes
    .filter(({ place }) => place.type === 'district' || (unit.type === 'school' && place.id === unit.id))
    .map(({ place: _place, ...mark }) => mark)

/** Their texts, under the pictures. */
export const notesList = (notes: readonly PlacedMark[]): Html | null =>
  notes.length === 0
    ? null
    : html`<div class="notes">
        <h3>Notes on the pictures</h3>
        <ol>
          ${notes.map(note => html`<li><strong>${days(note)}</strong>: ${note.text}</li>`)}
        </ol>
      </div>`

const DISTRICT = { type: 'district', id: '' } as const
