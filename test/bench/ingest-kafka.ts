import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalBroker, stopLocalBroker } from '../helpers/kafka-broker.ts'
import { benchIngest, type IngestRow } from './ingest.ts'

const CELLS = [
  [8, 1000],
  [8, 100],
  [8, 1],
] as const

/** Statements accepted durably on a real broker of this machine (JDK 17 and Maven). */
export async function benchIngestOnKafka(seconds: number): Promise<IngestRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-bench-kafka-'))
  const address = await startLocalBroker(folder)
  try {
    return await benchIngest({ log: 'kafka', seconds, brokers: [address], cells: CELLS })
  } finally {
    await stopLocalBroker(folder)
    await rm(folder, { recursive: true, force: true })
  }
}
