import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../infra/config.ts'
import { planClimate, SURVEY_WINDOWS } from '../../infra/demo/climate.ts'
import { planDistrict, writeRoster } from '../../infra/demo/index.ts'
import { demoInstruments, smallestSchool, surveyResponses } from '../../infra/demo/surveys.ts'
import { writeSurveys } from '../../infra/demo/write-surveys.ts'
import { openLog } from '../../infra/log/open-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { loadFiles } from '../../ingest/load/load.ts'
import { publish } from '../../processors/publish/publish.ts'
import { isCaughtUp, startProcessor } from '../../processors/run.ts'
import { SECRETS } from '../ingest/start-ingest.ts'
import { until } from '../helpers/until.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

/**
 * The synthetic district of size small, its roster and surveys loaded by the doors, computed and published: what was planted
 * has to be found again (section G of the indicator specification).
 */
const plan = planDistrict({ size: 'small', seed: 20261122, timeZone: 'America/New_York' })
const climate = planClimate(plan)
/** The first survey; the second takes the same way. */
const instruments = demoInstruments().filter(({ instrument }) => instrument.startsWith('school-climate'))
const planted = [...surveyResponses(plan)].filter(({ survey }) => survey < instruments.length)
const counting = planted.filter(({ counts }) => counts)
const MINUTE_MS = 60_000
const SMALLEST = plan.schools[smallestSchool(plan)]!.id

let warehouse: Warehouse
let loaded: { file: string; read: number; stored: number }[]
let folder: string
const errors: unknown[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-climate-'))
  warehouse = await freshWarehouse()
  const config = readConfig({}, { data: folder, district: warehouse.database })
  const log = await openLog(config)
  await log.createTopics()
  await writeRoster(plan, join(folder, 'roster'))
  await writeSurveys(plan, join(folder, 'surveys'))
  await onlyTheFirst(join(folder, 'surveys', 'mapping.json'))
  const deps = { log, config, secrets: SECRETS, clock: () => Date.parse('2026-06-15T14:00:00.000Z') }
  await loadFiles([join(folder, 'roster')], { ...deps, source: 'sis' })
  const summary = await loadFiles([join(folder, 'surveys')], deps)
  loaded = summary.files.filter(({ file }) => file.endsWith('.csv'))
  const processor = await startProcessor({ log, warehouse, config, onError: error => errors.push(error) })
  await until(() => isCaughtUp(log, warehouse), 'surveys are computed', 8 * MINUTE_MS, 200)
  await processor.stop()
  await log.close()
  await publish(warehouse)
}, 10 * MINUTE_MS)

afterAll(() => rm(folder, { recursive: true, force: true }))

test('every response arrives, readable in both languages; those count that were not broken off', async () => {
  expect(errors).toEqual([])
  expect(loaded.map(({ file, read, stored }) => [file, read, stored])).toEqual(
    instruments.map(({ instrument }, survey) => {
      const n = planted.filter(one => one.survey === survey).length
      return [`${instrument}.csv`, n, n]
    }),
  )
  const counted = await warehouse.query<{ instrument: string; window: string; n: number; es: number }>(
    `select instrument, window, toFloat64(count()) as n, toFloat64(countIf(language = 'es')) as es
     from survey_responses_counted where counts group by instrument, window order by instrument, window`,
  )
  expect(counted).toEqual(
    byWindow(some => ({
      n: some.length,
      // Of families nothing is known but school and grade.
      es: some.filter(({ informant, language }) => informant !== 'family' && language === 'es').length,
    })),
  )
  expect(counted.filter(({ es }) => es > 0).length).toBe(4)
  expect(await warehouse.query("select 1 from survey_answers final where state = 'unreadable' limit 1")).toEqual([])
})

test('who gives the same answer to everything is counted, and nobody else is', async () => {
  const found = await warehouse.query(
    `select distinct instrument, window, straight_lined as straight from climate_scales final order by instrument, window`,
  )
  expect(found).toEqual(byWindow(some => ({ straight: some.filter(({ isStraight }) => isStraight).length })))
})

test('response of schools and informants is the planted one, lower the older students are', async () => {
  const found = await warehouse.query<{ slice: string; period: string; unit_id: string; n: number }>(
    `select slice, period, unit_id, n from indicators final
     where indicator = 'survey_response' and unit_type = 'school' and slice not like 'grade=%' order by slice, period, unit_id`,
  )
  const known = Map.groupBy(counting, ({ survey, window, school }) =>
    [sliceOf(survey), SURVEY_WINDOWS[window]!.id, plan.schools[school]!.id].join('|'),
  )
  expect(found.map(({ slice, period, unit_id, n }) => [[slice, period, unit_id].join('|'), n])).toEqual(
    [...known].map(([key, some]) => [key, some.length]).sort((x, y) => (x[0]! < y[0]! ? -1 : 1)),
  )
  const grades = await warehouse.query<{ period: string; values: number[] }>(
    `select period, arrayMap(x -> x.2, arraySort(groupArray((slice, value)))) as values from indicators final
     where indicator = 'survey_response' and unit_type = 'district' and slice like 'grade=%instrument=school-climate-student' group by period`,
  )
  expect(grades.map(({ values }) => values.length)).toEqual([4, 4])
  for (const { values } of grades) expect(values).toEqual(values.toSorted((x, y) => y - x))
})

