import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { CONTACT_KINDS, LEARNING_KINDS, type LearningRecord } from '../../schemas/record.ts'
import { aRecord, anAlias, enrol, person, recompute, store } from '../helpers/records.ts'
import { referenceWeeks } from '../helpers/reference-engagement.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

const emptied = emptiedWarehouse()

let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
})

type Row = {
  week: string
  student: string
  days: string[]
  day_ms: number[]
  effort_ms: number
  sessions: number
  events: number
  contact_days: string[]
  contact_ms: number
  contacts: number
  absent_days: string[]
  class_days: string[]
  class_absences: number[]
  classes_taken: number[]
}

async function weeks(of = warehouse): Promise<Row[]> {
  return of.query<Row>(`
    select week, lower(hex(student_id)) as student, learning_days as days, arrayMap(x -> toFloat64(x), day_ms) as day_ms,
      toFloat64(effort_ms) as effort_ms, sessions, events, contact_days, toFloat64(contact_ms) as contact_ms, contacts,
      absent_days, class_days, class_absences, classes_taken
    from student_week final order by week, student`)
}

const minute = (m: number, rest = {}) =>
  aRecord({ at: new Date(Date.parse('2026-03-02T15:00:00Z') + m * 60_000).toISOString(), ...rest })

test('minutes 0, 4, 20, 21, 70 (12 long) and 75 are 2 sessions and 34 minutes', async () => {
  await store(warehouse, [
    minute(0),
    minute(4),
    minute(20),
    minute(21),
    minute(70, { durationMs: 720_000 }),
    minute(75),
  ])
  await recompute(warehouse)
  expect(await weeks()).toMatchObject([
    { week: '2026-03-02', effort_ms: 34 * 60_000, sessions: 2, events: 6, days: ['2026-03-02'] },
  ])
})

test('three clicks on one local day are one active day, though UTC has two', async () => {
  await store(
    warehouse,
    ['09:00', '09:01', '23:59'].map(time => aRecord({ at: `2026-03-02T${time}:00-05:00` })),
  )
  await recompute(warehouse)
  expect(await weeks()).toMatchObject([{ days: ['2026-03-02'] }])
})

test('a duration that crosses Monday midnight counts in both weeks', async () => {
  await store(warehouse, [aRecord({ at: '2026-03-09T00:20:00-04:00', durationMs: 40 * 60_000 })])
  await recompute(warehouse)
  expect(await weeks()).toMatchObject([
    { week: '2026-03-02', days: ['2026-03-08'], effort_ms: 21 * 60_000 },
    { week: '2026-03-09', days: ['2026-03-09'], effort_ms: 21 * 60_000 },
  ])
})

test('a duration over an hour is credited for one hour', async () => {
  await store(warehouse, [minute(300, { durationMs: 4 * 3_600_000 })])
  await recompute(warehouse)
  expect(await weeks()).toMatchObject([{ effort_ms: 61 * 60_000 }])
})

test('a meeting is a contact of everybody who took part, and no learning activity', async () => {
  await store(warehouse, [minute(0, { kind: 'met', others: ['ben'], durationMs: 900_000 })])
  await recompute(warehouse)
  const rows = await weeks()
  expect(rows.map(row => row.student).sort()).toEqual([person('ada'), person('ben')].sort())
  expect(rows.every(row => row.contact_ms === 900_000 && row.contacts === 1 && row.effort_ms === 0)).toBe(true)
})

test('simultaneous contacts with two people count once', async () => {
  await store(warehouse, [
    minute(10, { kind: 'met', others: ['ben'], durationMs: 600_000 }),
    minute(15, { kind: 'met', others: ['cleo'], durationMs: 600_000 }),
  ])
  await recompute(warehouse)
  expect((await weeks()).find(row => row.student === person('ada'))).toMatchObject({ contact_ms: 900_000, contacts: 2 })
})

test('a voided record does not count, whichever came first', async () => {
  const target = minute(0)
  const voiding = aRecord({ kind: 'voided', voids: target.id })
  await store(warehouse, [voiding])
  await store(warehouse, [target, minute(600)])
  await recompute(warehouse)
  expect(await weeks()).toMatchObject([{ events: 1 }])
})

test('a week whose records are all voided is gone', async () => {
  const target = minute(0)
  await store(warehouse, [target])
  await recompute(warehouse)
  await store(warehouse, [aRecord({ kind: 'voided', voids: target.id, at: '2026-04-20T10:00:00-04:00' })])
  await recompute(warehouse)
  expect(await weeks()).toEqual([])
})

test('a late alias moves the events of an identifier to its person, and back when it is taken back', async () => {
  await enrol(warehouse, anAlias('ada', 'ada'))
  await store(warehouse, [minute(0), minute(5, { actor: 'ada@example.org' })])
  await recompute(warehouse)
  expect(await weeks()).toHaveLength(2)
  await enrol(warehouse, anAlias('ada@example.org', 'ada'))
  await recompute(warehouse)
  expect(await weeks()).toMatchObject([{ student: person('ada'), events: 2, effort_ms: 6 * 60_000 }])
  await enrol(warehouse, {
    ...anAlias('ada@example.org', 'ada'),
    status: 'deleted',
    storedAt: '2025-09-01T12:00:00.000Z',
  } as never)
  await recompute(warehouse)
  expect(await weeks()).toHaveLength(2)
})

