import { readdirSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLog } from '../../infra/log/open-log.ts'
import { migrate } from '../../infra/warehouse/migrate.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { isCaughtUp, startProcessor } from '../../processors/run.ts'
import { storeRosters } from '../../processors/store-rosters.ts'
import type { LearningRecord } from '../../schemas/record.ts'
import { aSchool, person, ZONE } from '../helpers/records.ts'
import { appendRecords, recordsOfAYear } from './a-log-of-records.ts'
import { measured } from './measure.ts'
import { exponentOf, STEPS, sizeFor, type UnitCosts } from './sizing-model.ts'

const WEEKS = 12
/** Of a student in these weeks: 10 million a year from 20,000 students in 36 weeks. */
const RECORDS_A_STUDENT = Math.round((10_000_000 / 20_000 / 36) * WEEKS)
const STUDENTS = [500, 2000, 8000]

type Measured = { what: string; students: number; records: number; seconds: number } & UnitCosts & { peak_mb: number }

/**
 * Unit costs at three sizes, the exponents by which they grow (1: in proportion), and what follows for 10 thousand, 1 million and
 * 50 million students at the costs of the largest. CPU and peak memory are of this process and the engine together.
 */
export async function benchSizing(sizes: readonly number[] = STUDENTS): Promise<object[]> {
  const costs: Measured[] = []
  for (const students of sizes) costs.push(await atSize(students))
  const exponents = (['seconds', 'log_bytes', 'warehouse_bytes'] as const).map(cost => {
    const points = costs.map(one => ({
      size: one.records,
      cost: cost === 'seconds' ? one.seconds : one[cost] * one.records,
    }))
    return { what: `exponent of ${cost} by records`, exponent: exponentOf(points) }
  })
  const unit = costs.at(-1)!
  return [
    ...costs,
    ...exponents,
    ...STEPS.map(step => ({ what: `for ${step.toLocaleString('en-US')} students`, ...sizeFor(step, unit) })),
  ]
}

async function atSize(students: number): Promise<Measured> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-sizing-'))
  const config = { data, district: 'bench', timeZone: ZONE, clickhouse: null, kafka: null }
  const warehouse = await openWarehouse(config)
  const log = await openLog(config)
  try {
    await migrate(warehouse)
    await log.createTopics()
    await storeRosters(warehouse, aSchool('S1', { A: Array.from({ length: students }, (_, i) => `student-${i}`) }))
    const records = students * RECORDS_A_STUDENT
    await appendRecords(log, recordsOf(records, students))
    const { seconds, cpu_seconds, peak_mb } = await measured('measured', records, async () => {
      const processor = await startProcessor({ log, warehouse, config, onError: raise })
      while (!(await isCaughtUp(log, warehouse))) await sleep(50)
      await processor.stop()
    })
    return {
      what: 'measured',
      students,
      records,
      seconds,
      peak_mb,
      cpu_us: Math.round((cpu_seconds * 1e6) / records),
      wall_us: Math.round((seconds * 1e6) / records),
      log_bytes: Math.round(bytesIn(join(data, 'log')) / records),
      warehouse_bytes: Math.round((await warehouseBytes(warehouse)) / records),
    }
  } finally {
    await log.close()
    await warehouse.close()
    await rm(data, { recursive: true, force: true })
  }
}

function* recordsOf(count: number, students: number): Generator<LearningRecord> {
  const people = Array.from({ length: students }, (_, i) => person(`student-${i}`))
  let i = 0
  for (const record of recordsOfAYear(count, WEEKS)) {
    yield { ...record, actor: { ...record.actor, id: people[(i * 31) % students]! } }
    i++
  }
}

async function warehouseBytes(warehouse: Warehouse): Promise<number> {
  const [found] = await warehouse.query<{ bytes: number }>(
    'select toFloat64(sum(bytes_on_disk)) as bytes from system.parts where active and database in (currentDatabase(), {identity:String})',
  )
  return found!.bytes
}

const bytesIn = (folder: string): number =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => statSync(join(folder, name)))
    .filter(found => found.isFile())
    .reduce((sum, { blocks }) => sum + blocks * 512, 0)

function raise(error: unknown): void {
  throw error
}
