import { beforeEach, expect, test, vi } from 'vitest'
import { sql } from '../../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { storePlans } from '../../../processors/store-plans.ts'
import { engagementEntries } from '../../../schemas/catalogue-engagement.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { aGoal, aPlan, placed } from '../../helpers/plans.ts'
import { aRecord, aSchool, anEnrolment, enrol, person, recompute, store } from '../../helpers/records.ts'
import { allEngaged, engage, engaged, figure } from './engaged.ts'

vi.setConfig({ testTimeout: 300_000 })

const emptied = emptiedWarehouse()
const query = (file: string): string => sql(new URL(`../../../processors/engagement/${file}`, import.meta.url))

let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
})

const names = (n: number) => Array.from({ length: n }, (_, i) => `s${i + 1}`)
const WEEK = '2026-01-12'
/** Noon in New York, so many days after Monday 12 January 2026. */
const on = (day: number): string => new Date(Date.parse('2026-01-12T17:00:00Z') + day * 86_400_000).toISOString()

test('units are made of students, a share of students has a Wilson interval, and who leaves is gone', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(12) }))
  await store(
    warehouse,
    names(12).flatMap((actor, i) =>
      [0, 1].map(day => aRecord({ actor, at: on(day), durationMs: (5 * i + 1) * 60_000 })),
    ),
  )
  const goals = names(12).flatMap((who, i) => (i < 9 ? [aGoal({ key: who, who, day: '2026-01-06' })] : []))
  await storePlans(warehouse, placed(goals))
  await engage(warehouse)
  const current = (await figure(warehouse, 'profile_current', 'S1', WEEK))!
  // Wilson's interval of 9 of 12, with z = 1.959964
  expect(current).toMatchObject({ n: 12, value: 0.75, status: 'ok' })
  expect(current.lo95).toBeCloseTo(0.467695, 6)
  expect(current.hi95).toBeCloseTo(0.911058, 6)
  expect(await figure(warehouse, 'goals_set', 'A', WEEK)).toMatchObject({ n: 12, value: 0.75 })
  expect(await figure(warehouse, 'goals_set', 'demo', WEEK, 'grade=09')).toMatchObject({ n: 12, value: 0.75 })
  expect(await figure(warehouse, 'completion', 'S1', WEEK)).toMatchObject({
    n: 0,
    value: null,
    status: 'insufficient',
    reason: 'nobody has started five activities that are 28 days old',
  })
  const before = await allEngaged(warehouse)
  expect(before).toHaveLength(12)
  await engage(warehouse)
  expect(await allEngaged(warehouse)).toEqual(before)
  await enrol(warehouse, anEnrolment('s1', 'A', 'S1', '2025-08-25', '2025-12-01'))
  await engage(warehouse)
  expect(await allEngaged(warehouse)).toHaveLength(11)
  expect(await figure(warehouse, 'goals_set', 'S1', WEEK)).toMatchObject({ n: 11 })
})

test('every figure of a unit and of a year has its entry in the catalogue', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(2) }))
  await store(
    warehouse,
    names(2).map(actor => aRecord({ actor, at: on(0) })),
  )
  await engage(warehouse)
  const found = await warehouse.query<{ indicator: string; kind: string }>(
    `select distinct indicator, if(startsWith(period, '2026-W'), 'week', 'year') as kind from indicators final
     where indicator not in ('active_days', 'effort_minutes', 'weekend_days', 'contact_minutes') order by indicator`,
  )
  const entries = engagementEntries.map(({ id, period }) => ({ indicator: id, kind: period }))
  expect(found).toEqual(entries.sort((a, b) => (a.indicator < b.indicator ? -1 : 1)))
})

/** Rows of ten students over so many weeks from Monday 1 September of a year; `at` gives active share and minutes. */
async function engagedWeeks(
  year: number,
  weeks: number,
  at: (student: number, week: number) => [number, number],
): Promise<void> {
  const first = Date.UTC(year, 8, 1) - ((new Date(Date.UTC(year, 8, 1)).getUTCDay() + 6) % 7) * 86_400_000
  const rows = Array.from({ length: weeks }, (_, week) =>
    names(10).map((name, student) => {
      const [share, minutes] = at(student, week)
      const monday = new Date(first + week * 7 * 86_400_000).toISOString().slice(0, 10)
      return `('${monday}', unhex('${person(name)}'), '09', 'high', 'S1', ${share}, ${minutes})`
    }),
  ).flat()
  await warehouse.command(
    `insert into student_engagement (week, student_id, grade, band, school_id, active_share, effort_minutes) values ${rows.join(', ')}`,
  )
}

const release = (year: number) =>
  warehouse.query<{ component: string; mean: number; sd: number; students: number; weeks: number; origin: string }>(
    `select component, mean, sd, students, weeks, origin, first_week, last_week from (${query('engagement-reference.sql')})`,
    { year, computed: 1 },
  )

