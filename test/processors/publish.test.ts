import { beforeEach, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { publish } from '../../processors/publish/publish.ts'
import type { Suppression } from '../../processors/publish/suppress.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'

const emptied = emptiedWarehouse()

let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
})

type Live = {
  unit: string
  type: string
  n: number
  value: number
  se: number
  enrolled?: number
  slice?: string
  members?: number
  indicator?: string
}

async function live(rows: Live[], computed = 1): Promise<void> {
  await warehouse.insert(
    'indicators',
    rows.map(({ unit, type, n, value, se, enrolled = n, slice = '', members = n, indicator = 'effort_minutes' }) => ({
      indicator,
      version: 1,
      unit_type: type,
      unit_id: unit,
      slice,
      period: '2026-W10',
      week: '2026-03-02',
      as_of: '2026-03-09 12:00:00.000',
      value,
      se,
      lo95: value - 2 * se,
      hi95: value + 2 * se,
      n,
      n_eff: n,
      status: 'ok',
      reason: '',
      enrolled,
      computed: String(computed),
      deleted: 0,
      members: String(members),
    })),
  )
}

const DISTRICT = { unit: 'demo', type: 'district', n: 700, value: 0.5, se: 0.01 }

async function published(unit: string): Promise<Record<string, unknown> | undefined> {
  const [row] = await warehouse.query<Record<string, unknown>>(
    `select value, se, lo95, hi95, n, n_eff, status, reason, enrolled from published
     where unit_id = {unit:String} and snapshot = (select max(snapshot) from snapshots final where complete)`,
    { unit },
  )
  return row
}

test('nothing is published before there is anything', async () => {
  expect(await publish(warehouse)).toBeNull()
})

test('of a school with 1 to 9 students not even the number is published', async () => {
  await live([
    DISTRICT,
    { unit: 'nine', type: 'school', n: 9, value: 90, se: 2 },
    { unit: 'few known', type: 'school', n: 8, value: 90, se: 2, enrolled: 200 },
    { unit: 'few enrolled', type: 'school', n: 0, value: 0, se: 0, enrolled: 4 },
    { unit: 'other', type: 'school', n: 400, value: 50, se: 2 },
  ])
  expect(await publish(warehouse)).toMatchObject({ cells: 5, suppressed: 3 })
  for (const unit of ['nine', 'few known', 'few enrolled']) {
    const row = (await published(unit))!
    expect(row).toMatchObject({ status: 'suppressed', reason: 'it could tell of a group of fewer than 10 students' })
    for (const column of ['value', 'se', 'lo95', 'hi95', 'n', 'n_eff', 'enrolled']) expect(row[column]).toBeNull()
  }
})

test('classes and advisories are not published: they overlap in ways that no table of totals can audit', async () => {
  await live([
    DISTRICT,
    { unit: 'class', type: 'class', n: 25, value: 50, se: 2 },
    { unit: 'advisory', type: 'advisory', n: 18, value: 50, se: 2 },
  ])
  expect(await publish(warehouse)).toMatchObject({ cells: 1 })
})

test('a unit with 10 to 19 students is drawn towards the district by what is known of the spread between units', async () => {
  await live([
    DISTRICT,
    { unit: 'small', type: 'school', n: 15, value: 0.7, se: 0.08 },
    { unit: 'A', type: 'school', n: 200, value: 0.6, se: 0.01 },
    { unit: 'B', type: 'school', n: 300, value: 0.4, se: 0.01 },
    { unit: 'hidden', type: 'school', n: 5, value: 0.99, se: 0.01 },
    { unit: 'B2', type: 'school', n: 5, value: 0.99, se: 0.01 },
  ])
  expect(await publish(warehouse)).toMatchObject({ suppressed: 2 })
  // numpy: var([.7, .6, .4], ddof=1) - mean([.08, .01, .01] squared) = .0211333; keep = .0211333 / (.0211333 + .0064)
  const keep = 0.0211333333 / (0.0211333333 + 0.0064)
  const row = (await published('small'))!
  expect(row).toMatchObject({ n: 15, status: 'ok', reason: '10 to 19 students: drawn towards the district' })
  expect(row.value).toBeCloseTo(0.5 + keep * 0.2, 8)
  expect(row.hi95).toBeCloseTo(0.5 + keep * 0.2 + 1.959963985 * Math.sqrt(keep) * 0.08, 8)
  expect(await published('A')).toMatchObject({ value: 0.6, n: 200, reason: '' })
})

test('without a measurable spread a small unit shows the district', async () => {
  await live([
    DISTRICT,
    { unit: 'small', type: 'school', n: 15, value: 0.52, se: 0.2 },
    { unit: 'A', type: 'school', n: 200, value: 0.5, se: 0.1 },
  ])
  await publish(warehouse)
  expect(await published('small')).toMatchObject({ value: 0.5 })
})

