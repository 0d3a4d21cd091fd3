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

/** Fan each record out to its participants. */
export function eventRows(batch: readonly PlacedRecord[], local: LocalTime): EventRow[] {
  const rows: EventRow[] = []
  for (const { value: record } of batch) {
    const at = placeOf(record, local)
    rows.push({ record, person: record.actor, others: record.counterparts, isActor: true, ...at })
    for (const person of record.counterparts) {
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
  const text = (of: (record: LearningRecord) => string | undefined) => rows.map(row => of(row.record) ?? '')
  return arrowStream(rows.length, [
    numberColumn(
      'week',
      'Date',
      Uint16Array.from(rows, row => row.week),
    ),
    hexColumn(
      'person_id',
      rows.map(row => row.person.id),
    ),
    uuidColumn(
      'record_id',
      text(r => r.id),
    ),
    numberColumn(
      'local_day',
      'Date',
      Uint16Array.from(rows, row => row.localDay),
    ),
    millisecondsColumn(
      'occurred_at',
      rows.map(row => Date.parse(row.record.occurredAt)),
    ),
    millisecondsColumn(
      'stored_at',
      rows.map(row => Date.parse(row.record.storedAt)),
    ),
    dictionaryColumn(
      'source',
      text(r => r.source),
    ),
    dictionaryColumn(
      'standard',
      text(r => r.standard),
    ),
    dictionaryColumn(
      'person_role',
      rows.map(row => row.person.role),
    ),
    boolColumn(
      'is_actor',
      rows.map(row => row.isActor),
    ),
    hexListColumn(
      'counterparts',
      rows.map(row => row.others.map(other => other.id)),
    ),
    dictionaryListColumn(
      'counterpart_roles',
      rows.map(row => row.others.map(other => other.role)),
    ),
    dictionaryColumn(
      'kind',
      text(r => r.kind),
    ),
    dictionaryColumn(
      'mode',
      text(r => r.mode),
    ),
    dictionaryColumn(
      'verb',
      text(r => r.verb),
    ),
    textColumn(
      'object',
      text(r => r.object),
    ),
    dictionaryColumn(
      'object_type',
      text(r => r.objectType),
    ),
    dictionaryListColumn(
      'skills',
      rows.map(row => row.record.skills ?? []),
    ),
    dictionaryColumn(
      'subject',
      text(r => r.subject),
    ),
    dictionaryColumn(
      'section',
      text(r => r.section),
    ),
    dictionaryColumn(
      'school',
      text(r => r.school),
    ),
    textColumn(
      'team',
      text(r => r.team),
    ),
    dictionaryColumn(
      'choice',
      text(r => r.choice),
    ),
    int64Column(
      'duration_ms',
      rows.map(row => row.record.durationMs ?? -1),
    ),
    nullableFloatColumn(
      'score',
      rows.map(row => row.record.score ?? null),
    ),
    nullableBoolColumn(
      'success',
      rows.map(row => row.record.success ?? null),
    ),
    nullableBoolColumn(
      'completion',
      rows.map(row => row.record.completion ?? null),
    ),
    numberColumn(
      'attempt',
      'UInt16',
      Uint16Array.from(rows, row => Math.min(row.record.attempt ?? 0, 65_535)),
    ),
    hexUint64Column(
      'hash',
      text(r => r.hash),
    ),
    // The original once per record: in its actor's row.
    textColumn(
      'raw',
      rows.map(row => (row.isActor ? row.record.raw : '')),
    ),
    numberColumn('ver', 'UInt64', versions(rows.map(row => row.record))),
  ])
}

/** The records' ids as an Arrow stream for the table `record_index`. */
export function indexStream(batch: readonly PlacedRecord[], local: LocalTime): Uint8Array {
  const records = batch.map(({ value }) => value)
  return arrowStream(records.length, [
    uuidColumn(
      'record_id',
      records.map(record => record.id),
    ),
    numberColumn(
      'week',
      'Date',
      Uint16Array.from(records, record => placeOf(record, local).week),
    ),
    hexColumn(
      'person_id',
      records.map(record => record.actor.id),
    ),
    hexUint64Column(
      'hash',
      records.map(record => record.hash),
    ),
    millisecondsColumn(
      'stored_at',
      records.map(record => Date.parse(record.storedAt)),
    ),
    dictionaryColumn(
      'source',
      records.map(record => record.source),
    ),
    textColumn(
      'position',
      batch.map(({ position }) => position),
    ),
    numberColumn('ver', 'UInt64', versions(records)),
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
  const at = Math.floor(Date.now() / 1000)
  return arrowStream(touched.length, [
    numberColumn(
      'week',
      'Date',
      Uint16Array.from(touched, key => key.week),
    ),
    hexColumn(
      'person_id',
      touched.map(key => key.person),
    ),
    numberColumn('touch', 'UInt64', new BigUint64Array(touched.length).fill(touch)),
    numberColumn('at', 'DateTime', new Uint32Array(touched.length).fill(at)),
    numberColumn('done', 'UInt8', new Uint8Array(touched.length)),
  ])
}

function versions(records: readonly LearningRecord[]): BigUint64Array {
  return BigUint64Array.from(records, versionOf)
}
