import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Delivered, Entry, Rewriting } from '../../infra/log/event-log.ts'
import { LmdbLog } from '../../infra/log/lmdb-log.ts'
import { openStore, type Move } from '../../infra/log/lmdb-store.ts'
import type { Topic } from '../../infra/log/topics.ts'
import { until } from '../helpers/until.ts'

let folder: string
let logs: LmdbLog[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-rewrite-'))
  logs = []
})
afterEach(async () => {
  await Promise.all(logs.map(log => log.close()))
  await rm(folder, { recursive: true, force: true })
})

function opened(): LmdbLog {
  const log = new LmdbLog({ path: join(folder, 'log'), district: 'd', onError: error => expect(error).toBeNull() })
  logs.push(log)
  return log
}

const NOTHING: Rewriting = { concerns: () => false, change: (_topic, entry) => entry }
const without = (secret: string): Rewriting => ({
  concerns: message => message.includes(secret),
  change: (_topic, entry) => (entry.value?.includes(secret) ? { key: 'gone', value: null } : entry),
})

async function everything(log: LmdbLog, topic: Topic, group = `reader-${Math.random()}`): Promise<Delivered[]> {
  const read: Delivered[] = []
  const consumption = await log.consume({ topic, group, handle: async batch => void read.push(...batch) })
  await until(async () => (await log.positions(topic, group)).every(p => p.committed === p.end), 'all is read')
  await consumption.stop()
  return read.sort((a, b) => a.partition - b.partition || a.offset - b.offset || a.index - b.index)
}

async function bytesOf(path: string): Promise<string> {
  let all = ''
  for (const name of await readdir(path, { recursive: true, withFileTypes: true }))
    if (name.isFile()) all += await readFile(join(name.parentPath, name.name), 'latin1')
  return all
}

const entries = (count: number, text = 'value'): Entry[] =>
  Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: `${text} ${i}` }))

test('what a tombstone has removed is in no file any more after the log is written anew, and was before', async () => {
  const log = opened()
  await log.append('identities', [...entries(200, 'kept'), { key: 'p', value: 'zyxname of somebody' }])
  await log.append('identities', [{ key: 'p', value: null }])
  expect(await bytesOf(folder)).toContain('zyxname')
  const { bytesBefore, bytesAfter } = await log.rewrite(NOTHING)
  expect(await bytesOf(folder)).not.toContain('zyxname')
  expect(bytesAfter).toBeLessThanOrEqual(bytesBefore)
  expect((await everything(log, 'identities')).filter(({ value }) => value !== null)).toHaveLength(200)
})

test('an entry that is taken out leaves its place, and all others have theirs', async () => {
  const log = opened()
  await log.append('records', entries(500))
  await log.append('records', [{ key: 'a', value: 'zyxname' }, ...entries(3, 'more')])
  const before = await everything(log, 'records')
  expect(await log.rewrite(without('zyxname'))).toMatchObject({ changed: 1 })
  const after = await everything(log, 'records')
  expect(after.map(entry => (entry.value === null ? 'gone' : entry))).toEqual(
    before.map(entry => (entry.value === 'zyxname' ? 'gone' : entry)),
  )
  expect(await bytesOf(folder)).not.toContain('zyxname')
})

test('whoever has the log open goes on in the new file, consumers where they were', async () => {
  const [one, other] = [opened(), opened()]
  const seen: string[] = []
  const consumption = await other.consume({
    topic: 'records',
    group: 'g',
    handle: async batch => void seen.push(...batch.map(({ value }) => value!)),
  })
  const expected: string[] = []
  for (let round = 0; round < 3; round++) {
    const more = entries(50, `round ${round}`)
    expected.push(...more.map(({ value }) => value!))
    const writing = other.append('records', more)
    await Promise.all([writing, one.rewrite(NOTHING)])
    await one.append('records', [{ key: 'last', value: `end ${round}` }])
    expected.push(`end ${round}`)
  }
  await until(() => seen.length >= expected.length, 'the other one has everything')
  await consumption.stop()
  expect(seen.toSorted()).toEqual(expected.toSorted())
  expect((await readdir(join(folder, 'log'))).toSorted()).toEqual(['3', 'current'])
  expect((await everything(opened(), 'records', 'g')).length).toBe(0)
})

const DEAD: Move = { id: 'b', host: hostname(), pid: 2 ** 30, until_ms: Date.now() + 60_000, to: null }

async function marked(move: Move): Promise<void> {
  const store = openStore(join(folder, 'log'))
  await store.root.transaction(() => void store.moves.put('move', move))
  await store.root.close()
}

test('a move whose process has died before its end is given up', async () => {
  const log = opened()
  await log.append('records', entries(5))
  await log.close()
  await marked(DEAD)
  await opened().append('records', entries(5, 'again'))
  expect(await everything(logs[1]!, 'records')).toHaveLength(10)
  expect(existsSync(join(folder, 'log', 'current'))).toBe(false)
})

test('a move whose process has died after its end is completed by whoever opens the log', async () => {
  const path = join(folder, 'log')
  const log = opened()
  await log.append('records', [...entries(5), { key: 'a', value: 'zyxname' }])
  await log.close()
  await copyFile(join(path, 'data.mdb'), join(folder, 'old.mdb'))
  const writer = opened()
  await writer.rewrite(without('zyxname'))
  await writer.close()
  await rm(join(path, 'current'))
  await copyFile(join(folder, 'old.mdb'), join(path, 'data.mdb'))
  await rm(join(folder, 'old.mdb'))
  await marked({ ...DEAD, to: '1' })
  expect((await everything(opened(), 'records')).filter(({ value }) => value !== null)).toHaveLength(5)
  expect((await readdir(path)).toSorted()).toEqual(['1', 'current'])
  expect(await bytesOf(folder)).not.toContain('zyxname')
})

test('what retention takes while the log is written anew does not come back', async () => {
  const log = opened()
  const consumption = await log.consume({ topic: 'records', group: 'g', handle: async () => undefined })
  for (let i = 0; i < 20; i++) await log.append('records', [{ key: 'k', value: `message ${i}` }])
  await until(async () => (await log.positions('records', 'g')).every(p => p.committed === p.end), 'all is handled')
  await consumption.stop()
  await log.removeBefore('records', Date.now() + 1)
  await log.rewrite(NOTHING)
  expect(await everything(log, 'records')).toEqual([])
  await log.append('records', [{ key: 'k', value: 'new' }])
  expect(await everything(log, 'records')).toMatchObject([{ value: 'new', offset: 20 }])
})
