import { beforeAll, expect, test } from 'vitest'
import { uuid5 } from '../../../infra/uuid5.ts'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { conditionalGrowth, meanConditionalGrowth } from '../../../processors/growth/conditional-growth.ts'
import { percentilesOfCohorts } from '../../../processors/growth/percentile-workers.ts'
import { GrowthRecompute } from '../../../processors/growth/recompute-growth.ts'
import { windowSpans } from '../../../processors/growth/window-spans.ts'
import { storeScores } from '../../../processors/store-scores.ts'
import type { Score } from '../../../schemas/score.ts'
import { aSchool, aStudent, anEnrolment, enrol, person } from '../../helpers/records.ts'
import { uniforms } from '../../helpers/score-panel.ts'
import { freshWarehouse } from '../../helpers/warehouse.ts'

const DAYS = { fall: '2025-09-15', winter: '2026-01-19', spring: '2026-05-18' } as const
type Season = keyof typeof DAYS
const STUDENTS = 120
const uniform = uniforms(11)
const students = Array.from({ length: STUDENTS }, (_, at) => {
  const fall = Math.round(180 + 40 * uniform())
  const winter = Math.round(0.9 * fall + 25 + 8 * uniform())
  return { name: `s${at}`, scores: { fall, winter, spring: Math.round(0.9 * winter + 26 + 8 * uniform()) } }
})

let warehouse: Warehouse
let growth: GrowthRecompute

const aScore = (name: string, season: Season, score: number, rest: Partial<Score> = {}): Score => ({
  type: 'score',
  id: uuid5(`conditional|${name}|${season}`),
  source: 'map-growth',
  storedAt: '2026-06-01T12:00:00.000Z',
  kind: 'assessment',
  test: 'map-growth',
  subject: 'mathematics',
  window: `2025-2026 ${season}`,
  grade: '05',
  date: DAYS[season],
  score,
  counts: true,
  list: '',
  ...rest,
  student: person(name),
})

let position = 0
async function computed(...scores: Score[]): Promise<void> {
  await storeScores(
    warehouse,
    scores.map(value => ({ value, position: `0/${position++}/0` })),
  )
  await growth.run()
}

beforeAll(async () => {
  warehouse = await freshWarehouse()
  growth = new GrowthRecompute(warehouse, { district: 'demo' }, cohorts =>
    percentilesOfCohorts(cohorts, { keepAll: true, threads: 1 }),
  )
  const names = students.map(({ name }) => name)
  await enrol(
    warehouse,
    ...aSchool('oak', { 'oak-1': names.slice(2, 60) }),
    ...aSchool('elm', { 'elm-1': names.slice(60) }),
    // s0 is at elm for the last weeks only, s1 for most of the year.
    ...['s0', 's1'].map(name => aStudent(name)),
    anEnrolment('s0', 'oak-1', 'oak', '2025-08-25', '2026-04-20'),
    anEnrolment('s0', 'elm-1', 'elm', '2026-04-20'),
    anEnrolment('s1', 'oak-1', 'oak', '2025-08-25', '2025-10-06'),
    anEnrolment('s1', 'elm-1', 'elm', '2025-10-06'),
  )
  const seasons = Object.keys(DAYS) as Season[]
  await computed(...students.flatMap(({ name, scores }) => seasons.map(season => aScore(name, season, scores[season]))))
})

type Grown = { student_id: string; window: string; value: number | null; school_id: string; reason: string }
const grown = (window: string): Promise<Grown[]> =>
  warehouse.query<Grown>(
    `select lower(hex(student_id)) as student_id, window, value, school_id, reason from student_growth final
     where indicator = 'conditional_growth' and window = {window:String} order by student_id`,
    { window },
  )
type Figure = { unit_id: string; period: string; slice: string; value: number; se: number; lo95: number; n: number }
const figures = (): Promise<Figure[]> =>
  warehouse.query<Figure>(
    `select unit_id, period, slice, value, se, lo95, toFloat64(n) as n from indicators final
     where indicator = 'conditional_growth' order by period, slice, unit_id`,
  )

/** What the equation gives from the planted scores alone. */
function expected(from: Season, to: Season): Map<string, number> {
  const days = (Date.parse(DAYS[to]) - Date.parse(DAYS[from])) / 86_400_000
  const { index } = conditionalGrowth(
    {
      pre: Float64Array.from(students, ({ scores }) => scores[from]),
      post: Float64Array.from(students, ({ scores }) => scores[to]),
      weeks: new Float64Array(STUDENTS).fill(days / 7),
    },
    { vertical: true, lowest: 100, highest: 350 },
  )
  return new Map(students.map(({ name }, at) => [person(name), index![at]!]))
}