test('the first year is held against its weeks 3 to 8 once a ninth has begun, the next one against the whole first', async () => {
  // Weeks 1 and 2, and those from 9 on, are far from the others.
  const at = (student: number, week: number): [number, number] =>
    week < 2 || week > 7 ? [1, 1e4] : [student % 2 ? 0.2 : 0.6, 99]
  await engagedWeeks(2024, 8, at)
  expect(await release(2025)).toEqual([])
  await engagedWeeks(2024, 12, at)
  const provisional = await release(2025)
  // 60 student-weeks, half of them 1, half 3: sd = sqrt(60 / 59).
  expect(provisional).toMatchObject([
    {
      component: 'active_days',
      students: 10,
      weeks: 60,
      origin: 'provisional',
      first_week: '2024-09-09',
      last_week: '2024-10-14',
    },
    { component: 'log_minutes', sd: 0 },
  ])
  expect(provisional[0]!.mean).toBeCloseTo(2, 9)
  expect(provisional[0]!.sd).toBeCloseTo(Math.sqrt(60 / 59), 9)
  expect(provisional[1]!.mean).toBeCloseTo(Math.log(100), 8)
  const next = await release(2026)
  expect(next[0]).toMatchObject({ weeks: 120, origin: 'last year', first_week: '2024-08-26', last_week: '2024-11-11' })
})

test('a student counts in a year with four known weeks, as the mean of them, in the grade of that year', async () => {
  await engagedWeeks(2024, 4, (student, week) => [week === 0 ? 0 : student / 10, 60])
  await warehouse.command(`insert into indicators ${query('engagement-years.sql')}`, {
    year: 2025,
    district: 'demo',
    computed: 1,
  })
  // Means 3/4 of 0, .1 … .9: their mean .3375, sd .75 * .302765 = .227074; numpy and scipy t.ppf(.975, 9) = 2.262157
  const row = (await figure(warehouse, 'year_active_days', 'S1', '2024-07-29', 'grade=09'))!
  expect(row).toMatchObject({ n: 10, status: 'ok' })
  expect(row.value).toBeCloseTo(0.3375, 9)
  expect(row.lo95).toBeCloseTo(0.3375 - (2.262157 * 0.2270738) / Math.sqrt(10), 6)
  expect(await figure(warehouse, 'year_choice_share', 'demo', '2024-07-29')).toMatchObject({
    n: 0,
    status: 'insufficient',
  })
})

test('time on task under other constants: 34 minutes become 29 with pauses of 5 minutes, 40 with 20', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(1) }))
  const minute = (m: number, rest = {}) =>
    aRecord({ actor: 's1', at: new Date(Date.parse('2026-01-12T17:00:00Z') + m * 60_000).toISOString(), ...rest })
  await store(warehouse, [
    minute(0),
    minute(4),
    minute(20),
    minute(21),
    minute(70, { durationMs: 720_000 }),
    minute(75),
  ])
  await recompute(warehouse)
  const rows = await warehouse.query<{ gap_minutes: number; cap_minutes: number; mean: number }>(
    `select gap_minutes, cap_minutes, mean from (${query('effort-sensitivity.sql')})`,
    { week: WEEK, time_zone: 'America/New_York', computed: 1 },
  )
  const mean = (gap: number, cap: number) => rows.find(row => row.gap_minutes === gap && row.cap_minutes === cap)?.mean
  // Gaps of 4, 16, 1, 37 and 5 minutes, a duration of 12, and a minute for each session's end.
  expect(rows).toHaveLength(9)
  expect([mean(30, 5), mean(30, 10), mean(30, 20)]).toEqual([4 + 5 + 1 + 1 + 12 + 5 + 1, 34, 40])
  expect([mean(15, 10), mean(60, 10)]).toEqual([4 + 1 + 1 + 1 + 12 + 5 + 1, 4 + 10 + 1 + 10 + 12 + 5 + 1])
})

test('a week reaches as far as what is counted from it: nine weeks, and with plans to the end of the school year', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(1) }))
  const mondays = Array.from({ length: 12 }, (_, i) => on(7 * i).slice(0, 10))
  await warehouse.command(
    `insert into student_week (week, student_id) select arrayJoin({mondays:Array(Date)}), unhex({id:String})`,
    { mondays: [...mondays, '2026-08-03'], id: person('s1') },
  )
  const reached = async (weeks: string[]) =>
    (await warehouse.query<{ week: string }>(query('weeks-reached.sql'), { weeks })).map(({ week }) => week)
  expect(await reached([mondays[1]!])).toEqual(mondays.slice(1, 11))
  await storePlans(warehouse, placed([aPlan({ who: 's1', begin: '2026-01-05', end: null })]))
  expect(await reached([mondays[1]!])).toEqual(mondays.slice(1))
})

test('a record that comes late changes the weeks after it', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(2) }))
  const old = Array.from({ length: 5 }, (_, i) =>
    aRecord({ actor: 's1', kind: 'started', object: `o${i}`, at: on(-35) }),
  )
  await store(warehouse, [...old.slice(1), aRecord({ actor: 's1', kind: 'completed', object: 'o1', at: on(0) })])
  await engage(warehouse)
  expect(await engaged(warehouse, 's1', WEEK)).toMatchObject({ started: 4, completion: null })
  await store(warehouse, [old[0]!])
  await engage(warehouse, ['2025-12-08'])
  expect(await engaged(warehouse, 's1', WEEK)).toMatchObject({ started: 5, completion: 0 })
})
