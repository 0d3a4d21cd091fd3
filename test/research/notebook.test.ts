import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRuntime, prepare, type Runtime } from '../../infra/commands/runtime.ts'
import { changeResearchers } from '../../infra/warehouse/engine/researchers-file.ts'
import { extractDatabase } from '../../processors/research/extract.ts'
import { review } from '../../processors/research/review.ts'
import { studyKey, studyNames } from '../../processors/research/study-key.ts'
import { readOutputTable } from '../../infra/commands/research-check-file.ts'
import { aFigure, publish } from '../dashboards/a-district.ts'
import { researchPython } from '../helpers/research-python.ts'
import { PASSWORD, researcher } from './a-door.ts'
import { aPlantedStudy, type PlantedStudy } from './a-planted-study.ts'
import { SECRETS } from './a-study-district.ts'

const run = promisify(execFile)
const README = new URL('../../dashboards/research/README.md', import.meta.url)
const USER = 'researcher_notebook'
/** What the test wants to know of the notebook's variables, after its last line. */
const TELL = `
import json
print(json.dumps({
    'tables': sorted(tables.table), 'columns': len(columns), 'undescribed': int((columns.meaning == '').sum()),
    'students': len(students), 'rows': len(data), 'published': len(published), 'weeks': len(by_week),
    'low': low, 'high': high, 'growth': float(model.params['Intercept']), 'school_sd': float(school_sd),
    'within_sd': float(within_sd), 'of_schools': of_schools.to_dict(), 'converged': bool(model.converged),
}))`

let folder: string
let runtime: Runtime
let known: PlantedStudy
let told: {
  tables: string[]
  columns: number
  undescribed: number
  students: number
  rows: number
  published: number
  weeks: number
  low: number
  high: number
  growth: number
  school_sd: number
  within_sd: number
  of_schools: Record<string, number>
  converged: boolean
}
let printed: string
let blocks: string[]

beforeAll(async () => {
  const python = await researchPython()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-notebook-'))
  const place = { data: folder, secretsFile: join(folder, 'secrets.json') }
  runtime = await openRuntime({ ...place, kafka: null, clickhouse: null, district: 'notebook', logLevel: 'error' })
  await prepare(runtime)
  const { warehouse } = runtime
  known = await aPlantedStudy(warehouse)
  const weeks = ['2026-03-02', '2026-03-09', '2026-03-16', '2026-03-23']
  await publish(warehouse, 1, weeks.map(week => aFigure({ indicator: 'effort_minutes', week, value: 110 }))) // prettier-ignore
  const study = extractDatabase(warehouse, 'growth')
  const common = study.replace(/_growth$/, '')
  await changeResearchers(folder, () => [{ ...researcher(USER, [study, common]), user: USER }])
  const { hostname, port } = new URL(warehouse.url)
  blocks = [...(await readFile(README, 'utf8')).matchAll(/^```python\n([^]*?)^```$/gm)].map(([, block]) => block!)
  // In this district the views stand in a database of another name.
  const script = `${blocks.join('\n').replaceAll('research.published', `${common}.published`)}${TELL}\n`
  await writeFile(join(folder, 'notebook.py'), script)
  const env = {
    ...process.env,
    HOMEROOM_HOST: hostname,
    HOMEROOM_PORT: port,
    HOMEROOM_USER: USER,
    HOMEROOM_PASSWORD: PASSWORD,
    HOMEROOM_STUDY: study,
    HOMEROOM_RESULTS: join(folder, 'results.csv'),
  }
  const { stdout } = await run(python, ['-W', 'error::RuntimeWarning', join(folder, 'notebook.py')], { env })
  const lines = stdout.trimEnd().split('\n')
  told = JSON.parse(lines.pop()!)
  printed = lines.join('\n')
}, 600_000)

afterAll(async () => {
  await runtime.close()
  await rm(folder, { recursive: true, force: true })
})

test('it runs from the first line to the last as a researcher of the study, and finds every table described', () => {
  expect(blocks.length).toBeGreaterThan(6)
  expect(told.tables).toEqual(['codebook', 'growth', 'manifest', 'schools', 'students', 'weeks'])
  expect(told.undescribed).toBe(0)
  expect(told.columns).toBeGreaterThan(40)
  expect([told.published, told.converged]).toEqual([4, true])
  expect(told.weeks).toBeGreaterThan(8)
  expect(told.students).toBe(known.study.manifest!.students)
  expect(told.rows).toBeGreaterThan(0.9 * told.students)
  expect(printed).toContain('points a year per adult, within schools')
})

test('it recovers how growth differs between schools, as planted', () => {
  const { plan, planted } = known
  const names = studyNames(studyKey(SECRETS.masterSecret, 'd1', 'growth', 1), 'd1')
  const pairs = plan.schools.flatMap(({ id }, at) => {
    const found = told.of_schools[names.school(id)]
    return found === undefined ? [] : [[found, planted.schoolSlope[at]!] as const]
  })
  expect(pairs.length).toBeGreaterThanOrEqual(22)
  expect(correlation(pairs)).toBeGreaterThan(0.9)
  // Planted: N(0, 2) between schools around 14 points a year; slopes are drawn towards others'.
  expect(told.growth).toBeGreaterThan(13)
  expect(told.growth).toBeLessThan(15)
  expect(told.school_sd).toBeGreaterThan(1.2)
  expect(told.school_sd).toBeLessThan(3)
})

test('it finds no association of growth with connectedness: its interval covers 0, and is narrow enough to say so', () => {
  expect(told.low).toBeLessThan(0)
  expect(told.high).toBeGreaterThan(0)
  expect(told.high - told.low).toBeLessThan(2)
})

test('the table that leaves passes the review', async () => {
  const results = await readOutputTable(join(folder, 'results.csv'))
  expect(results.rows.length).toBeGreaterThan(1)
  expect(await review(results, [])).toEqual([])
})

function correlation(pairs: readonly (readonly [number, number])[]): number {
  const mean = (at: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[at], 0) / pairs.length
  const [a, b] = [mean(0), mean(1)]
  const sum = (of: (x: number, y: number) => number): number => pairs.reduce((all, [x, y]) => all + of(x - a, y - b), 0)
  return sum((x, y) => x * y) / Math.sqrt(sum(x => x * x) * sum((_, y) => y * y))
}
