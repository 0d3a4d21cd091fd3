import { beforeEach, describe, expect, test } from 'vitest'
import { uuid5 } from '../../../infra/uuid5.ts'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { ownScales } from '../../../processors/growth/own-scales.ts'
import { percentilesOfCohorts } from '../../../processors/growth/percentile-workers.ts'
import { GrowthRecompute } from '../../../processors/growth/recompute-growth.ts'
import { storeScores } from '../../../processors/store-scores.ts'
import type { Score } from '../../../schemas/score.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { aSchool, enrol, person } from '../../helpers/records.ts'
import { uniforms } from '../../helpers/score-panel.ts'

/** Every fault of the input as it comes through the door, and what growth says of it: a status and a reason, never a number. */
const YEARS = ['2023-2024', '2024-2025', '2025-2026'] as const
const STUDENTS = 260
const emptied = emptiedWarehouse()
let warehouse: Warehouse

beforeEach(async () => {
  warehouse = await emptied()
})

const aScore = (student: number, year: number, score: number, rest: Partial<Score> = {}): Score => ({
  type: 'score',
  id: uuid5(`bad-input|${student}|${year}`),
  source: 'map-growth',
  storedAt: '2026-06-01T12:00:00.000Z',
  kind: 'assessment',
  test: 'map-growth',
  subject: 'mathematics',
  window: `${YEARS[year]} spring`,
  grade: `0${3 + year}`,
  date: `${2024 + year}-05-15`,
  score,
  csem: 3,
  counts: true,
  list: '',
  ...rest,
  student: person(`s${student}`),
})

/** Three springs of scores of students of one school; `change` puts the fault in. */
function scores(change: (score: Score, student: number, year: number) => Score = score => score, students = STUDENTS) {
  const uniform = uniforms(5)
  return Array.from({ length: students }, (_, student) => {
    const [start, slope] = [180 + 30 * uniform(), 4 + 6 * uniform()]
    return YEARS.map((_, year) => {
      const score = Math.round(start + slope * year + 8 * uniform())
      return change(aScore(student, year, score), student, year)
    })
  }).flat()
}

async function computed(found: readonly Score[], tests: string | null = null): Promise<void> {
  const names = [...new Set(found.keys())].slice(0, STUDENTS).map(at => `s${at}`)
  await enrol(warehouse, ...aSchool('oak', { 'oak-1': names }))
  await storeScores(
    warehouse,
    found.map((value, at) => ({ value, position: `0/${at}/0` })),
  )
  await recomputed(tests)
}

const recomputed = (tests: string | null = null): Promise<number> =>
  new GrowthRecompute(warehouse, { district: 'demo', tests }, cohorts =>
    percentilesOfCohorts(cohorts, { keepAll: true, threads: 1 }),
  ).run()

type Row = { value: number | null; lo: number | null; status: string; reason: string }

async function percentile(student: number, window = '2025-2026 spring'): Promise<Row> {
  const [row] = await warehouse.query<Row>(
    `select value, lo, toString(status) as status, toString(reason) as reason from student_growth final
     where indicator = 'growth_percentile' and student_id = unhex({student:String}) and window = {window:String}`,
    { student: person(`s${student}`), window },
  )
  return row!
}

async function line(student: number): Promise<Row> {
  const [row] = await warehouse.query<Row>(
    `select slope as value, se as lo, toString(status) as status, toString(reason) as reason from student_trajectories final
     where student_id = unhex({student:String})`,
    { student: person(`s${student}`) },
  )
  return row!
}

/** Every figure and every student's value: what must never be there, whatever comes in. */
async function notANumber(): Promise<unknown[]> {
  return warehouse.query(
    `select indicator, unit_id, slice, value, se, lo95, hi95, status from indicators final
     where not (isNull(value) or isFinite(value)) or not (isNull(se) or isFinite(se)) or not (isNull(lo95) or isFinite(lo95))
       or (status != 'ok' and isNotNull(value)) or (status = 'ok' and (isNull(value) or se = 0))
     union all
     select indicator, lower(hex(student_id)), window, value, lo, hi, null, status from student_growth final
     where not (isNull(value) or isFinite(value)) or not (isNull(lo) or isFinite(lo)) or (status != 'ok' and isNotNull(value))`,
  )
}

test('a score that the test cannot give has no percentile and moves nobody else’s; a score after it has no such prior', async () => {
  await computed(scores())
  const before = [await percentile(1), await line(1)]
  warehouse = await emptied()
  await computed(scores((score, student, year) => (student === 0 && year === 2 ? { ...score, score: 99_999 } : score)))
  expect(await percentile(0)).toMatchObject({ value: null, status: 'insufficient' })
  expect((await percentile(0)).reason).toContain('test')
  // One student fewer in the fit.
  expect(Math.abs((await percentile(1)).value! - before[0]!.value!)).toBeLessThanOrEqual(2)
  expect((await line(1)).value).toBeCloseTo(before[1]!.value!, 0)
  expect(await line(0)).toMatchObject({ value: null, status: 'insufficient', reason: '2 scores; 3 are needed' })
  expect(await notANumber()).toEqual([])
})

