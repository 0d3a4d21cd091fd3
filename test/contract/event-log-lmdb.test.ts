import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lagOf } from '../../infra/log/event-log.ts'
import type { Delivered, Retention } from '../../infra/log/event-log.ts'
import { isAlive } from '../../infra/log/lmdb-lease.ts'
import { LmdbLog } from '../../infra/log/lmdb-log.ts'
import { openStore } from '../../infra/log/lmdb-store.ts'
import type { Topic } from '../../infra/log/topics.ts'
import { until } from '../helpers/until.ts'

const CHILD = fileURLToPath(new URL('./event-log-lmdb-child.ts', import.meta.url))
const HOUR_MS = 3_600_000

let folder: string
let log: LmdbLog

function open(retention: Retention = {}): LmdbLog {
  return (log = new LmdbLog({ path: join(folder, 'log'), district: 'd', retention, onError: () => {} }))
}

async function handleAll(topic: Topic, group: string): Promise<Delivered[]> {
  const received: Delivered[] = []
  const consumption = await log.consume({ topic, group, handle: async batch => void received.push(...batch) })
  await until(async () => lagOf(await log.positions(topic, group)) === 0, `${group} has handled ${topic}`)
  await consumption.stop()
  return received
}

async function append(topic: Topic, from: number, to: number, size = 1): Promise<void> {
  for (let i = from; i < to; i++) await log.append(topic, [{ key: 'ada', value: `${i} ${'x'.repeat(size)}` }])
}

const numbersOf = (entries: readonly Delivered[]) => entries.map(e => Number(e.value!.split(' ')[0]))

beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'homeroom-lmdb-'))))
afterEach(async () => {
  await log.close()
  await rm(folder, { recursive: true })
})

describe('retention of the embedded log', () => {
  test('what is older than the age and handled by all is removed; the rest and new offsets stay', async () => {
    open({ records: { maxAge_ms: HOUR_MS } })
    await append('records', 0, 5)
    await handleAll('records', 'store')
    expect(await log.trim(Date.now() + HOUR_MS / 2)).toBe(0)
    expect(await log.trim(Date.now() + 2 * HOUR_MS)).toBe(5)
    await append('records', 5, 7)
    const later = await handleAll('records', 'newcomer')
    expect(numbersOf(later)).toEqual([5, 6])
    expect(later.map(e => e.offset)).toEqual([5, 6])
    expect(numbersOf(await handleAll('records', 'store'))).toEqual([5, 6])
  })

  test('what a known group has not handled stays, however old', async () => {
    open({ records: { maxAge_ms: HOUR_MS, maxBytes: 0 } })
    await append('records', 0, 3)
    await handleAll('records', 'slow')
    await append('records', 3, 6)
    await handleAll('records', 'fast')
    expect(await log.trim(Date.now() + 2 * HOUR_MS)).toBe(3)
    expect(numbersOf(await handleAll('records', 'slow'))).toEqual([3, 4, 5])
  })

  test('a rewound group counts as having handled nothing', async () => {
    open({ records: { maxAge_ms: HOUR_MS } })
    await append('records', 0, 3)
    await handleAll('records', 'store')
    await log.rewind('records', 'store')
    expect(await log.trim(Date.now() + 2 * HOUR_MS)).toBe(0)
    expect(numbersOf(await handleAll('records', 'store'))).toEqual([0, 1, 2])
  })

  test('a topic that no group knows, one without a rule and a compacted one keep everything', async () => {
    open({ records: { maxAge_ms: 0 }, identities: { maxAge_ms: 0, maxBytes: 0 } })
    await append('records', 0, 3)
    await append('rosters', 0, 3)
    await append('identities', 0, 3)
    await handleAll('rosters', 'store')
    await handleAll('identities', 'store')
    expect(await log.trim(Date.now() + HOUR_MS)).toBe(0)
    expect(numbersOf(await handleAll('records', 'late'))).toEqual([0, 1, 2])
    expect(numbersOf(await handleAll('identities', 'late'))).toEqual([2])
  })

  test('by size, the oldest of all partitions go until the rest fits', async () => {
    open({ records: { maxBytes: 10_000 } })
    for (let i = 0; i < 40; i++) await log.append('records', [{ key: `key ${i}`, value: `${i} ${'x'.repeat(970)}` }])
    await handleAll('records', 'store')
    const removed = await log.trim()
    const kept = numbersOf(await handleAll('records', 'newcomer')).sort((a, b) => a - b)
    expect(kept.length).toBe(40 - removed)
    expect(kept.length).toBeGreaterThanOrEqual(9)
    expect(kept.length).toBeLessThanOrEqual(10)
    // Appends of the same millisecond have no order between partitions.
    expect(Math.min(...kept)).toBeGreaterThanOrEqual(20)
    expect(await log.trim()).toBe(0)
  })

  test('trimmed space is used again: the file does not grow with what passes through', async () => {
    open({ records: { maxBytes: 100_000 } })
    const sizes: number[] = []
    for (let round = 0; round < 6; round++) {
      await Promise.all(
        Array.from({ length: 40 }, () => log.append('records', [{ key: 'ada', value: 'x'.repeat(100_000) }])),
      )
      await handleAll('records', 'store')
      await log.trim()
      sizes.push((await stat(join(folder, 'log', 'data.mdb'))).size)
    }
    expect(sizes.at(-1)!).toBeLessThan(sizes[0]! * 2.5)
  })

  test('more than one transaction of messages is removed in one go', async () => {
    open({ 'dead-letters': { maxBytes: 0 } })
    await Promise.all(Array.from({ length: 1_203 }, (_, i) => append('dead-letters', i, i + 1)))
    await handleAll('dead-letters', 'store')
    expect(await log.trim()).toBe(1_203)
  })
})

