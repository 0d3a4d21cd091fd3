import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import type { Snapshot } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { addDays } from '../../weeks.ts'
import { longDay } from '../../wording.ts'
import { scrolling } from '../parts/cells.ts'
import type { Visit } from '../parts/visit.ts'

/** Roles that weigh methods. */
const READERS = ['analyst', 'researcher']

/**
 * How time on task depends on the two constants it is estimated with, for those who weigh methods: as shares of the minutes that
 * pages show, of the whole district, of a week that was over when the snapshot was made.
 */
export async function effortSensitivity(
  { reader, warehouse }: Pick<Visit, 'reader' | 'warehouse'>,
  snapshot: Snapshot,
): Promise<Html | null> {
  if (!READERS.includes(reader.role)) return null
  const before = addDays(new Date(snapshot.as_of_ms).toISOString().slice(0, 10), -7)
  const found = rows(Row, await warehouse.query(SENSITIVITY, { before }))
  const [first] = found
  if (!first) return null
  const gaps = [...new Set(found.map(row => row.gap_minutes))]
  const caps = [...new Set(found.map(row => row.cap_minutes))]
  const cell = (gap: number, cap: number): Html => {
    const row = found.find(one => one.gap_minutes === gap && one.cap_minutes === cap)
    if (!row) return html`<td class="none">–</td>`
    return html`<td class="figure">
      ${Math.round(row.share * 100)}% <span class="estimate">${row.correlation.toFixed(2)}</span>
    </td>`
  }
  return html`<section aria-labelledby="sensitivity">
    <h2 id="sensitivity">How minutes depend on two constants</h2>
    <p class="how-to-read">
      Time on task ends a session after a pause of 30 minutes and credits at most 10 minutes of a pause. With other
      constants the district’s mean in the week of ${longDay(first.week)} would have been this share of it; in small,
      how alike the order of students stays (Spearman’s rank correlation, 1: the same).
    </p>
    ${scrolling(
      'Minutes under other constants',
      html`<table>
        <thead>
          <tr>
            <th scope="col">A session ends after a pause of</th>
            ${caps.map(cap => html`<th scope="col">at most ${cap} minutes credited</th>`)}
          </tr>
        </thead>
        <tbody>
          ${gaps.map(
            gap =>
              html`<tr>
                <th scope="row">${gap} minutes</th>
                ${caps.map(cap => cell(gap, cap))}
              </tr>`,
          )}
        </tbody>
      </table>`,
    )}
  </section>`
}

const Row = z.object({
  week: z.string(),
  gap_minutes: z.int(),
  cap_minutes: z.int(),
  share: z.number(),
  correlation: z.number(),
})

const SENSITIVITY = sql(new URL('./effort-sensitivity.sql', import.meta.url))
