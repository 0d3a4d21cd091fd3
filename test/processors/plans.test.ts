import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { uuid5 } from '../../infra/uuid5.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { storePlans } from '../../processors/store-plans.ts'
import { ERASED } from '../../schemas/erasure.ts'
import type { PlanEntry } from '../../schemas/plan.ts'
import { aChoice, aGoal, aPlan, aReflection, listOf, placed, PLANNED_AT, withdrawalOf } from '../helpers/plans.ts'
import { aRecord, aSchool, aStudent, anAlias, enrol, person, store } from '../helpers/records.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'

const T1 = PLANNED_AT
const T2 = '2026-02-02T12:00:00.000Z'
const T3 = '2026-03-02T12:00:00.000Z'

const empty = emptiedWarehouse()
const stored = (warehouse: Warehouse, ...entries: PlanEntry[]) => storePlans(warehouse, placed(entries))

const plans = (warehouse: Warehouse): Promise<object[]> =>
  warehouse.query('select subject, begin_day, end_day, units_per_week as units from current_plans order by all')
const goals = (warehouse: Warehouse, columns = 'set_day, due_day, closed_day, status, level, expected, weight') =>
  warehouse.query<object>(`select ${columns} from current_goals order by all`)

/** What waits, cleared afterwards. */
async function touchedNow(warehouse: Warehouse): Promise<string[]> {
  const found = await warehouse.query<{ week: string; who: string }>(
    'select distinct toString(week) as week, lower(hex(person_id)) as who from touched final where done = 0 order by all',
  )
  await clear(warehouse)
  const names = new Map(['ada', 'ben', 'state-7'].map(name => [person(name), name]))
  return found.flatMap(({ week, who }) => (names.has(who) ? [`${week} ${names.get(who)}`] : [])).sort()
}

/** As a recomputation would, without one: the weeks are known, and nothing waits. */
const clear = (warehouse: Warehouse): Promise<void> =>
  warehouse.command('insert into touched select week, person_id, touch, at, 1 from touched final where done = 0')

/** A district with figures for four weeks of September, of another student. */
async function fourWeeks(): Promise<Warehouse> {
  const warehouse = await empty()
  await enrol(warehouse, ...aSchool('oak', { 'oak-1': ['ada', 'ben', 'cy'] }))
  const days = ['2025-09-02', '2025-09-09', '2025-09-16', '2025-09-23']
  await store(
    warehouse,
    days.map(day => aRecord({ at: `${day}T10:00:00-04:00`, actor: 'cy', storedAt: T1 })),
  )
  await clear(warehouse)
  return warehouse
}

