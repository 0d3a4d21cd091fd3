import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../infra/warehouse/migrate.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { EngagementRecompute } from '../../processors/engagement/recompute-engagement.ts'
import { Recompute } from '../../processors/recompute.ts'
import { newTouch } from '../../processors/touched.ts'
import { ZONE } from '../helpers/records.ts'
import { measured, type Row } from './measure.ts'

const FIRST_MONDAY = '2025-09-01'

/**
 * All of section B: a school year's backfill of events that are stored already, then the current week alone, in full, as after
 * a batch that touched everybody.
 */
export async function benchEngagement(students = 20_000, events = 10_000_000, weeks = 36): Promise<Row[]> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-bench-'))
  const config = { data, district: 'bench', timeZone: ZONE, clickhouse: null }
  const warehouse = await openWarehouse(config)
  try {
    await migrate(warehouse)
    await enrolled(warehouse, students)
    for (let week = 0; week < weeks; week++)
      await anOrdinaryWeek(warehouse, { week, students, events: Math.round(events / weeks) })
    const mondays = Array.from({ length: weeks }, (_, week) => mondayOf(week))
    const recompute = new Recompute(warehouse, config)
    const stage = new EngagementRecompute({ warehouse, config })
    const rows: Row[] = []
    for (const [what, some] of [
      ['a year', mondays],
      ['the current week', mondays.slice(-1)],
    ] as const) {
      const count = (events / weeks) * some.length
      await touchEverybody(warehouse, some)
      rows.push(
        await measured(`${what}: student-weeks and their units (B1, B2), events/s`, count, () => recompute.run()),
      )
      rows.push(await measured(`${what}: B3 to B7, modes, years, events/s`, count, () => stage.run(some)))
    }
    return rows
  } finally {
    await warehouse.close()
    await rm(data, { recursive: true, force: true })
  }
}

const mondayOf = (week: number): string =>
  new Date(Date.parse(FIRST_MONDAY) + week * 7 * 86_400_000).toISOString().slice(0, 10)

const ID = "sipHash128(concat('student ', toString(s)))"
const STUDENT = `toFixedString(concat(${ID}, ${ID}), 32)`

/** Schools of 500, advisories of 20 and three classes a student, with a plan each. */
async function enrolled(warehouse: Warehouse, students: number): Promise<void> {
  const params = { students }
  const each = 'from (select toUInt32(number) as s from numbers({students:UInt32}))'
  const inserts = [
    `schools (school_id, name) select distinct concat('school ', toString(intDiv(s, 500))), 'School' ${each}`,
    `persons (person_id, role, grade) select ${STUDENT}, 'student', leftPad(toString(3 + s % 10), 2, '0') ${each}`,
    `person_of (identifier, person_id) select ${STUDENT}, ${STUDENT} ${each}`,
    `classes (class_id, school_id, class_type) select distinct concat('a', toString(intDiv(s, 20))), concat('school ', toString(intDiv(s, 500))), 'homeroom' ${each}`,
    `classes (class_id, school_id, class_type) select distinct concat('c', toString(intDiv(s, 500)), '-', toString(s % 20), '-', toString(k)),
       concat('school ', toString(intDiv(s, 500))), 'scheduled' ${each} array join [0, 1, 2] as k`,
    `enrolments (person_id, enrolment_id, class_id, school_id, role, begin_day, end_day)
       select ${STUDENT}, concat(toString(s), '-', toString(k)),
         if(k = 3, concat('a', toString(intDiv(s, 20))), concat('c', toString(intDiv(s, 500)), '-', toString(s % 20), '-', toString(k))),
         concat('school ', toString(intDiv(s, 500))), 'student', toDate('2025-08-25'), toDate32('2299-12-31') ${each} array join [0, 1, 2, 3] as k`,
    `plans (plan_id, student_id, units_per_week, begin_day, end_day, source, stored_at, said_at, content)
       select reinterpretAsUUID(${ID}), ${STUDENT}, 3, toDate('2025-09-01'), toDate32('2299-12-31'), 'planner', now64(3), now64(3), s ${each}`,
    `goals (goal_id, student_id, kind, day, status, source, stored_at, said_at, content)
       select reinterpretAsUUID(${ID}), ${STUDENT}, 'goal-set', toDate('2025-09-01') + s % 200, 'open', 'planner', now64(3), now64(3), s ${each}`,
  ]
  for (const insert of inserts) await warehouse.command(`insert into ${insert}`, params)
}

/** Events of one week: half of them answers, the others starts, completions, contacts and views, some with durations. */
async function anOrdinaryWeek(
  warehouse: Warehouse,
  { week, students, events }: { week: number; students: number; events: number },
): Promise<void> {
  await warehouse.command(
    `insert into events (week, person_id, record_id, local_day, occurred_at, stored_at, source, standard, person_role, is_actor, counterparts,
       counterpart_roles, kind, mode, object, choice, duration_ms, score, hash, ver)
     with rand(number) as dice, toUInt32(cityHash64(number, {week:UInt32}) % {students:UInt32}) as s, toDate({monday:String}) + dice % 5 as day,
       multiIf(dice % 10 < 5, 'answered', dice % 10 = 5, 'started', dice % 10 = 6, 'completed', dice % 10 = 7, 'met', 'viewed') as what
     select toDate({monday:String}), ${STUDENT}, generateUUIDv7(number), day,
       toDateTime64(day, 3, 'UTC') + interval 14 hour + interval (intDiv(dice, 10) % 25200) second as at, at, 'lms', 'xapi', 'student', what != 'met',
       if(what = 'met', [toFixedString('adult', 32)], []), if(what = 'met', ['adviser'], []), what, if(what = 'met', 'adult', 'individual'),
       concat('item ', toString(intDiv(dice, 1000) % 5000)), if(what = 'started', ['chosen', 'assigned'][1 + dice % 2], ''),
       if(dice % 3 = 0, 1000 * (dice % 900), -1), if(what = 'answered', (dice % 100) / 100, null), dice, 1
     from numbers({events:UInt32})`,
    { monday: mondayOf(week), week, students, events },
  )
}

async function touchEverybody(warehouse: Warehouse, weeks: readonly string[]): Promise<void> {
  for (const week of weeks)
    await warehouse.command(
      `insert into touched select {week:Date}, person_id, {touch:UInt64}, now(), 0 from persons`,
      { week, touch: String(newTouch()) },
    )
}
