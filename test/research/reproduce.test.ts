import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { childEnvironment } from '../../infra/config.ts'
import { erasedHash } from '../../infra/erased.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { eraseRows } from '../../processors/erase.ts'
import { sliceOf } from '../../processors/growth/growth-tables.ts'
import { publish } from '../../processors/publish/publish.ts'
import { reproduce, type Reproduction } from '../../processors/research/reproduce.ts'
import { catalogue } from '../../schemas/catalogue.ts'
import { aProcessedDistrict, type ProcessedDistrict } from './a-processed-district.ts'

// A planted district of 450 students, four weeks of its records, all its scores, plans and surveys. What changes it comes in the order
// of the tests.
const WEEKS = { from: 4, to: 8 }
const AGGREGATES = sql(new URL('../../processors/engagement/week-aggregates.sql', import.meta.url))
const MAIN = fileURLToPath(new URL('../../infra/main.ts', import.meta.url))
const OF_GROWTH = ['growth-aggregates.sql', 'growth-fifths.sql'].map(file =>
  sql(new URL(`../../processors/growth/${file}`, import.meta.url)),
)
const OF_WEEK = ['active_days', 'effort_minutes', 'weekend_days', 'contact_minutes']

let district: ProcessedDistrict
let warehouse: Warehouse
let snapshot: string
/** One of the weeks, with figures of every student. */
let week: string

beforeAll(async () => {
  district = await aProcessedDistrict(450)
  warehouse = district.runtime.warehouse
  await district.send(WEEKS)
  await plantPercentiles()
  snapshot = (await publish(warehouse))!.snapshot
  week = district.plan.year.dates[5 * 7]!
}, 400_000)
afterAll(() => district.remove())

const again = async (indicators?: string[], of = snapshot): Promise<Reproduction[]> => {
  const asked = { snapshot: of, ...(indicators && { indicators }) }
  return (await reproduce(warehouse, district.runtime.config, asked)).reproductions
}

/** As the processor does after something has come to these weeks. */
const recomputed = async (weeks: readonly string[] = [week]): Promise<void> => {
  for (const one of weeks) {
    const params = { week: one, district: district.runtime.config.district, computed: newest() }
    await warehouse.command(`insert into indicators ${AGGREGATES}`, params)
  }
}

/** Above every number of a computation before. */
const newest = (): string => String(BigInt(Date.now()) << 22n)

/** So few students have no growth percentiles of their own: made up ones, and what follows from them. */
async function plantPercentiles(): Promise<void> {
  const measure = { test: 'benchmark', subject: 'Mathematics' }
  const [last] = await warehouse.query<{ window: string }>(
    'select argMax(window, window_begin) as window from window_scores final where test = {test:String}',
    measure,
  )
  const params = { ...measure, ...last!, slice: sliceOf(measure), district: district.runtime.config.district, computed: newest() } // prettier-ignore
  await warehouse.command(
    `insert into student_growth (student_id, indicator, test, subject, window, window_begin, grade, day, score, prior, band, value, school_id, status, as_of, computed)
     select student_id, 'growth_percentile', test, subject, window, window_begin, grade, day, score, score, 1 + cityHash64(student_id) % 4,
       1 + cityHash64(student_id, 'p') % 99, school_id, 'ok', stored_at, {computed:UInt64}
     from window_scores final where test = {test:String} and subject = {subject:String} and window = {window:String}`,
    params,
  )
  for (const figures of OF_GROWTH) await warehouse.command(`insert into indicators ${figures}`, params)
}

test(
  'every published figure of every indicator is what its file, and publish.sql, give again',
  { timeout: 300_000 },
  async () => {
    const found = await again()
    expect(found.filter(({ cells, same }) => same < cells)).toEqual([])
    expect(found.map(({ indicator }) => indicator).sort()).toEqual(catalogue.map(({ id }) => id).sort())
    // Cells without a value are the same easily: most indicators have some with one.
    const shown = await warehouse.query<{ indicator: string }>(
      "select indicator from published where snapshot = {snapshot:UInt64} and status = 'ok' group by indicator",
      { snapshot },
    )
    expect(shown.length).toBeGreaterThan(40)
    const [kinds] = await warehouse.query<{ drawn: number; bracket: number; hidden: number }>(
      `select countIf(startsWith(reason, '10 to 19')) > 0 as drawn, countIf(startsWith(reason, 'at ')) > 0 as bracket,
       countIf(startsWith(reason, 'it could tell')) > 0 as hidden from published where snapshot = {snapshot:UInt64}`,
      { snapshot },
    )
    expect(kinds).toEqual({ drawn: 1, bracket: 1, hidden: 1 })
  },
)