describe('several processes on one embedded log', () => {
  test('what two other processes append at once is seen here, all of it, in their order', async () => {
    open()
    const received: Delivered[] = []
    await log.consume({ topic: 'records', group: 'store', handle: async batch => void received.push(...batch) })
    const children = [1, 2].map(() => spawn(process.execPath, [CHILD, folder, 'append', '150'], { stdio: 'inherit' }))
    const codes = await Promise.all(children.map(child => once(child, 'exit')))
    expect(codes.map(([code]) => code)).toEqual([0, 0])
    await until(() => received.length >= 300, '300 entries')
    for (const { pid } of children) {
      const own = received.filter(e => e.value!.startsWith(`${pid} `))
      expect(own).toHaveLength(150)
      for (const entries of Map.groupBy(own, e => e.key).values()) {
        const numbers = entries.map(e => Number(e.value!.split(' ')[1]))
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
      }
    }
  })

  test('the group of a process that was killed is taken over at once, with what it had not committed', async () => {
    open()
    await append('records', 0, 10)
    const child = spawn(process.execPath, [CHILD, folder, 'hold'], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    const received: Delivered[] = []
    await log.consume({ topic: 'records', group: 'store', handle: async batch => void received.push(...batch) })
    await expect(log.rewind('records', 'store')).rejects.toThrow(`process ${child.pid} on ${hostname()}`)
    expect(received).toHaveLength(0)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await until(() => received.length === 10, 'the ten entries')
  })

  test('a consumer whose lease was taken meanwhile does not move the offsets', async () => {
    open()
    await append('records', 0, 3)
    const store = openStore(join(folder, 'log'))
    let calls = 0
    const consumption = await log.consume({
      topic: 'records',
      group: 'store',
      handle: async () => {
        calls++
        const until_ms = Date.now() + 60_000
        await store.owners.put(['d.records', 'store'], { id: 'rival', host: 'elsewhere', pid: 1, until_ms })
      },
    })
    await until(() => calls === 1, 'the handler ran')
    await consumption.stop()
    expect(lagOf(await log.positions('records', 'store'))).toBe(3)
    await store.owners.remove(['d.records', 'store'])
    expect(numbersOf(await handleAll('records', 'store'))).toEqual([0, 1, 2])
    await store.root.close()
  })

  test('an owner is alive while its lease lasts and, on this host, its process runs', async () => {
    open()
    const ended = spawn(process.execPath, ['-e', ''])
    await once(ended, 'exit')
    const fresh = { id: 'x', host: hostname(), pid: process.ppid, until_ms: Date.now() + 60_000 }
    expect(isAlive(fresh)).toBe(true)
    expect(isAlive({ ...fresh, until_ms: Date.now() - 1 })).toBe(false)
    expect(isAlive({ ...fresh, pid: ended.pid! })).toBe(false)
    expect(isAlive({ ...fresh, host: 'elsewhere', pid: ended.pid! })).toBe(true)
    // This process, but a consumer that it does not know: an earlier process had the same id.
    expect(isAlive({ ...fresh, pid: process.pid })).toBe(false)
  })
})
