import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Timing } from '../../ingest/pull/client.ts'
import { pullFrom, type Pull, type PullDeps, type PullSummary } from '../../ingest/pull/pull.ts'
import { sourceNamed, type Source } from '../../ingest/pull/source.ts'
import { readState, statePath, type PullState } from '../../ingest/pull/state.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

export type Puller = {
  sourcesFile: string
  ingest: Ingest
  deps: PullDeps
  /** Pauses that were asked for, milliseconds; none is waited for, the clock goes on by them. */
  pauses: number[]
  /** A pull by a process that remembers nothing. */
  pull: (options?: { since?: string; deps?: Partial<PullDeps> }) => Promise<PullSummary>
  /** A process that goes on pulling, and remembers what it appended. */
  process: () => Promise<Pull>
  state: () => Promise<PullState | null>
  /** What the sources file says of the source; written anew. */
  describe: (source: Record<string, unknown>) => Promise<void>
  close: () => Promise<void>
}

/** One for all tests of a file: no processor stores anything in it. */
let shared: Promise<Warehouse> | undefined

/** What pulls the source `lrs` into a real embedded log, on a clock and dice of its own. */
export async function aPuller(source: Record<string, unknown>): Promise<Puller> {
  const warehouse = await (shared ??= freshWarehouse())
  const ingest = await startIngest({ warehouse })
  const pauses: number[] = []
  let now = NOW
  const timing: Timing = {
    now: () => now,
    random: () => 0.5,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      pauses.push(ms)
      now += ms
    },
  }
  const { log, config, resources } = ingest
  const deps: PullDeps = { log, config, resources, warehouse, secrets: SECRETS, clock: () => NOW, timing }
  const file = join(config.data, 'sources.json')
  const describe = async (described: Record<string, unknown>): Promise<void> => {
    await writeFile(file, JSON.stringify({ lrs: described }))
    await chmod(file, 0o600)
  }
  await describe(source)
  const described = async (): Promise<Source> => {
    const found = await sourceNamed('lrs', file)
    if (found.kind !== 'xapi') throw new Error('not an xAPI source')
    return found
  }
  return {
    sourcesFile: file,
    ingest,
    deps,
    pauses,
    describe,
    pull: async ({ since, deps: more } = {}) => pullFrom(await described(), { ...deps, ...more })(since),
    process: async () => pullFrom(await described(), deps),
    state: () => readState(statePath(config.data, 'lrs')),
    close: () => ingest.close(),
  }
}