test('the command says so for one indicator, and ends with 0', async () => {
  const env = childEnvironment(district.runtime.config)
  const command = [MAIN, 'research', 'reproduce', 'effort_minutes', '--json', '--now']
  const { stdout } = await promisify(execFile)(process.execPath, command, { env })
  const told = JSON.parse(stdout) as Reproduction
  expect(told).toMatchObject({ indicator: 'effort_minutes', same: told.cells, changed: {} })
})

test('nothing is written but a draft, which is gone', async () => {
  expect(await warehouse.query('select distinct snapshot from publishing')).toEqual([])
})

test('a published figure that somebody changed is found, and nothing else', async () => {
  const where = `indicator = 'effort_minutes' and unit_type = 'district' and slice = '' and week = '${week}'`
  const change = (by: number) =>
    warehouse.command(`alter table published update value = value + ${by} where ${where}`, {}, { mutations_sync: '1' })
  await change(1)
  const [minutes] = await again(['effort_minutes'])
  await change(-1)
  expect(minutes).toMatchObject({ same: minutes!.cells - 1, changed: { unexplained: 1 } })
  expect(minutes!.examples).toEqual([
    expect.stringMatching(/^effort_minutes\|district\|.*computed again differ in value$/),
  ])
})

test('a live figure that its file does not give is found', async () => {
  await warehouse.command(
    `insert into indicators select * replace (i.value + 1 as value, {computed:UInt64} as computed) from indicators as i final
     where i.indicator = 'contact_minutes' and i.unit_type = 'school' and i.slice = '' and i.week = {week:Date}`,
    { week, computed: newest() },
  )
  const [contact] = await again(['contact_minutes'])
  expect(contact!.changed).toEqual({ unexplained: district.plan.schools.length })
  expect(contact!.examples[0]).toContain('the live figure is not what its file gives')
  await recomputed()
  expect((await again(['contact_minutes']))[0]!.changed).toEqual({})
})

test('after records that came later, the check says that these did', async () => {
  await warehouse.command(
    `insert into student_week select * replace (s.effort_ms + 600000 as effort_ms, arrayMap(ms -> ms + 600000, s.day_ms) as day_ms,
       now64(3) + interval 1 day as newest, s.computed + 1 as computed) from student_week as s final
     where s.week = {week:Date} and notEmpty(s.learning_days)`,
    { week },
  )
  await recomputed()
  const [minutes] = await again(['effort_minutes'])
  expect(Object.keys(minutes!.changed)).toEqual(['later records'])
  expect(minutes!.same).toBeGreaterThan(0)
})

test('after an erasure, the check says that it was one; also where a later snapshot keeps the figures from before', async () => {
  const [person] = await warehouse.query<{ identifiers: string[] }>(
    `select arrayDistinct(arrayConcat(groupArray(lower(hex(identifier))), [lower(hex(person_id))])) as identifiers from person_of final
     where person_id in (select student_id from student_week final where week = {week:Date} and notEmpty(learning_days))
     group by person_id order by person_id limit 1`,
    { week },
  )
  const identifiers = person!.identifiers.map(erasedHash)
  await warehouse.insert(`${warehouse.identity}.erasures`, [
    { erasure_id: randomUUID(), stored_at: new Date().toISOString(), identifiers, letters: [], done_at: new Date().toISOString(), counts: {}, signature: 'f'.repeat(64), ver: '1' },
  ]) // prettier-ignore
  await eraseRows(warehouse, identifiers)
  const weeks = await warehouse.query<{ week: string }>('select distinct toString(week) as week from student_week')
  await recomputed(weeks.map(one => one.week))
  const of = async (number: string) => (await again(['active_days'], number))[0]!
  expect(Object.keys((await of(snapshot)).changed)).toEqual(['an erasure'])
  const later = await publish(warehouse)
  expect(later!.kept).toBeGreaterThan(0)
  const kept = await of(later!.snapshot)
  expect(Object.keys(kept.changed)).toEqual(['an erasure'])
  expect(OF_WEEK).toContain(kept.indicator)
})
