import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { joining, parting, type Proposal } from '../../processors/person-of-decide.ts'
import { personOf } from '../../processors/person-of.ts'
import { previewOf } from '../../processors/person-of-preview.ts'
import { changeBy, factOf, storeAliases } from '../../processors/person-of-store.ts'
import { pendingWeeks } from '../../processors/touched.ts'
import type { AliasEntry } from '../../schemas/roster.ts'
import {
  aRecord,
  aSchool,
  anAlias,
  anEnrolment,
  aStudent,
  enrol,
  person,
  recompute,
  store,
} from '../helpers/records.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

const emptied = emptiedWarehouse()

let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
})

let second = 0
const later = (): string => new Date(Date.parse('2026-03-10T12:00:00Z') + 1000 * second++).toISOString()
const decided = ({ links }: Proposal): AliasEntry[] =>
  links.map(link => ({
    type: 'alias',
    source: 'homeroom',
    storedAt: later(),
    ...link,
    link: 'same',
    decision: { by: person('olga'), why: 'same-person' },
  }))
const click = (actor: string, day: number) => aRecord({ actor, at: `2026-03-0${2 + day}T10:00:00-05:00` })

async function map(of = warehouse): Promise<Record<string, string>> {
  const rows = await of.query<{ id: string; person: string }>(
    'select lower(hex(identifier)) as id, lower(hex(person_id)) as person from person_of final order by id',
  )
  return Object.fromEntries(rows.map(row => [row.id, row.person]))
}

async function weeks(): Promise<{ student: string; events: number }[]> {
  return warehouse.query(
    'select lower(hex(student_id)) as student, events from student_week final order by events, student',
  )
}

async function share(school: string): Promise<{ value: number; enrolled: number } | undefined> {
  const [row] = await warehouse.query<{ value: number; enrolled: number }>(
    `select value, enrolled from indicators final where indicator = 'active_days' and unit_id = {school:String} and slice = ''`,
    { school },
  )
  return row
}

test('a merge moves events, weeks and enrolments to one student, and a split moves all of them back', async () => {
  // Ada is enrolled anew under another id on Wednesday, 4 March; Ben is there all along.
  await enrol(
    warehouse,
    ...aSchool('S1', { A: ['ben'] }),
    aStudent('ada-old'),
    aStudent('ada-new'),
    anEnrolment('ada-old', 'A', 'S1', '2025-08-25', '2026-03-04'),
    anEnrolment('ada-new', 'A', 'S1', '2026-03-04'),
    ...['ben', 'ada-old', 'ada-new'].map(name => anAlias(name, name)),
    anAlias('old@example.org', 'ada-old'),
  )
  await store(warehouse, [click('old@example.org', 0), click('ada-new', 2), click('ben', 0)])
  await recompute(warehouse)
  const before = { map: await map(), weeks: await weeks(), school: await share('S1') }
  expect(before.weeks.map(({ events }) => events)).toEqual([1, 1, 1])

  const merge = decided(await joining(warehouse, [person('old@example.org')], [person('ada-new')]))
  const shown = await previewOf(warehouse, await changeBy(warehouse, merge.map(factOf)))
  expect(shown.moves.map(({ events }) => events).sort()).toEqual([0, 1])
  expect(shown).toMatchObject({ weeks: ['2026-03-02'], conflicts: [], contested: [] })
  expect(shown.enrolments).toMatchObject([{ class: 'A', end: '2026-03-04' }])
  expect(await map()).toEqual(before.map)

  await storeAliases(warehouse, merge)
  expect(await pendingWeeks(warehouse)).toMatchObject([{ week: '2026-03-02', people: 2 }])
  await recompute(warehouse)
  expect(await weeks()).toEqual([
    { student: person('ben'), events: 1 },
    { student: person('ada-new'), events: 2 },
  ])
  // Two students: Ada on 2 of 5 days, Ben on 1 of 5.
  expect((await share('S1'))!.enrolled).toBe(2)
  expect((await share('S1'))!.value).toBeCloseTo(0.3, 12)

  await storeAliases(warehouse, decided(await parting(warehouse, [person('ada-new')], [person('ada-old')])))
  await recompute(warehouse)
  expect({ map: await map(), weeks: await weeks(), school: await share('S1') }).toEqual(before)
})

test('what contradicts itself in a merge is named before it is done', async () => {
  await enrol(
    warehouse,
    ...aSchool('S1', { A: ['ada'] }),
    ...aSchool('S2', { B: [] }),
    aStudent('eve', '10'),
    anEnrolment('eve', 'B', 'S2'),
  )
  await enrol(warehouse, anAlias('ada', 'ada'), anAlias('eve', 'eve'))
  const merge = decided(await joining(warehouse, [person('ada')], [person('eve')]))
  const { conflicts } = await previewOf(warehouse, await changeBy(warehouse, merge.map(factOf)))
  expect(conflicts).toHaveLength(2)
  expect(conflicts[0]).toMatch(/^grade (09|10) of [0-9a-f]{8} and (09|10) of [0-9a-f]{8}$/)
  expect(conflicts[1]).toMatch(/^two schools from 2025-08-25 on: class . of S. and class . of S.$/)
})

