import { randomBytes, randomUUID } from 'node:crypto'
import type { EventLog } from '../../infra/log/event-log.ts'
import type { LearningRecord, Kind } from '../../schemas/record.ts'
import { person } from '../helpers/records.ts'

export const STUDENTS = 2400
const KINDS: Kind[] = ['viewed', 'answered', 'completed', 'started', 'met', 'collaborated']
const FIRST_MONDAY = Date.parse('2025-09-01T04:00:00Z')
const WEEK_MS = 7 * 86_400_000
const DAY_MS = 86_400_000

/** Bytes of a sealed statement of ordinary length, in base64. */
const SEALED = randomBytes(700).toString('base64')

const people = Array.from({ length: STUDENTS }, (_, i) => person(`student-${i}`))
const adults = Array.from({ length: 130 }, (_, i) => person(`adult-${i}`))

/** Records of a school year in order of time, `weeks` weeks long, as ingest leaves them in the log. */
export function* recordsOfAYear(count: number, weeks: number): Generator<LearningRecord> {
  for (let i = 0; i < count; i++) {
    const week = Math.floor((i * weeks) / count)
    const day = (i * 7919) % 5
    const ms = FIRST_MONDAY + week * WEEK_MS + day * DAY_MS + 9 * 3_600_000 + ((i * 104_729) % 25_200) * 1000
    yield aStoredRecord(i, new Date(ms).toISOString(), new Date(ms + 60_000).toISOString())
  }
}

export function aStoredRecord(i: number, occurredAt: string, storedAt: string): LearningRecord {
  const kind = KINDS[i % KINDS.length]!
  const contact = kind === 'met' || kind === 'collaborated'
  return {
    id: randomUUID(),
    source: 'lms',
    standard: 'xapi',
    occurredAt,
    storedAt,
    timely: true,
    actor: { id: people[(i * 31) % STUDENTS]!, role: 'student' },
    counterparts: contact ? [{ id: adults[i % adults.length]!, role: 'adviser' }] : [],
    kind,
    verb: `http://adlnet.gov/expapi/verbs/${kind}`,
    object: `https://lms.example.org/item/${i % 500}`,
    objectType: 'http://adlnet.gov/expapi/activities/question',
    durationMs: 1000 * (1 + (i % 300)),
    hash: randomBytes(8).toString('hex'),
    raw: `salt0123456789ab.${SEALED}`,
  }
}

/** Append records in requests of `size`, as ingest does. */
export async function appendRecords(log: EventLog, records: Iterable<LearningRecord>, size = 500): Promise<number> {
  let entries: { key: string; value: string }[] = []
  let count = 0
  for (const record of records) {
    entries.push({ key: record.actor.id, value: JSON.stringify(record) })
    count++
    if (entries.length === size) {
      await log.append('records', entries)
      entries = []
    }
  }
  if (entries.length > 0) await log.append('records', entries)
  return count
}