describe('plans of files', () => {
  test('of plans of one subject the one that begins last holds; when it has ended, the other holds again', async () => {
    const warehouse = await empty()
    await stored(
      warehouse,
      aPlan({ end: null }),
      aPlan({ key: 'k2', begin: '2025-10-06', end: '2025-10-20', unitsPerWeek: 5 }),
      aPlan({ key: 'k3', begin: '2025-10-08', end: '2025-10-15', unitsPerWeek: 7 }),
      aPlan({ key: 'k4', begin: '2025-10-08', end: '2025-10-10', unitsPerWeek: 8, storedAt: T2 }),
      aPlan({ key: 'k5', subject: 'art', unitsPerWeek: 1 }),
      aPlan({ key: 'k6', subject: 'art', unitsPerWeek: 2, begin: '2026-01-05', end: '2026-02-02' }),
    )
    expect(await plans(warehouse)).toEqual([
      { subject: '', begin_day: '2025-09-01', end_day: '2025-10-06', units: 3 },
      { subject: '', begin_day: '2025-10-06', end_day: '2025-10-08', units: 5 },
      { subject: '', begin_day: '2025-10-08', end_day: '2025-10-10', units: 8 },
      { subject: '', begin_day: '2025-10-10', end_day: '2025-10-15', units: 7 },
      { subject: '', begin_day: '2025-10-15', end_day: '2025-10-20', units: 5 },
      { subject: '', begin_day: '2025-10-20', end_day: '2299-12-31', units: 3 },
      { subject: 'art', begin_day: '2025-09-01', end_day: '2025-12-01', units: 1 },
      { subject: 'art', begin_day: '2026-01-05', end_day: '2026-02-02', units: 2 },
    ])
  })

  test('every day has the plan that a reading of them one by one gives', { timeout: 60_000 }, async () => {
    const days = Array.from({ length: 12 }, (_, i) => `2025-09-${String(i + 1).padStart(2, '0')}`)
    const some = fc.array(
      fc.record({ begin: fc.integer({ min: 0, max: 10 }), length: fc.integer({ min: 1, max: 11 }), hour: fc.nat(3) }),
      { minLength: 1, maxLength: 5 },
    )
    const check = fc.asyncProperty(some, async sketches => {
      const warehouse = await empty()
      const all = sketches.map(({ begin, length, hour }, i) =>
        aPlan({
          key: `k${i}`,
          begin: days[begin]!,
          end: days[Math.min(begin + length, 11)]!,
          unitsPerWeek: i,
          // Not two of one moment: then their content decides, which a reader cannot tell.
          storedAt: new Date(Date.parse(T1) + hour * 3_600_000 + i).toISOString(),
        }),
      )
      await stored(warehouse, ...all)
      const rows = await warehouse.query<{ begin_day: string; end_day: string; units: number }>(
        'select begin_day, end_day, units_per_week as units from current_plans',
      )
      for (const day of days) {
        const holding = all
          .filter(({ begin, end }) => begin <= day && day < end!)
          .sort((a, b) => (a.begin + a.storedAt < b.begin + b.storedAt ? -1 : 1))
          .at(-1)
        const held = rows.filter(row => row.begin_day <= day && day < row.end_day)
        expect(held.map(({ units }) => units)).toEqual(holding === undefined ? [] : [holding.unitsPerWeek])
      }
    })
    await fc.assert(check, { seed: 20261122, numRuns: 15 })
  })

  test('a correction replaces what it corrects and what is taken back is gone, even if they are read first', async () => {
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [2, 0, 3, 1],
    ]) {
      const warehouse = await empty()
      const entries = [
        aPlan(),
        aPlan({ unitsPerWeek: 4, storedAt: T2 }),
        aPlan({ key: 'k2', subject: 'art' }),
        withdrawalOf('plan', 'k2'),
      ]
      for (const at of order) await stored(warehouse, entries[at]!)
      expect(await plans(warehouse)).toEqual([
        { subject: '', begin_day: '2025-09-01', end_day: '2025-12-01', units: 4 },
      ])
    }
  })

  test('what is said again after another version is the newest again', async () => {
    const warehouse = await empty()
    const entries = [aPlan(), aPlan({ unitsPerWeek: 4, storedAt: T2 }), aPlan({ storedAt: T3 })]
    await stored(warehouse, entries[2]!, entries[0]!, entries[1]!)
    expect(await plans(warehouse)).toMatchObject([{ units: 3 }])
  })

  test('a source that gives all it has takes back what it has no longer; what comes again counts again', async () => {
    const warehouse = await fourWeeks()
    await stored(warehouse, aPlan(), aPlan({ key: 'k2', subject: 'art', who: 'ben' }))
    await touchedNow(warehouse)
    await stored(warehouse, listOf('plan', T2), aPlan({ storedAt: T2 }))
    expect(await plans(warehouse)).toMatchObject([{ subject: '' }])
    expect(await touchedNow(warehouse)).toEqual(
      ['2025-09-01', '2025-09-08', '2025-09-15', '2025-09-22'].map(w => `${w} ben`),
    )
    await stored(warehouse, listOf('plan', T3), aPlan({ storedAt: T3 }))
    expect(await touchedNow(warehouse)).toEqual([])
    await stored(warehouse, aPlan({ key: 'k2', subject: 'art', who: 'ben', storedAt: T3 }))
    expect(await plans(warehouse)).toHaveLength(2)
    expect(await touchedNow(warehouse)).toHaveLength(4)
  })

  test('goals, choices and reflections are taken back as plans are', async () => {
    const warehouse = await empty()
    await stored(warehouse, aGoal({ level: 1, weight: 2 }), aChoice(), aReflection())
    const counts = () =>
      warehouse.query(
        'select (select count() from current_goals) as g, (select count() from current_choices) as c, (select count() from current_reflections) as r',
      )
    expect(await counts()).toEqual([{ g: '1', c: '1', r: '1' }])
    await stored(warehouse, withdrawalOf('goal'), withdrawalOf('choice'), withdrawalOf('reflection'))
    expect(await counts()).toEqual([{ g: '0', c: '0', r: '0' }])
  })

  test('a goal that is corrected says nothing of what its row has no longer', async () => {
    const warehouse = await empty()
    await stored(warehouse, aGoal({ due: '2025-10-01', level: 1 }), aGoal({ storedAt: T2, weight: 2 }))
    expect(await goals(warehouse)).toEqual([
      {
        set_day: '2025-09-08',
        due_day: '1970-01-01',
        closed_day: '1970-01-01',
        status: 'open',
        level: null,
        expected: null,
        weight: 2,
      },
    ])
  })

  test('two identifiers of one person have one list of plans once the roster says so', async () => {
    const warehouse = await fourWeeks()
    await stored(warehouse, aPlan({ who: 'state-7' }), aPlan({ key: 'k2', begin: '2025-10-06', end: null }))
    await touchedNow(warehouse)
    await enrol(warehouse, aStudent('ada'), anAlias('ada', 'ada'), anAlias('state-7', 'ada'))
    expect(await touchedNow(warehouse)).toEqual(
      ['2025-09-01', '2025-09-08', '2025-09-15', '2025-09-22'].map(week => `${week} state-7`),
    )
    expect(await plans(warehouse)).toMatchObject([{ end_day: '2025-10-06' }, { end_day: '2299-12-31' }])
  })
})