test('three windows of a year give fall to winter, winter to spring and fall to spring; years are apart', () => {
  const names = (...windows: string[]) =>
    windowSpans(windows.map((window, at) => ({ window, begin: `2026-0${at + 1}-01` }))).map(({ name }) => name)
  expect(names('2025-2026 fall', '2025-2026 winter', '2025-2026 spring', '2026-2027 fall', '2026-2027 spring')).toEqual(
    ['2025-2026 fall to winter', '2025-2026 winter to spring', '2025-2026 fall to spring', '2026-2027 fall to spring'],
  )
  expect(names('2025-2026', '2026-2027')).toEqual(['2025-2026 to 2026-2027'])
  expect(names('2025-2026 spring')).toEqual([])
})

test.each([
  ['fall', 'winter'],
  ['winter', 'spring'],
  ['fall', 'spring'],
] as [Season, Season][])('from %s to %s every student has the index that the scores alone give', async (from, to) => {
  const rows = await grown(`2025-2026 ${from} to ${to}`)
  const values = expected(from, to)
  expect(rows).toHaveLength(STUDENTS)
  for (const { student_id, value } of rows) expect(value).toBeCloseTo(values.get(student_id)!, 9)
})

test('who moved counts for the school of half of the school days between the two tests', async () => {
  const schools = async (window: string) => {
    const rows = await grown(window)
    return ['s0', 's1'].map(name => rows.find(({ student_id }) => student_id === person(name))!.school_id)
  }
  expect(await schools('2025-2026 fall to spring')).toEqual(['oak', 'elm'])
  expect(await schools('2025-2026 fall to winter')).toEqual(['oak', 'elm'])
})

test('schools, homerooms and the district have the mean of their students with its standard error', async () => {
  const all = (await figures()).filter(
    ({ period, slice }) => period.endsWith('fall to spring') && slice.startsWith('from=fall,'),
  )
  expect(all.map(({ unit_id, n }) => [unit_id, n])).toEqual([
    ['demo', 120],
    ['elm', 61],
    ['elm-1', 62],
    ['oak', 59],
    ['oak-1', 58],
  ])
  const values = await grown('2025-2026 fall to spring')
  const oak = meanConditionalGrowth(values.filter(row => row.school_id === 'oak').map(row => row.value!))
  const found = all.find(({ unit_id }) => unit_id === 'oak')!
  expect(found.value).toBeCloseTo(oak.value!, 9)
  expect(found.se).toBeCloseTo(oak.se!, 9)
  expect(found.lo95).toBeCloseTo(oak.lo95!, 6)
  expect(all[0]!.value).toBeCloseTo(0, 9)
  const sliced = (await figures()).filter(({ slice }) => slice.startsWith('grade=05,'))
  expect(sliced.filter(({ unit_id }) => unit_id === 'demo').map(({ slice }) => slice)).toEqual(
    ['fall', 'fall', 'winter'].map(from => `grade=05,from=${from},subject=mathematics,test=map-growth`),
  )
})

test('the equations stand in the warehouse', async () => {
  const models = await warehouse.query<{ window: string; grade: string; model: string; n: number }>(
    `select window, grade, model, toFloat64(n) as n from growth_models final where indicator = 'conditional_growth' order by window`,
  )
  expect(models.map(({ window, grade, n }) => [window, grade, n])).toEqual([
    ['2025-2026 fall to spring', '05', 120],
    ['2025-2026 fall to winter', '05', 120],
    ['2025-2026 winter to spring', '05', 120],
  ])
  const { from, coefficients } = JSON.parse(models[1]!.model) as { from: string; coefficients: { pre: number } }
  expect([from, coefficients.pre]).toEqual(['2025-2026 fall', expect.closeTo(0.9, 1)])
})

test('a score that changes changes the whole cohort; one that the test cannot give has no index and says why', async () => {
  const before = await grown('2025-2026 fall to winter')
  await computed(aScore('s5', 'winter', 90, { storedAt: '2026-06-02T12:00:00.000Z' }))
  const after = await grown('2025-2026 fall to winter')
  expect(after).toHaveLength(STUDENTS)
  const of = (name: string) => after.find(({ student_id }) => student_id === person(name))!
  expect(of('s5')).toMatchObject({ value: null, reason: 'a score that the test cannot give' })
  expect(of('s6').value).not.toBe(before.find(({ student_id }) => student_id === person('s6'))!.value)
})

test('a window that is taken back takes its growth along', async () => {
  const withdrawn = students.map(({ name }) => ({
    type: 'withdrawal' as const,
    id: uuid5(`conditional|${name}|winter`),
    source: 'map-growth',
    storedAt: '2026-06-03T12:00:00.000Z',
  }))
  await storeScores(
    warehouse,
    withdrawn.map(value => ({ value, position: `0/${position++}/0` })),
  )
  await growth.run()
  expect(await grown('2025-2026 fall to winter')).toEqual([])
  expect(await grown('2025-2026 fall to spring')).toHaveLength(STUDENTS)
  expect([...new Set((await figures()).map(({ period }) => period))]).toEqual(['2025-2026 fall to spring'])
  const left = await warehouse.query('select window from window_scores final where window = {window:String}', {
    window: '2025-2026 winter',
  })
  expect(left).toEqual([])
})
