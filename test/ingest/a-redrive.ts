import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { EventLog } from '../../infra/log/event-log.ts'
import { storedLetters, type StoredLetter } from '../../infra/warehouse/dead-letters.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { loadFiles, type LoadSummary } from '../../ingest/load/load.ts'
import { redrive, type LetterOutcome, type RedriveOptions, type RedriveSummary } from '../../ingest/redrive.ts'
import { isStored, startProcessor, type Processor } from '../../processors/run.ts'
import { until } from '../helpers/until.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

export type Done = RedriveSummary & { outcomes: LetterOutcome[] }

/** Doors, a processor and a folder for files, anew for each test of a file. */
export type Redriving = {
  readonly ingest: Ingest
  readonly warehouse: Warehouse
  readonly folder: string
  /** Start the processor again that `stop` has ended. */
  process: () => Promise<void>
  stop: () => Promise<void>
  stored: () => Promise<void>
  /** Redrive all open letters, and wait until what came of them is stored. */
  redriveAll: (options?: Partial<RedriveOptions>, more?: { log?: EventLog; now?: number }) => Promise<Done>
  count: (from: string) => Promise<number>
  /** What was received, as it is counted: each is one of these. */
  counts: () => Promise<{ stored: number; duplicates: number; dead: number }>
  letters: (state?: 'open' | 'redriven' | 'all') => Promise<StoredLetter[]>
  /** Load a file of the folder. @param now milliseconds since 1970: the clock of the load */
  load: (name: string, now?: number) => Promise<LoadSummary>
}

export function redriving(): Redriving {
  let ingest: Ingest
  let warehouse: Warehouse
  let processor: Processor
  let folder: string
  const failures: unknown[] = []
  beforeEach(async () => {
    warehouse = await freshWarehouse()
    ingest = await startIngest({ warehouse })
    folder = await mkdtemp(join(tmpdir(), 'homeroom-redrive-'))
    await at.process()
  })
  afterEach(async () => {
    await processor.stop()
    await ingest.close()
    await rm(folder, { recursive: true, force: true })
    const [failure] = failures.splice(0)
    if (failure !== undefined) throw failure
  })
  const at: Redriving = {
    get ingest() {
      return ingest
    },
    get warehouse() {
      return warehouse
    },
    get folder() {
      return folder
    },
    async process() {
      const config = { timeZone: 'America/New_York', district: 'district-7' }
      const onError = (error: unknown) => failures.push(error)
      processor = await startProcessor({ log: ingest.log, warehouse, config, onError })
    },
    stop: () => processor.stop(),
    stored: () => until(() => isStored(ingest.log), 'everything is stored', 120_000, 50),
    async redriveAll(options = {}, { log = ingest.log, now = NOW } = {}) {
      await at.stored()
      const outcomes: LetterOutcome[] = []
      const deps = { log, config: ingest.config, secrets: SECRETS, warehouse, clock: () => now }
      const all = { fix: null, mappings: [], homePage: null, check: false, ...options }
      const summary = await redrive(storedLetters(warehouse, {}), deps, all, outcome => outcomes.push(outcome))
      await at.stored()
      return { ...summary, outcomes }
    },
    count: async from => (await warehouse.query<{ n: number }>(`select toFloat64(count()) as n from ${from}`))[0]!.n,
    counts: async () => ({
      stored: await at.count('record_index final'),
      duplicates: (await at.count('duplicates final')) + (await at.count("redriven final where outcome = 'duplicate'")),
      dead: await at.count('dead_letters final where id not in (select letter_id from redriven where is_done)'),
    }),
    async letters(state = 'all') {
      await at.stored()
      const found: StoredLetter[] = []
      for await (const page of storedLetters(warehouse, { state }, 2)) found.push(...page)
      return found
    },
    load: (name, now = NOW) =>
      loadFiles([join(folder, name)], { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => now }),
  }
  return at
}
