import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readLock } from '../../infra/warehouse/engine/lock-file.ts'
import type { Order } from '../../infra/warehouse/engine/main.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { until } from '../helpers/until.ts'

let data: string
let children: ChildProcess[]
let opened: Warehouse[]

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'homeroom-engine-'))
  children = []
  opened = []
})

afterEach(async () => {
  for (const warehouse of opened) await warehouse.close()
  for (const child of children.filter(isRunning)) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  // The engine of a killed process is still closing its files.
  await until(() => !existsSync(join(data, 'engine.json')), 'no engine is left')
  await rm(data, { recursive: true, force: true })
})

async function open(): Promise<Warehouse> {
  const warehouse = await openWarehouse({ data, district: 'homeroom', clickhouse: null })
  opened.push(warehouse)
  return warehouse
}

function user(): ChildProcess {
  const child = fork(new URL('../helpers/engine-user.ts', import.meta.url), [data], { execArgv: [] })
  children.push(child)
  return child
}

async function said(child: ChildProcess): Promise<unknown> {
  return ((await once(child, 'message')) as unknown[])[0]
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a second process finds the engine of the first', async () => {
  const first = await open()
  const second = user()
  expect(await said(second)).toEqual({ url: first.url, pid: (await readLock(data))!.pid })
  await first.command('CREATE TABLE shared (a UInt8) ENGINE = MergeTree ORDER BY a')
  await first.insert('shared', [{ a: 7 }])
  second.send('SELECT a FROM shared')
  expect(await said(second)).toEqual([{ a: 7 }])
  second.send('close')
  await once(second, 'exit')
  expect(await first.query('SELECT a FROM shared')).toEqual([{ a: 7 }])
})

test('of processes that start at the same moment one has the engine, and all use it', async () => {
  const users = [user(), user(), user()]
  const found = (await Promise.all(users.map(said))) as { url: string; pid: number }[]
  expect(new Set(found.map(each => each.url)).size).toBe(1)
  expect(new Set(found.map(each => each.pid)).size).toBe(1)
  for (const each of users) each.send('SELECT 1 AS one')
  expect(await Promise.all(users.map(said))).toEqual([[{ one: 1 }], [{ one: 1 }], [{ one: 1 }]])
  for (const each of users) {
    each.send('close')
    await once(each, 'exit')
  }
  expect(await readLock(data)).toBeNull()
})

test('when the process that started the engine ends it, another one that uses it starts it again', async () => {
  const owner = user()
  const { pid } = (await said(owner)) as { pid: number }
  const other = await open()
  await other.command('CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a')
  await other.insert('kept', [{ a: 1 }])
  owner.send('close')
  await once(owner, 'exit')
  expect(isAlive(pid)).toBe(false)
  expect(await other.query('SELECT a FROM kept')).toEqual([{ a: 1 }])
  expect((await readLock(data))!.pid).not.toBe(pid)
})

test('an engine that is told to stop lets a running insert end', async () => {
  const owner = user()
  await said(owner)
  const other = await open()
  await other.command('CREATE TABLE slow (a UInt8) ENGINE = MergeTree ORDER BY a')
  const rows = 'SELECT 1 + sleepEachRow(0.5) FROM numbers(4) SETTINGS max_block_size = 1'
  const insert = other.command(`INSERT INTO slow ${rows}`)
  const running =
    "SELECT toUInt32(count()) AS n FROM system.processes WHERE query LIKE '%INTO slow%' AND query NOT LIKE '%system.processes%'"
  await until(async () => (await other.query<{ n: number }>(running))[0]!.n === 1, 'the insert is running')
  owner.send('close')
  await insert
  await once(owner, 'exit')
  expect(await other.query('SELECT a FROM slow')).toEqual([{ a: 1 }, { a: 1 }, { a: 1 }, { a: 1 }])
})

