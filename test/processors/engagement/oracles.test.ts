import { beforeEach, expect, test, vi } from 'vitest'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { storePlans } from '../../../processors/store-plans.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { aGoal, aPlan, placed } from '../../helpers/plans.ts'
import { aRecord, aSchool, enrol, person, store } from '../../helpers/records.ts'
import { engaged, engageStudents } from './engaged.ts'

// Every number with six decimals stands in the indicator specification, computed there with scipy and statsmodels.

vi.setConfig({ testTimeout: 180_000 })

const emptied = emptiedWarehouse()

let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
  await enrol(warehouse, ...aSchool('S1', { A: ['ada', 'ben'] }))
})

/** Noon in New York, so many days after Monday 5 January 2026. */
const on = (day: number, minute = 0): string =>
  new Date(Date.parse('2026-01-05T17:00:00Z') + day * 86_400_000 + minute * 60_000).toISOString()
const WEEK_8 = '2026-03-02'

test('17 of 22 activities completed in 28 days are .772727 with the Wilson interval .565600 to .898770', async () => {
  // Weeks 1 to 4 are four weeks old at the end of week 8.
  const starts = Array.from({ length: 22 }, (_, i) =>
    aRecord({ kind: 'started', object: `o${i}`, at: on(7 * (i % 4) + 1) }),
  )
  const ends = Array.from({ length: 17 }, (_, i) =>
    aRecord({ kind: 'completed', object: `o${i}`, at: on(7 * (i % 4) + 1 + (i === 0 ? 28 : i)) }),
  )
  const other = [
    aRecord({ kind: 'completed', object: 'o20', at: on(1 + 29) }), // a day too late
    aRecord({ kind: 'completed', object: 'o21', at: on(7) }), // before it was started
    aRecord({ kind: 'started', object: 'o3', at: on(7 * 3 + 3) }), // once more
    aRecord({ kind: 'started', object: 'young', at: on(7 * 4) }),
  ]
  await store(warehouse, [...starts, ...ends, ...other, aRecord({ at: on(49) })])
  await engageStudents(warehouse, '2026-02-23')
  const row = (await engaged(warehouse, 'ada', '2026-02-23'))!
  expect(row).toMatchObject({ started: 22, completed: 17 })
  expect(row.completion).toBeCloseTo(17 / 22, 12)
  expect(row.completion_lo).toBeCloseTo(0.5656, 6)
  expect(row.completion_hi).toBeCloseTo(0.89877, 6)
})

/** One event a day that comes to so many minutes: the last minute is the session's tail. */
const minutes = (week: number, days: readonly number[]) =>
  days.flatMap((m, day) => (m > 0 ? [aRecord({ at: on(7 * week + day), durationMs: (m - 1) * 60_000 })] : []))

test('minutes 30, 0, 45, 20, 25 are .832468 even, and .864537 like 25, 10, 40, 0, 30', async () => {
  await store(warehouse, [
    ...minutes(0, [30, 0, 45, 20, 25]),
    ...minutes(1, [25, 10, 40, 0, 30]),
    ...minutes(2, [0, 0, 60, 5, 0]),
    ...[0, 1, 2].flatMap(week => [0, 1, 2, 3, 4].map(day => aRecord({ actor: 'ben', at: on(7 * week + day) }))),
  ])
  await engageStudents(warehouse, '2026-01-05', '2026-01-12', '2026-01-19')
  const [first, second, third] = [
    (await engaged(warehouse, 'ada', '2026-01-05'))!,
    (await engaged(warehouse, 'ada', '2026-01-12'))!,
    (await engaged(warehouse, 'ada', '2026-01-19'))!,
  ]
  expect(first.evenness).toBeCloseTo(0.83246835, 8)
  expect(third.evenness).toBeCloseTo(0.16849943, 8)
  expect(first.similarity).toBeNull()
  expect(second.similarity).toBeCloseTo(0.8645366, 7)
  expect(third.similarity).toBeCloseTo(0.56820665, 8)
})

test('21 of 24 planned units are .875, log2 -.192645; 3, 4, 2, 5, 3, 4 a week vary by .299657', async () => {
  await storePlans(warehouse, placed([aPlan({ unitsPerWeek: 4, begin: '2026-01-05', end: '2026-06-01' })]))
  const units = [3, 4, 2, 5, 3, 4]
  await store(
    warehouse,
    units.flatMap((n, week) =>
      Array.from({ length: n }, (_, i) =>
        aRecord({ kind: 'completed', object: `u${week}-${i}`, at: on(7 * week + i) }),
      ),
    ),
  )
  await engageStudents(warehouse, '2026-02-09')
  const row = (await engaged(warehouse, 'ada', '2026-02-09'))!
  expect(row).toMatchObject({ units_done: 21, units_planned: 24, pace: 0.875 })
  expect(row.pace_log2).toBeCloseTo(-0.19264508, 8)
  expect(row.pace_variation).toBeCloseTo(0.29965967, 8)
})

