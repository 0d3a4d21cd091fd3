import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Entry } from '../../infra/log/event-log.ts'
import { until } from '../helpers/until.ts'
import { keyed, numbered, onEveryLog, sortedValues, valuesOf } from './event-log-backends.ts'

onEveryLog('entries', on => {
  test('concurrent appends keep the order in which each key was appended', async () => {
    const { log, collect } = on()
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
    const { log, collect } = on()
    await Promise.all(Array.from({ length: 200 }, (_, i) => log.append('records', numbered('ada', i, i + 1))))
    const { received } = await collect('records', 'store')
    await until(() => received.length >= 200, '200 entries')
    expect(valuesOf(received, 'ada')).toEqual(numbered('ada', 0, 200).map(e => e.value))
  })

  test('what waits is delivered in large batches, none much larger than asked for', async () => {
    const { log, collect } = on()
    const entries = keyed(0, 30_000)
    for (let i = 0; i < 30; i++) await log.append('records', entries.slice(i * 1000, i * 1000 + 1000))
    const { received, batches } = await collect('records', 'store', { maxEntries: 5_000 })
    await until(() => received.length >= 30_000, '30,000 entries')
    expect(sortedValues(received)).toEqual(sortedValues(entries))
    expect(Math.max(...batches)).toBeLessThanOrEqual(6_000)
    expect(batches.length).toBeLessThan(40)
  })

  test('an append of nothing resolves and stores nothing', async () => {
    const { log } = on()
    await log.append('records', [])
    expect((await log.positions('records', 'store')).every(p => p.end === 0)).toBe(true)
  })

  test('entries of a megabyte and of nine arrive whole, beside small ones', async () => {
    const { log, collect } = on()
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
    const { log } = on()
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
    const { log, collect } = on()
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
    const { log, collect } = on()
    const { received } = await collect('identities', 'store')
    const values = ['one', 'two', null, 'three']
    for (const [i, value] of values.entries()) {
      await log.append('identities', [{ key: 'person ada', value }])
      await until(() => received.length === i + 1, `change ${i + 1}`)
    }
    expect(received.map(e => e.value)).toEqual(values)
  })

  test('a new group gets the last value of a compacted key last; an erased key has no value', async () => {
    const { log, collect, drained } = on()
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

  test('pending bytes are counted while an append waits and are none afterwards', async () => {
    const { log } = on()
    expect(log.pendingBytes()).toBe(0)
    const appended = log.append('records', [{ key: 'ada', value: 'x'.repeat(100_000) }])
    expect(log.pendingBytes()).toBeGreaterThanOrEqual(100_000)
    await appended
    expect(log.pendingBytes()).toBe(0)
  })

  test('however entries are split into appends, each key gets the same sequence', async () => {
    const { log, collect } = on()
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

function split<T>(items: readonly T[], cuts: readonly number[]): T[][] {
  const parts: T[][] = []
  for (let at = 0, i = 0; at < items.length; i++) {
    const size = cuts[i % cuts.length]!
    parts.push(items.slice(at, at + size))
    at += size
  }
  return parts
}
