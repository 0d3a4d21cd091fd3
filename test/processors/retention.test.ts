import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLog } from '../../infra/log/open-log.ts'
import type { EventLog, LogAdmin } from '../../infra/log/event-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { forgetDerived } from '../../processors/replay.ts'
import { plannedRemovals, remove, removeAgain, type Removal } from '../../processors/retention.ts'
import { readPolicy, type Policy } from '../../processors/retention-policy.ts'
import { isCaughtUp, startProcessor } from '../../processors/run.ts'
import { storeDeadLetters } from '../../processors/store-dead-letters.ts'
import type { LearningRecord } from '../../schemas/record.ts'
import { differences, figuresOf } from '../helpers/figures.ts'
import { aRecord, aSchool, enrol, recompute, store, ZONE, type RecordSketch } from '../helpers/records.ts'
import { until } from '../helpers/until.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'

const emptied = emptiedWarehouse()

/** Sunday, 22 November 2026. */
const NOW = new Date('2026-11-22T08:00:00.000Z')

let warehouse: Warehouse
let log: EventLog & LogAdmin
let folder: string

beforeEach(async () => {
  warehouse = await emptied()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-retention-'))
  log = await openLog({ data: folder, district: 'kept', kafka: null })
  await log.createTopics()
})
afterEach(async () => {
  await log.close()
  await rm(folder, { recursive: true, force: true })
})

const at = (day: string, more: RecordSketch = {}): LearningRecord =>
  aRecord({ at: `${day}T10:00:00-05:00`, storedAt: `${day}T15:00:01.000Z`, ...more })

/** A student of one school with a record on each of these days. */
async function aYear(...records: LearningRecord[]): Promise<void> {
  await enrol(warehouse, ...aSchool('north', { 'hr-1': ['ada', 'bob'] }))
  await store(warehouse, records)
  await recompute(warehouse)
}

async function planned(policy: unknown, now = NOW): Promise<{ policy: Policy; removals: Removal[] }> {
  const read = readPolicy(JSON.stringify(policy))
  return { policy: read, removals: await plannedRemovals({ warehouse, log }, read, now) }
}

async function apply(policy: unknown, now = NOW): Promise<void> {
  const plan = await planned(policy, now)
  await remove({ warehouse, log }, plan.policy, plan.removals, now)
}

async function count(from: string): Promise<number> {
  return (await warehouse.query<{ n: number }>(`select toFloat64(count()) as n from ${from}`))[0]!.n
}

const kinds = async () =>
  (
    await warehouse.query<{ k: string }>(
      "select concat(toString(local_day), ' ', kind) as k from events final order by k",
    )
  ).map(({ k }) => k)

test('what would go is shown by table and month, and nothing goes by showing it', async () => {
  await aYear(at('2025-09-10'), at('2025-10-07'), at('2026-10-06'))
  const { removals } = await planned({ events: '1 year', originals: '13 months' })
  expect(removals).toMatchObject([
    { name: 'events', from: 'events', month: 202509, kind: '', rows: 1, oldest: '2025-09-10', newest: '2025-09-10' },
    { name: 'originals', from: 'originals', month: 202509, rows: 1 },
    { name: 'events', month: 202510, rows: 1 },
  ])
  expect(removals[0]!.bytes).toBeGreaterThan(0)
  expect(await count('events')).toBe(3)
})

test('a month goes as a whole, a week after its end has come of age', async () => {
  await aYear(at('2025-10-30'))
  const events = { events: '1 year' }
  expect((await planned(events, new Date('2026-11-07T23:59:59.000Z'))).removals).toEqual([])
  expect((await planned(events, new Date('2026-11-08T00:00:00.000Z'))).removals).toHaveLength(1)
})

test('kinds have periods of their own, and what is undated goes by its storage', async () => {
  const undated = at('2025-09-11', { timely: false, occurredAt: '1999-01-01T00:00:00.000Z', kind: 'viewed' })
  await aYear(
    at('2025-09-10', { kind: 'viewed' }),
    at('2025-09-10', { kind: 'scored' }),
    at('2026-10-06', { kind: 'viewed' }),
    undated,
  )
  await apply({ events: { viewed: '6 months', others: '3 years' } })
  expect(await kinds()).toEqual(['2025-09-10 scored', '2026-10-06 viewed'])
  expect((await planned({ events: { viewed: '6 months', others: '3 years' } })).removals).toEqual([])
})

test('the figures of weeks whose events are gone stay as they were, whatever comes later', async () => {
  await aYear(at('2025-09-10'), at('2025-09-10', { actor: 'bob' }), at('2026-10-06'))
  const before = await figuresOf(warehouse)
  expect(before.studentWeeks).toHaveLength(3)
  await apply({ events: '1 year' })
  expect(await kinds()).toEqual(['2026-10-06 answered'])
  expect(differences(before, await figuresOf(warehouse))).toEqual([])
  // A late event of such a week, and a roster that touches every week.
  await store(warehouse, [at('2025-09-11')])
  await enrol(warehouse, ...aSchool('north', { 'hr-1': ['ada', 'bob', 'cy'] }))
  await recompute(warehouse)
  expect(await count('(select * from touched final where done = 0)')).toBe(0)
  const after = await figuresOf(warehouse)
  const old = (lines: string[]) => lines.filter(line => line.includes('"week":"2025-'))
  expect(old(after.studentWeeks)).toEqual(old(before.studentWeeks))
  expect(old(after.indicators)).toEqual(old(before.indicators))
  expect(old(before.indicators).length).toBeGreaterThan(0)
})

