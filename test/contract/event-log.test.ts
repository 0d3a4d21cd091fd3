import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HomeroomError } from '../../infra/errors.ts'
import { lagOf } from '../../infra/log/event-log.ts'
import type { Delivered, Entry, EventLog, LogAdmin } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { partitionOf } from '../../infra/log/topics.ts'
import type { Topic } from '../../infra/log/topics.ts'
import { kafkaForTests } from '../helpers/kafka.ts'
import { until } from '../helpers/until.ts'

type Log = EventLog & LogAdmin

const kafka = await kafkaForTests()
let district = 0

const backends = [
  { name: 'lmdb', available: true, brokers: null },
  { name: 'kafka', available: kafka.available, brokers: kafka.available ? kafka.brokers : null },
]

for (const { name, available, brokers } of backends) {
  describe.skipIf(!available)(`event log on ${name}`, () => {
    let folder: string
    let config: { data: string; district: string; kafka: string[] | null }
    let log: Log
    const opened: Log[] = []

    async function open(): Promise<Log> {
      const next = await openLog(config, { onError: () => {} })
      opened.push(next)
      return next
    }

    /** Consumes until the deadline of the test; `received` grows. */
    async function collect(topic: Topic, group: string, from: EventLog = log, maxEntries?: number) {
      const received: Delivered[] = []
      const batches: number[] = []
      const consumption = await from.consume({
        topic,
        group,
        maxEntries,
        handle: async batch => {
          received.push(...batch)
          batches.push(batch.length)
        },
      })
      return { received, batches, consumption }
    }

    async function drained(topic: Topic, group: string): Promise<void> {
      await until(async () => lagOf(await log.positions(topic, group)) === 0, `${group} has handled all of ${topic}`)
    }

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'homeroom-log-'))
      config = { data: folder, district: `contract_${process.pid}_${district++}`, kafka: brokers }
      log = await open()
      await log.createTopics()
    })

    afterEach(async () => {
      await Promise.all(opened.splice(0).map(each => each.close()))
      await rm(folder, { recursive: true })
    })

    test('topics are created once', async () => {
      expect(await log.createTopics()).toEqual({ created: [] })
    })

    test('a new group begins at the beginning and gets the entries of a key in order', async () => {
      await log.append('records', numbered('ada', 0, 50))
      await log.append('records', numbered('ben', 0, 50))
      await log.append('records', numbered('ada', 50, 100))
      const { received } = await collect('records', 'store')
      await until(() => received.length >= 150, '150 entries')
      expect(valuesOf(received, 'ada')).toEqual(numbered('ada', 0, 100).map(e => e.value))
      expect(valuesOf(received, 'ben')).toEqual(numbered('ben', 0, 50).map(e => e.value))
      expect(received).toHaveLength(150)
    })

    test('entries of a partition come in the order of their places, in the partition of their key', async () => {
      await Promise.all([0, 1, 2, 3].map(i => log.append('records', keyed(i * 100, i * 100 + 100))))
      const { received } = await collect('records', 'store')
      await until(() => received.length >= 400, '400 entries')
      for (const [partition, entries] of Map.groupBy(received, e => e.partition)) {
        const places = entries.map(e => e.offset * 1_000_000 + e.index)
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b))
        expect(entries.every(e => partitionOf('records', e.key) === partition)).toBe(true)
      }
    })

    test('a handler that rejects gets the same entries again, and nothing else in between', async () => {
      const seen: string[][] = []
      const told: unknown[] = []
      await log.append('dead-letters', numbered('a', 0, 3))
      await log.consume({
        topic: 'dead-letters',
        group: 'store',
        onError: error => told.push(error),
        handle: async batch => {
          seen.push(batch.map(e => e.value!))
          if (seen.length === 1) await log.append('dead-letters', numbered('b', 0, 1))
          if (seen.length <= 2) throw new Error(`refused ${seen.length}`)
        },
      })
      await drained('dead-letters', 'store')
      expect(seen.slice(0, 3)).toEqual([
        ['a 0', 'a 1', 'a 2'],
        ['a 0', 'a 1', 'a 2'],
        ['a 0', 'a 1', 'a 2'],
      ])
      expect(seen.slice(3)).toEqual([['b 0']])
      expect(told.map(String)).toEqual(['Error: refused 1', 'Error: refused 2'])
    })

    test('offsets are committed after the handler, not before', async () => {
      await log.append('records', numbered('ada', 0, 10))
      const release = Promise.withResolvers<void>()
      const entered = Promise.withResolvers<void>()
      await log.consume({
        topic: 'records',
        group: 'store',
        handle: async () => {
          entered.resolve()
          await release.promise
        },
      })
      await entered.promise
      expect(lagOf(await log.positions('records', 'store'))).toBeGreaterThan(0)
      release.resolve()
      await drained('records', 'store')
    })

    test('two groups are independent', async () => {
      await log.append('records', numbered('ada', 0, 10))
      const one = await collect('records', 'one')
      await until(() => one.received.length === 10, 'group one has ten')
      await one.consumption.stop()
      await log.append('records', numbered('ada', 10, 20))
      const two = await collect('records', 'two')
      await until(() => two.received.length === 20, 'group two has twenty')
      expect(one.received).toHaveLength(10)
      await two.consumption.stop()
      expect(lagOf(await log.positions('records', 'one'))).toBeGreaterThan(0)
      expect(lagOf(await log.positions('records', 'two'))).toBe(0)
    })

    test('after a restart a group goes on where it committed', async () => {
      await log.append('records', keyed(0, 100))
      const before = await collect('records', 'store')
      await drained('records', 'store')
      await log.close()
      log = await open()
      await log.append('records', keyed(100, 150))
      const after = await collect('records', 'store')
      await drained('records', 'store')
      expect(before.received.map(e => e.value).sort()).toEqual(
        keyed(0, 100)
          .map(e => e.value)
          .sort(),
      )
      expect(after.received.map(e => e.value).sort()).toEqual(
        keyed(100, 150)
          .map(e => e.value)
          .sort(),
      )
    })

    test('stop waits for the running handler and its commit, and delivers nothing afterwards', async () => {
      await log.append('records', numbered('ada', 0, 10))
      const release = Promise.withResolvers<void>()
      const entered = Promise.withResolvers<void>()
      let calls = 0
      const consumption = await log.consume({
        topic: 'records',
        group: 'store',
        handle: async () => {
          calls++
          entered.resolve()
          await release.promise
        },
      })
      await entered.promise
      let stopped = false
      const stopping = consumption.stop().then(() => (stopped = true))
      await log.append('records', numbered('ada', 10, 20))
      expect(stopped).toBe(false)
      release.resolve()
      await stopping
      expect(calls).toBe(1)
      const rest = await collect('records', 'store')
      await drained('records', 'store')
      expect(rest.received.map(e => e.value)).toEqual(numbered('ada', 10, 20).map(e => e.value))
    })

    test('stop ends a handler that keeps rejecting; its entries stay uncommitted', async () => {
      await log.append('records', numbered('ada', 0, 5))
      const refused = Promise.withResolvers<void>()
      const consumption = await log.consume({
        topic: 'records',
        group: 'store',
        handle: async () => {
          refused.resolve()
          throw new Error('refused')
        },
      })
      await refused.promise
      await consumption.stop()
      const { received } = await collect('records', 'store')
      await until(() => received.length === 5, 'the five again')
    })

    test('concurrent appends keep the order in which each key was appended', async () => {
      const keys = Array.from({ length: 8 }, (_, i) => `student ${i}`)
      await Promise.all(
        keys.map(async key => {
          for (let i = 0; i < 20; i++) await log.append('records', numbered(key, i * 5, i * 5 + 5))
        }),
      )
      const { received } = await collect('records', 'store')
      await until(() => received.length >= 800, '800 entries')
      for (const key of keys) expect(valuesOf(received, key)).toEqual(numbered(key, 0, 100).map(e => e.value))
    })

    test('appends that are not awaited are delivered in the order of the calls', async () => {
      await Promise.all(Array.from({ length: 200 }, (_, i) => log.append('records', numbered('ada', i, i + 1))))
      const { received } = await collect('records', 'store')
      await until(() => received.length >= 200, '200 entries')
      expect(valuesOf(received, 'ada')).toEqual(numbered('ada', 0, 200).map(e => e.value))
    })

    test('what waits is delivered in large batches, none much larger than asked for', async () => {
      const entries = keyed(0, 30_000)
      for (let i = 0; i < 30; i++) await log.append('records', entries.slice(i * 1000, i * 1000 + 1000))
      const { received, batches } = await collect('records', 'store', log, 5_000)
      await until(() => received.length >= 30_000, '30,000 entries')
      expect(received.map(e => e.value).sort()).toEqual(entries.map(e => e.value).sort())
      expect(Math.max(...batches)).toBeLessThanOrEqual(6_000)
      expect(batches.length).toBeLessThan(40)
    })

    test('an append of nothing resolves and stores nothing', async () => {
      await log.append('records', [])
      expect((await log.positions('records', 'store')).every(p => p.end === 0)).toBe(true)
    })

    test('entries of a megabyte and of nine arrive whole, beside small ones', async () => {
      const sizes = [1, 1_000_000, 10, 9 * 1024 * 1024 - 3, 5]
      await log.append(
        'records',
        sizes.map(size => ({ key: 'ada', value: 'x'.repeat(size) })),
      )
      const { received } = await collect('records', 'store')
      await until(() => received.length >= 5, 'five entries')
      expect(received.map(e => e.value!.length)).toEqual(sizes)
    })

    test('an entry that is too large, an empty key, a lone surrogate and a stray tombstone are refused, whole', async () => {
      const good = { key: 'ada', value: 'good' }
      const bad: [Entry, string][] = [
        [{ key: 'ada', value: 'x'.repeat(9 * 1024 * 1024) }, 'BODY_TOO_LARGE'],
        [{ key: '', value: 'x' }, 'INTERNAL'],
        [{ key: 'ada', value: 'half \ud83d' }, 'INTERNAL'],
        [{ key: 'half \ud83d', value: 'x' }, 'INTERNAL'],
        [{ key: 'ada', value: null }, 'INTERNAL'],
      ]
      for (const [entry, code] of bad)
        await expect(log.append('records', [good, entry])).rejects.toMatchObject({ name: 'HomeroomError', code })
      expect((await log.positions('records', 'store')).every(p => p.end === 0)).toBe(true)
    })

    test('keys and values of any text come back as they were', async () => {
      const texts = ['', 'ä', '日本語', '👩🏽‍🏫', '\u0000\u0001', '\r\n\t"\\', '﻿bom', '\u2028', 'Ω'.repeat(5000)]
      const entries = texts.map((text, i) => ({ key: `${text || 'empty'} ${i}`, value: text }))
      await log.append('records', entries)
      await log.append('identities', entries)
      for (const topic of ['records', 'identities'] as const) {
        const { received } = await collect(topic, 'store')
        await until(() => received.length >= texts.length, `${texts.length} entries`)
        expect(new Map(received.map(e => [e.key, e.value]))).toEqual(new Map(entries.map(e => [e.key, e.value])))
      }
    })

    test('a running group sees every change of a compacted key it keeps up with, tombstones too', async () => {
      const { received } = await collect('identities', 'store')
      const values = ['one', 'two', null, 'three']
      for (const [i, value] of values.entries()) {
        await log.append('identities', [{ key: 'person ada', value }])
        await until(() => received.length === i + 1, `change ${i + 1}`)
      }
      expect(received.map(e => e.value)).toEqual(values)
    })

    test('a new group gets the last value of a compacted key last; an erased key has no value', async () => {
      await log.append('identities', [
        { key: 'ada', value: 'old' },
        { key: 'ben', value: 'old' },
        { key: 'ada', value: 'new' },
      ])
      await log.append('identities', [{ key: 'ben', value: null }])
      await log.append('identities', [{ key: 'cleo', value: 'only' }])
      const { received } = await collect('identities', 'store')
      await drained('identities', 'store')
      const last = new Map(received.map(e => [e.key, e.value]))
      expect(last.get('ada')).toBe('new')
      expect(last.get('ben') ?? null).toBeNull()
      expect(last.get('cleo')).toBe('only')
    })

    test('a rewound group begins at the beginning again; others do not', async () => {
      await log.append('records', keyed(0, 20))
      for (const group of ['one', 'two']) {
        const { consumption } = await collect('records', group)
        await drained('records', group)
        await consumption.stop()
      }
      await log.rewind('records', 'one')
      const one = await collect('records', 'one')
      const two = await collect('records', 'two')
      await drained('records', 'one')
      expect(one.received).toHaveLength(20)
      expect(two.received).toHaveLength(0)
    })

    test('rewinding a group that never ran changes nothing', async () => {
      await log.append('records', keyed(0, 20))
      await log.rewind('records', 'nobody')
      const { received } = await collect('records', 'nobody')
      await until(() => received.length === 20, '20 entries')
    })

    test('a running group cannot be rewound', async () => {
      await log.append('records', keyed(0, 20))
      await collect('records', 'store')
      await drained('records', 'store')
      await expect(log.rewind('records', 'store')).rejects.toMatchObject({ code: 'ENGINE_LOCKED' })
      expect(lagOf(await log.positions('records', 'store'))).toBe(0)
    })

    test('positions tell every partition, where the group is and where the log ends', async () => {
      await log.append('records', [
        { key: 'ada', value: '1' },
        { key: 'ada', value: '2' },
      ])
      const partition = partitionOf('records', 'ada')
      const before = await log.positions('records', 'store')
      expect(before.map(p => p.partition)).toEqual([0, 1, 2, 3])
      expect(before[partition]).toEqual({ topic: 'records', partition, committed: 0, end: 1 })
      expect(lagOf(before)).toBe(1)
      await collect('records', 'store')
      await drained('records', 'store')
      expect((await log.positions('records', 'store'))[partition]).toMatchObject({ committed: 1, end: 1 })
    })

    test('a second consumer of a group takes over what the first leaves, and nothing is delivered to both', async () => {
      const second = await open()
      const a = await collect('records', 'store')
      const b = await collect('records', 'store', second)
      await log.append('records', keyed(0, 100))
      await drained('records', 'store')
      await a.consumption.stop()
      await log.append('records', keyed(100, 200))
      await drained('records', 'store')
      expect([...a.received, ...b.received].map(e => e.value).sort()).toEqual(
        keyed(0, 200)
          .map(e => e.value)
          .sort(),
      )
      expect(b.received.length).toBeGreaterThanOrEqual(100)
    })

    test('appends through one connection reach a consumer on another', async () => {
      const other = await open()
      const { received } = await collect('records', 'store', other)
      await log.append('records', keyed(0, 100))
      await until(() => received.length === 100, '100 entries')
    })

    test('pending bytes are counted while an append waits and are none afterwards', async () => {
      expect(log.pendingBytes()).toBe(0)
      const appended = log.append('records', [{ key: 'ada', value: 'x'.repeat(100_000) }])
      expect(log.pendingBytes()).toBeGreaterThanOrEqual(100_000)
      await appended
      expect(log.pendingBytes()).toBe(0)
    })

    test('closing waits for what was appended; a closed log rejects everything', async () => {
      const appended = Promise.all(Array.from({ length: 20 }, () => log.append('records', keyed(0, 50))))
      await log.close()
      await appended
      const handle = async () => {}
      for (const call of [
        () => log.append('records', keyed(0, 1)),
        () => log.consume({ topic: 'records', group: 'store', handle }),
        () => log.positions('records', 'store'),
        () => log.rewind('records', 'store'),
        () => log.createTopics(),
      ])
        await expect(call()).rejects.toMatchObject({ name: 'HomeroomError', code: 'LOG_UNAVAILABLE' })
      log = await open()
      const { received } = await collect('records', 'store')
      await until(() => received.length === 1000, 'all 1,000 appended before closing')
    })

    test('however entries are split into appends, each key gets the same sequence', async () => {
      let run = 0
      let total = 0
      const { received } = await collect('actions', 'property')
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'ä', '日'), fc.string({ unit: 'binary' })), {
            maxLength: 60,
          }),
          fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 }),
          fc.boolean(),
          async (pairs, cuts, concurrent) => {
            const entries = pairs.map(([key, value]) => ({ key: `${run} ${key}`, value }))
            run++
            const appends = split(entries, cuts).map(part => () => log.append('actions', part))
            if (concurrent) await Promise.all(appends.map(append => append()))
            else for (const append of appends) await append()
            const wanted = entries.length
            await until(() => received.length === total + wanted, `${wanted} more entries`)
            const got = received.slice(total)
            total += wanted
            for (const [key, list] of Map.groupBy(entries, e => e.key))
              expect(valuesOf(got, key)).toEqual(list.map(e => e.value))
          },
        ),
        { numRuns: 40, seed: 20260302 },
      )
    })
  })
}

test('the error of an unreachable log names it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-log-'))
  await rm(folder, { recursive: true })
  await writeFile(folder, 'a file where a folder should be')
  await expect(openLog({ data: folder, district: 'd', kafka: null })).rejects.toBeInstanceOf(HomeroomError)
  await rm(folder)
})

function numbered(key: string, from: number, to: number): { key: string; value: string }[] {
  return Array.from({ length: to - from }, (_, i) => ({ key, value: `${key} ${from + i}` }))
}

function keyed(from: number, to: number): { key: string; value: string }[] {
  return Array.from({ length: to - from }, (_, i) => ({ key: `key ${from + i}`, value: `value ${from + i}` }))
}

function valuesOf(entries: readonly Delivered[], key: string): (string | null)[] {
  return entries.filter(e => e.key === key).map(e => e.value)
}

function split<T>(items: readonly T[], cuts: readonly number[]): T[][] {
  const parts: T[][] = []
  for (let at = 0, i = 0; at < items.length; i++) {
    const size = cuts[i % cuts.length]!
    parts.push(items.slice(at, at + size))
    at += size
  }
  return parts
}
