import { beforeEach, expect, test } from 'vitest'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { RosterEntry } from '../../schemas/roster.ts'
import { aRecord, aSchool, anEnrolment, aStudent, enrol, recompute, store } from '../helpers/records.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'

const emptied = emptiedWarehouse()

let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
})

const ENTRY = { source: 'sis', storedAt: '2025-08-01T12:00:00.000Z', status: 'active' as const }
const aDay = (day: string, schoolDay: boolean, school = ''): RosterEntry => ({
  type: 'day',
  ...ENTRY,
  school,
  day,
  schoolDay,
  reason: 'holiday',
})
const names = (n: number, from = 1) => Array.from({ length: n }, (_, i) => `s${from + i}`)
/** One learning event on a weekday of the week of Monday 2 March 2026. */
const click = (actor: string, day: number, rest = {}) =>
  aRecord({ actor, at: `2026-03-0${2 + day}T10:00:00-05:00`, ...rest })

type Row = {
  value: number | null
  se: number | null
  lo95: number | null
  hi95: number | null
  n: number
  n_eff: number
  status: string
  reason: string
  enrolled: number
}

async function figure(indicator: string, unit: string, slice = '', week = '2026-03-02'): Promise<Row | undefined> {
  const [row] = await warehouse.query<Row>(
    `select value, se, lo95, hi95, n, n_eff, status, reason, enrolled from indicators final
     where indicator = {indicator:String} and unit_id = {unit:String} and slice = {slice:String} and week = {week:Date}`,
    { indicator, unit, slice, week },
  )
  return row
}

test('the mean of ten students has the standard error s over root n and the t interval of 9 degrees of freedom', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(10) }))
  // k of 5 school days for student k mod 6: shares .2 .4 .6 .8 1 0 .2 .4 .6 .8
  await store(
    warehouse,
    names(10).flatMap((name, i) => Array.from({ length: (i + 1) % 6 }, (_, day) => click(name, day))),
  )
  await recompute(warehouse)
  const row = await figure('active_days', 'S1')
  // numpy: mean .5, std(ddof=1) .316227766, /sqrt(10) = .1; scipy t.ppf(.975, 9) = 2.2621571628
  expect(row).toMatchObject({ n: 10, enrolled: 10, status: 'ok', n_eff: 10 })
  expect(row!.value).toBeCloseTo(0.5, 12)
  expect(row!.se).toBeCloseTo(0.1, 12)
  expect(row!.lo95).toBeCloseTo(0.5 - 0.22621571628, 10)
  expect(row!.hi95).toBeCloseTo(0.5 + 0.22621571628, 10)
})

test('class, advisory, school, grade and district are all computed from students', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(3), B: names(3, 4) }), {
    type: 'class',
    ...ENTRY,
    id: 'math',
    school: 'S1',
    label: 'math',
    classType: 'scheduled',
    subjects: ['math'],
    grades: ['09'],
  })
  await enrol(
    warehouse,
    ...names(4).map(name => ({ ...anEnrolment(name, 'math', 'S1'), id: `${name}|math` }) as RosterEntry),
  )
  await store(
    warehouse,
    names(6).map((name, i) => click(name, i % 5)),
  )
  await recompute(warehouse)
  const found = await warehouse.query<{ unit: string; n: number }>(
    `select concat(unit_type, ' ', unit_id, ' ', slice) as unit, n from indicators final where indicator = 'active_days' order by unit`,
  )
  expect(found.map(row => `${row.unit}:${row.n}`)).toEqual([
    'advisory A :3',
    'advisory B :3',
    'class math :4',
    'district demo :6',
    'district demo grade=09:6',
    'school S1 :6',
    'school S1 grade=09:6',
  ])
})

test('a student who moves on Wednesday counts two fifths there and three fifths here, with one value', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(3) }), ...aSchool('S2', { B: names(3, 4) }))
  await enrol(
    warehouse,
    anEnrolment('s1', 'A', 'S1', '2025-08-25', '2026-03-04'),
    anEnrolment('s1', 'B', 'S2', '2026-03-04'),
  )
  // The mover is active on 4 of 5 days, everybody else on one.
  await store(warehouse, [...[0, 1, 2, 3].map(day => click('s1', day)), ...names(5, 2).map(name => click(name, 0))])
  await recompute(warehouse)
  const [left, joined, district] = [
    await figure('active_days', 'S1'),
    await figure('active_days', 'S2'),
    await figure('active_days', 'demo'),
  ]
  expect(left!.value).toBeCloseTo((0.4 * 0.8 + 0.2 + 0.2) / 2.4, 12)
  expect(joined!.value).toBeCloseTo((0.6 * 0.8 + 0.2 * 3) / 3.6, 12)
  expect(joined!.n_eff).toBeCloseTo(3.6 ** 2 / (0.36 + 3), 12)
  expect(district).toMatchObject({ n: 6, n_eff: 6 })
  expect(district!.value).toBeCloseTo((0.8 + 5 * 0.2) / 6, 12)
})

