import {
  arrowStream,
  boolColumn,
  dictionaryColumn,
  hexColumn,
  nullableFloatColumn,
  numberColumn,
  textColumn,
  type ArrowColumn,
} from '../../infra/warehouse/arrow-batch.ts'
import { columnsOf, daysColumn, uint64Column, uint8Column } from '../../infra/warehouse/columns-of.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day, Pseudonym } from '../../schemas/record.ts'
import type { Point, Raised, Standing } from './trace.ts'
import type { ValueRow } from './week-values.ts'

/** Where students' charts stand before a week; who is not in it has none yet. */
export async function standingsBefore(warehouse: Warehouse, week: Day): Promise<Map<Pseudonym, Standing>> {
  const found = await warehouse.query<Standing & { student: Pseudonym }>(
    `select lower(hex(student_id)) as student, stood.1 as n, stood.2 as mean, stood.3 as m2, stood.4 as e, stood.5 as since,
       stood.6 as sinceMean, stood.7 as alarmWeek, stood.8 as frozen
     from (
       select student_id, argMax((baseline_weeks, baseline_mean, baseline_m2, e, if(since = toDate(0), '', toString(since)),
         since_mean, if(alarm_week = toDate(0), '', toString(alarm_week)), frozen), week) as stood
       from alarm_weeks final where week < {week:Date} group by student_id
     )`,
    { week },
    { do_not_merge_across_partitions_select_final: 1 },
  )
  return new Map(found.map(({ student, ...standing }) => [student, standing]))
}

/** Alarms as the records have them, by the person that each student is now, by week; with when they were answered first. */
export async function raisedAlarms(
  warehouse: Warehouse,
  restart: (answered_ms: number) => Day,
): Promise<Map<Pseudonym, Raised[]>> {
  const found = await warehouse.query<{ student: Pseudonym; week: Day; answered_ms: number | null }>(
    `select lower(hex(if(p.known, p.person, a.student_id))) as student, toString(a.week) as week,
       if(n.answered, toFloat64(toUnixTimestamp64Milli(n.first)), null) as answered_ms
     from (select * from alarms final) as a
     left any join (select identifier, person_id as person, true as known from person_of final) as p on p.identifier = a.student_id
     left any join (select alarm_id, min(answered_at) as first, true as answered from alarm_answers group by alarm_id) as n
       on n.alarm_id = a.alarm_id
     order by student, week`,
  )
  const raised = new Map<Pseudonym, Raised[]>()
  for (const { student, week, answered_ms } of found) {
    const alarm = { week, restart: answered_ms === null ? null : restart(answered_ms) }
    raised.set(student, [...(raised.get(student) ?? []), alarm])
  }
  return raised
}

/** A week of one student, and where their chart stands after it. */
export type Stood = { value: ValueRow; point: Point; standing: Standing }

/** Store a whole week of charts in the place of what was stored of it. */
export async function storeWeek(
  warehouse: Warehouse,
  week: Day,
  stood: readonly Stood[],
  computed: bigint,
): Promise<void> {
  if (stood.length > 0) await warehouse.insertArrow('alarm_weeks', weekStream(week, stood, computed))
  await warehouse.command(
    `insert into alarm_weeks select * replace ({computed:UInt64} as computed, 1 as deleted) from alarm_weeks as old final
     where old.week = {week:Date} and old.computed < {computed:UInt64}`,
    { week, computed: String(computed) },
  )
}

const DAY_MS = 86_400_000
const dayNumber = (day: string): number => (day === '' ? 0 : Date.parse(`${day}T00:00:00Z`) / DAY_MS)

function weekStream(week: Day, stood: readonly Stood[], computed: bigint): Uint8Array {
  const column = columnsOf(stood)
  const monday = dayNumber(week)
  return arrowStream(stood.length, [
    column(daysColumn, 'week', () => monday),
    column(hexColumn, 'student_id', x => x.value.student),
    column(textColumn, 'school_id', x => x.value.school),
    column(dictionaryColumn, 'status', x => x.point.status),
    column(dictionaryColumn, 'reason', x => x.value.reason),
    column(uint8Column, 'enrolled_days', x => x.value.enrolled_days),
    column(uint8Column, 'absent_days', x => x.value.absent_days),
    column(floatColumn, 'minutes', x => x.value.minutes),
    column(nullableFloatColumn, 'school_median', x => x.value.median),
    column(nullableFloatColumn, 'deviation', x => x.value.deviation),
    column(nullableFloatColumn, 'q', x => x.point.q),
    column(floatColumn, 'e', x => x.standing.e),
    column(boolColumn, 'crossed', x => x.point.crossed),
    numberColumn(
      'baseline_weeks',
      'UInt32',
      Uint32Array.from(stood, x => x.standing.n),
    ),
    column(floatColumn, 'baseline_mean', x => x.standing.mean),
    column(floatColumn, 'baseline_m2', x => x.standing.m2),
    column(daysColumn, 'since', x => dayNumber(x.standing.since)),
    column(floatColumn, 'since_mean', x => x.standing.sinceMean),
    column(daysColumn, 'alarm_week', x => dayNumber(x.standing.alarmWeek)),
    column(boolColumn, 'frozen', x => x.standing.frozen),
    column(uint64Column, 'computed', () => computed),
    column(uint8Column, 'deleted', () => 0),
  ])
}

const floatColumn = (name: string, values: readonly number[]): ArrowColumn =>
  numberColumn(name, 'Float64', Float64Array.from(values))
