import { randomInt } from 'node:crypto'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'

/** The person whose touch means "the roster behind this week's aggregates changed". */
export const ROSTER_TOUCH = '0'.repeat(64)

/**
 * SQL: the weeks that a stored row of `events` reaches: none if its time lies outside the kept range, else its own, and the
 * one before if an explicit duration may reach back over Monday's midnight. A record that does has touched that week when it
 * was stored; a week that nothing ever touched stays out, or its aggregates would exist for some orders of arrival only.
 */
export const REACHED_WEEKS = `arrayJoin(multiIf(
  events.week = toDate(0), [],
  duration_ms > 0 and local_day = events.week and
    events.week - 7 in (select week from touched union distinct select week from student_week), [events.week, events.week - 7],
  [events.week]))`

/** How many touches one recomputation takes on; the rest waits for the next. Keeps the parameter list short. */
const TOUCHES_AT_ONCE = 200

export type PendingWeek = {
  /** Monday, `2026-03-02`. */
  week: string
  /** Touched identifiers, without the roster's. */
  people: number
  touches: bigint[]
}

/** The number of a batch's touches: unique over processes, so that clearing one never clears another. */
export function newTouch(): bigint {
  return (BigInt(Date.now()) << 20n) + BigInt(randomInt(1 << 20))
}

/**
 * The aggregates of every week that has any, and all growth wait for recomputation: the roster behind them has changed.
 */
export async function touchRoster(warehouse: Warehouse): Promise<void> {
  const params = { roster: ROSTER_TOUCH, touch: String(newTouch()) }
  await warehouse.command(
    `insert into touched select distinct week, unhex({roster:String}), {touch:UInt64}, now(), 0 from student_week`,
    params,
  )
  await warehouse.command(
    `insert into touched_scores select '', '', '', unhex({roster:String}), {touch:UInt64}, now(), 0 from (select 1 from scores limit 1)`,
    params,
  )
}

/** What waits for recomputation, newest week first: today's readers wait least. */
export async function pendingWeeks(warehouse: Warehouse): Promise<PendingWeek[]> {
  const found = await warehouse.query<Omit<PendingWeek, 'touches'> & { touches: string[] }>(
    `select week, toUInt32(uniqExactIf(person_id, person_id != unhex({roster:String}))) as people,
       arraySlice(arraySort(groupUniqArray(touch)), 1, {most:UInt32}) as touches
     from touched final where done = 0 group by week order by week desc`,
    { roster: ROSTER_TOUCH, most: TOUCHES_AT_ONCE },
  )
  return found.map(row => ({ ...row, touches: row.touches.map(BigInt) }))
}

/**
 * Clear exactly the touches that a recomputation has seen, after its indicators are stored. A key touched again meanwhile
 * carries another number and stays.
 */
export async function clearTouches(warehouse: Warehouse, pending: PendingWeek): Promise<void> {
  await warehouse.command(
    `insert into touched select week, person_id, touch, at, 1 from touched final
     where week = {week:Date} and touch in {touches:Array(UInt64)} and done = 0`,
    { week: pending.week, touches: pending.touches },
  )
}

/** Drop the hours in which nothing waits any more; the last two are kept, since their batches may still be on the way. */
export async function dropClearedHours(warehouse: Warehouse): Promise<void> {
  for (const table of ['touched', 'touched_scores', 'touched_skills', 'touched_stages']) {
    const hours = await warehouse.query<{ hour: string }>(
      `select toString(toStartOfHour(at)) as hour from ${table} final group by hour
       having countIf(done = 0) = 0 and max(at) < now() - interval 2 hour`,
    )
    for (const { hour } of hours) await warehouse.command(`alter table ${table} drop partition {hour:String}`, { hour })
  }
}
