import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAccount } from '../infra/accounts.ts'
import { openRuntime, prepare, type Runtime } from '../infra/commands/runtime.ts'
import { createServer } from '../infra/commands/server.ts'
import {
  planDistrict,
  sendDistrict,
  SOURCES,
  writeRoster,
  writeTruth,
  type Credentials,
  type Sent,
  type Source,
} from '../infra/demo/index.ts'
import type { Entry } from '../infra/log/event-log.ts'
import { readSecrets } from '../infra/secrets.ts'
import { loadFiles } from '../ingest/load/load.ts'
import { deadLetterKey, decrypt } from '../infra/seal.ts'
import { forgetDerived } from '../processors/replay.ts'
import { isCaughtUp, startProcessor, type Processor } from '../processors/run.ts'
import { DeadLetter } from '../schemas/dead-letter.ts'
import { differences, entriesOf, figuresFrom, figuresOf, type Entries, type Figures } from './helpers/figures.ts'
import { freePort } from './helpers/kafka-broker.ts'
import { until } from './helpers/until.ts'

const MINUTE_MS = 60_000
const SEED = 20261122
const WEEKS = { from: 0, to: 4 }

const plan = planDistrict({ size: 240, seed: SEED, timeZone: 'America/New_York' })
let folder: string
let runtime: Runtime
let app: FastifyInstance
let processor: Processor
const failures: unknown[] = []

let sent: Sent
/** What the pages would have shown after the first run. */
let first: Figures
/** All that the log holds of it. */
let log: Required<Pick<Entries, 'records' | 'rosters' | 'dead-letters'>>

