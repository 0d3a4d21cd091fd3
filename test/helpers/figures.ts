import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { type Config } from '../../infra/config.ts'
import { lagOf, type Entry, type EventLog } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import type { Topic } from '../../infra/log/topics.ts'
import { migrate } from '../../infra/warehouse/migrate.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { isCaughtUp, startProcessor } from '../../processors/run.ts'
import { until } from './until.ts'

const MINUTE_MS = 60_000

/** Every row of the live tables, as text: `computed` says only when it was computed. */
export type Figures = { indicators: string[]; studentWeeks: string[]; records: string[] }

/** All that the pages and exports follow from, to be compared bit by bit: doubles are printed so that no two print alike. */
export async function figuresOf(warehouse: Warehouse): Promise<Figures> {
  const rows = async (sql: string): Promise<string[]> =>
    (await warehouse.query<object>(sql)).map(row => JSON.stringify(row))
  return {
    indicators: await rows('select * except (computed) from indicators final order by all'),
    studentWeeks: await rows(
      'select * except (computed, student_id), hex(student_id) as student from student_week final order by week, student',
    ),
    records: await rows(
      'select * except (person_id, position), hex(person_id) as person from record_index final order by record_id',
    ),
  }
}

/** The first rows that only one side has, and how many there are; empty: the figures are the same. */
export function differences(left: Figures, right: Figures): string[] {
  return (Object.keys(left) as (keyof Figures)[]).flatMap(table => [
    ...onlyIn(left[table], right[table], `${table}, only left`),
    ...onlyIn(right[table], left[table], `${table}, only right`),
  ])
}

function onlyIn(rows: readonly string[], others: readonly string[], where: string): string[] {
  const known = new Set(others)
  const only = rows.filter(row => !known.has(row))
  return only.slice(0, 3).map(row => `${where} (${only.length}): ${row}`)
}

export type Entries = Partial<Record<Topic, Entry[]>>

let readers = 0

/** Everything that a topic holds, in the order of its partitions. */
export async function entriesOf(log: EventLog, topic: Topic): Promise<Entry[]> {
  const group = `reader-${process.pid}-${++readers}`
  const entries: Entry[] = []
  const consumption = await log.consume({ topic, group, handle: async batch => void entries.push(...batch) })
  await until(async () => lagOf(await log.positions(topic, group)) === 0, `all of ${topic} is read`, MINUTE_MS, 100)
  await consumption.stop()
  return entries.map(({ key, value }) => ({ key, value }))
}

/**
 * The figures that follow from these entries when they are processed from nothing, in a log and a database of their own.
 *
 * @param config whose engine, time zone and name of the district are used
 * @param deliveries appended one after the other; each is processed before the next
 */
export async function figuresFrom(config: Config, ...deliveries: Entries[]): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-again-'))
  const place = { district: `t_${randomBytes(6).toString('hex')}`, kafka: null, clickhouse: config.clickhouse }
  const log = await openLog({ ...place, data: folder })
  const warehouse = await openWarehouse({ ...place, data: config.data })
  try {
    await log.createTopics()
    await migrate(warehouse)
    const failures: unknown[] = []
    const processor = await startProcessor({ log, warehouse, config, onError: error => failures.push(error) })
    for (const entries of deliveries) {
      for (const topic of Object.keys(entries) as Topic[]) await log.append(topic, entries[topic]!)
      await until(() => isCaughtUp(log, warehouse), 'all entries are processed', 4 * MINUTE_MS, 100)
    }
    await processor.stop()
    if (failures.length > 0) throw new AggregateError(failures, `processing failed ${failures.length} times`)
    return await figuresOf(warehouse)
  } finally {
    await log.close()
    for (const database of [warehouse.identity, warehouse.database]) {
      await warehouse.command('DROP DATABASE IF EXISTS {database:Identifier} SYNC', { database })
    }
    await warehouse.close()
    await rm(folder, { recursive: true, force: true })
  }
}