describe('what is touched', () => {
  test('a plan touches the weeks of its validity that have figures; a second delivery touches nothing', async () => {
    const warehouse = await fourWeeks()
    await stored(warehouse, aPlan({ begin: '2025-09-10', end: '2025-09-22' }))
    expect(await touchedNow(warehouse)).toEqual(['2025-09-08 ada', '2025-09-15 ada'])
    expect(await stored(warehouse, aPlan({ begin: '2025-09-10', end: '2025-09-22', storedAt: T2 }))).toEqual({
      stored: 0,
      duplicates: 1,
    })
    expect(await touchedNow(warehouse)).toEqual([])
  })

  test('a correction touches what was reached before, of the student before too, also when its batch is repeated', async () => {
    const warehouse = await fourWeeks()
    await stored(warehouse, aPlan({ begin: '2025-09-01', end: '2025-09-08' }))
    await touchedNow(warehouse)
    const batch = placed([aPlan({ begin: '2025-09-22', end: '2025-09-29', who: 'ben', storedAt: T2 })])
    for (let times = 0; times < 2; times++) {
      await storePlans(warehouse, batch)
      expect(await touchedNow(warehouse)).toEqual(['2025-09-01 ada', '2025-09-22 ben'])
    }
    await stored(warehouse, withdrawalOf('plan', 'k1', T3))
    expect(await touchedNow(warehouse)).toEqual(['2025-09-01 ada', '2025-09-22 ben'])
  })

  test('a goal touches the weeks from its setting to its end, choices and reflections their own', async () => {
    const warehouse = await fourWeeks()
    await stored(warehouse, aGoal({ day: '2025-09-04', due: '2025-09-16' }))
    expect(await touchedNow(warehouse)).toEqual(['2025-09-01 ada', '2025-09-08 ada', '2025-09-15 ada'])
    await stored(warehouse, aChoice(), aReflection({ who: 'ben' }))
    expect(await touchedNow(warehouse)).toEqual(['2025-09-08 ada', '2025-09-08 ben'])
  })
})

