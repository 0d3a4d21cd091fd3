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
/** As long as nothing moves: nobody is at it. */
const PATIENCE_MS = 120_000

/**
 * Have the figures of some weeks computed again from what is stored, by the processors that run, beside live traffic: a few weeks
 * at a time, the newest first. Nothing is dropped: each week's figures stay until its new ones are there.
 *
 * @param tell hears how many of how many weeks are done
 * @returns what is different now; after one of the same weeks that did not end: different from what was there before that
 * @throws HomeroomError WAREHOUSE_UNAVAILABLE if no processor computes them: what waits still waits then
 */
export async function rebuild(
  warehouse: Warehouse,
  wanted: Rebuild,
  tell: (done: number, of: number) => void = () => undefined,
  patience_ms = PATIENCE_MS,
): Promise<Difference[]> {
  const { from, to } = wanted
  const weeks = await weeksOf(warehouse, wanted)
  await keepBefore(warehouse, wanted)
  for (let done = 0; done < weeks.length; done += WEEKS_AT_ONCE) {
    tell(done, weeks.length)
    const some = weeks.slice(done, done + WEEKS_AT_ONCE)
    const upTo = await touch(warehouse, some, wanted.school)
    await untilComputed(warehouse, { table: 'touched', weeks: some, upTo }, patience_ms)
  }
  tell(weeks.length, weeks.length)
  // What follows from weeks is computed for all of them at once, and takes rests.
  const upTo = await newestStageTouch(warehouse, weeks)
  await untilComputed(warehouse, { table: 'touched_stages', weeks, upTo }, patience_ms)
  const found = await warehouse.query<Difference>(difference, { from, to })
  // Not before: run again after a failure, it still says what differs from before the first time.
  await warehouse.command('drop table if exists rebuild_before sync')
  return found
}

/** The cells as they are, in rebuild_before; unless those of these weeks are there since a time that did not end. */
async function keepBefore(warehouse: Warehouse, { from, to }: Rebuild): Promise<void> {
  const whose = `${from} ${to}`
  const [kept] = await warehouse.query<{ comment: string }>(
    `select comment from system.tables where database = currentDatabase() and name = 'rebuild_before'`,
  )
  if (kept?.comment === whose) return
  await warehouse.command('drop table if exists rebuild_before sync')
  await warehouse.command(
    `create table rebuild_before engine = MergeTree order by (indicator, week) as
     select * from indicators final where week between {from:Date} and {to:Date}`,
    { from, to },
  )
  // Last: a table without it is not whole.
  await warehouse.command(`alter table rebuild_before modify comment '${whose}'`)
}

/** Newest first. */
async function weeksOf(warehouse: Warehouse, { from, to }: Rebuild): Promise<Day[]> {
  const found = await warehouse.query<{ week: Day }>(
    `select distinct week from student_week where week between {from:Date} and {to:Date} order by week desc`,
    { from, to },
  )
  return found.map(({ week }) => week)
}

/** @returns the number of the touches: what comes later has a higher one */
async function touch(warehouse: Warehouse, weeks: readonly Day[], school: string | null): Promise<string> {
  const touch = String(newTouch())
  const params = { weeks, roster: ROSTER_TOUCH, school: school ?? '', touch }
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
  return touch
}

async function newestStageTouch(warehouse: Warehouse, weeks: readonly Day[]): Promise<string> {
  const [row] = await warehouse.query<{ newest: string }>(
    `select toString(max(touch)) as newest from touched_stages where week in {weeks:Array(Date)}`,
    { weeks },
  )
  return row!.newest
}

/** Under live traffic the current week always waits for something: only what was touched up to a number is waited for. */
type Awaited = { table: 'touched' | 'touched_stages'; weeks: readonly Day[]; upTo: string }

async function untilComputed(
  warehouse: Warehouse,
  { table, weeks, upTo }: Awaited,
  patience_ms: number,
): Promise<void> {
  let last = ''
  let since = Date.now()
  for (;;) {
    const [row] = await warehouse.query<{ waiting: number; moved: string }>(
      `select toUInt32(uniqExact(week)) as waiting, (${MOVED}) as moved from ${table} final
       where done = 0 and touch <= {upTo:UInt64} and week in {weeks:Array(Date)}`,
      { weeks, upTo },
    )
    const { waiting, moved } = row!
    if (waiting === 0) return
    if (moved !== last) [last, since] = [moved, Date.now()]
    if (Date.now() - since > patience_ms)
      throw new HomeroomError(
        'WAREHOUSE_UNAVAILABLE',
        `${waiting} weeks wait to be computed again, and for ${patience_ms / 1000} s nothing was computed: the processors do not run. Start homeroom all, or homeroom process: then these weeks are computed, and the rest by running this again, which still compares with what was there before`,
      )
    await sleep(LOOK_EVERY_MS)
  }
}

/**
 * Changes with whatever the processors compute, by what only they write: a stage that takes minutes stores week after week, and clears
 * all of them at its end. Numbers of blocks, which merging parts leaves as they are.
 */
const MOVED = `select toString((
  (select groupArray((of, block)) from (
    select (table, partition) as of, max(max_block_number) as block from system.parts
    where database = currentDatabase() and active and table in ('student_week', 'indicators', 'student_engagement',
      'alarm_weeks', 'student_flags', 'tie_weeks', 'flow_weeks', 'student_connectedness')
    group by of order by of)),
  (select count() from touched where done = 1), (select count() from touched_stages where done = 1)))`
