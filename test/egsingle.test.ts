import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../infra/config.ts'
import type { EventLog, LogAdmin } from '../infra/log/event-log.ts'
import { openLog } from '../infra/log/open-log.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { loadFiles, type LoadSummary } from '../ingest/load/load.ts'
import { pseudonymiser } from '../ingest/pseudonymise.ts'
import { fitTrajectories, type GrowthFit } from '../processors/growth/growth-fit.ts'
import { scaleOf } from '../processors/growth/scales.ts'
import { storedHistories } from '../processors/growth/stored-histories.ts'
import { schoolGrowth } from '../processors/growth/trajectories.ts'
import { forgetDerived } from '../processors/replay.ts'
import { isCaughtUp, startProcessor, type Processor } from '../processors/run.ts'
import { windowScores, type WindowScore } from '../processors/scores/window-scores.ts'
import { SECRETS } from './ingest/start-ingest.ts'
import { until } from './helpers/until.ts'
import { freshWarehouse } from './helpers/warehouse.ts'

const MAPPING = fileURLToPath(new URL('../infra/examples/egsingle/mapping.json', import.meta.url))
const FILE = new URL('./reference/egsingle/egsingle.csv', import.meta.url)
const NOW = Date.parse('2026-03-02T14:00:00.000Z')
const DISTRICT = readConfig({}, {}).district
const MINUTE_MS = 60_000

let folder: string
let log: EventLog & LogAdmin
let warehouse: Warehouse
let processor: Processor
let summary: LoadSummary
const errors: unknown[] = []
/** What the file says: `school|child|year|score` without the header. */
let file: { school: string; child: string; year: number; score: number }[]

const caughtUp = () => until(() => isCaughtUp(log, warehouse), 'everything loaded is stored', MINUTE_MS, 50)
const start = () =>
  startProcessor({ log, warehouse, config: readConfig({}, { data: folder }), onError: error => errors.push(error) })
const load = (clock = NOW) =>
  loadFiles([MAPPING], {
    log,
    config: readConfig({}, { data: folder, district: warehouse.database }),
    secrets: SECRETS,
    clock: () => clock,
  })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-egsingle-'))
  warehouse = await freshWarehouse()
  log = await openLog(readConfig({}, { data: folder, district: warehouse.database }))
  await log.createTopics()
  processor = await start()
  const [, ...rows] = (await readFile(FILE, 'utf8')).trim().split('\n')
  file = rows.map(row => {
    const [school, child, year, score] = row.split(',') as [string, string, string, string]
    return { school, child, year: Number(year), score: Number(score) }
  })
  summary = await load()
  await caughtUp()
}, 2 * MINUTE_MS)

afterAll(async () => {
  await processor.stop()
  await log.close()
  await rm(folder, { recursive: true, force: true })
})

const count = async (what: string): Promise<number> =>
  (await warehouse.query<{ n: number }>(`select toFloat64(${what}) as n from current_scores`))[0]!.n

test('7,230 scores of 1,721 pupils are in the warehouse', async () => {
  expect(summary).toMatchObject({ read: 2 * 7230, stored: 2 * 7230, dead: 0, refused: [], unused: [] })
  expect(errors).toEqual([])
  expect(await count('count()')).toBe(7230)
  expect(await count('uniqExact(student_id)')).toBe(1721)
  const schools = await warehouse.query<{ n: number }>('select toFloat64(count()) as n from schools final')
  expect(schools).toEqual([{ n: 60 }])
})

test('every score stands under the school of enrolment on its day: 60 schools, each with the pupils of the file', async () => {
  const scores = await windowScores(warehouse, { test: 'sustaining-effects', subject: 'mathematics' })
  const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, warehouse.database)
  const line = (school: string, student: string, day: string, score: number) => `${school} ${student} ${day} ${score}`
  const expected = file.map(({ school, child, year, score }) =>
    line(school, pseudonymise('egsingle', child), `${2022.5 + year}-05-15`, score),
  )
  expect(new Set(scores.map(row => row.school_id)).size).toBe(60)
  expect(scores.map(row => line(row.school_id, row.student_id, row.day, row.score)).sort()).toEqual(expected.sort())
  expect(new Set(scores.map(({ sittings }) => sittings))).toEqual(new Set([1]))
})

