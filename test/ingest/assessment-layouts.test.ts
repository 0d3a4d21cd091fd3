import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadFiles } from '../../ingest/load/load.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { storeScores } from '../../processors/store-scores.ts'
import { Score } from '../../schemas/score.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

const emptied = emptiedWarehouse()

const FOLDER = fileURLToPath(new URL('../../infra/examples/assessments/', import.meta.url))
const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')

let ingest: Ingest
beforeEach(async () => {
  ingest = await startIngest()
})
afterEach(() => ingest.close())

async function scoresOf(name: string): Promise<{ scores: Score[]; read: number; nobody: number }> {
  const deps = { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => NOW }
  const summary = await loadFiles([`${FOLDER}${name}`], deps)
  expect(summary).toMatchObject({ dead: 0, refused: [], unused: [] })
  expect(summary.read).toBe(summary.stored + summary.nobody)
  const lines = (await ingest.text('scores')).split('\n').map(line => JSON.parse(line) as { type: string })
  return {
    scores: lines.filter(({ type }) => type === 'score').map(value => Score.parse(value)),
    read: summary.read,
    nobody: summary.nobody,
  }
}

/** test · subject · window · grade · date · score, and what else a layout says. */
const shown = ({ test: name, subject, window, grade, date, score, counts, csem, percentile, level }: Score): string =>
  [name, subject, window, grade, date, score, counts ? 'counts' : 'counts not', csem, percentile, level]
    .filter(part => part !== undefined)
    .join(' · ')

const EXPECTED: Record<string, string[]> = {
  'map-growth': [
    'map-growth · mathematics · Fall 2025-2026 · 05 · 2025-09-11 · 188 · counts not · 3.9 · 11 · Low',
    'map-growth · mathematics · Fall 2025-2026 · 05 · 2025-09-16 · 212 · counts · 3.1 · 57 · Avg',
    'map-growth · reading · Fall 2025-2026 · KG · 2025-09-17 · 151 · counts · 3.3 · 72 · HiAvg',
  ],
  star: [
    'star · early literacy · 2025-2026 winter · KG · 2026-01-14 · 742 · counts · 61 · At/Above Benchmark',
    'star · mathematics · 2025-2026 fall · 04 · 2025-09-09 · 988 · counts · 47 · At/Above Benchmark',
    'star · reading · 2025-2026 fall · 05 · 2025-09-08 · 1012 · counts · 54 · At/Above Benchmark',
    'star · reading · 2025-2026 fall · 05 · 2025-10-20 · 1020 · counts not · 58',
  ],
  'i-ready': [
    'i-ready · mathematics · 2025-2026 fall · 03 · 2025-09-09 · 412 · counts · 31 · 1 Grade Level Below',
    'i-ready · mathematics · 2025-2026 winter · 03 · 2026-01-14 · 344 · counts not · 3 · 3 or More Grade Levels Below',
    'i-ready · mathematics · 2025-2026 winter · 03 · 2026-01-14 · 431 · counts · 38 · Early On Grade Level',
    'i-ready · reading · 2025-2026 winter · 03 · 2026-01-13 · 524 · counts · 49 · Early On Grade Level',
  ],
  'dibels-8': [
    'dibels-8-composite · reading · 2025-2026 BOY · 03 · 2025-09-11 · 362 · counts · 55 · At Benchmark',
    'dibels-8-composite · reading · 2025-2026 BOY · KG · 2025-09-10 · 305 · counts · 38 · Below Benchmark',
    'dibels-8-oral-reading · reading · 2025-2026 BOY · 03 · 2025-09-11 · 88 · counts · 57 · At Benchmark',
  ],
  acadience: [
    'acadience-composite · reading · 2025-2026 Beginning · 03 · 2025-09-12 · 310 · counts · At or Above Benchmark',
    'acadience-oral-reading · reading · 2025-2026 Beginning · 03 · 2025-09-10 · 51 · counts · 14 · Well Below Benchmark',
    'acadience-oral-reading · reading · 2025-2026 Beginning · 03 · 2025-09-10 · 92 · counts · 61 · At or Above Benchmark',
  ],
  'smarter-balanced': [
    'cast · science · 2024-2025 · 05 · 2025-05-13 · 199 · counts not · 1',
    'smarter-balanced · english · 2024-2025 · 05 · 2025-05-06 · 2512 · counts · 24 · 3',
    'smarter-balanced · mathematics · 2024-2025 · 05 · 2025-05-09 · 2498 · counts · 26 · 2',
  ],
  sat: [
    'psat-10 · mathematics · 2024-2025 · 10 · 2025-03-06 · 440 · counts',
    'psat-10 · reading and writing · 2024-2025 · 10 · 2025-03-06 · 470 · counts',
    'psat-8-9 · mathematics · 2025-2026 · 09 · 2025-10-10 · 420 · counts',
    'psat-8-9 · reading and writing · 2025-2026 · 09 · 2025-10-10 · 400 · counts',
    'psat-nmsqt · mathematics · 2024-2025 · 11 · 2024-10-16 · 510 · counts',
    'psat-nmsqt · reading and writing · 2024-2025 · 11 · 2024-10-16 · 530 · counts',
    'sat · mathematics · 2024-2025 · 11 · 2025-03-05 · 550 · counts',
    'sat · reading and writing · 2024-2025 · 11 · 2025-03-05 · 560 · counts',
  ],
}

test('every folder of mappings is tested', async () => {
  const folders = (await readdir(FOLDER, { withFileTypes: true })).filter(entry => entry.isDirectory())
  expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(EXPECTED).sort())
})

test.each(Object.keys(EXPECTED))('the layout %s gives its scores, and the warehouse takes them', async name => {
  const { scores } = await scoresOf(name)
  expect(scores.map(shown).sort()).toEqual(EXPECTED[name]!.toSorted())
  const warehouse = await emptied()
  await storeScores(
    warehouse,
    scores.map((value, i) => ({ value, position: `0/${i}/0` })),
  )
  const [row] = await warehouse.query<{ n: number }>('select toFloat64(count()) as n from current_scores')
  expect(row!.n).toBe(EXPECTED[name]!.length)
})

test('a deactivated Star test is taken back; a row without a score is counted as such', async () => {
  const star = await scoresOf('star')
  expect(star).toMatchObject({ read: 5, nobody: 0 })
  expect(await ingest.text('scores')).toContain('"type":"withdrawal"')
  expect(await scoresOf('smarter-balanced')).toMatchObject({ read: 4, nobody: 1 })
})

test('students are the roster’s by their number, and no name of them reaches the log', async () => {
  const { scores } = await scoresOf('map-growth')
  expect(scores.map(({ student }) => student)).toContain(pseudonymise('identifier', '9001'))
  for (const name of Object.keys(EXPECTED)) await scoresOf(name)
  const log = await ingest.text('scores')
  for (const word of ['Example', 'Ada', 'Ben', 'Cleo', 'Teacher', '9001', '700001', '9000000001'])
    expect(log).not.toMatch(new RegExp(`\\b${word}\\b`))
})