describe('what records say', () => {
  const ID = (n: number) => uuid5(`plan record ${n}`)
  const at = (day: string) => ({ at: `${day}T10:00:00-04:00`, storedAt: T1 })
  const GOAL = 'https://lms.example.org/goals/1'

  test('a goal is what all its records say, the later one where they differ', async () => {
    const warehouse = await fourWeeks()
    const records = [
      aRecord({
        ...at('2025-09-02'),
        kind: 'goal-set',
        object: GOAL,
        agency: { goal: { weight: 2, due: '2025-09-26', expected: 0 } },
      }),
      aRecord({ ...at('2025-09-16'), kind: 'reflected', object: GOAL, agency: { goal: { level: -1 } } }),
      aRecord({ ...at('2025-09-23'), id: ID(1), kind: 'goal-met', object: GOAL, agency: { goal: { level: 1 } } }),
    ]
    for (const record of records.reverse()) await store(warehouse, [record])
    expect(await goals(warehouse)).toEqual([
      {
        set_day: '2025-09-02',
        due_day: '2025-09-26',
        closed_day: '2025-09-23',
        status: 'attained',
        level: 1,
        expected: 0,
        weight: 2,
      },
    ])
    expect(await warehouse.query('select day, about from current_reflections')).toEqual([
      { day: '2025-09-16', about: GOAL },
    ])
    await touchedNow(warehouse)
    await store(warehouse, [aRecord({ ...at('2025-09-24'), kind: 'voided', voids: ID(1) })])
    expect(await goals(warehouse, 'status, level')).toEqual([{ status: 'open', level: -1 }])
    expect(await touchedNow(warehouse)).toEqual(
      ['2025-09-01', '2025-09-08', '2025-09-15', '2025-09-22'].map(week => `${week} ada`),
    )
  })

  test('a plan that is voided gives way to what was planned before, whichever came first', async () => {
    const mix = { individual: 0.4, adult: 0.1, peer: 0.25, group: 0.25 }
    const plan = { kind: 'goal-set' as const, object: 'https://lms.example.org/plans/ada' }
    const records = [
      aRecord({ ...at('2025-09-02'), ...plan, agency: { plan: { unitsPerWeek: 3, mix } } }),
      aRecord({ ...at('2025-09-16'), ...plan, id: ID(2), agency: { plan: { unitsPerWeek: 9, from: '2025-09-02' } } }),
      aRecord({ ...at('2025-09-17'), kind: 'voided', voids: ID(2) }),
    ]
    for (const order of [records, [...records].reverse()]) {
      const warehouse = await empty()
      for (const record of order) await store(warehouse, [record])
      expect(
        await warehouse.query(
          'select toString(begin_day) as begin, units_per_week as units, [mix_individual, mix_adult, mix_peer, mix_group] as mix from current_plans',
        ),
      ).toEqual([{ begin: '2025-09-02', units: 3, mix: [0.4, 0.1, 0.25, 0.25] }])
      expect(await goals(warehouse)).toEqual([])
    }
  })

  test('of two contents of one record the one that was stored first holds', async () => {
    const plan = (unitsPerWeek: number) => ({
      kind: 'goal-set' as const,
      object: 'p',
      agency: { plan: { unitsPerWeek } },
    })
    const rivals = [
      aRecord({ ...at('2025-09-02'), ...plan(3), id: ID(3) }),
      aRecord({ ...at('2025-09-03'), ...plan(9), id: ID(3), storedAt: T2 }),
    ]
    for (const order of [rivals, [...rivals].reverse()]) {
      const warehouse = await empty()
      for (const record of order) await store(warehouse, [record])
      expect(await plans(warehouse)).toMatchObject([{ units: 3, begin_day: '2025-09-02' }])
    }
  })

  test('a choice has what was offered; a record of another time than the kept range says nothing', async () => {
    const warehouse = await empty()
    const offered = ['https://lms.example.org/a', 'https://lms.example.org/b']
    await store(warehouse, [
      aRecord({ ...at('2025-09-02'), kind: 'chose', object: offered[0]!, agency: { offered } }),
      aRecord({ ...at('2025-09-02'), kind: 'started', object: offered[1]!, choice: 'assigned', agency: { offered } }),
      aRecord({ ...at('1999-09-02'), kind: 'chose', timely: false }),
    ])
    expect(await warehouse.query('select offered, taken, choice from current_choices order by taken')).toEqual([
      { offered, taken: offered[0], choice: 'chosen' },
      { offered, taken: offered[1], choice: 'assigned' },
    ])
  })

  test('what an adult records about one student is that student’s', async () => {
    const warehouse = await empty()
    const record = aRecord({ ...at('2025-09-02'), kind: 'goal-set', actor: 'ms-lee', others: ['ada'] })
    await store(warehouse, [{ ...record, actor: { ...record.actor, role: 'adviser' } }])
    expect(await goals(warehouse, 'lower(hex(student_id)) as student')).toEqual([{ student: person('ada') }])
  })

  test('what an erased student said is nobody’s', async () => {
    const warehouse = await empty()
    const record = aRecord({ ...at('2025-09-02'), kind: 'goal-set', others: ['ben'] })
    await store(warehouse, [{ ...record, actor: { ...record.actor, id: ERASED } }])
    expect(await goals(warehouse)).toEqual([])
  })
})