test('holidays are no school days, and a week with fewer than two of them is not applicable', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(2) }), aDay('2026-03-06', false))
  await enrol(
    warehouse,
    ...aSchool('S2', { B: names(2, 3) }),
    ...[2, 3, 4, 5].map(d => aDay(`2026-03-0${d}`, false, 'S2')),
  )
  await store(
    warehouse,
    names(4).map(name => click(name, 0)),
  )
  await recompute(warehouse)
  expect((await figure('active_days', 'S1'))!.value).toBeCloseTo(0.25, 12)
  expect(await figure('active_days', 'S2')).toMatchObject({
    value: null,
    status: 'not_applicable',
    reason: 'fewer than 2 school days',
  })
})

test("a school's own calendar beats the district's", async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(2) }), aDay('2026-03-06', false), aDay('2026-03-06', true, 'S1'))
  await store(
    warehouse,
    names(2).map(name => click(name, 0)),
  )
  await recompute(warehouse)
  expect((await figure('active_days', 'S1'))!.value).toBeCloseTo(0.2, 12)
})

test('a silent student is 0 where the feed was alive, and unknown when absent on all its days or where it was silent', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(4) }), ...aSchool('S2', { B: names(2, 5) }))
  await store(warehouse, [click('s1', 0), click('s2', 0), click('s3', 0, { kind: 'absent' })])
  await recompute(warehouse)
  // s1 and s2 active on one day, s4 silent: 0; s3 absent on the only day on which anything was recorded: unknown.
  expect(await figure('active_days', 'S1')).toMatchObject({ n: 3, enrolled: 4 })
  expect((await figure('active_days', 'S1'))!.value).toBeCloseTo(0.4 / 3, 12)
  expect(await figure('active_days', 'S2')).toMatchObject({ value: null, n: 0, status: 'insufficient', enrolled: 2 })
})

test('weekend activity is reported apart, and its minutes count', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(2) }))
  await store(warehouse, [click('s1', 5), click('s1', 6), click('s2', 0)])
  await recompute(warehouse)
  expect((await figure('weekend_days', 'S1'))!.value).toBe(1)
  expect((await figure('active_days', 'S1'))!.value).toBeCloseTo(0.1, 12)
  expect((await figure('effort_minutes', 'S1'))!.value).toBe(1.5)
})

test('a week in which nobody is enrolled on the weekend has no weekend figure', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(2) }))
  await enrol(warehouse, ...names(2).map(name => anEnrolment(name, 'A', 'S1', '2025-08-25', '2026-03-07')))
  await store(
    warehouse,
    names(2).map(name => click(name, 0)),
  )
  await recompute(warehouse)
  expect(await figure('weekend_days', 'S1')).toMatchObject({ value: null, n: 0, status: 'insufficient' })
  expect(await figure('contact_minutes', 'S1')).toMatchObject({ reason: 'no contact was recorded in this week' })
  expect((await figure('active_days', 'S1'))!.value).toBeCloseTo(0.2, 12)
})

test('nobody is shown for a class of one, and a class that everybody left is gone', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: ['s1'], B: names(2, 2) }))
  await store(
    warehouse,
    names(3).map(name => click(name, 0)),
  )
  await recompute(warehouse)
  expect(await figure('active_days', 'A')).toMatchObject({ value: null, status: 'insufficient', reason: 'one student' })
  await enrol(warehouse, {
    ...anEnrolment('s1', 'A', 'S1'),
    status: 'deleted',
    storedAt: '2025-08-02T12:00:00.000Z',
  } as RosterEntry)
  await recompute(warehouse)
  expect(await figure('active_days', 'A')).toBeUndefined()
  expect(await figure('active_days', 'S1')).toMatchObject({ n: 2 })
})

test('a changed calendar recomputes the weeks that it changes', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(2) }))
  await store(
    warehouse,
    names(2).map(name => click(name, 0)),
  )
  await recompute(warehouse)
  await enrol(warehouse, aDay('2026-03-05', false))
  await recompute(warehouse)
  expect((await figure('active_days', 'S1'))!.value).toBeCloseTo(0.25, 12)
})

test('minutes of days on which the student was not enrolled count at no school', async () => {
  await enrol(
    warehouse,
    ...aSchool('S1', { A: names(2) }),
    aStudent('late'),
    anEnrolment('late', 'A', 'S1', '2026-03-04'),
  )
  await store(warehouse, [click('s1', 0), click('s2', 0), click('late', 0), click('late', 3)])
  await recompute(warehouse)
  const row = await figure('effort_minutes', 'S1')
  expect(row!.value).toBeCloseTo(1, 12)
  expect(row).toMatchObject({ n: 3 })
})

test('the quantiles of Student t are those of scipy', async () => {
  const text = sql(new URL('../../processors/engagement/week-aggregates.sql', import.meta.url))
  const definition = text
    .slice(text.indexOf('  1.95996'), text.indexOf('  -- days of the week as seven bits'))
    .trim()
    .replace(/,$/, '')
  const rows = await warehouse.query<{ t: number[] }>(
    `with ${definition} select [t_975(1), t_975(2), t_975(9), t_975(29), t_975(30), t_975(31), t_975(40), t_975(99), t_975(2399)] as t`,
  )
  // scipy 1.17.1: t.ppf(.975, df)
  const scipy = [
    12.706204736175, 4.302652729749, 2.262157162741, 2.045229642133, 2.042272456301, 2.039513446396, 2.021075390306,
    1.984216951586, 1.960953333521,
  ]
  for (const [i, t] of rows[0]!.t.entries()) expect(Math.abs(t - scipy[i]!)).toBeLessThan(1e-7)
})
