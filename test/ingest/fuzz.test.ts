import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { startProcessor, type Processor } from '../../processors/run.ts'
import { fuzz } from '../bench/fuzz.ts'
import { LARGE } from '../bench/fuzz/large.ts'
import { ZONE } from '../helpers/records.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { startIngest, XAPI_HEADERS, type Ingest } from './start-ingest.ts'

const CASES = 2000
const SEED = 20260302
const LIMITS = { headers_ms: 600, request_ms: 1500, look_ms: 100 }
/** Of the large bodies those that once took a minute, or a thread with them. */
const COSTLY = new Set([
  'a group of 250,000',
  'an agent of 8 MB',
  'a large statement, and its id 9,000 times more',
  'a language tag of 8 MB',
  'numbers for statements',
  'a signature that 20,000 attachments name',
  'an event with 700,000 extensions',
  'numbers for rows',
])
const CUT_OFF_MS = 3000
// Other tests run beside this one.
const HANG_MS = 15_000

let warehouse: Warehouse
let ingest: Ingest
let processor: Processor
const errors: unknown[] = []

beforeAll(async () => {
  warehouse = await freshWarehouse()
  ingest = await startIngest({ warehouse, clock: Date.now, limits: LIMITS, threads: 1 })
  await ingest.app.listen({ host: '127.0.0.1', port: 0 })
  const config = { ...ingest.config, timeZone: ZONE }
  processor = await startProcessor({ log: ingest.log, warehouse, config, onError: error => errors.push(error) })
})
afterAll(async () => {
  await processor?.stop()
  await ingest?.close()
})

test('bad input is a 4xx with a useful message, and never a 5xx, a crash, a hang or a lost neighbour', async () => {
  const result = await fuzz(
    {
      port: (ingest.app.server.address() as AddressInfo).port,
      authorization: XAPI_HEADERS.authorization,
      reader: 'Bearer reader',
      recordIds: async () => (await ingest.records()).map(({ id }) => id),
      troubles: async () => [
        ...errors.map(String),
        ...(processor.stats().unreadable > 0 ? [`${processor.stats().unreadable} entries are unreadable`] : []),
      ],
      hang_ms: HANG_MS,
      cutOff_ms: CUT_OFF_MS,
    },
    { cases: CASES, seed: SEED, large: LARGE.filter(({ name }) => COSTLY.has(name)) },
  )
  expect(result.failures).toEqual([])
  expect(result.cases).toBeGreaterThanOrEqual(CASES)
  expect(result.stored.statements).toBeGreaterThan(CASES / 20)
}, 120_000)
