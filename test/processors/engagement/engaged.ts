import { sql } from '../../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { EngagementRecompute } from '../../../processors/engagement/recompute-engagement.ts'
import { person, recompute, ZONE } from '../../helpers/records.ts'

/** A row of `student_engagement` that a test asks for. */
export type Engaged = {
  grade: string
  band: string
  counted_days: number
  active_share: number | null
  effort_minutes: number | null
  started: number
  completed: number
  completion: number | null
  completion_lo: number | null
  completion_hi: number | null
  failed: number
  retried: number
  persistence: number | null
  evenness: number | null
  similarity: number | null
  units_done: number
  units_planned: number
  pace: number | null
  pace_log2: number | null
  pace_variation: number | null
  flagged: number
  chosen: number
  choice_share: number | null
  choice_lo: number | null
  choice_hi: number | null
  goals_set: number | null
  reflections: number | null
  goal_acts: number | null
  profile_day: string
  profile_current: boolean | null
  help_asked: number | null
  goals_rated: number
  goal_attainment: number | null
  individual_minutes: number | null
  small_group_minutes: number | null
  one_to_one_minutes: number | null
  virtual_tutor_minutes: number | null
  project_team_minutes: number | null
  community_minutes: number | null
}

/** Everything that waits, then engagement of every week with figures, or of these weeks and what they reach. */
export async function engage(warehouse: Warehouse, weeks?: readonly string[]): Promise<void> {
  await recompute(warehouse)
  const known = await warehouse.query<{ week: string }>('select distinct week from student_week order by week')
  const stage = new EngagementRecompute({ warehouse, config: { timeZone: ZONE, district: 'demo' } })
  await stage.run(weeks ?? known.map(({ week }) => week))
}

const students = sql(new URL('../../../processors/engagement/student-engagement.sql', import.meta.url))
let computed = 0

/** Everything that waits, then the students of these weeks (Mondays, ascending) alone, without units, index and years. */
export async function engageStudents(warehouse: Warehouse, ...weeks: readonly string[]): Promise<void> {
  await recompute(warehouse)
  for (const week of weeks) {
    await warehouse.command(`insert into student_engagement ${students}`, {
      week,
      time_zone: ZONE,
      computed: ++computed,
    })
  }
}

/** What is known of a named student in the week of a Monday. */
export async function engaged(warehouse: Warehouse, name: string, week: string): Promise<Engaged | undefined> {
  const [row] = await warehouse.query<Engaged>(
    'select * from student_engagement final where week = {week:Date} and student_id = unhex({student:String})',
    { week, student: person(name) },
  )
  return row
}

/** Every row, bit by bit, as text. */
export async function allEngaged(warehouse: Warehouse): Promise<string[]> {
  const found = await warehouse.query<object>(
    'select * except (student_id, computed), hex(student_id) as student from student_engagement final order by week, student',
  )
  return found.map(row => JSON.stringify(row))
}

export type Figure = {
  value: number | null
  lo95: number | null
  hi95: number | null
  n: number
  status: string
  reason: string
}

export async function figure(
  warehouse: Warehouse,
  indicator: string,
  unit: string,
  week: string,
  slice = '',
): Promise<Figure | undefined> {
  const [row] = await warehouse.query<Figure>(
    `select value, lo95, hi95, n, status, reason from indicators final
     where indicator = {indicator:String} and unit_id = {unit:String} and week = {week:Date} and slice = {slice:String}`,
    { indicator, unit, week, slice },
  )
  return row
}
