import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import type { Day } from '../../../schemas/record.ts'
import { html, type Html } from '../../html.ts'
import { counted } from '../../wording.ts'
import { scrolling } from '../parts/cells.ts'
import type { Visit } from '../parts/visit.ts'

/**
 * How many students each adviser of a school has, for its principal: a reason to support, no appraisal. Whom of them an adviser
 * meets is between the two; whether meetings are logged at all says how far the school's figures reach.
 */
export async function advisersOfSchool(visit: Visit, school: string, week: Day): Promise<Html | null> {
  const found = rows(Adviser, await visit.warehouse.query(ADVISERS, { school, week }))
  if (found.length === 0) return null
  const names = await visit.names.adultsOfSchool(
    visit.reader,
    school,
    found.map(({ id }) => id),
  )
  const advisees = found.map(one => one.advisees).toSorted((a, b) => a - b)
  const named = found
    .map(one => ({ ...one, name: names.get(one.id) ?? 'Name not in the roster' }))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
  const table = html`<table class="figures">
    <caption>
      By name
    </caption>
    <thead>
      <tr>
        <th scope="col">Adviser</th>
        <th scope="col">Homeroom</th>
        <th scope="col">Students</th>
        <th scope="col">Logged a meeting in eight weeks</th>
      </tr>
    </thead>
    <tbody>
      ${named.map(
        one =>
          html`<tr>
            <th scope="row">${one.name}</th>
            <td>${one.labels.join(', ')}</td>
            <td class="figure">${one.advisees}</td>
            <td>${one.active ? 'yes' : 'not yet'}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
  return html`<h3>What advisers carry</h3>
    <p>
      ${counted(found.length, 'adviser')} with ${advisees[0]} to ${counted(advisees.at(-1)!, 'student')} each. A large
      group, or no time to log, is a reason for support; it says nothing about who does good work.
    </p>
    <details>
      <summary>Advisers, as a table</summary>
      ${scrolling('Advisers and their students', table)}
    </details>`
}

const Adviser = z.object({
  id: z.string(),
  labels: z.array(z.string()),
  advisees: z.int(),
  active: z.boolean().or(z.number().transform(Boolean)),
})

const ADVISERS = sql(new URL('./school-advisers.sql', import.meta.url))