test('one id with two contents counts once, with the content stored first, and leaves one dead letter', async () => {
  const first = minute(0, { storedAt: '2026-03-02T20:00:00.000Z' })
  const second = aRecord({
    ...first,
    actor: 'ben',
    at: '2026-02-10T10:00:00-05:00',
    storedAt: '2026-03-02T21:00:00.000Z',
    others: [],
    hash: 'f'.repeat(16),
  })
  const later = await store(warehouse, [second])
  const earlier = await store(warehouse, [first])
  await recompute(warehouse)
  expect([later.conflicts, earlier.conflicts.map(letter => letter.code)]).toEqual([[], ['RECORD_CONFLICT']])
  expect(await weeks()).toMatchObject([{ student: person('ada'), events: 1 }])
})

test('a second delivery is counted as a duplicate, a repeated batch is not', async () => {
  const record = minute(0)
  await store(warehouse, [record, record])
  await store(warehouse, [record])
  expect(await warehouse.query('select toFloat64(count()) as n from duplicates final')).toEqual([{ n: 2 }])
})

test('a time outside the kept range is kept as a statement and counts in no week', async () => {
  await store(warehouse, [aRecord({ at: '1999-03-02T10:00:00-05:00', timely: false })])
  await recompute(warehouse)
  expect(await weeks()).toEqual([])
  expect(await warehouse.query('select toFloat64(count()) as n from record_index final')).toEqual([{ n: 1 }])
})

test('the SQL counts the kinds that the schema calls learning and contact', () => {
  const text = sql(new URL('../../processors/engagement/student-week.sql', import.meta.url))
  const lists = [...text.matchAll(/kind in \(([^)]*)\)/g)].map(match =>
    [...match[1]!.matchAll(/'([^']+)'/g)].map(m => m[1]),
  )
  expect(lists).toEqual([[...LEARNING_KINDS], [...CONTACT_KINDS]])
})

const anyRecord = fc.record({
  // Three weeks around the change to summer time on 8 March 2026.
  minute: fc.integer({ min: 0, max: 21 * 1440 }),
  minutes: fc.option(fc.integer({ min: 1, max: 600 }), { nil: undefined }),
  actor: fc.constantFrom('ada', 'ada@example.org', 'ben'),
  others: fc.subarray(['cleo', 'ben-account', 'dev']),
  kind: fc.constantFrom('answered', 'viewed', 'met', 'collaborated', 'asked-help', 'absent', 'attended', 'noted'),
  section: fc.constantFrom('', 'p1', 'p2'),
  batch: fc.integer({ min: 0, max: 2 }),
})

const toRecord = (sketch: typeof anyRecord extends fc.Arbitrary<infer T> ? T : never, index: number): LearningRecord =>
  aRecord({
    at: new Date(Date.parse('2026-02-23T05:00:00Z') + sketch.minute * 60_000).toISOString(),
    actor: sketch.actor,
    others: sketch.others,
    kind: sketch.kind as LearningRecord['kind'],
    storedAt: new Date(Date.parse('2026-04-01T00:00:00Z') + sketch.batch * 1000).toISOString(),
    object: String(index),
    ...(sketch.section && { section: sketch.section }),
    ...(sketch.minute % 4 > 0 && { standard: 'interaction' }),
    ...(sketch.minutes ? { durationMs: sketch.minutes * 60_000 } : {}),
  })

test('any records, in any order, doubled and split into any batches, give what an independent computation gives', async () => {
  const aliases = [
    anAlias('ada', 'ada'),
    anAlias('ada@example.org', 'ada'),
    anAlias('ben', 'ben'),
    anAlias('ben-account', 'ben'),
  ]
  const people = new Map([
    [person('ada@example.org'), person('ada')],
    [person('ben-account'), person('ben')],
  ])
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRecord, { minLength: 1, maxLength: 40 }),
      fc.infiniteStream(fc.nat()),
      async (sketches, dice) => {
        const records = sketches.map(toRecord)
        const fresh = await freshWarehouse()
        const deliveries = [...records, ...records.filter(() => dice.next().value! % 3 === 0)]
          .map(record => ({ record, at: dice.next().value! }))
          .sort((a, b) => a.at - b.at)
          .map(({ record }) => record)
        const cut = 1 + (dice.next().value! % deliveries.length)
        await store(fresh, deliveries.slice(0, cut))
        await recompute(fresh)
        await enrol(fresh, ...aliases)
        if (cut < deliveries.length) await store(fresh, deliveries.slice(cut))
        await recompute(fresh)
        expect(await weeks(fresh)).toEqual(referenceWeeks(records, people))
      },
    ),
    { numRuns: 15, seed: 20261122 },
  )
}, 180_000)
