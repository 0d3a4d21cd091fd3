import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLog } from '../../infra/log/open-log.ts'
import { migrate } from '../../infra/warehouse/migrate.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { startProcessor } from '../../processors/run.ts'
import { storeRosters } from '../../processors/store-rosters.ts'
import { aSchool, ZONE } from '../helpers/records.ts'
import { appendRecords, aStoredRecord, STUDENTS } from './a-log-of-records.ts'
import { measured, quantile, round, type Row } from './measure.ts'

const RATES = [500, 5000]
/** Records are appended this often, all of one student and moment. */
const TICK_MS = 100
const LOOK_EVERY_MS = 50

/**
 * Freshness: from the acceptance of a record (its storedAt) until the live aggregates include it (`as_of` has reached it),
 * at a steady rate of records all of the current week, embedded engine and log.
 */
export async function benchFreshness(seconds: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const rate of RATES) rows.push(await atRate(rate, seconds))
  return rows
}

async function atRate(rate: number, seconds: number): Promise<Row> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-bench-'))
  const config = { data, district: 'bench', timeZone: ZONE, clickhouse: null, kafka: null }
  const warehouse = await openWarehouse(config)
  const log = await openLog(config)
  try {
    await migrate(warehouse)
    await log.createTopics()
    await storeRosters(warehouse, aSchool('S1', { A: Array.from({ length: STUDENTS }, (_, i) => `student-${i}`) }))
    const processor = await startProcessor({
      log,
      warehouse,
      config,
      onError: error => process.emitWarning(String(error)),
    })
    const watch = new Watch(warehouse)
    let sent = 0
    const row = await measured(`freshness at ${rate} records/s`, rate * seconds, async () => {
      const watching = watch.run()
      const began = Date.now()
      while (Date.now() - began < seconds * 1000) {
        const now = Date.now()
        const due = Math.floor(((now - began + TICK_MS) / 1000) * rate) - sent
        const at = new Date(now).toISOString()
        const from = sent
        await appendRecords(
          log,
          Array.from({ length: due }, (_, i) => aStoredRecord(from + i, at, at)),
        )
        sent += due
        watch.expect(now)
        await sleep(Math.max(0, TICK_MS - (Date.now() - now)))
      }
      await watching
    })
    await processor.stop()
    const delays = watch.delays.slice(Math.floor(watch.delays.length / 10))
    return { ...row, p50_s: round(quantile(delays, 0.5) / 1000), p95_s: round(quantile(delays, 0.95) / 1000) }
  } finally {
    await log.close()
    await warehouse.close()
    await rm(data, { recursive: true, force: true })
  }
}

/** Looks at the live aggregates as a page does, and notes when each moment has become visible. */
class Watch {
  readonly delays: number[] = []
  readonly #warehouse: Warehouse
  #waiting: number[] = []
  #ended = 0

  constructor(warehouse: Warehouse) {
    this.#warehouse = warehouse
  }

  expect(ms: number): void {
    this.#waiting.push(ms)
    this.#ended = Date.now()
  }

  /** Until nothing was expected for a while and everything is visible. */
  async run(): Promise<void> {
    while (this.#waiting.length > 0 || this.#ended === 0 || Date.now() - this.#ended < 1000) {
      const [row] = await this.#warehouse.query<{ ms: number }>(
        `select toFloat64(toUnixTimestamp64Milli(max(as_of))) as ms from indicators final where unit_type = 'school'`,
      )
      const seen = Date.now()
      while (this.#waiting.length > 0 && this.#waiting[0]! <= (row?.ms ?? 0))
        this.delays.push(seen - this.#waiting.shift()!)
      await sleep(LOOK_EVERY_MS)
    }
  }
}