test('34 of 51 starts chosen are .666667 with the Wilson interval .529684 to .780301', async () => {
  await store(
    warehouse,
    Array.from({ length: 51 }, (_, i) =>
      aRecord({ kind: 'started', object: `o${i}`, choice: i < 34 ? 'chosen' : 'assigned', at: on(28 + (i % 28)) }),
    ),
  )
  await engageStudents(warehouse, '2026-02-23')
  const row = (await engaged(warehouse, 'ada', '2026-02-23'))!
  expect(row).toMatchObject({ flagged: 51, chosen: 34 })
  expect(row.choice_share).toBeCloseTo(0.666667, 6)
  expect(row.choice_lo).toBeCloseTo(0.529684, 6)
  expect(row.choice_hi).toBeCloseTo(0.780301, 6)
})

test('goals that ended at 1, 0, -1 and 2 are a goal attainment of 57.254763', async () => {
  const goals = [1, 0, -1, 2].map((level, i) =>
    aGoal({ key: `g${i}`, day: '2026-01-06', closed: '2026-02-03', status: 'attained', level, weight: 1 }),
  )
  await storePlans(warehouse, placed([...goals, aGoal({ key: 'open', day: '2026-01-06', level: -2 })]))
  await store(warehouse, [aRecord({ at: on(1) }), aRecord({ at: on(29) })])
  await engageStudents(warehouse, '2026-01-05', '2026-02-02')
  expect(await engaged(warehouse, 'ada', '2026-01-05')).toMatchObject({
    goals_rated: 0,
    goal_attainment: null,
    goals_set: 5,
  })
  const row = (await engaged(warehouse, 'ada', '2026-02-02'))!
  expect(row.goals_rated).toBe(4)
  expect(row.goal_attainment).toBeCloseTo(57.2547625, 7)
})

test('2 days, 40 minutes, .50, .60 and 0 are an index of 44.834448 by the reference of the specification', async () => {
  const means = { active_days: 3.6, log_minutes: 4.2, completion: 0.62, evenness: 0.35, goal_acts: 1.1 }
  const sds = { active_days: 1.1, log_minutes: 0.7, completion: 0.2, evenness: 0.18, goal_acts: 0.9 }
  await warehouse.insert(
    'engagement_references',
    Object.entries(means).map(([component, mean]) => ({
      school_year: 2026,
      band: 'high',
      component,
      mean,
      sd: sds[component as keyof typeof sds],
      origin: 'last year',
      version: 7,
      computed: 1,
    })),
  )
  const row = {
    week: WEEK_8,
    band: 'high',
    active_share: 0.4,
    effort_minutes: 40,
    completion: 0.5,
    evenness: 0.6,
    goal_acts: 0,
  }
  await warehouse.command(
    `insert into student_engagement (week, student_id, band, active_share, effort_minutes, completion, evenness, goal_acts)
     values ({week:Date}, unhex({id:String}), 'high', {active_share:Float64}, {effort_minutes:Float64}, {completion:Float64}, {evenness:Float64}, 0)`,
    { ...row, id: person('ada') },
  )
  await warehouse.command(
    `insert into student_engagement (week, student_id, band, active_share, effort_minutes) values ({week:Date}, unhex({id:String}), 'high', 1, 1e6)`,
    { week: WEEK_8, id: person('ben') },
  )
  const found = await warehouse.query<Record<string, number | null>>(
    'select * except student_id from student_engagement_index order by components desc',
  )
  const z = ['z_active_days', 'z_log_minutes', 'z_completion', 'z_evenness', 'z_goal_acts'].map(name => found[0]![name])
  const scipy = [-1.45454545, -0.69489705, -0.6, 1.38888889, -1.22222222]
  for (const [i, value] of scipy.entries()) expect(z[i]).toBeCloseTo(value, 8)
  expect(found[0]!.engagement_index).toBeCloseTo(44.83444833, 8)
  // Two components are too few; what is far away is cut at 3.
  expect(found[1]).toMatchObject({ z_log_minutes: 3, z_completion: null, components: 2, engagement_index: null })
})