test('an engine ends with its process, and the next process starts its own', async () => {
  const killed = user()
  const { pid } = (await said(killed)) as { pid: number }
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  const next = await open()
  expect(await next.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  await until(async () => ![undefined, pid].includes((await readLock(data))?.pid), 'another engine has taken over')
  expect(await next.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test.each([
  ['names a process that serves nothing there', () => JSON.stringify({ pid: process.pid, port: 1, password: 'x' })],
  ['names a process that is gone', () => JSON.stringify({ pid: 2 ** 22 - 1, port: 1, password: 'x' })],
  ['was cut off', () => '{"pid":'],
])('a lock file that %s is passed by', async (_, content) => {
  await writeFile(join(data, 'engine.json'), content())
  const warehouse = await open()
  const lock = (await readLock(data))!
  expect(lock.pid).not.toBe(process.pid)
  expect(isAlive(lock.pid)).toBe(true)
  expect(await warehouse.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('the password lies in a file that only its owner may read, and the engine has no secret in its environment', async () => {
  const warehouse = await open()
  const lock = (await readLock(data))!
  expect((await stat(join(data, 'engine.json'))).mode & 0o777).toBe(0o600)
  expect((await stat(join(data, 'engine'))).mode & 0o777).toBe(0o700)
  expect(warehouse.url).toBe(`http://default:${lock.password}@127.0.0.1:${lock.port}`)
  if (process.platform !== 'linux') return
  const environment = (await readFile(`/proc/${lock.pid}/environ`, 'utf8')).split('\0').map(each => each.split('=')[0])
  expect(environment.filter(name => !/^(TZ|UV_THREADPOOL_SIZE|NODE_CHANNEL_\w+|)$/.test(name!))).toEqual([])
  expect(await readFile(`/proc/${lock.pid}/cmdline`, 'utf8')).not.toContain(lock.password)
})

test('an acknowledged insert is synced to the disk', async () => {
  const warehouse = await open()
  const synced =
    "SELECT name, value FROM system.merge_tree_settings WHERE name IN ('fsync_after_insert', 'fsync_part_directory') ORDER BY name"
  expect(await warehouse.query(synced)).toEqual([
    { name: 'fsync_after_insert', value: '1' },
    { name: 'fsync_part_directory', value: '1' },
  ])
  await warehouse.command('CREATE TABLE synced (a UInt8) ENGINE = MergeTree ORDER BY a')
  const count = "SELECT toUInt32(sum(value)) AS n FROM system.events WHERE event IN ('FileSync', 'DirectorySync')"
  const before = (await warehouse.query<{ n: number }>(count))[0]!.n
  await warehouse.insert('synced', [{ a: 1 }])
  expect((await warehouse.query<{ n: number }>(count))[0]!.n).toBeGreaterThan(before)
})

test('nothing is left in the spool, whatever became of the insert', async () => {
  const warehouse = await open()
  await warehouse.command('CREATE TABLE numbers (a UInt8) ENGINE = MergeTree ORDER BY a')
  await warehouse.insert('numbers', [{ a: 1 }])
  await expect(warehouse.insert('numbers', [{ a: 'one' }])).rejects.toMatchObject({ code: 'WAREHOUSE_REFUSED' })
  await expect(warehouse.insert('nowhere', [{ a: 1 }])).rejects.toMatchObject({ code: 'WAREHOUSE_REFUSED' })
  expect(await readdir(join(data, 'engine', 'spool'))).toEqual([])
})

test('where the platform has no engine, the engine process says so', async () => {
  const pretend = 'data:text/javascript,Object.defineProperty(process,"platform",{value:"win32"})'
  const child = fork(new URL('../../infra/warehouse/engine/main.ts', import.meta.url), [], {
    execArgv: ['--import', pretend],
  })
  children.push(child)
  const order: Order = { data, wanted: null }
  child.send(order)
  expect(await said(child)).toMatchObject({ state: 'unsupported', reason: expect.stringContaining('win32') })
  await once(child, 'exit')
})

test('a warehouse that nobody serves is unavailable, with the address and without the password', async () => {
  const server = { data, district: 'homeroom', clickhouse: 'http://default:secret@127.0.0.1:1/' }
  const started = performance.now()
  await expect(openWarehouse(server, { patience_ms: 300 })).rejects.toMatchObject({
    code: 'WAREHOUSE_UNAVAILABLE',
    message: expect.stringMatching(/nobody answers.*127\.0\.0\.1:1 up/),
  })
  expect(performance.now() - started).toBeLessThan(5000)
})
