import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { planDistrict } from '../../infra/demo/district.ts'
import { NOISE_SD, planGrowth, sittings } from '../../infra/demo/scores.ts'
import { writeScores } from '../../infra/demo/write-scores.ts'
import { Mapping } from '../../ingest/load/mapping.ts'

const plan = planDistrict({ size: 'district', seed: 20261122, timeZone: 'America/New_York' })
const growth = planGrowth(plan)
const all = [...sittings(plan, growth)]
const YEAR_DAYS = 365.25

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const sd = (values: readonly number[]): number => {
  const middle = mean(values)
  return Math.sqrt(mean(values.map(value => (value - middle) ** 2)))
}
const years = (date: string): number => (Date.parse(date) - Date.parse('2023-09-11')) / 86_400_000 / YEAR_DAYS

test('nine of nine windows have 92 of 100 students, each on a weekday of two weeks', () => {
  for (let occasion = 0; occasion < 9; occasion++) {
    const here = all.filter(sitting => sitting.occasion === occasion)
    expect(here.length / plan.students.count).toBeCloseTo(0.92, 1)
    const dates = [...new Set(here.map(sitting => sitting.date))].sort()
    expect(dates).toHaveLength(10)
    expect(dates.map(date => new Date(`${date}T00:00:00Z`).getUTCDay())).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5])
  }
})

test('scores lie around the planted lines with the planted noise, and the lines have the planted spread', () => {
  const noise = all.map(
    ({ student, date, score }) => score - growth.start[student]! - growth.slope[student]! * years(date),
  )
  expect(mean(noise)).toBeCloseTo(0, 0)
  expect(sd(noise) / NOISE_SD).toBeCloseTo(1, 1)
  const { school, prior } = plan.students
  const own = Array.from(growth.slope, (slope, student) => slope - 14 - growth.schoolSlope[school[student]!]!)
  expect(sd(own)).toBeCloseTo(5, 0)
  expect(mean(own.map((slope, student) => (slope / 5) * prior[student]!))).toBeCloseTo(-0.2, 1)
})

test('the files are the same bytes for the same seed, and the mapping file is one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-scores-'))
  try {
    const small = (): typeof plan => planDistrict({ size: 100, seed: 3, timeZone: 'America/New_York' })
    const texts: string[] = []
    for (const name of ['one', 'two']) {
      await writeScores(small(), join(folder, name))
      texts.push(await readFile(join(folder, name, 'scores.csv'), 'utf8'))
    }
    expect(texts[0]).toBe(texts[1])
    const rows = parse(texts[0]!, { columns: true }) as Record<string, string>[]
    const mapping = JSON.parse(await readFile(join(folder, 'one', 'mapping.json'), 'utf8')) as unknown
    const columns = Object.keys(rows[0]!).map(column => `{${column}}`)
    const named = JSON.stringify(Mapping.parse(mapping).scores).match(/\{[a-z]+\}/g)
    expect(new Set(columns)).toEqual(new Set(named))
  } finally {
    await rm(folder, { recursive: true })
  }
})
