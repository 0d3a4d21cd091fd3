import { beforeEach, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { LearningRecord } from '../../schemas/record.ts'
import type { RosterEntry } from '../../schemas/roster.ts'
import { aRecord, aSchool, anEnrolment, enrol, recompute, store, type RecordSketch } from '../helpers/records.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'

const emptied = emptiedWarehouse()

let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
})

const ENTRY = { source: 'sis', storedAt: '2025-08-01T12:00:00.000Z', status: 'active' as const }
const MONDAY = 2
const SAME_DAY = { at: '2026-03-02T12:00:00-05:00', standard: 'interaction' as const }

/** Three students of one homeroom, each in as many classes as are named. */
async function aSchoolDay(...classes: string[]): Promise<void> {
  const students = ['s1', 's2', 's3']
  await enrol(
    warehouse,
    ...aSchool('S1', { A: students }),
    ...classes.map((id): RosterEntry => ({
      type: 'class',
      ...ENTRY,
      id,
      school: 'S1',
      label: id,
      classType: 'scheduled',
      subjects: [],
      grades: [],
    })),
    ...classes.flatMap(id =>
      students.map(name => ({ ...anEnrolment(name, id, 'S1'), id: `${name}|${id}` }) as RosterEntry),
    ),
  )
  // The feed is alive on Monday only: who was absent on that day is unknown, who was there and silent is a 0.
  await store(warehouse, [event('s1', { kind: 'answered' }), event('s2', { kind: 'answered' })])
}

function event(actor: string, { day = MONDAY, ...rest }: { day?: number } & RecordSketch): LearningRecord {
  const { kind, section = '' } = rest
  const at = `2026-03-0${day}T12:00:00-05:00`
  return aRecord({ actor, at, object: `${kind}:${section}`, standard: 'interaction', ...rest })
}

type Rest = Parameters<typeof event>[1]
const absent = (section?: string, rest: Rest = {}): LearningRecord =>
  event('s3', { kind: 'absent', ...(section && { section }), ...rest })
const attended = (section?: string, rest: Rest = {}): LearningRecord =>
  event('s3', { kind: 'attended', ...(section && { section }), ...rest })

/** Students whose activity is known: three, unless s3 counts as absent on Monday. */
async function known(): Promise<number> {
  await recompute(warehouse)
  const [row] = await warehouse.query<{ n: number }>(
    "select n from indicators final where indicator = 'active_days' and unit_id = 'S1' and slice = ''",
  )
  return row!.n
}

const CLASSES = ['p1', 'p2', 'p3', 'p4']

test('who misses one class of four is not absent that day', async () => {
  await aSchoolDay(...CLASSES)
  await store(warehouse, [absent('p1')])
  expect(await known()).toBe(3)
})

test('who misses half of the classes is absent that day', async () => {
  await aSchoolDay(...CLASSES)
  await store(warehouse, [absent('p1'), absent('p3')])
  expect(await known()).toBe(2)
})

test('of classes that all take attendance, those count, also more than the roster has', async () => {
  await aSchoolDay('p1')
  await store(warehouse, [absent('p1'), attended('p2'), attended('p3')])
  expect(await known()).toBe(3)
  await store(warehouse, [absent('p4')])
  expect(await known()).toBe(2)
})

test('a daily record decides over those of classes', async () => {
  await aSchoolDay(...CLASSES)
  await store(warehouse, [attended(), ...CLASSES.map(section => absent(section))])
  expect(await known()).toBe(3)
})

test('a daily absence is one, whatever classes say', async () => {
  await aSchoolDay(...CLASSES)
  await store(warehouse, [absent(), ...CLASSES.map(section => attended(section))])
  expect(await known()).toBe(2)
})

test('of two daily records the one stored last decides, in whichever order they come', async () => {
  await aSchoolDay()
  const [first, corrected] = [absent(), attended(undefined, { storedAt: '2026-03-10T12:00:00.000Z' })]
  await store(warehouse, [corrected])
  expect(await known()).toBe(3)
  await store(warehouse, [first])
  expect(await known()).toBe(3)
  await store(warehouse, [absent(undefined, { storedAt: '2026-03-11T12:00:00.000Z', object: 'absent:again' })])
  expect(await known()).toBe(2)
})

test('of two daily records of one delivery the absence decides', async () => {
  await aSchoolDay()
  await store(warehouse, [attended(), absent()])
  expect(await known()).toBe(2)
})

test('a class that is corrected to present is not missed', async () => {
  await aSchoolDay(...CLASSES)
  await store(warehouse, [absent('p1'), absent('p2'), attended('p2', { storedAt: '2026-03-10T12:00:00.000Z' })])
  expect(await known()).toBe(3)
})

test('who attended something elsewhere is not thereby present', async () => {
  await aSchoolDay()
  await store(warehouse, [absent(), attended(undefined, { standard: 'xapi', storedAt: '2026-03-10T12:00:00.000Z' })])
  expect(await known()).toBe(2)
})

test('who stands in the record of an absence beside the student is not absent', async () => {
  await aSchoolDay()
  await store(warehouse, [aRecord({ ...SAME_DAY, kind: 'absent', actor: 'clerk', others: ['s3'] })])
  expect(await known()).toBe(3)
  await store(warehouse, [aRecord({ ...SAME_DAY, kind: 'absent', actor: 's3', others: ['clerk'] })])
  expect(await known()).toBe(2)
})

test('attendance of one day says nothing of another, and enrolment changes are seen without new records', async () => {
  await aSchoolDay('p1')
  await store(warehouse, [absent('p1', { day: 3 })])
  expect(await known()).toBe(3)
  await store(warehouse, [absent('p1')])
  expect(await known()).toBe(2)
  await enrol(warehouse, ...['p2', 'p3'].map(id => ({ ...anEnrolment('s3', id, 'S1'), id: `s3|${id}` }) as RosterEntry))
  expect(await known()).toBe(3)
})