test('a small unit may lie below 0 where the indicator can, with its whole interval', async () => {
  const of = { indicator: 'conditional_growth', slice: 'from=fall,subject=Mathematics,test=benchmark' }
  await live([
    { ...DISTRICT, ...of, value: 0 },
    { unit: 'small', type: 'school', n: 15, value: -0.5, se: 0.1, ...of },
    { unit: 'A', type: 'school', n: 200, value: 0.4, se: 0.05, ...of },
    { unit: 'B', type: 'school', n: 300, value: -0.4, se: 0.05, ...of },
  ])
  await publish(warehouse)
  const { value, lo95, hi95 } = (await published('small')) as { value: number; lo95: number; hi95: number }
  expect(value).toBeLessThan(-0.4)
  expect(lo95).toBeLessThan(value)
  expect((lo95 + hi95) / 2).toBeCloseTo(value, 9)
})

test('a snapshot keeps its figures when the live ones change, and the newest complete one is read', async () => {
  await live([DISTRICT])
  const first = await publish(warehouse)
  await live([{ ...DISTRICT, value: 0.9 }], 2)
  expect(await published('demo')).toMatchObject({ value: 0.5 })
  const second = await publish(warehouse)
  expect(Number(second!.snapshot)).toBeGreaterThan(Number(first!.snapshot))
  expect(await published('demo')).toMatchObject({ value: 0.9 })
})

test('a share is shown in whole percent, its interval rounded outwards, and the outermost ranges as a bracket alone', async () => {
  const share = (unit: string, n: number, value: number) => ({ unit, type: 'school', n, value, se: 0.0123456, indicator: 'active_days' }) // prettier-ignore
  await live([
    { ...DISTRICT, indicator: 'active_days', n: 1600 },
    share('middle', 250, 0.6349),
    share('20 or fewer', 20, 0.99),
    share('40 or fewer', 40, 0.104),
    share('100 or fewer', 100, 0.9451),
    share('300 or fewer', 300, 0.021),
    share('more', 301, 0.9899),
    share('not yet', 300, 0.9749),
  ])
  await publish(warehouse)
  expect(await published('middle')).toMatchObject({ value: 0.63, se: 0.013, lo95: 0.61, hi95: 0.66, n: 250 })
  expect(await published('not yet')).toMatchObject({ value: 0.97, n: 300, reason: '' })
  const brackets = {
    '20 or fewer': 'at least 80%',
    '40 or fewer': 'at most 10%',
    '100 or fewer': 'at least 95%',
    '300 or fewer': 'at most 2%',
    more: 'at least 99%',
  }
  for (const [unit, reason] of Object.entries(brackets)) {
    const nothing = { value: null, se: null, lo95: null, hi95: null, n: null, n_eff: null, enrolled: null }
    expect(await published(unit)).toEqual({ ...nothing, status: 'suppressed', reason })
  }
})

test('what is not a share has no brackets', async () => {
  await live([DISTRICT, { unit: 'all', type: 'school', n: 400, value: 0.999, se: 0.01 }])
  await publish(warehouse)
  expect(await published('all')).toMatchObject({ value: 0.999, n: 400 })
})

test('a small school is not drawn towards a figure of the district that is hidden', async () => {
  await live([DISTRICT, { unit: 'small', type: 'school', n: 15, value: 0.52, se: 0.2 }])
  const hideDistrict: Suppression = cells =>
    cells.flatMap(({ unit_type }, cell) => (unit_type === 'district' ? [{ cell, least: 0, most: 99 }] : []))
  await publish(warehouse, { suppress: hideDistrict })
  expect(await published('small')).toMatchObject({ status: 'suppressed', value: null, n: null })
})

test('growth is published by subject and starting quarter, each with its own audit, once its window is closed', async () => {
  const by = 'subject=Mathematics,test=benchmark'
  const growth = (unit: string, n: number, slice = by, type = 'school'): Live => ({
    unit,
    type,
    n,
    slice,
    value: 52,
    se: 2,
    indicator: 'growth_percentile',
  })
  const quarters = [1, 2, 3, 4].map(band => growth('large', band === 4 ? 7 : 100, `band=${band},${by}`))
  await live([
    growth('demo', 807, by, 'district'),
    growth('large', 307),
    growth('other', 500),
    growth('other', 90, `band=1,grade=9,${by}`),
    ...quarters,
  ])
  const shown = () =>
    warehouse.query<{ unit_id: string; slice: string; status: string }>(
      `select unit_id, slice, status from published where indicator = 'growth_percentile'
         and snapshot = (select max(snapshot) from snapshots final where complete) order by unit_id, slice`,
    )
  await publish(warehouse, { clock: () => new Date('2026-04-20T12:00:00Z') })
  expect(await shown()).toEqual([])
  await publish(warehouse, { clock: () => new Date('2026-06-20T12:00:00Z') })
  const rows = await shown()
  expect(rows.map(({ unit_id, slice }) => `${unit_id} ${slice}`)).toEqual(
    ['demo', ...[1, 2, 3, 4].map(band => `large band=${band}`), 'large', 'other'].map(unit =>
      unit.includes('band') ? `${unit},${by}` : `${unit} ${by}`,
    ),
  )
  // The small quarter and another one, or subtraction would give it away.
  expect(rows.filter(({ status }) => status === 'suppressed')).toHaveLength(2)
  expect(rows.find(({ slice }) => slice.startsWith('band=4'))!.status).toBe('suppressed')
})
