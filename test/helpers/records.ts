import { createHash } from 'node:crypto'
import { uuid5 } from '../../infra/uuid5.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { localTime } from '../../processors/local-time.ts'
import { Recompute } from '../../processors/recompute.ts'
import { storeRosters } from '../../processors/store-rosters.ts'
import { prepareRecords, storeRecords, type Stored } from '../../processors/store.ts'
import type { PlacedRecord } from '../../processors/event-rows.ts'
import type { LearningRecord } from '../../schemas/record.ts'
import type { RosterEntry } from '../../schemas/roster.ts'

export const ZONE = 'America/New_York'

/** A pseudonym for tests: any name, always the same 64 digits. */
export function person(name: string): string {
  return createHash('sha256').update(name).digest('hex')
}

export type RecordSketch = Partial<Omit<LearningRecord, 'actor' | 'counterparts'>> & {
  /** When, ISO 8601 with any offset. */
  at?: string
  actor?: string
  others?: string[]
}

let made = 0

/** A learning record; what is not said is ordinary. `actor` and `others` are names. */
export function aRecord({ at, actor = 'ada', others = [], ...rest }: RecordSketch = {}): LearningRecord {
  const occurredAt = new Date(at ?? '2026-03-02T10:00:00-05:00').toISOString()
  const record: LearningRecord = {
    id: rest.id ?? uuid5(`test|${made++}`),
    source: 'lms',
    standard: 'xapi',
    occurredAt,
    storedAt: '2026-03-09T12:00:00.000Z',
    timely: true,
    kind: 'answered',
    verb: 'http://adlnet.gov/expapi/verbs/answered',
    object: 'https://lms.example.org/item/1',
    hash: '0'.repeat(16),
    raw: 'salt.sealed',
    ...rest,
    actor: { id: person(actor), role: 'student' },
    counterparts: others
      .map(name => ({ id: person(name), role: 'student' as const }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
  }
  if (rest.hash) return record
  const { storedAt: _stored, ...content } = record
  return { ...record, hash: createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16) }
}

let position = 0

export function placed(records: readonly LearningRecord[]): PlacedRecord[] {
  return records.map(value => ({ value, position: `0/${position++}/0` }))
}

export async function store(warehouse: Warehouse, records: readonly LearningRecord[]): Promise<Stored> {
  const local = localTime(ZONE)
  return storeRecords(warehouse, prepareRecords(placed(records), local), local)
}

export async function recompute(warehouse: Warehouse): Promise<void> {
  await new Recompute(warehouse, { timeZone: ZONE, district: 'demo' }).run()
}

const ENTRY = { source: 'sis', storedAt: '2025-08-01T12:00:00.000Z', status: 'active' as const }

/** A school with homerooms of named students, enrolled from 25 August 2025 on. */
export function aSchool(school: string, homerooms: Record<string, string[]>): RosterEntry[] {
  return [
    { type: 'school', ...ENTRY, id: school, name: school },
    ...Object.entries(homerooms).flatMap(([id, students]): RosterEntry[] => [
      { type: 'class', ...ENTRY, id, school, label: id, classType: 'homeroom', subjects: [], grades: ['09'] },
      ...students.flatMap(name => [aStudent(name), anEnrolment(name, id, school)]),
    ]),
  ]
}

export function aStudent(name: string, grade = '09'): RosterEntry {
  return { type: 'person', ...ENTRY, id: person(name), role: 'student', grade, groups: {} }
}

export function anEnrolment(
  name: string,
  homeroom: string,
  school: string,
  begin = '2025-08-25',
  end: string | null = null,
): RosterEntry {
  return {
    type: 'enrolment',
    ...ENTRY,
    id: `${name}|${homeroom}|${begin}`,
    person: person(name),
    class: homeroom,
    school,
    role: 'student',
    begin,
    end,
  }
}

export function anAlias(identifier: string, name: string): RosterEntry {
  return { type: 'alias', ...ENTRY, id: person(identifier), person: person(name) }
}

export async function enrol(warehouse: Warehouse, ...entries: RosterEntry[]): Promise<void> {
  await storeRosters(warehouse, entries)
}