test('windows follow each other year by year, with as many scores as the file has for the year', async () => {
  const scores = await windowScores(warehouse)
  const windows = [...Map.groupBy(scores, row => `${row.window} ${row.window_begin}`)].map(([name, rows]) => [
    name,
    rows.length,
  ])
  expect(windows).toEqual([
    ['2019-2020 spring 2020-05-15', 131],
    ['2020-2021 spring 2021-05-15', 1346],
    ['2021-2022 spring 2022-05-15', 1520],
    ['2022-2023 spring 2023-05-15', 1672],
    ['2023-2024 spring 2024-05-15', 1387],
    ['2024-2025 spring 2025-05-15', 1174],
  ])
})

test('1,192 pupils have three years in a row, as the growth percentiles of the reference need', async () => {
  const scores = await windowScores(warehouse)
  const by = Map.groupBy(scores, row => row.student_id)
  const years = ['2021-2022 spring', '2022-2023 spring', '2023-2024 spring']
  const complete = (rows: WindowScore[]) => years.every(year => rows.some(row => row.window === year))
  expect([...by.values()].filter(complete)).toHaveLength(1192)
})

// Numbers of the R packages quantreg and lme4 (test/reference/growth).
test('the growth percentiles of the reference stand in the warehouse', async () => {
  const found = await warehouse.query<{ id: string; value: number }>(
    `select lower(hex(student_id)) as id, value from student_growth final
     where window = '2023-2024 spring' and priors = 2 and status = 'ok'`,
  )
  const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, warehouse.database)
  const of = new Map(found.map(({ id, value }) => [id, value]))
  expect(found).toHaveLength(1192)
  expect(found.reduce((sum, { value }) => sum + value, 0) / 1192).toBeCloseTo(49.380034, 6)
  const children = [101480302, 173559292, 174743401, 174755092, 179986251, 179989511, 179996481, 179997101]
  const percentiles = children.map(child => of.get(pseudonymise('egsingle', String(child))))
  expect(percentiles).toEqual([24, 18, 64, 16, 49, 51, 37, 33])
})

test('growth in points a year: the district, and each of 60 schools against it', async () => {
  const figures = await warehouse.query<{ unit_id: string; value: number; se: number }>(
    `select unit_id, value, se from indicators final
     where indicator in ('growth_rate', 'school_growth') and unit_type in ('district', 'school')`,
  )
  const at = (unit: string) => figures.find(({ unit_id }) => unit_id === unit)!
  expect(figures).toHaveLength(61)
  // Years between mid-Mays of a year of 365 and one of 366 days are a thousandth apart from the reference's whole ones.
  expect(at(DISTRICT).value).toBeCloseTo(0.7631, 3)
  expect(at('2020').value).toBeCloseTo(0.1906, 4)
  expect(at('2020').se).toBeCloseTo(0.0429, 4)
})

test('few pupils’ own lines are sure enough to be shown, so no class has a growth in points a year', async () => {
  const found = await warehouse.query<{ unit_type: string; status: string; reason: string; n: number }>(
    `select unit_type, status, reason, toFloat64(count()) as n from indicators final
     where indicator = 'growth_rate' and unit_type != 'district' group by all`,
  )
  const reason = 'fewer than two students, or than half of them, have a line that says enough of growth'
  expect(found).toEqual([{ unit_type: 'class', status: 'insufficient', reason, n: 60 }])
})

test('the model stands in the warehouse as it was fitted, to be looked at and used', async () => {
  const [stored] = await warehouse.query<{ model: string; n: number; status: string }>(
    `select model, toFloat64(n) as n, status from growth_models final where indicator = 'growth_trajectory'`,
  )
  expect(stored).toMatchObject({ n: 1721, status: 'ok' })
  const { model, schools } = JSON.parse(stored!.model) as GrowthFit
  expect(model).toMatchObject({ levels: 3, rows: 7230, students: 1721, schools: 60 })
  expect(model!.sigma).toBeCloseTo(0.5492, 3)
  expect(schools['2020']!.slope).toBeCloseTo(0.1906, 4)
})

