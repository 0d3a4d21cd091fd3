import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../infra/config.ts'
import { studentId } from '../../infra/demo/district.ts'
import { verdict } from '../../dashboards/pages/growth/growth-words.ts'
import { planDistrict, writeRoster, writeScores } from '../../infra/demo/index.ts'
import { planGrowth } from '../../infra/demo/scores.ts'
import { openLog } from '../../infra/log/open-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { loadFiles } from '../../ingest/load/load.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { shrunken } from '../../processors/growth/unit-percentiles.ts'
import { isCaughtUp, startProcessor } from '../../processors/run.ts'
import { SECRETS } from '../ingest/start-ingest.ts'
import { until } from '../helpers/until.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

/**
 * The synthetic district of full size, its roster and scores loaded by the doors and computed by the processors: what was
 * planted has to be found again in the warehouse (section G of the indicator specification).
 */
const plan = planDistrict({ size: 'district', seed: 20261122, timeZone: 'America/New_York' })
const planted = planGrowth(plan)
const MINUTE_MS = 60_000
/** The last window, whose growth has prior scores of a year and of two years before. */
const WINDOW = '2025-2026 spring'
const WHOLE = 'benchmark-whole'

let warehouse: Warehouse
let ofStudent: Map<string, number>
const errors: unknown[] = []
const folders: string[] = []

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-recovery-'))
  folders.push(folder)
  warehouse = await freshWarehouse()
  const config = readConfig({}, { data: folder, district: warehouse.database })
  const log = await openLog(config)
  await log.createTopics()
  await writeRoster(plan, join(folder, 'roster'))
  await writeScores(plan, join(folder, 'scores'))
  const deps = { log, config, secrets: SECRETS, clock: () => Date.parse('2026-06-15T14:00:00.000Z') }
  await loadFiles([join(folder, 'roster')], { ...deps, source: 'sis' })
  await loadFiles([join(folder, 'scores')], deps)
  await withoutGrades(join(folder, 'scores'), join(folder, 'whole'))
  await loadFiles([join(folder, 'whole')], deps)
  const processor = await startProcessor({ log, warehouse, config, onError: error => errors.push(error) })
  await until(() => isCaughtUp(log, warehouse), 'roster and scores are computed', 18 * MINUTE_MS, 200)
  await processor.stop()
  await log.close()
  const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, warehouse.database)
  ofStudent = new Map(
    Array.from({ length: plan.students.count }, (_, student) => [
      pseudonymise('sourcedId', studentId(student)),
      student,
    ]),
  )
}, 20 * MINUTE_MS)

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

test('roster and scores are computed without a fault', () => {
  expect(errors).toEqual([])
})

describe('growth in points a year', () => {
  type Line = { student: string; slope: number; se: number; middle: string; level: number; level_se: number }
  const lines = (): Promise<Line[]> =>
    warehouse.query<Line>(
      `select lower(hex(student_id)) as student, slope, se, toString(middle) as middle, level, level_se
       from student_trajectories final where status = 'ok'`,
    )

  test('slopes of more than 5,000 students correlate with the planted ones by .81 or more, their intervals hold .93 to .97', async () => {
    const found = await lines()
    expect(found.length).toBeGreaterThan(5000)
    const truth = found.map(({ student }) => planted.slope[ofStudent.get(student)!]!)
    expect(correlation(found.map(({ slope }) => slope), truth)).toBeGreaterThanOrEqual(0.81) // prettier-ignore
    const held = found.filter(({ slope, se }, i) => Math.abs(slope - truth[i]!) <= 1.959964 * se)
    expectBetween(held.length / found.length, 0.93, 0.97)
  })

  test('lines stand where they were planted: intervals of their level hold .93 to .97 of the students', async () => {
    const found = await lines()
    const held = found.filter(({ student, middle, level, level_se }) => {
      const at = ofStudent.get(student)!
      const years = (Date.parse(middle) - Date.parse('2023-09-11')) / 86_400_000 / 365.25
      return Math.abs(level - planted.start[at]! - planted.slope[at]! * years) <= 1.959964 * level_se
    })
    expect(held.length / found.length).toBeGreaterThanOrEqual(0.93)
    expect(held.length / found.length).toBeLessThanOrEqual(0.97)
  })

  test('growth of schools correlates with the planted one by .93 or more, and none is on the wrong side', async () => {
    const found = await figures('school_growth', 'school')
    expect(found).toHaveLength(24)
    const truth = found.map(({ unit_id }) => schoolSlope(unit_id))
    expect(correlation(found.map(({ value }) => value), truth)).toBeGreaterThanOrEqual(0.93) // prettier-ignore
    expect(found.filter(({ unit_id, lo95, hi95 }) => (grewMore(unit_id) ? hi95 < 0 : lo95 > 0))).toEqual([])
  })

  test('intervals of advisories hold the mean planted slope of their students in 93 of 100 and more', async () => {
    const found = await figures('growth_rate', 'advisory')
    expect(found.length).toBeGreaterThan(300)
    const members = await membersOf('advisory', `select student_id from student_trajectories final where status = 'ok'`)
    const held = found.filter(({ unit_id, lo95, hi95 }) => {
      const truth = meanOf(members.get(unit_id)!.map(student => planted.slope[ofStudent.get(student)!]!))
      return lo95 <= truth && truth <= hi95
    })
    // What students of a school share is in the error in full: a little too wide is right, too narrow is not.
    expectBetween(held.length / found.length, 0.93, 1)
  })
})

