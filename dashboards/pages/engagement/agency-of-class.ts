import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import type { Seen } from '../../access.ts'
import { html, type Html } from '../../html.ts'
import { nameOf, studentPath, type NamedStudent } from '../../people/names.ts'
import { count, longDay } from '../../wording.ts'
import { scrolling } from '../parts/cells.ts'
import type { ClassView } from '../class.ts'
import type { Section } from '../parts/section.ts'
import type { Visit } from '../parts/visit.ts'

/**
 * Choice, pace on the own plan, goals and reflections of each student, by name, for their adviser or teacher; nobody else gets
 * this section.
 */
export async function agencyOfClass(
  { names, reader, warehouse }: Visit,
  { unit, chosen }: ClassView,
): Promise<Section | null> {
  const students = await names.studentsOf(reader, unit)
  if (students === null || students.length === 0) return null
  const params = { students: students.map(({ student }) => student), week: chosen }
  const found = new Map(rows(Row, await warehouse.query(ENGAGEMENT, params)).map(row => [row.student, row]))
  if (found.size === 0) return null
  return {
    html: html`<section aria-labelledby="agency">
      <h2 id="agency">Choice and pace, student by student</h2>
      <p class="how-to-read">
        At the end of the week of ${longDay(chosen)}, by family name. Each student is measured against the own plan
        only. A dash: nothing is known, or there is no plan.
      </p>
      ${scrolling('Choice and pace of each student', table(students, found))}
    </section>`,
    seen: students.map(({ student }): Seen => ({ type: 'student', id: student })),
  }
}

type Row = z.infer<typeof Row>

function table(students: readonly NamedStudent[], found: ReadonlyMap<string, Row>): Html {
  return html`<table class="units">
    <caption>
      Goals: this term. Choices, reflections and requests for help: the last four weeks
    </caption>
    <thead>
      <tr>
        <th scope="col">Student</th>
        <th scope="col">Own plan <span class="unit">units done of those planned to date</span></th>
        <th scope="col">Own choice <span class="unit">of activities of which is said who chose</span></th>
        <th scope="col">Goals set</th>
        <th scope="col">Reflections</th>
        <th scope="col">Asked for help</th>
      </tr>
    </thead>
    <tbody>
      ${students.map(
        one =>
          html`<tr>
            <th scope="row"><a href="${studentPath(one.student)}">${nameOf(one)}</a></th>
            ${cells(found.get(one.student))}
          </tr>`,
      )}
    </tbody>
  </table>`
}

function cells(row: Row | undefined): Html[] {
  const of = (part: number, whole: number): string | null =>
    whole < 1 ? null : `${count(part)} of ${count(Math.round(whole))}`
  const said = row
    ? [
        of(row.units_done, row.units_planned),
        of(row.chosen, row.flagged),
        row.goals_set,
        row.reflections,
        row.help_asked,
      ]
    : [null, null, null, null, null]
  return said.map(value => html`<td class="figure">${value ?? '–'}</td>`)
}

const Count = z.number().nullable()
const Row = z.object({
  student: z.string(),
  units_done: z.number(),
  units_planned: z.number(),
  chosen: z.number(),
  flagged: z.number(),
  goals_set: Count,
  reflections: Count,
  help_asked: Count,
})

const ENGAGEMENT = sql(new URL('./students-engagement.sql', import.meta.url))
