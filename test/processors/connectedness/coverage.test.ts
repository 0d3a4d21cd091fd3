import { beforeEach, expect, test, vi } from 'vitest'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { aRecord, aSchool, enrol, person, store } from '../../helpers/records.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { aMeeting, anAdviser, connect, connectednessOf, figureOf, MINUTE_MS, together } from './a-school-of-contacts.ts'

// a week takes a second on a machine of its own, and there are several in a test
vi.setConfig({ testTimeout: 4 * MINUTE_MS })
const emptied = emptiedWarehouse()
let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
})

const WEEK = '2026-02-16'
const names = (n: number, prefix = 's') => Array.from({ length: n }, (_, i) => `${prefix}${i + 1}`)
const on = (day: string): string => `${day}T10:00:00-05:00`
const figure = (indicator: string, unit: string, slice = '') => figureOf(warehouse, indicator, unit, WEEK, slice)

test('17 of 22 with meetings in two weeks are covered; those of one week are not, nor is a school that logs nothing', async () => {
  await enrol(
    warehouse,
    ...aSchool('S1', { A: names(22) }),
    ...anAdviser('ms-lee', 'S1', 'A'),
    ...aSchool('S2', { B: names(12, 'b') }),
    ...anAdviser('mr-ray', 'S2', 'B'),
  )
  const half_hour = { durationMs: 30 * MINUTE_MS }
  await store(warehouse, [
    ...names(17).flatMap(name => ['2026-02-10', '2026-02-17'].map(day => aMeeting(on(day), 'ms-lee', [name]))),
    // more weight than anybody, in one week
    ...['2026-02-16', '2026-02-18', '2026-02-20'].map(day => aMeeting(on(day), 'ms-lee', ['s18'], half_hour)),
    ...names(12, 'b').map(name => aRecord({ at: on('2026-02-17'), actor: name })),
  ])
  await connect(warehouse)
  const covered = {
    n: 22,
    enrolled: 22,
    status: 'ok',
    reason: '100 % of advisers logged a meeting in the last 8 weeks',
  }
  const wilson = { value: 17 / 22, lo95: expect.closeTo(0.5656, 6), hi95: expect.closeTo(0.89877, 6) }
  expect(await figure('adult_contact', 'S1')).toMatchObject({ ...covered, ...wilson })
  expect(await figure('adult_contact', 'S1', 'grade=09')).toMatchObject(wilson)
  expect(await figure('adult_contact', 'A')).toMatchObject(wilson)
  expect(await figure('adviser_contact', 'S1')).toMatchObject(wilson)
  expect(await figure('adult_contact_two', 'S1')).toMatchObject({ value: 0, lo95: 0 })
  expect(await figure('adult_contact', 'S2')).toMatchObject({
    value: null,
    n: 0,
    enrolled: 12,
    status: 'insufficient',
    reason: 'fewer than half of the advisers logged a meeting in the last 8 weeks',
  })
  // who cannot be known is not counted as uncovered
  expect(await figure('adult_contact', 'demo')).toMatchObject({ ...wilson, n: 22, enrolled: 34 })
  expect(await figure('contact_logging', 'demo')).toMatchObject({ value: 0.5, n: 2 })
  expect(await figure('adviser_load', 'S1')).toMatchObject({ value: 22, n: 22 })
  expect(await figure('adviser_load', 'demo')).toMatchObject({ value: 17, n: 34 })
  expect(await connectednessOf(warehouse, 's18', WEEK)).toMatchObject({ sustained: 0, adult_weeks: [1] })
  const loads = await warehouse.query(
    `select lower(hex(adviser_id)) as adviser, class_ids, advisees, tied, unserved, active, status from adviser_load final
     where week = {week:Date} order by school_id`,
    { week: WEEK },
  )
  expect(loads).toEqual([
    { adviser: person('ms-lee'), class_ids: ['A'], advisees: 22, tied: 17, unserved: 5, active: true, status: 'ok' },
    {
      adviser: person('mr-ray'),
      class_ids: ['B'],
      advisees: 12,
      tied: 0,
      unserved: 12,
      active: false,
      status: 'insufficient',
    },
  ])
})

test('the Gini coefficient of weights 0, .4, 1.2, 2.2, 3.1, 3.1, 5 is .424762', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(7) }), ...anAdviser('ms-lee', 'S1', 'A'))
  const weights = [0, 0.4, 1.2, 2.2, 3.1, 3.1, 5]
  await store(
    warehouse,
    weights.flatMap((weight, i) =>
      // one meeting of at most 30 minutes weighs 2
      Array.from({ length: Math.ceil(weight / 2) }, (_, k) =>
        aMeeting(on('2026-02-17'), 'ms-lee', [`s${i + 1}`], {
          durationMs: Math.round(Math.min(2, weight - 2 * k) * 15 * MINUTE_MS),
        }),
      ),
    ),
  )
  await connect(warehouse)
  const [load] = await warehouse.query<{ gini: number }>('select gini from adviser_load final')
  expect(load!.gini).toBeCloseTo(0.424762, 6)
})

test('students without a logged peer tie are counted from ten on, once they were there for 20 school days', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(30) }), ...aSchool('S2', { B: names(30, 'b') }))
  const weeks = ['2026-01-26', '2026-02-02', '2026-02-09', WEEK]
  const pairsOf = (all: string[], tied: number) =>
    Array.from({ length: tied / 2 }, (_, i) => [all[2 * i]!, all[2 * i + 1]!])
  const pairs = [...pairsOf(names(30), 18), ...pairsOf(names(30, 'b'), 26)]
  await store(
    warehouse,
    weeks.flatMap(week => pairs.map(pair => together(on(week), pair))),
  )
  await connect(warehouse)
  const before = await figureOf(warehouse, 'no_peer_tie', 'S1', '2026-02-09')
  expect(before).toMatchObject({
    value: null,
    status: 'insufficient',
    reason: 'nobody was there for 20 school days of the last 8 weeks',
  })
  expect(await figure('no_peer_tie', 'S1')).toMatchObject({ value: 0.4, n: 30, status: 'ok' })
  expect(await figure('no_peer_tie', 'S2')).toMatchObject({
    value: null,
    lo95: null,
    status: 'suppressed',
    reason: 'fewer than 10 students',
  })
  expect(await figure('no_peer_tie', 'demo')).toMatchObject({ value: expect.closeTo(16 / 60, 9), n: 60 })
  // nothing about groups small enough to be named
  expect(await figure('no_peer_tie', 'S1', 'grade=09')).toBeUndefined()
  expect(await figure('no_peer_tie', 'A')).toBeUndefined()
})

test('where fewer than half of the students have contact with another in the logs, nobody is said to be without', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(30) }))
  const weeks = ['2026-01-26', '2026-02-02', '2026-02-09', WEEK]
  await store(
    warehouse,
    weeks.map(week => together(on(week), ['s1', 's2'])),
  )
  await connect(warehouse)
  expect(await figure('no_peer_tie', 'S1')).toMatchObject({
    value: null,
    status: 'insufficient',
    reason: 'fewer than half of the students have any logged contact with another student',
  })
  expect(await figure('home_base_density', 'A')).toMatchObject({ value: null, status: 'insufficient' })
})