/** The first run: roster, then four weeks through the HTTP doors with everything planted in them, processed while they come. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-replay-'))
  const accounts = [{ homePage: 'https://lms.example.org', field: 'username' as const }]
  const place = { data: folder, secretsFile: join(folder, 'secrets.json'), port: await freePort() }
  runtime = await openRuntime({ ...place, accounts, district: 'replayed', logLevel: 'error', kafka: null })
  await prepare(runtime)
  const credentials = await sources()
  app = await createServer(runtime, { ingest: true, dashboards: false })
  const url = await app.listen({ host: '127.0.0.1', port: place.port })
  processor = await startProcessor({ ...runtime, onError: error => failures.push(error) })

  await writeRoster(plan, join(folder, 'roster'))
  await loadFiles([join(folder, 'roster')], { ...runtime, source: 'sis' })
  sent = await sendDistrict({ plan, url, credentials, weeks: WEEKS, batch: 100 })
  await caughtUp()
  first = await figuresOf(runtime.warehouse)
  log = {
    records: await entriesOf(runtime.log, 'records'),
    rosters: await entriesOf(runtime.log, 'rosters'),
    'dead-letters': await entriesOf(runtime.log, 'dead-letters'),
  }
}, 6 * MINUTE_MS)

afterAll(async () => {
  await app.close()
  await processor.stop()
  await runtime.close()
  await rm(folder, { recursive: true, force: true })
})

test('stored are all that was sent, less the planted duplicates and the planted malformed ones', async () => {
  const doors = Object.values(sent.doors)
  const sum = (of: (door: (typeof doors)[number]) => number) => doors.reduce((total, door) => total + of(door), 0)
  const [duplicates, malformed] = [sum(door => door.duplicates), sum(door => door.malformed)]
  const counts = {
    stored: await count('record_index final'),
    events: await count('(select distinct record_id from events final where is_actor)'),
    duplicates: await count('duplicates final'),
    dead: await count('dead_letters final'),
    voided: await count("voided final where reason = 'voided'"),
    conflicts: await count("voided final where reason = 'conflict'"),
  }
  console.log('sent:', { records: sent.records, duplicates, malformed }, 'stored:', counts, 'figures:', sizes(first))
  expect(sent).toMatchObject({ surprises: 0, examples: [] })
  expect(
    Math.min(
      duplicates,
      malformed,
      sum(door => door.late),
      sum(door => door.voiding),
    ),
  ).toBeGreaterThan(0)
  expect(counts).toEqual({
    stored: sent.records - duplicates - malformed,
    events: sent.records - duplicates - malformed,
    duplicates,
    dead: malformed,
    voided: sum(door => door.voiding),
    conflicts: 0,
  })
  expect(failures).toEqual([])
})

test('every planted malformed record is a dead letter that names its field', async () => {
  const key = deadLetterKey(readSecrets(runtime.config).deadLetterSecret, new Date().toISOString().slice(0, 7))
  const letters = log['dead-letters'].map(({ value }) => DeadLetter.parse(JSON.parse(value!)))
  const found = letters.map(letter => {
    const { id } = JSON.parse(decrypt(key, letter.original.split('.')[1]!)) as { id?: unknown }
    return { source: letter.source, id: shortId(id), field: fieldIn(letter) }
  })
  const byText = (list: object[]) => list.map(item => JSON.stringify(item)).sort()
  expect(byText(found)).toEqual(byText(await plantedMalformed()))
  const stored = await runtime.warehouse.query<{ id: string }>('select toString(id) as id from dead_letters final')
  expect(stored.map(({ id }) => id).sort()).toEqual(letters.map(({ id }) => id).sort())
})

test(
  'a replay from an empty warehouse gives the same figures, bit by bit',
  async () => {
    await processor.stop()
    await forgetDerived(runtime.warehouse, runtime.log)
    expect(sizes(await figuresOf(runtime.warehouse))).toEqual({ indicators: 0, studentWeeks: 0, records: 0 })
    processor = await startProcessor({ ...runtime, onError: error => failures.push(error) })
    await caughtUp()
    expect(differences(first, await figuresOf(runtime.warehouse))).toEqual([])
    expect(failures).toEqual([])
  },
  5 * MINUTE_MS,
)

test(
  'every entry of the log twice gives the same figures, bit by bit',
  async () => {
    const twice = Object.fromEntries(Object.entries(log).map(([topic, entries]) => [topic, [...entries, ...entries]]))
    expect(differences(first, await figuresFrom(runtime.config, twice))).toEqual([])
  },
  5 * MINUTE_MS,
)

test(
  'the log shuffled, and the roster only after all the records, gives the same figures, bit by bit',
  async () => {
    const records = shuffled(log.records)
    const half = Math.floor(records.length / 2)
    const deliveries = [
      { records: records.slice(0, half) },
      { records: records.slice(half) },
      { rosters: shuffled(log.rosters) },
    ]
    expect(differences(first, await figuresFrom(runtime.config, ...deliveries))).toEqual([])
  },
  5 * MINUTE_MS,
)

test(
  'one record less gives other figures: the comparison can fail',
  async () => {
    const answered = log.records.findIndex(({ value }) => value!.includes('"kind":"completed"'))
    const { rosters, records } = log
    const less = { rosters, records: records.filter(entry => !entry.value!.includes(idIn(records[answered]!))) }
    const found = differences(first, await figuresFrom(runtime.config, less))
    expect(found.filter(line => line.startsWith('records'))).toHaveLength(1)
    expect(found.some(line => line.startsWith('studentWeeks'))).toBe(true)
  },
  5 * MINUTE_MS,
)

function caughtUp(): Promise<void> {
  return until(
    () => isCaughtUp(runtime.log, runtime.warehouse),
    'everything is stored and computed',
    4 * MINUTE_MS,
    100,
  )
}

async function sources(): Promise<Credentials> {
  const made: Partial<Credentials> = {}
  for (const source of Object.keys(SOURCES) as Source[]) {
    const account = { id: source, kind: 'source' as const, role: SOURCES[source].door }
    made[source] = { user: source, password: (await createAccount(runtime.warehouse, account)).secret }
  }
  await runtime.accounts.refresh()
  return made as Credentials
}

async function count(from: string): Promise<number> {
  return (await runtime.warehouse.query<{ n: number }>(`select toFloat64(count()) as n from ${from}`))[0]!.n
}

const sizes = (figures: Figures) =>
  Object.fromEntries(Object.entries(figures).map(([table, rows]) => [table, rows.length]))

/** Of the weeks that were sent: source, id as far as a fault leaves it, and the field that is wrong. */
async function plantedMalformed(): Promise<object[]> {
  await writeTruth(plan, join(folder, 'truth'))
  const [, ...rows] = (await readFile(join(folder, 'truth', 'malformed.csv'), 'utf8')).trim().split('\n')
  const weeks = new Set(Array.from({ length: WEEKS.to }, (_, week) => plan.year.dates[week * 7]))
  return rows
    .map(row => row.split(','))
    .filter(([, , , week]) => weeks.has(week))
    .map(([id, source, , , , field]) => ({ source, id: shortId(id), field }))
}

/** Eight digits, which the fault "id that is no UUID" leaves; '' for messages, which come without an id. */
function shortId(id: unknown): string {
  return typeof id === 'string' ? (/[0-9a-f]{8}/.exec(id)?.[0] ?? '') : ''
}

/** `result.score.scaled` of a reason that begins `RECORD_INVALID: statements[7].result.score.scaled is …`. */
function fieldIn({ place, reason }: DeadLetter): string {
  const said = reason.slice(reason.indexOf(place) + place.length)
  return /^\.([\w.]+)/.exec(said)?.[1] ?? said
}

function idIn({ value }: Entry): string {
  return (JSON.parse(value!) as { id: string }).id
}

/** The same order for the same seed (a linear congruential generator; its low bits are not used). */
function shuffled<T>(items: readonly T[]): T[] {
  let state = SEED
  return items
    .map(item => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return { item, at: state }
    })
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
