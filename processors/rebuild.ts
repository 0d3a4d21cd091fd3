import { setTimeout as sleep } from 'node:timers/promises'
import { HomeroomError } from '../infra/errors.ts'
import { sql } from '../infra/warehouse/sql.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { Day } from '../schemas/record.ts'
import { newTouch, ROSTER_TOUCH } from './touched.ts'

const difference = sql(new URL('./rebuild-difference.sql', import.meta.url))

export type Rebuild = {
  /** Mondays, both included. */
  from: Day
  to: Day
  /** sourcedId: only students who were ever enrolled there; null: everybody. Aggregates of a week are always computed whole. */
  school: string | null
}

/** What changed in the live aggregates, by indicator and kind of unit. */
export type Difference = {
  indicator: string
  unit_type: string
  cells: number
  added: number
  gone: number
  changed: number
  largest: number | null
  from_version: number
  to_version: number
}

/** Weeks that wait at once: a record that comes meanwhile waits for no more than these. */
const WEEKS_AT_ONCE = 2
const LOOK_EVERY_MS = 250
/** Without a single week computed: nobody is at it. */
const PATIENCE_MS = 120_000

/**
 * Have the figures of some weeks computed again from what is stored, by the processors that run, beside live traffic: a few weeks
 * at a time, the newest first. Nothing is dropped: each week's figures stay until its new ones are there.
 *
 * @param tell hears how many of how many weeks are done
 * @returns what is different now
 * @throws HomeroomError WAREHOUSE_UNAVAILABLE if no processor computes them: what waits still waits then
 */
export async function rebuild(
  warehouse: Warehouse,
  wanted: Rebuild,
  tell: (done: number, of: number) => void = () => undefined,
): Promise<Difference[]> {
  const { from, to } = wanted
  const weeks = await weeksOf(warehouse, wanted)
  await warehouse.command('drop table if exists rebuild_before sync')
  await warehouse.command(
    `create table rebuild_before engine = MergeTree order by (indicator, week) as
     select * from indicators final where week between {from:Date} and {to:Date}`,
    { from, to },
  )
  try {
    for (let done = 0; done < weeks.length; done += WEEKS_AT_ONCE) {
      tell(done, weeks.length)
      const some = weeks.slice(done, done + WEEKS_AT_ONCE)
      await touch(warehouse, some, wanted.school)
      await untilNoneWaits(warehouse, 'touched', some)
    }
    tell(weeks.length, weeks.length)
    // What follows from weeks is computed for all of them at once, and takes rests.
    await untilNoneWaits(warehouse, 'touched_stages', weeks)
    return await warehouse.query<Difference>(difference, { from, to })
  } finally {
    await warehouse.command('drop table if exists rebuild_before sync')
  }
}

/** Newest first. */
async function weeksOf(warehouse: Warehouse, { from, to }: Rebuild): Promise<Day[]> {
  const found = await warehouse.query<{ week: Day }>(
    `select distinct week from student_week where week between {from:Date} and {to:Date} order by week desc`,
    { from, to },
  )
  return found.map(({ week }) => week)
}

async function touch(warehouse: Warehouse, weeks: readonly Day[], school: string | null): Promise<void> {
  const params = { weeks, roster: ROSTER_TOUCH, school: school ?? '', touch: String(newTouch()) }
  await warehouse.command(
    `insert into touched
     with
       pupils as (select person_id from enrolments final where school_id = {school:String}),
       wanted as (select person_id as id from pupils union distinct
         select identifier as id from person_of final where person_id in (select person_id from pupils)),
       weeks_of as (
         select distinct week, person_id as id from events where week in {weeks:Array(Date)}
         union distinct
         select distinct week, student_id as id from student_week where week in {weeks:Array(Date)}
       )
     select week, id, {touch:UInt64}, now(), 0 from weeks_of
     where {school:String} = '' or id in (select wanted.id from wanted)
     union all
     select toDate(arrayJoin({weeks:Array(String)})), unhex({roster:String}), {touch:UInt64}, now(), 0`,
    params,
  )
}

async function untilNoneWaits(
  warehouse: Warehouse,
  table: 'touched' | 'touched_stages',
  weeks: readonly Day[],
): Promise<void> {
  let least = Infinity
  let since = Date.now()
  for (;;) {
    const [row] = await warehouse.query<{ waiting: number }>(
      `select toUInt32(uniqExact(week)) as waiting from ${table} final where done = 0 and week in {weeks:Array(Date)}`,
      { weeks },
    )
    const { waiting } = row!
    if (waiting === 0) return
    if (waiting < least) [least, since] = [waiting, Date.now()]
    if (Date.now() - since > PATIENCE_MS)
      throw new HomeroomError(
        'WAREHOUSE_UNAVAILABLE',
        `${waiting} weeks wait to be computed again, and none was for ${PATIENCE_MS / 1000} s: the processors do not run. Start homeroom all, or homeroom process: then these weeks are computed, and the rest by running this again`,
      )
    await sleep(LOOK_EVERY_MS)
  }
}
