import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import type { Day } from '../../../schemas/record.ts'
import { html, type Html } from '../../html.ts'
import { fewAs } from '../parts/few.ts'
import type { Visit } from '../parts/visit.ts'

/**
 * To a school's own principal: how many students were offered help lately, and how many of these offers wait for an answer. A
 * count from 10 on, never who: that is between the student and the adviser.
 *
 * @returns null where nobody was
 */
export async function offersOfSchool({ warehouse }: Visit, school: string, week: Day): Promise<Html | null> {
  const [found] = rows(Counts, await warehouse.query(OFFERS, { school, week }))
  const { offered, open } = found!
  if (offered === 0) return null
  return html`<section aria-labelledby="offers">
    <h2 id="offers">Help offered sooner</h2>
    <p class="sentence">
      In these eight weeks advisers were told that the recorded activity of <strong>${fewAs(offered)}</strong> had
      fallen well below their own usual; of ${fewAs(open)} no adviser has answered yet. Who they are is for their
      advisers, and what an adviser answers is no measure of the adviser’s work.
    </p>
  </section>`
}

const Counts = z.object({ offered: z.int(), open: z.int() })
const OFFERS = sql(new URL('./school-offers.sql', import.meta.url))
