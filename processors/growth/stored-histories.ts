import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { Pseudonym, type Day } from '../../schemas/record.ts'
import { DAYS_PER_YEAR, type Histories } from './histories.ts'
import type { TestScale } from './scales.ts'

const windowScores = sql(new URL('../scores/window-scores.sql', import.meta.url))
const query = sql(new URL('./growth-sums.sql', import.meta.url))

const GrowthSums = z.strictObject({
  student_id: Pseudonym,
  school_id: z.string(),
  n: z.int(),
  impossible: z.int(),
  first_day: z.int(),
  last_day: z.int(),
  sum_t: z.number(),
  sum_tt: z.number(),
  sum_y: z.number(),
  sum_ty: z.number(),
  sum_yy: z.number(),
})
type GrowthSums = z.infer<typeof GrowthSums>

const DAY_MS = 86_400_000
const POINT = 1e6

/**
 * Histories of every student of the district in one test and subject, summed by the warehouse.
 *
 * @param of.from first day of the window, time 0 · `of.to` day after its last
 * @returns ordered by student; sums of one window can be added, since their centre is the window's and the scale's middle
 */
export async function storedHistories(
  warehouse: Warehouse,
  of: { test: string; subject: string; from: Day; to: Day; scale: TestScale },
): Promise<Histories> {
  const { scale, ...window } = of
  const from = scale.since !== undefined && scale.since > window.from ? scale.since : window.from
  const { lowest, highest } = scale
  const centre_day = Math.round((Date.parse(window.to) - Date.parse(from)) / DAY_MS / 2)
  const centre_score = (lowest + highest) / 2
  const found = await warehouse.query<object>(
    `with window_scores as (${windowScores})
     select * replace (lower(hex(student_id)) as student_id) from (${query})`,
    { ...window, from, lowest, highest, centre_day, centre_score },
  )
  return historiesOfSums(rows(GrowthSums, found), { time: centre_day / DAYS_PER_YEAR, score: centre_score }, from)
}

function historiesOfSums(found: readonly GrowthSums[], centre: Histories['sums']['centre'], origin: Day): Histories {
  const known = found.filter(({ n }) => n > 0)
  const moments = known.flatMap(row => [
    row.n,
    row.sum_t / DAYS_PER_YEAR,
    row.sum_tt / DAYS_PER_YEAR ** 2,
    row.sum_y / POINT,
    row.sum_ty / DAYS_PER_YEAR / POINT,
    row.sum_yy / POINT ** 2,
  ])
  return {
    students: known.map(({ student_id }) => student_id),
    school: known.map(({ school_id }) => school_id),
    sums: { centre, moments: Float64Array.from(moments) },
    first: Float64Array.from(known, ({ first_day }) => first_day / DAYS_PER_YEAR),
    last: Float64Array.from(known, ({ last_day }) => last_day / DAYS_PER_YEAR),
    origin,
    leftOut: { impossible: found.reduce((sum, { impossible }) => sum + impossible, 0), 'another scale': 0 },
  }
}
