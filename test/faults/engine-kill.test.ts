import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { arrowStream, numberColumn } from '../../infra/warehouse/arrow-batch.ts'
import { readLock } from '../../infra/warehouse/engine/lock-file.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { until } from '../helpers/until.ts'

const KILLS = 4
const WRITERS = 4
const ROWS = 5000

let data: string
let warehouse: Warehouse
const deaths: string[] = []

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'homeroom-kill-'))
  warehouse = await openWarehouse(
    { data, district: 'homeroom', clickhouse: null },
    { onEngineDeath: reason => deaths.push(reason) },
  )
  await warehouse.command('CREATE TABLE numbers (n UInt64, batch UInt32) ENGINE = ReplacingMergeTree ORDER BY n')
})

afterAll(async () => {
  await warehouse.close()
  await rm(data, { recursive: true, force: true })
})

/** Rows batch × ROWS … of the table; every number once. */
function batchOf(batch: number): Uint8Array {
  const n = BigUint64Array.from({ length: ROWS }, (_, i) => BigInt(batch * ROWS + i))
  return arrowStream(ROWS, [
    numberColumn('n', 'UInt64', n),
    numberColumn('batch', 'UInt32', new Uint32Array(ROWS).fill(batch)),
  ])
}

async function killEngine(): Promise<void> {
  const { pid } = (await readLock(data))!
  process.kill(pid, 'SIGKILL')
  const before = deaths.length
  await until(() => deaths.length > before, 'the death is noticed')
}

test(`${KILLS} times kill -9 while ${WRITERS} writers insert: nothing acknowledged is lost, nothing is counted twice`, async () => {
  const acknowledged: number[] = []
  let next = 0
  let stopped = false
  const writers = Array.from({ length: WRITERS }, async () => {
    while (!stopped) {
      const batch = next++
      await warehouse.insertArrow('numbers', batchOf(batch))
      acknowledged.push(batch)
    }
  })
  const writing = Promise.all(writers)
  for (let kill = 0; kill < KILLS; kill++) {
    const before = acknowledged.length
    await Promise.race([until(() => acknowledged.length >= before + 3 * WRITERS, 'inserts are acknowledged'), writing])
    await killEngine()
  }
  const last = acknowledged.length
  await Promise.race([until(() => acknowledged.length >= last + WRITERS, 'inserts go on after the last kill'), writing])
  stopped = true
  await writing

  expect(deaths).toHaveLength(KILLS)
  expect(deaths[0]).toContain('SIGKILL')
  expect(acknowledged.toSorted((a, b) => a - b)).toEqual(Array.from({ length: next }, (_, batch) => batch))
  const count =
    'SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(n)) AS numbers, toUInt32(max(n)) AS highest FROM numbers FINAL'
  const all = next * ROWS
  expect(await warehouse.query(count)).toEqual([{ rows: all, numbers: all, highest: all - 1 }])
  console.info(`${acknowledged.length} batches acknowledged over ${KILLS} kills, ${all} rows expected and found`)
})

test('without retries, too, every batch that was acknowledged is whole', async () => {
  await warehouse.command('CREATE TABLE once (n UInt64, batch UInt32) ENGINE = MergeTree ORDER BY n')
  const acknowledged: number[] = []
  const rows = 10 * ROWS
  const csv = (batch: number) => Array.from({ length: rows }, (_, i) => `${batch * rows + i},${batch}\n`).join('')
  const { client } = warehouse
  const writer = async (): Promise<never> => {
    for (let batch = 0; ; batch++) {
      await client.command({ query: `INSERT INTO once FORMAT CSV\n${csv(batch)}` })
      acknowledged.push(batch)
    }
  }
  const failed = writer().catch((error: unknown) => error)
  await until(() => acknowledged.length === 5, 'five batches are acknowledged')
  await killEngine()
  expect(await failed).toBeInstanceOf(Error)
  const stored = await warehouse.query<{ batch: number; rows: number }>(
    'SELECT batch, toUInt32(count()) AS rows FROM once GROUP BY batch ORDER BY batch',
  )
  expect(stored.every(each => each.rows === rows)).toBe(true)
  expect(stored.map(({ batch }) => batch)).toEqual(expect.arrayContaining(acknowledged))
})

test('a statement under way when the engine dies: a query is asked again, a command fails and says so', async () => {
  const running =
    "SELECT toUInt32(count()) AS n FROM system.processes WHERE query LIKE '%sleep%' AND query NOT LIKE '%system.processes%'"
  const query = warehouse.query(
    'SELECT toUInt32(sum(sleepEachRow(0.5)) + 1) AS one FROM numbers(4) SETTINGS max_block_size = 1',
  )
  const command = warehouse
    .command('INSERT INTO numbers SELECT sleepEachRow(0.5), 0 FROM numbers(4) SETTINGS max_block_size = 1')
    .then(
      () => null,
      (error: unknown) => error,
    )
  await until(async () => (await warehouse.query<{ n: number }>(running))[0]!.n === 2, 'both are running')
  await killEngine()
  expect(await query).toEqual([{ one: 1 }])
  expect(await command).toMatchObject({
    code: 'WAREHOUSE_UNAVAILABLE',
    message: expect.stringContaining('may or may not have been done'),
  })
})

test('an engine that dies again and again is given up, and started anew by the next statement', async () => {
  while (deaths.length < 7) {
    await until(async () => (await readLock(data)) !== null, 'an engine is there')
    const { pid } = (await readLock(data))!
    const before = deaths.length
    process.kill(pid, 'SIGKILL')
    await until(() => deaths.length > before, 'the death is noticed')
    expect(await warehouse.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  }
  expect(await warehouse.query('SELECT toUInt32(count()) > 0 AS kept FROM numbers')).toEqual([{ kept: 1 }])
})