test('a replay of the whole log brings nothing back, and the frozen figures stay', async () => {
  const records = [at('2025-09-10'), at('2025-10-07', { kind: 'viewed' }), at('2026-10-06')]
  const roster = aSchool('north', { 'hr-1': ['ada', 'bob'] })
  await log.append(
    'rosters',
    roster.map(entry => ({ key: entry.type, value: JSON.stringify(entry) })),
  )
  await log.append(
    'records',
    records.map(record => ({ key: record.actor.id, value: JSON.stringify(record) })),
  )
  await processed()
  const before = await figuresOf(warehouse)
  await apply({ events: '1 year', originals: '1 year' })
  await forgetDerived(warehouse, log)
  await processed()
  await removeAgain(warehouse)
  expect(await kinds()).toEqual(['2026-10-06 answered'])
  expect(await count('originals')).toBe(1)
  expect(differences(before, await figuresOf(warehouse))).toEqual([])
}, 300_000)

async function processed(): Promise<void> {
  const failures: unknown[] = []
  const config = { timeZone: ZONE, district: 'demo' }
  const processor = await startProcessor({ log, warehouse, config, onError: error => failures.push(error) })
  await until(() => isCaughtUp(log, warehouse), 'everything is stored and computed', 240_000, 50)
  await processor.stop()
  expect(failures).toEqual([])
}

test('weekly values of students and aggregates go by periods of their own', async () => {
  await aYear(at('2025-09-10'), at('2025-10-07'), at('2026-10-06'))
  await apply({ events: '1 year', studentWeeks: '13 months', indicators: '10 years' })
  expect(await count('student_week final')).toBe(2)
  expect(await count('(select distinct week from indicators final)')).toBe(3)
})

test('dead letters go with their originals, and originals whose key has ended without any policy', async () => {
  const letter = (id: string, storedAt: string) => ({
    id: `0000000${id}-0000-5000-8000-000000000000`,
    source: 'lms',
    door: 'xapi' as const,
    storedAt,
    place: 'statement',
    code: 'RECORD_INVALID',
    reason: 'RECORD_INVALID: statement.verb is missing, expected an object. Correct it.',
    original: '2026-05.c2VhbGVk',
  })
  await storeDeadLetters(warehouse, [
    letter('1', '2025-05-10T00:00:00.000Z'),
    letter('2', '2026-05-10T00:00:00.000Z'),
    letter('3', '2026-09-10T00:00:00.000Z'),
  ])
  const ended = await plannedRemovals({ warehouse, log }, null, NOW)
  expect(ended.map(({ name, month }) => [name, month])).toEqual([
    ['endedKeys', 202505],
    ['endedKeys', 202605],
  ])
  await remove({ warehouse, log }, null, ended, NOW)
  expect([await count('dead_letters final'), await count('dead_letter_originals')]).toEqual([3, 1])
  await apply({ deadLetters: '1 year' })
  expect([await count('dead_letters final'), await count('dead_letter_originals')]).toEqual([2, 1])
})

test('the log loses only what every table has lost before', async () => {
  await log.append('records', [{ key: 'ada', value: '{}' }])
  const policy = { events: '1 year', originals: '1 year', log: { records: '1 year' } }
  // Nobody has handled it.
  expect((await planned(policy, new Date('2037-11-22T00:00:00.000Z'))).removals).toEqual([])
  const consumption = await log.consume({ topic: 'records', group: 'processors', handle: async () => undefined })
  await until(async () => (await log.positions('records', 'processors')).every(p => p.committed === p.end), 'handled')
  await consumption.stop()
  const appended = new Date()
  const inYears = (years: number) =>
    new Date(Date.UTC(appended.getUTCFullYear() + years, appended.getUTCMonth(), appended.getUTCDate()))
  expect((await planned(policy, inYears(1))).removals).toEqual([])
  const { removals } = await planned(policy, inYears(2))
  expect(removals).toMatchObject([{ name: 'log', from: 'records', rows: 1 }])
  await apply(policy, inYears(2))
  expect((await planned(policy, inYears(2))).removals).toEqual([])
})

test.each([
  [{ events: '5 yrs' }, /events: .*a period, for example 90 days/],
  [{ events: '30 days' }, /at least 31 days/],
  [{ events: { dreamt: '1 year' } }, /events/],
  [{ notes: '1 year' }, /notes/i],
  [{ log: { records: '5 years' } }, /log\.records is 5 years, but events has no period: a replay would lose/],
  [{ events: '5 years', originals: '1 year', log: { records: '4 years' } }, /expected at least the 5 years of events/],
  [{ events: { viewed: '1 year' }, originals: '1 year', log: { records: '9 years' } }, /events has no period/],
  [{ events: '5 years', studentWeeks: '59 months' }, /studentWeeks is 59 months, expected at least the 5 years/],
  [{ log: { rosters: '5 years' } }, /rosters/],
])('a policy that cannot be kept is refused, with what is wrong: %j', (policy, fault) => {
  expect(() => readPolicy(JSON.stringify(policy))).toThrow(fault)
})