test('order, duplicates and splits of batches change nothing', { timeout: 60_000 }, async () => {
  const at = (n: number): string => new Date(Date.parse(T1) + n * 3_600_000).toISOString()
  const entry = fc
    .record({
      kind: fc.integer({ min: 0, max: 5 }),
      key: fc.integer({ min: 0, max: 2 }),
      hour: fc.integer({ min: 0, max: 6 }),
    })
    .map(({ kind, key: n, hour }): PlanEntry => {
      const [key, storedAt] = [`k${n}`, at(hour)]
      const units = (n * 7 + hour) % 3
      if (kind <= 1) return aPlan({ key, storedAt, unitsPerWeek: units, begin: `2025-09-0${1 + units}` })
      if (kind === 2) return aGoal({ key, storedAt, level: units })
      if (kind === 3) return withdrawalOf('plan', key, storedAt)
      return kind === 4 ? listOf('plan', storedAt) : withdrawalOf('goal', key, storedAt)
    })
  const shown = async (batches: PlanEntry[][]): Promise<object[][]> => {
    const warehouse = await empty()
    for (const batch of batches) await stored(warehouse, ...batch)
    return [await plans(warehouse), await goals(warehouse)]
  }
  const split = (entries: PlanEntry[], size: number): PlanEntry[][] =>
    entries.length === 0 ? [] : [entries.slice(0, size), ...split(entries.slice(size), size)]
  const scenario = fc.array(entry, { minLength: 2, maxLength: 10 }).chain(entries =>
    fc.record({
      entries: fc.constant(entries),
      shuffled: fc.shuffledSubarray([...entries, ...entries], { minLength: entries.length * 2 }),
      size: fc.integer({ min: 1, max: 4 }),
    }),
  )
  await fc.assert(
    fc.asyncProperty(scenario, async ({ entries, shuffled, size }) => {
      expect(await shown(split(shuffled, size))).toEqual(await shown([entries]))
    }),
    { seed: 20261122, numRuns: 15 },
  )
})
