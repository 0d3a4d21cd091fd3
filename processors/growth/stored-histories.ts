import { readColumns } from '../../infra/warehouse/read-columns.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'
import { MOMENTS } from '../statistics/additive-sums.ts'
import { DAYS_PER_YEAR, type Histories } from './histories.ts'
import type { TestScale } from './scales.ts'

const query = sql(new URL('./growth-sums.sql', import.meta.url))

/** What the warehouse has of one test and subject. */
export type StoredHistories = Histories & {
  /** storedAt of each student's newest score, ms since 1970. */
  newest_ms: Float64Array
}

const DAY_MS = 86_400_000
const POINT = 1e6
/** What the six sums are of, in the units of the query. */
const SUMS = [
  ['n', 1],
  ['sum_t', DAYS_PER_YEAR],
  ['sum_tt', DAYS_PER_YEAR ** 2],
  ['sum_y', POINT],
  ['sum_ty', DAYS_PER_YEAR * POINT],
  ['sum_yy', POINT ** 2],
] as const

/**
 * Histories of every student of the district in one test and subject, summed by the warehouse: one row a student, not one a score.
 *
 * @param of.from first day of the window, time 0 · `of.to` day after its last
 * @returns ordered by student; sums of one window can be added, since their centre is the window's and the scale's middle
 * @throws WAREHOUSE_REFUSED if the query is refused
 */
export async function storedHistories(
  warehouse: Warehouse,
  of: { test: string; subject: string; from: Day; to: Day; scale: TestScale },
): Promise<StoredHistories> {
  const { scale, ...window } = of
  const { lowest, highest } = scale
  const from = scale.since !== undefined && scale.since > window.from ? scale.since : window.from
  const centre_day = Math.round((Date.parse(window.to) - Date.parse(from)) / DAY_MS / 2)
  const centre_score = (lowest + highest) / 2
  const found = await readColumns(warehouse, query, { ...window, from, lowest, highest, centre_day, centre_score })
  const n = found.floats('n')
  // Who has impossible scores only has no history, but the scores are counted.
  const known = [...n.keys()].filter(row => n[row]! > 0)
  const numbers = (name: string, unit = 1) => Float64Array.from(known, row => found.floats(name)[row]! / unit)
  const texts = (name: string) => known.map(row => found.texts(name)[row]!)
  const moments = new Float64Array(MOMENTS * known.length)
  SUMS.forEach(([name, unit], k) => {
    numbers(name, unit).forEach((value, at) => (moments[MOMENTS * at + k] = value))
  })
  return {
    students: texts('student_id'),
    school: texts('school_id'),
    sums: { centre: { time: centre_day / DAYS_PER_YEAR, score: centre_score }, moments },
    first: numbers('first_day', DAYS_PER_YEAR),
    last: numbers('last_day', DAYS_PER_YEAR),
    origin: from,
    leftOut: { impossible: found.floats('impossible').reduce((sum, value) => sum + value, 0), 'another scale': 0 },
    newest_ms: numbers('as_of'),
  }
}
