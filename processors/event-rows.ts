import {
  arrowStream,
  boolColumn,
  dictionaryColumn,
  dictionaryListColumn,
  hexColumn,
  hexListColumn,
  hexUint64Column,
  int64Column,
  millisecondsColumn,
  nullableBoolColumn,
  nullableFloatColumn,
  numberColumn,
  textColumn,
  uuidColumn,
} from '../infra/warehouse/arrow-batch.ts'
import { columnsOf, daysColumn, uint64Column, uint8Column } from '../infra/warehouse/columns-of.ts'
import { ERASED } from '../schemas/erasure.ts'
import type { LearningRecord, Participant } from '../schemas/record.ts'
import { mondayOf, type LocalTime } from './local-time.ts'
import type { Placed } from './parse-entries.ts'
import { versionOf } from './record-index.ts'

export type PlacedRecord = Placed<LearningRecord>

/** One row of `events`: a record as one of its participants sees it. */
export type EventRow = {
  record: LearningRecord
  person: Participant
  others: readonly Participant[]
  isActor: boolean
  /** Days since 1970-01-01. */
  localDay: number
  week: number
  /** The week before, if an explicit duration reaches back over Monday's midnight; else −1. */
  weekBefore: number
}

/** Week of records that are kept as statements but are no events (their time lies outside the kept range). */
const NO_WEEK = 0

/** Fan each record out to its participants; one who was erased has no row, and stands as nobody in those of the others. */
export function eventRows(batch: readonly PlacedRecord[], local: LocalTime): EventRow[] {
  const rows: EventRow[] = []
  for (const { value: record } of batch) {
    const at = placeOf(record, local)
    if (record.actor.id !== ERASED)
      rows.push({ record, person: record.actor, others: record.counterparts, isActor: true, ...at })
    for (const person of record.counterparts) {
      if (person.id === ERASED) continue
      const others = [record.actor, ...record.counterparts.filter(other => other !== person)]
      rows.push({ record, person, others, isActor: false, ...at })
    }
  }
  return rows
}

function placeOf(record: LearningRecord, local: LocalTime): Pick<EventRow, 'localDay' | 'week' | 'weekBefore'> {
  const ms = Date.parse(record.occurredAt)
  if (!record.timely) return { localDay: NO_WEEK, week: NO_WEEK, weekBefore: -1 }
  const localDay = local.dayOf(ms)
  const week = mondayOf(localDay)
  const reachesBack = localDay === week && (record.durationMs ?? 0) > local.sinceMidnight(ms)
  return { localDay, week, weekBefore: reachesBack ? week - 7 : -1 }
}

/** The rows as an Arrow stream for the table `events`. */
export function eventsStream(rows: readonly EventRow[]): Uint8Array {
  const column = columnsOf(rows)
  return arrowStream(rows.length, [
    column(daysColumn, 'week', row => row.week),
    column(hexColumn, 'person_id', row => row.person.id),
    column(uuidColumn, 'record_id', row => row.record.id),
    column(daysColumn, 'local_day', row => row.localDay),
    column(millisecondsColumn, 'occurred_at', row => Date.parse(row.record.occurredAt)),
    column(millisecondsColumn, 'stored_at', row => Date.parse(row.record.storedAt)),
    column(dictionaryColumn, 'source', row => row.record.source),
    column(dictionaryColumn, 'standard', row => row.record.standard),
    column(dictionaryColumn, 'person_role', row => row.person.role),
    column(boolColumn, 'is_actor', row => row.isActor),
    column(hexListColumn, 'counterparts', row => row.others.map(other => other.id)),
    column(dictionaryListColumn, 'counterpart_roles', row => row.others.map(other => other.role)),
    column(dictionaryColumn, 'kind', row => row.record.kind),
    column(dictionaryColumn, 'mode', row => row.record.mode ?? ''),
    column(dictionaryColumn, 'verb', row => row.record.verb),
    column(textColumn, 'object', row => row.record.object),
    column(dictionaryColumn, 'object_type', row => row.record.objectType ?? ''),
    column(dictionaryListColumn, 'skills', row => row.record.skills ?? []),
    column(dictionaryColumn, 'subject', row => row.record.subject ?? ''),
    column(dictionaryColumn, 'section', row => row.record.section ?? ''),
    column(dictionaryColumn, 'school', row => row.record.school ?? ''),
    column(textColumn, 'team', row => row.record.team ?? ''),
    column(dictionaryColumn, 'choice', row => row.record.choice ?? ''),
    column(int64Column, 'duration_ms', row => row.record.durationMs ?? -1),
    column(nullableFloatColumn, 'score', row => row.record.score ?? null),
    column(nullableBoolColumn, 'success', row => row.record.success ?? null),
    column(nullableBoolColumn, 'completion', row => row.record.completion ?? null),
    numberColumn(
      'attempt',
      'UInt16',
      Uint16Array.from(rows, row => Math.min(row.record.attempt ?? 0, 65_535)),
    ),
    column(hexUint64Column, 'hash', row => row.record.hash),
    column(uint64Column, 'ver', row => versionOf(row.record)),
  ])
}

/** The records' ids as an Arrow stream for the table `record_index`. */
export function indexStream(batch: readonly PlacedRecord[], local: LocalTime): Uint8Array {
  const column = columnsOf(batch)
  return arrowStream(batch.length, [
    column(uuidColumn, 'record_id', ({ value }) => value.id),
    column(daysColumn, 'week', ({ value }) => placeOf(value, local).week),
    column(hexColumn, 'person_id', ({ value }) => value.actor.id),
    column(hexUint64Column, 'hash', ({ value }) => value.hash),
    column(millisecondsColumn, 'stored_at', ({ value }) => Date.parse(value.storedAt)),
    column(dictionaryColumn, 'source', ({ value }) => value.source),
    column(textColumn, 'position', ({ position }) => position),
    column(uint64Column, 'ver', ({ value }) => versionOf(value)),
  ])
}

/** The person-weeks that the rows touch, for the table `touched`. */
export function touchStream(rows: readonly EventRow[], touch: bigint): Uint8Array {
  const keys = new Map<string, { week: number; person: string }>()
  for (const { person, week, weekBefore } of rows) {
    if (week !== NO_WEEK) keys.set(`${week}|${person.id}`, { week, person: person.id })
    if (weekBefore >= 0) keys.set(`${weekBefore}|${person.id}`, { week: weekBefore, person: person.id })
  }
  const touched = [...keys.values()]
  const column = columnsOf(touched)
  return arrowStream(touched.length, [
    column(daysColumn, 'week', key => key.week),
    column(hexColumn, 'person_id', key => key.person),
    column(uint64Column, 'touch', () => touch),
    numberColumn('at', 'DateTime', new Uint32Array(touched.length).fill(Math.floor(Date.now() / 1000))),
    column(uint8Column, 'done', () => 0),
  ])
}