describe('growth percentiles, all grades as one cohort of 5,800', () => {
  type Placed = { value: number; prior: number }
  const placed = (): Promise<Placed[]> =>
    warehouse.query<Placed>(
      `select value, prior from student_growth final
       where indicator = 'growth_percentile' and test = {test:String} and window = {window:String} and status = 'ok'`,
      { test: WHOLE, window: WINDOW },
    )

  test('they do not depend on the prior score, and every starting quarter has a mean of 49 to 51', async () => {
    const found = await placed()
    expect(found.length).toBeGreaterThan(5000)
    const fit = correlation(found.map(({ value }) => value), found.map(({ prior }) => prior)) // prettier-ignore
    expect(Math.abs(fit)).toBeLessThanOrEqual(0.02)
    const bands = await figures('growth_percentile', 'district', { group: 'band=', measured: WHOLE })
    expect(bands).toHaveLength(4)
    for (const { value } of bands) expectBetween(value, 49, 51)
  })

  test('they are spread evenly over the five fifths of the scale', async () => {
    const fifths = await figures('growth_fifth_share', 'district', { group: 'fifth=', measured: WHOLE })
    expect(fifths).toHaveLength(5)
    for (const { value } of fifths) expectBetween(value, 0.19, 0.21)
  })

  test('means of schools correlate with their planted growth by .85 or more, shrunken not lower, and none is on the wrong side', async () => {
    const { raw, drawn, wrong } = await ofSchools(WHOLE)
    expect(raw).toBeGreaterThanOrEqual(0.85)
    expect(drawn).toBeGreaterThanOrEqual(raw)
    expect(wrong).toEqual([])
  })
})

describe('growth percentiles, grade by grade: ten cohorts of about 580', () => {
  // A percentile counts the quantiles that lie below a score, not those that go through it, and each goes through as many
  // scores as it has parameters: 15. So the mean is about 100 × 15 / 2 / 580 = 1.3 lower than 50.
  const EXPECTED = 50 - (100 * 15) / 2 / 580

  test('the mean is 50, less what quantiles through scores take, and no starting quarter is further than 1.5 from it', async () => {
    const [whole] = await figures('growth_percentile', 'district')
    expectBetween(whole!.value, EXPECTED - 0.5, EXPECTED + 0.5)
    const bands = await figures('growth_percentile', 'district', { group: 'band=' })
    expect(bands).toHaveLength(4)
    for (const { value } of bands) expectBetween(value, EXPECTED - 1.5, EXPECTED + 1.5)
  })

  test('means of schools correlate with their planted growth by .8 or more, shrunken not lower, and none is on the wrong side', async () => {
    const { raw, drawn, wrong } = await ofSchools('benchmark')
    expect(raw).toBeGreaterThanOrEqual(0.8)
    expect(drawn).toBeGreaterThanOrEqual(raw)
    expect(wrong).toEqual([])
  })
})