test('a school has the mean and median growth percentile of its pupils, their quarters and the share of high growth', async () => {
  const figures = await warehouse.query<{ indicator: string; slice: string; value: number; n: number }>(
    `select indicator, slice, value, toFloat64(n) as n from indicators final
     where unit_type = 'district' and period = '2023-2024 spring' and indicator not in ('growth_fifth_share', 'mean_score')
     order by slice, indicator`,
  )
  const all = 'subject=mathematics,test=sustaining-effects'
  const bands = [1, 2, 3, 4].map(band => `band=${band},${all}`)
  const names = ['growth_percentile', 'growth_percentile_median', 'high_growth_share']
  expect(figures.map(({ indicator, slice }) => `${slice} ${indicator}`)).toEqual(
    [...bands, all].flatMap(slice => names.map(name => `${slice} ${name}`)),
  )
  const whole = figures.filter(({ slice }) => slice === all)
  expect(whole.map(({ n }) => n)).toEqual([1387, 1387, 1387])
  const inBands = figures.filter(({ slice, indicator }) => slice !== all && indicator === 'growth_percentile')
  expect(inBands.reduce((sum, { n }) => sum + n, 0)).toBe(1387)
  expect(inBands.reduce((sum, { n, value }) => sum + n * value, 0) / 1387).toBeCloseTo(whole[0]!.value, 9)
})

test('the fifths of the scale hold every pupil once, and the mean score is that of the window’s scores', async () => {
  const figures = await warehouse.query<{ indicator: string; slice: string; value: number; n: number; mean: number }>(
    `select indicator, slice, value, toFloat64(n) as n,
       (select avg(score) from window_scores final where window = '2023-2024 spring') as mean
     from indicators final where unit_type = 'district' and period = '2023-2024 spring'
       and indicator in ('growth_fifth_share', 'mean_score') order by slice`,
  )
  expect(figures.map(({ slice }) => slice.split(',')[0])).toEqual([1, 2, 3, 4, 5].map(k => `fifth=${k}`).concat('subject=mathematics')) // prettier-ignore
  const fifths = figures.slice(0, 5)
  expect(fifths.map(({ n }) => n)).toEqual(Array(5).fill(1387))
  expect(fifths.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(1, 12)
  for (const { value } of fifths) expect(Math.abs(value - 0.2)).toBeLessThan(0.02)
  expect(figures[5]!.value).toBeCloseTo(figures[5]!.mean, 9)
})

const models = () => warehouse.query('select * except (computed) from growth_models final order by all')
const growth = () =>
  warehouse.query(
    `select * from (
       select student_id, indicator, window, band, value, lo, hi, school_id, status, reason from student_growth final
       union all
       select student_id, subject, test, n, slope, se, reliability, school_id, status, reason from student_trajectories final
     ) order by all`,
  )
const figures = () => warehouse.query('select * except (computed) from indicators final order by all')

test('growth of all 60 schools is computed: school 2020 grew .191 a year above the average, standard error .043', async () => {
  const of = { test: 'sustaining-effects', subject: 'mathematics', scale: scaleOf('sustaining-effects') }
  const histories = await storedHistories(warehouse, { ...of, scale: of.scale!, from: '2020-05-15', to: '2025-05-16' })
  const fit = fitTrajectories(histories, of.scale, 3)
  expect(fit.model).toMatchObject({ rows: 7230, students: 1721, schools: 60 })
  const schools = schoolGrowth(fit)
  expect(schools.filter(({ status }) => status === 'ok')).toHaveLength(60)
  const school = schools.find(({ school_id }) => school_id === '2020')!
  expect(school.value).toBeCloseTo(0.1906, 3)
  expect(school.se).toBeCloseTo(0.0429, 3)
})

test(
  'loaded again a day later, no score is touched; replayed from nothing, every score is the same',
  async () => {
    const before = await windowScores(warehouse)
    const [grown, shown, fitted] = [await growth(), await figures(), await models()]
    await warehouse.command('truncate table touched_scores')
    await load(NOW + 86_400_000)
    await caughtUp()
    expect(await warehouse.query("select touch from touched_scores where test != '' limit 1")).toEqual([])
    expect(processor.stats()).toMatchObject({ duplicates: 7230, unreadable: 0 })
    expect(await windowScores(warehouse)).toEqual(before)
    await processor.stop()
    await forgetDerived(warehouse, log)
    expect(await windowScores(warehouse)).toEqual([])
    processor = await start()
    await caughtUp()
    expect(await windowScores(warehouse)).toEqual(before)
    expect(await growth()).toEqual(grown)
    expect(await figures()).toEqual(shown)
    expect(await models()).toEqual(fitted)
    expect(errors).toEqual([])
  },
  3 * MINUTE_MS,
)
