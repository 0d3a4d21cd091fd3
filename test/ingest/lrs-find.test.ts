import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { uuid5 } from '../../infra/uuid5.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { findOne, findPage, type Place } from '../../ingest/lrs/find.ts'
import type { Filter } from '../../ingest/lrs/query.ts'
import type { LearningRecord, Lookup } from '../../schemas/record.ts'
import { VOIDED } from '../../schemas/xapi.ts'
import { aRecord, person, store } from '../helpers/records.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

const ALL: Filter = { relatedAgents: false, relatedActivities: false, limit: null, ascending: false }
const ANSWERED = 'http://adlnet.gov/expapi/verbs/answered'
const READ = 'http://activitystrea.ms/schema/1.0/read'
const END = Date.parse('2026-04-01T00:00:00.000Z')
const idOf = (name: string): string => uuid5(`find|${name}`)
const stored = (minute: number): string =>
  new Date(Date.parse('2026-03-09T12:00:00.000Z') + minute * 60_000).toISOString()

type Sketch = Partial<Pick<LearningRecord, 'verb' | 'source' | 'storedAt' | 'standard' | 'voids' | 'kind'>> & {
  actor?: string
  lookup?: Lookup
}

const aStatement = (name: string, { lookup = {}, ...rest }: Sketch = {}): LearningRecord =>
  aRecord({ id: idOf(name), raw: `raw of ${name}`, ...rest, lookup })

const voidOf = (name: string, target: string, storedAt: string): LearningRecord =>
  aStatement(name, {
    verb: VOIDED,
    kind: 'voided',
    voids: idOf(target),
    lookup: { refersTo: idOf(target) },
    actor: 'admin',
    storedAt,
  })

async function all(warehouse: Warehouse, filter: Partial<Filter> = {}, most = 100, source: string | null = null) {
  const found: string[] = []
  let after: Place | null = null
  do {
    const page = await findPage(warehouse, { ...ALL, ...filter }, source, { most, through: END, after })
    expect(page.found.length).toBeLessThanOrEqual(most)
    // An address that leads to nothing is not given.
    expect(page.found.length).toBeGreaterThanOrEqual(after === null && page.next === null ? 0 : 1)
    found.push(...page.found.map(({ raw }) => raw.replace('raw of ', '')))
    after = page.next
  } while (after !== null)
  return found
}

let warehouse: Warehouse
beforeAll(async () => {
  warehouse = await freshWarehouse()
  await store(warehouse, [
    aStatement('ada reads', { verb: READ, storedAt: stored(1), lookup: { activity: 'https://a.example/1' } }),
    aStatement('bob answers', { verb: ANSWERED, actor: 'bob', storedAt: stored(2), source: 'forum' }),
    aStatement('ada in a group', {
      storedAt: stored(3),
      actor: 'cyd',
      lookup: { agents: [person('team'), person('ada'), person('cyd')] },
    }),
    aStatement('ada teaches', { storedAt: stored(4), actor: 'bob', lookup: { relatedAgents: [person('ada')] } }),
    aStatement('near activity 1', {
      storedAt: stored(5),
      actor: 'bob',
      lookup: {
        activity: 'https://a.example/2',
        relatedActivities: ['https://a.example/1'],
        registration: idOf('registration'),
      },
    }),
    aStatement('an event of Caliper', { standard: 'caliper', storedAt: stored(6) }),
  ])
  await store(warehouse, [
    voidOf('the void', 'wrong', stored(8)),
    aStatement('wrong', { actor: 'wes', storedAt: stored(7) }),
    voidOf('the void of the void', 'the void', stored(9)),
    aStatement('about the void', { actor: 'eve', storedAt: stored(10), lookup: { refersTo: idOf('the void') } }),
  ])
})

test('statements come in the order of storage, the newest first, without what is voided and what is no statement', async () => {
  const expected = [
    'about the void',
    'the void of the void',
    'the void',
    'near activity 1',
    'ada teaches',
    'ada in a group',
    'bob answers',
    'ada reads',
  ]
  expect(await all(warehouse)).toEqual(expected)
  expect(await all(warehouse, { ascending: true })).toEqual(expected.toReversed())
})

