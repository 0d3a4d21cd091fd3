import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'
import type { PendingScores } from '../touched-scores.ts'
import { touchStages } from '../touched-stages.ts'

/** A score says for so long in which quarter a student stands (bands.sql). */
const SCORE_DAYS = 400

/**
 * Weeks whose bands follow from scores that were computed anew wait for connectedness: those from the first of their windows
 * on. Of a window that has no score any more nobody knows when it was: then all weeks wait.
 */
export async function touchBands(warehouse: Warehouse, { cohorts, everything }: PendingScores): Promise<void> {
  const weeks = await warehouse.query<{ week: Day }>(
    `select distinct toString(student_week.week) as week from student_week
     where {everything:Bool} or student_week.week + 6 between
       (select min(window_begin) from window_scores final where window in {windows:Array(String)})
       and (select if(count() = 0, toDate(60000), max(window_begin)) from window_scores final where window in {windows:Array(String)})
         + {days:UInt32} + 6`,
    { everything, windows: [...new Set(cohorts.map(({ window }) => window))], days: SCORE_DAYS },
  )
  await touchStages(
    warehouse,
    ['connectedness'],
    weeks.map(({ week }) => week),
  )
}