test('a batch that was cut off before its entries were stored touches again', async () => {
  await enrol(warehouse, anAlias('ada', 'ada'))
  await store(warehouse, [click('mail', 0)])
  await recompute(warehouse)
  const entry = anAlias('mail', 'ada') as AliasEntry
  const cutOff: Warehouse = {
    ...warehouse,
    query: warehouse.query.bind(warehouse),
    command: () => Promise.reject(new Error('the engine is gone')),
    insertArrow: warehouse.insertArrow.bind(warehouse),
  }
  await expect(storeAliases(cutOff, [entry])).rejects.toThrow('the engine is gone')
  expect(await pendingWeeks(warehouse)).toEqual([])
  await storeAliases(warehouse, [entry])
  expect(await pendingWeeks(warehouse)).toMatchObject([{ week: '2026-03-02', people: 1 }])
})

test('a batch of 40,000 identifiers is stored, and the weeks of those with records are touched', async () => {
  await store(warehouse, [click('s39999', 0)])
  await recompute(warehouse)
  const entries = Array.from({ length: 40_000 }, (_, i) => anAlias(`s${i}`, `p${i}`) as AliasEntry)
  await storeAliases(warehouse, entries)
  expect(await warehouse.query('select toFloat64(count()) as n from person_of final')).toEqual([{ n: 80_000 }])
  expect(await pendingWeeks(warehouse)).toMatchObject([{ week: '2026-03-02', people: 1 }])
}, 60_000)

test('a roster that is loaded again touches nothing', async () => {
  await enrol(warehouse, anAlias('ada', 'ada'), anAlias('mail', 'ada'))
  await store(warehouse, [click('mail', 0)])
  await recompute(warehouse)
  const again = [anAlias('ada', 'ada'), anAlias('mail', 'ada')] as AliasEntry[]
  await storeAliases(
    warehouse,
    again.map(entry => ({ ...entry, storedAt: later() })),
  )
  expect(await pendingWeeks(warehouse)).toEqual([])
})

test('an identifier that two persons claim counts for nobody, and is split by a decision', async () => {
  await enrol(warehouse, ...['ada', 'eve'].map(name => anAlias(name, name)), anAlias('mail', 'ada'))
  await store(warehouse, [click('mail', 0), click('ada', 1)])
  await recompute(warehouse)
  expect(await weeks()).toEqual([{ student: person('ada'), events: 2 }])
  await enrol(warehouse, anAlias('mail', 'eve'))
  await recompute(warehouse)
  expect((await weeks()).map(({ student }) => student).sort()).toEqual([person('ada'), person('mail')].sort())
  const contested = 'select arrayMap(x -> lower(hex(x)), persons) as persons from contested final'
  expect(await warehouse.query(contested)).toEqual([{ persons: [person('ada'), person('eve')].sort() }])
  await storeAliases(warehouse, decided(await parting(warehouse, [person('eve')], [person('mail')])))
  await recompute(warehouse)
  expect(await weeks()).toEqual([{ student: person('ada'), events: 2 }])
  expect(await warehouse.query(contested)).toEqual([])
})

const name = fc.constantFrom('ada', 'ben', 'cleo', 'mail', 'lms', 'state')
const anyEntry = fc.record({
  id: name,
  person: name,
  link: fc.constantFrom('is', 'is', 'same', 'decided'),
  source: fc.constantFrom('sis', 'lms'),
  active: fc.constantFrom(true, true, false),
})

test('entries in any order, doubled and in any batches, leave the map that follows from all of them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyEntry, { minLength: 1, maxLength: 25 }),
      fc.infiniteStream(fc.nat()),
      async (sketches, dice) => {
        const entries = sketches.map(({ id, person: who, link, source, active }, i): AliasEntry => {
          const storedAt = new Date(Date.parse('2026-03-01T00:00:00Z') + i).toISOString()
          const base = { type: 'alias' as const, storedAt, status: active ? ('active' as const) : ('deleted' as const) }
          const pair = { id: person(id), person: person(who) }
          if (link === 'is') return { ...base, source, ...pair }
          if (link === 'same') return { ...base, source, ...pair, link: 'same' }
          return {
            ...base,
            source: 'homeroom',
            ...pair,
            link: 'same',
            decision: { by: person('olga'), why: 'same-person' },
          }
        })
        const deliveries = [...entries, ...entries.filter(() => dice.next().value! % 3 === 0)]
          .map(entry => ({ entry, at: dice.next().value! }))
          .sort((a, b) => a.at - b.at)
          .map(({ entry }) => entry)
        const fresh = await freshWarehouse()
        while (deliveries.length > 0) await storeAliases(fresh, deliveries.splice(0, 1 + (dice.next().value! % 6)))
        const expected = personOf(entries.map(factOf))
        expect(await map(fresh)).toEqual(Object.fromEntries([...expected.of].sort()))
        const merged = await fresh.query<{ id: string; into: string }>(
          'select lower(hex(person_id)) as id, lower(hex(into_id)) as into from merged_persons final order by id',
        )
        expect(merged.map(row => [row.id, row.into])).toEqual([...expected.merged].sort())
      },
    ),
    { numRuns: 12, seed: 20261122 },
  )
}, 180_000)
