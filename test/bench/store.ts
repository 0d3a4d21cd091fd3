import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLog } from '../../infra/log/open-log.ts'
import { migrate } from '../../infra/warehouse/migrate.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { eventRows, eventsStream, type PlacedRecord } from '../../processors/event-rows.ts'
import { localTime } from '../../processors/local-time.ts'
import { isCaughtUp, startProcessor } from '../../processors/run.ts'
import { storeRosters } from '../../processors/store-rosters.ts'
import type { LearningRecord } from '../../schemas/record.ts'
import { aSchool, ZONE } from '../helpers/records.ts'
import { appendRecords, recordsOfAYear, STUDENTS } from './a-log-of-records.ts'
import { measured, round, type Row } from './measure.ts'

const BATCH = 20_000

/**
 * Stored rows (a record as one participant sees it) per second while catching up, with indicators, against a plain Arrow insert of the same rows by the same
 * client on the same engine in the same run.
 */
export async function benchStore(records = 300_000, weeks = 12): Promise<Row[]> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-bench-'))
  const config = { data, district: 'bench', timeZone: ZONE, clickhouse: null, kafka: null }
  const warehouse = await openWarehouse(config)
  const log = await openLog(config)
  try {
    await migrate(warehouse)
    await log.createTopics()
    await storeRosters(warehouse, aSchool('S1', { A: Array.from({ length: STUDENTS }, (_, i) => `student-${i}`) }))
    const all = [...recordsOfAYear(records, weeks)]
    const rows = eventRows(placed(all, 0), localTime(ZONE)).length
    const plain = await measured('plain Arrow insert, rows/s', rows, () => plainInsert(warehouse, all))
    await appendRecords(log, all)
    // What the bench itself holds in memory must not slow what it measures.
    all.length = 0
    const full = await measured('stored with indicators while catching up, rows/s', rows, async () => {
      const processor = await startProcessor({ log, warehouse, config, onError: raise })
      while (!(await isCaughtUp(log, warehouse))) await sleep(50)
      await processor.stop()
    })
    full.ratio = round(full.per_second / plain.per_second)
    full.records_per_s = Math.round(records / full.seconds)
    full.ratio_to = plain.what
    return [plain, full]
  } finally {
    await log.close()
    await warehouse.close()
    await rm(data, { recursive: true, force: true })
  }
}

async function plainInsert(warehouse: Warehouse, records: readonly LearningRecord[]): Promise<void> {
  await warehouse.command('create table plain_events as events')
  const local = localTime(ZONE)
  for (let from = 0; from < records.length; from += BATCH) {
    const batch = placed(records.slice(from, from + BATCH), from)
    await warehouse.insertArrow('plain_events', eventsStream(eventRows(batch, local)))
  }
}

function placed(records: readonly LearningRecord[], from: number): PlacedRecord[] {
  return records.map((value, i) => ({ value, position: `0/${from + i}/0` }))
}

function raise(error: unknown): void {
  throw error
}