describe('a test whose scale is not known', () => {
  const OWN = scores(score => ({ ...score, test: 'own-test', csem: undefined }) as Score)

  test('has percentiles, in words for want of an error of measurement, and no points a year', async () => {
    await computed(OWN)
    const { value, lo, status } = await percentile(7)
    expect([status, lo]).toEqual(['ok', null])
    expect(value).toBeGreaterThan(0)
    expect(await line(7)).toMatchObject({ value: null, status: 'not_applicable' })
    expect((await line(7)).reason).toMatch(/^the scale of this test is not known/)
    expect(await notANumber()).toEqual([])
  })

  test('is known as soon as the district says what it is, with its error of measurement, and unknown again afterwards', async () => {
    await computed(OWN)
    const tests = JSON.stringify({ 'own-test': { vertical: true, lowest: 0, highest: 500, csem: 3 } })
    expect(await recomputed(tests)).toBe(1)
    expect((await percentile(7)).lo).toBeGreaterThan(0)
    expect(await line(7)).toMatchObject({ status: 'ok', reason: '' })
    // The same setting changes nothing.
    expect(await recomputed(tests)).toBe(0)
    expect(await recomputed()).toBe(1)
    expect(await line(7)).toMatchObject({ value: null, status: 'not_applicable' })
  })
})

test('a scale that changed between years leaves the older scores out of lines and means', async () => {
  const tests = JSON.stringify({ 'map-growth': { vertical: true, lowest: 100, highest: 350, since: '2025-01-01' } })
  await computed(scores(), tests)
  expect(await line(3)).toMatchObject({ value: null, status: 'insufficient' })
  expect((await line(3)).reason).toMatch(/^students with 3 scores over half a year: 0;/)
  const [older] = await warehouse.query(
    `select value, toString(status) as status, toString(reason) as reason from indicators final
     where indicator = 'mean_score' and unit_type = 'district' and period = '2023-2024 spring' and startsWith(slice, 'subject=')`,
  )
  expect(older).toEqual({ value: null, status: 'insufficient', reason: 'these scores are on an older scale' })
})

test('of two scores in one window the first counts', async () => {
  await computed(scores())
  const before = await percentile(4)
  const again = aScore(4, 2, 349, { id: uuid5('bad-input|again'), date: '2026-05-20' })
  await storeScores(warehouse, [{ value: again, position: '1/0/0' }])
  await recomputed()
  expect(await percentile(4)).toEqual(before)
  const sittings = await warehouse.query('select toFloat64(max(sittings)) as n from window_scores final')
  expect(sittings).toEqual([{ n: 2 }])
})

test('a cohort of fewer than 250 has no percentiles, and everybody is told why', async () => {
  await computed(scores(undefined, 200))
  expect(await percentile(3)).toMatchObject({ value: null, status: 'insufficient' })
  expect((await percentile(3)).reason).toMatch(/250/)
  const figures = await warehouse.query(
    `select distinct toString(status) as status, toString(reason) as reason from indicators final
     where indicator = 'growth_percentile' and period = '2025-2026 spring'`,
  )
  expect(figures).toEqual([{ status: 'insufficient', reason: 'nobody has a growth percentile' }])
  expect(await notANumber()).toEqual([])
})

test('where all scores are equal nothing is said, of nobody', async () => {
  await computed(scores(score => ({ ...score, score: 200 })))
  expect(await percentile(3)).toMatchObject({ value: null, status: 'insufficient' })
  expect(await line(3)).toMatchObject({ value: null, status: 'insufficient', reason: 'all scores are equal' })
  const shown = await warehouse.query(`select indicator, slice from indicators final where status = 'ok'`)
  expect(shown).toEqual([])
  expect(await notANumber()).toEqual([])
})

test('a single school has percentiles, and no growth beside a district that it is itself', async () => {
  await computed(scores())
  expect(await percentile(3)).toMatchObject({ status: 'ok' })
  expect(await warehouse.query(`select 1 from indicators final where indicator = 'school_growth'`)).toEqual([])
  const [fit] = await warehouse.query<{ reason: string }>(
    `select toString(reason) as reason from growth_models final where indicator = 'growth_trajectory'`,
  )
  expect(fit!.reason).toBe('a single school: district and school are the same')
  expect(await notANumber()).toEqual([])
})

test('a setting with faults names each of them', () => {
  const faulty = '{"own": {"vertical": "yes", "lowest": 5, "highest": 1}}'
  expect(() => ownScales(faulty)).toThrow(/HOMEROOM_TESTS: own\.vertical: .*boolean/)
  expect(() => ownScales('{"own": {"vertical": true, "lowest": 5, "highest": 1}}')).toThrow(/lowest to be less/)
  expect(() => ownScales('{')).toThrow(/it is no JSON/)
})