test('an agent finds what it did, what was done to it and what its groups did; related agents are found when asked for', async () => {
  const agent = person('ada')
  expect(await all(warehouse, { agent })).toEqual(['ada in a group', 'ada reads'])
  expect(await all(warehouse, { agent, relatedAgents: true })).toEqual(['ada teaches', 'ada in a group', 'ada reads'])
  expect(await all(warehouse, { agent: person('team') })).toEqual(['ada in a group'])
})

test('the authority of a source finds what it delivered, with related agents', async () => {
  const filter = { agent: person('authority'), authorityOf: 'forum' }
  expect(await all(warehouse, filter)).toEqual([])
  expect(await all(warehouse, { ...filter, relatedAgents: true })).toEqual(['bob answers'])
})

test('verb, activity and registration narrow the list', async () => {
  const activity = 'https://a.example/1'
  expect(await all(warehouse, { verb: READ })).toEqual(['ada reads'])
  expect(await all(warehouse, { activity })).toEqual(['ada reads'])
  expect(await all(warehouse, { activity, relatedActivities: true })).toEqual(['near activity 1', 'ada reads'])
  expect(await all(warehouse, { registration: idOf('registration') })).toEqual(['near activity 1'])
  expect(await all(warehouse, { activity, verb: ANSWERED })).toEqual([])
})

test('since is exclusive, until inclusive, of the time of storage', async () => {
  const filter = { since: Date.parse(stored(2)), until: Date.parse(stored(4)) }
  expect(await all(warehouse, filter)).toEqual(['ada teaches', 'ada in a group'])
})

test('a source reads what it delivered, and what refers to it, if it delivered that too', async () => {
  expect(await all(warehouse, {}, 100, 'forum')).toEqual(['bob answers'])
  expect(await findOne(warehouse, idOf('ada reads'), 'forum', { voided: false, through: END })).toBeNull()
  expect(await findOne(warehouse, idOf('ada reads'), 'lms', { voided: false, through: END })).toMatchObject({
    raw: 'raw of ada reads',
    actor: person('ada'),
  })
})

test('statements about a matching statement are found with it, step by step, also when it is voided', async () => {
  // wes matches only the voided statement; its void, and what is said about the void, are found.
  expect(await all(warehouse, { agent: person('wes') })).toEqual(['about the void', 'the void of the void', 'the void'])
})

test('a voided statement is found as voided only; a voiding statement cannot be voided', async () => {
  const one = (name: string, voided: boolean) => findOne(warehouse, idOf(name), null, { voided, through: END })
  expect(await one('wrong', false)).toBeNull()
  expect(await one('wrong', true)).toMatchObject({ raw: 'raw of wrong' })
  expect(await one('the void', true)).toBeNull()
  expect(await one('the void', false)).toMatchObject({ raw: 'raw of the void' })
  expect(await one('nobody', false)).toBeNull()
})

test('nothing stored after the time up to which the store is consistent is given', async () => {
  const through = Date.parse(stored(1))
  const page = await findPage(warehouse, ALL, null, { most: 10, through, after: null })
  expect(page.found.map(({ raw }) => raw)).toEqual(['raw of ada reads'])
  expect(await findOne(warehouse, idOf('bob answers'), null, { voided: false, through })).toBeNull()
})

test('pages of any size, in both directions, through deliveries that came twice, give every statement once', async () => {
  const other = await freshWarehouse()
  const names = Array.from({ length: 90 }, (_, i) => `s${i}`)
  const at = (i: number): string => stored(Math.floor(i / 7))
  const records = names.map((name, i) => aStatement(name, { storedAt: at(i) }))
  await store(other, records)
  // Delivered again later, and the same batch stored twice.
  await store(
    other,
    records.slice(0, 30).map(record => ({ ...record, storedAt: stored(99) })),
  )
  await store(other, records.slice(20, 50))
  const sorted = await all(other, { ascending: true })
  expect(sorted.toSorted()).toEqual(names.toSorted())
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.boolean(), async (most, ascending) => {
      expect(await all(other, { ascending }, most)).toEqual(ascending ? sorted : sorted.toReversed())
    }),
    { numRuns: 6, seed: 7 },
  )
})
