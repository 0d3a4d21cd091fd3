import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { loadFiles, type LoadSummary } from '../../ingest/load/load.ts'
import { storePlans } from '../../processors/store-plans.ts'
import { PlanEntry } from '../../schemas/plan.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

const HOUR_MS = 3_600_000

/** Doors and a folder for files, anew for each test of a file. */
export type PlanLoads = {
  readonly ingest: Ingest
  readonly folder: string
  /** Every load is an hour after the one before. */
  loadFrom: (path: string) => Promise<LoadSummary>
  /** Write these files into the folder, beside those that are there, and load it. */
  load: (files: Record<string, string | object>) => Promise<LoadSummary>
  /** Everything that was appended to `plans`. */
  entries: () => Promise<PlanEntry[]>
  /** What the warehouse has of it. */
  stored: () => Promise<Warehouse>
  empty: () => Promise<Warehouse>
}

export function planLoads(): PlanLoads {
  const empty = emptiedWarehouse()
  let ingest: Ingest
  let folder: string
  let clock: number
  beforeEach(async () => {
    ingest = await startIngest()
    folder = await mkdtemp(join(tmpdir(), 'homeroom-plans-'))
    clock = NOW
  })
  afterEach(async () => {
    await ingest.close()
    await rm(folder, { recursive: true, force: true })
  })
  const at: PlanLoads = {
    get ingest() {
      return ingest
    },
    get folder() {
      return folder
    },
    loadFrom: path => {
      clock += HOUR_MS
      return loadFiles([path], { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => clock })
    },
    load: async files => {
      for (const [name, content] of Object.entries(files))
        await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
      return at.loadFrom(folder)
    },
    entries: async () => entriesIn(await ingest.text('plans')),
    stored: async () => {
      const warehouse = await empty()
      const entries = await at.entries()
      await storePlans(
        warehouse,
        entries.map((value, i) => ({ value, position: `0/${i}/0` })),
      )
      return warehouse
    },
    empty,
  }
  return at
}

/** @param text of all values of the topic, one a line */
export const entriesIn = (text: string): PlanEntry[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map(line => PlanEntry.parse(JSON.parse(line)))

/** Columns of `PLAN_HEADER` and of goals: who, set, end, level, goal. */
export const PLAN_MAPPING = {
  source: 'plans',
  plans: [
    {
      files: ['plans.csv'],
      student: { id: '{who}' },
      subject: '{subject}',
      units: '{units}',
      mix: { individual: '{own}', peer: '{peer}' },
      from: '{from}',
      to: '{to}',
      status: '{status}',
    },
  ],
  goals: [
    {
      files: ['goals.csv'],
      student: { id: '{who}' },
      date: '{set}',
      closed: '{end}',
      level: '{level}',
      text: '{goal}',
    },
  ],
}
export const PLAN_HEADER = 'who,subject,units,own,peer,from,to,status\n'