/** The same scores as of another test, whose mapping says no grades. */
async function withoutGrades(from: string, to: string): Promise<void> {
  await mkdir(to)
  await copyFile(join(from, 'scores.csv'), join(to, 'scores.csv'))
  const mapping = JSON.parse(await readFile(join(from, 'mapping.json'), 'utf8')) as { source: string; scores: object[] }
  const [{ grade: _, ...rest }] = mapping.scores as [Record<string, unknown>]
  await writeFile(
    join(to, 'mapping.json'),
    JSON.stringify({ ...mapping, source: WHOLE, scores: [{ ...rest, test: WHOLE }] }),
  )
}

/** Mean percentiles of schools beside their planted growth: correlations, and those that are called above or below wrongly. */
async function ofSchools(measured: string): Promise<{ raw: number; drawn: number; wrong: Figure[] }> {
  const found = await figures('growth_percentile', 'school', { measured })
  const [whole] = await figures('growth_percentile', 'district', { measured })
  expect(found).toHaveLength(24)
  const truth = found.map(({ unit_id }) => schoolSlope(unit_id))
  const values = found.map(({ value }) => value)
  return {
    raw: correlation(values, truth),
    drawn: correlation(
      shrunken(found).values.map(value => value!),
      truth,
    ),
    wrong: found.filter(row => {
      const said = verdict({ ...row, typical: whole!.value, n: null, status: 'ok', reason: '' })
      return said === (grewMore(row.unit_id) ? 'below typical' : 'above typical')
    }),
  }
}

type Figure = { unit_id: string; value: number; se: number; lo95: number; hi95: number }

/** Figures that can be said, of the last window, whole or by one kind of group (`band=`). */
function figures(
  indicator: string,
  unit_type: string,
  of: { group?: string; measured?: string } = {},
): Promise<Figure[]> {
  const { group = 'subject=', measured = 'benchmark' } = of
  return warehouse.query<Figure>(
    `select unit_id, value, se, lo95, hi95 from indicators final
     where indicator = {indicator:String} and unit_type = {unit_type:String} and period = {window:String} and status = 'ok'
       and startsWith(slice, {group:String}) and endsWith(slice, concat('test=', {measured:String}))
     order by unit_id, slice`,
    { indicator, unit_type, group, measured, window: WINDOW },
  )
}

/** Students of each class or advisory on the day of their last score, among some. */
async function membersOf(type: 'class' | 'advisory', among: string): Promise<Map<string, string[]>> {
  const found = await warehouse.query<{ unit: string; students: string[] }>(
    `with last as (select student_id, max(day) as day from window_scores final group by student_id)
     select e.class_id as unit, groupUniqArray(lower(hex(e.person_id))) as students
     from enrolments as e final inner join last on last.student_id = e.person_id
     where e.role = 'student' and e.begin_day <= last.day and last.day < e.end_day and e.person_id in (${among})
       and e.class_id in (select class_id from classes final where (class_type = 'homeroom') = {advisory:Bool})
     group by unit`,
    { advisory: type === 'advisory' },
  )
  return new Map(found.map(({ unit, students }) => [unit, students]))
}

const schoolSlope = (id: string): number => planted.schoolSlope[plan.schools.findIndex(school => school.id === id)]!

/** Was a school planted above the 14 points a year of the district? */
const grewMore = (id: string): boolean => schoolSlope(id) > 0

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function correlation(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [meanOf(one), meanOf(other)]
  const product = (x: readonly number[], mx: number, y: readonly number[], my: number): number =>
    x.reduce((sum, value, at) => sum + (value - mx) * (y[at]! - my), 0)
  return product(one, a, other, b) / Math.sqrt(product(one, a, one, a) * product(other, b, other, b))
}

function expectBetween(value: number, least: number, most: number): void {
  expect(value).toBeGreaterThanOrEqual(least)
  expect(value).toBeLessThanOrEqual(most)
}