test('scores of schools follow what was planted in them, weighted to the roster they are lower', async () => {
  const found = await warehouse.query<Score>(
    `select s.instrument as instrument, s.window as window, s.scale as scale, s.school_id as school, s.shrunken as shrunken, i.value as value, s.weighted as weighted
     from climate_schools as s final inner join (select * from indicators final where indicator = 'climate_score' and unit_type = 'school') as i
       on i.unit_id = s.school_id and i.period = s.window and i.slice = concat('informant=student,instrument=', s.instrument, ',scale=', s.scale)
     order by instrument, window, scale, school`,
  )
  const scales = [...Map.groupBy(found, ({ instrument, window, scale }) => `${instrument} ${window} ${scale}`).values()]
  expect(scales.length).toBeGreaterThanOrEqual(16)
  const around = (values: readonly number[]) => values.map(value => value - mean(values))
  const levels = scales.flatMap(schools =>
    around(schools.map(({ window, school, scale }) => levelOf(window, school, scale))),
  )
  const drawn = scales.flatMap(schools => around(schools.map(({ shrunken }) => shrunken!)))
  const recovered = correlation(drawn, levels)
  console.log('schools on scales:', { scales: scales.length, figures: found.length, correlation: recovered })
  expect(recovered).toBeGreaterThanOrEqual(0.8)
  // Who is older answers less often and feels worse.
  expect(mean(found.map(({ value, weighted }) => weighted! - value))).toBeLessThan(-0.002)
})

test('of the schools the one that became a home base rose most in belonging, and what stands out has the right sign', async () => {
  const found = await warehouse.query<{ school: string; value: number; q: number }>(
    `select unit_id as school, value, q from climate_differences final
     where kind = 'window' and instrument = 'school-climate-student' and subject = 'scale=belonging' and unit_type = 'school'
     order by value desc`,
  )
  expect(found).toHaveLength(plan.schools.length)
  expect(found[0]!.school).toBe(plan.schools[climate.rising]!.id)
  expect(found[0]!.value).toBeGreaterThan(0.15)
  const beyond = found.filter(({ q }) => q < 0.1)
  expect(beyond).toContain(found[0])
  const [autumn, spring] = SURVEY_WINDOWS
  for (const { school, value } of beyond) {
    const change = levelOf(spring.id, school, 'belonging') - levelOf(autumn.id, school, 'belonging')
    expect([school, Math.sign(value)]).toEqual([school, Math.sign(change)])
  }
})

test('a school with nine families shows none of their numbers, live or published', async () => {
  const live = await warehouse.query<{ n: number; value: number | null }>(
    `select n, value from indicators final where unit_id = {school:String} and slice like 'informant=family%'`,
    { school: SMALLEST },
  )
  expect(live.filter(({ n }) => n === 9).length).toBeGreaterThan(60)
  expect(live.filter(({ value }) => value !== null)).toEqual([])
  const published = await warehouse.query<Record<'value' | 'n' | 'n_eff' | 'enrolled' | 'se', number | null>>(
    `select value, n, n_eff, enrolled, se from published
     where unit_id = {school:String} and slice like 'informant=family%' and snapshot = (select max(snapshot) from snapshots final where complete)`,
    { school: SMALLEST },
  )
  expect(published.length).toBeGreaterThan(60)
  expect(published.filter(row => Object.values(row).some(value => value !== null))).toEqual([])
  const compared = await warehouse.query(
    `select 1 from climate_differences final where unit_id = {school:String} and (instrument like '%-family' or other_instrument like '%-family')`,
    { school: SMALLEST },
  )
  expect(compared).toEqual([])
  const others = await warehouse.query<{ n: number }>(
    `select toFloat64(count(value)) as n from published
     where slice like 'informant=family%' and unit_type = 'school' and snapshot = (select max(snapshot) from snapshots final where complete)`,
  )
  expect(others[0]!.n).toBeGreaterThan(200)
})

type Score = {
  shrunken: number | null
  instrument: string
  window: string
  scale: string
  school: string
  value: number
  weighted: number | null
}

async function onlyTheFirst(path: string): Promise<void> {
  const whole = JSON.parse(await readFile(path, 'utf8')) as { surveys: { instrument: string }[] }
  const surveys = whole.surveys.filter(({ instrument }) => instrument.startsWith('school-climate'))
  await writeFile(path, JSON.stringify({ ...whole, surveys }))
}

const sliceOf = (survey: number): string =>
  `informant=${instruments[survey]!.informant},instrument=${instruments[survey]!.instrument}`

/** One row a survey and window, in order. */
function byWindow<Row>(row: (some: typeof counting) => Row): ({ instrument: string; window: string } & Row)[] {
  return instruments
    .flatMap(({ instrument }, survey) =>
      SURVEY_WINDOWS.map(({ id }, window) => ({
        instrument,
        window: id,
        ...row(counting.filter(one => one.survey === survey && one.window === window)),
      })),
    )
    .sort((x, y) => (x.instrument < y.instrument || (x.instrument === y.instrument && x.window < y.window) ? -1 : 1))
}

const levelOf = (window: string, school: string, scale: string): number =>
  climate.level(
    'student',
    SURVEY_WINDOWS.findIndex(({ id }) => id === window),
    plan.schools.findIndex(({ id }) => id === school),
    scale.split('/')[0]!,
  )

const mean = (of: readonly number[]): number => of.reduce((sum, one) => sum + one, 0) / of.length

function correlation(x: readonly number[], y: readonly number[]): number {
  const products = (u: readonly number[], v: readonly number[]) =>
    u.reduce((sum, one, at) => sum + (one - mean(u)) * (v[at]! - mean(v)), 0)
  return products(x, y) / Math.sqrt(products(x, x) * products(y, y))
}
