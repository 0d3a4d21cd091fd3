import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HomeroomError } from '../../infra/errors.ts'
import { lagOf } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { partitionOf } from '../../infra/log/topics.ts'
import { until } from '../helpers/until.ts'
import { keyed, numbered, onEveryLog, sortedValues, valuesOf } from './event-log-backends.ts'

onEveryLog('event log', on => {
  test('topics are created once', async () => {
    const { log } = on()
    expect(await log.createTopics()).toEqual({ created: [] })
  })

  test('a new group begins at the beginning and gets the entries of a key in order', async () => {
    const { log, collect } = on()
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
    const { log, collect } = on()
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
    const { log, drained } = on()
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
    const { log, drained } = on()
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
    const { log, collect } = on()
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
    const { log, open, collect, drained } = on()
    await log.append('records', keyed(0, 100))
    const before = await collect('records', 'store')
    await drained('records', 'store')
    await log.close()
    const again = await open()
    await again.append('records', keyed(100, 150))
    const after = await collect('records', 'store', { from: again })
    await drained('records', 'store', again)
    expect(sortedValues(before.received)).toEqual(sortedValues(keyed(0, 100)))
    expect(sortedValues(after.received)).toEqual(sortedValues(keyed(100, 150)))
  })

  test('stop waits for the running handler and its commit, and delivers nothing afterwards', async () => {
    const { log, collect, drained } = on()
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
    const { log, collect } = on()
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
    await until(() => received.length > 0, 'they come again')
    expect(valuesOf(received, 'ada')).toEqual(numbered('ada', 0, 5).map(e => e.value))
  })

  test('a rewound group begins at the beginning again; others do not', async () => {
    const { log, collect, drained } = on()
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
    const { log, collect } = on()
    await log.append('records', keyed(0, 20))
    await log.rewind('records', 'nobody')
    const { received } = await collect('records', 'nobody')
    await until(() => received.length >= 20, '20 entries')
    expect(sortedValues(received)).toEqual(sortedValues(keyed(0, 20)))
  })

  test('a running group cannot be rewound', async () => {
    const { log, collect, drained } = on()
    await log.append('records', keyed(0, 20))
    await collect('records', 'store')
    await drained('records', 'store')
    await expect(log.rewind('records', 'store')).rejects.toMatchObject({ code: 'ENGINE_LOCKED' })
    expect(lagOf(await log.positions('records', 'store'))).toBe(0)
  })

  test('positions tell every partition, where the group is and where the log ends', async () => {
    const { log, collect, drained } = on()
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
    const { log, open, collect, drained } = on()
    const second = await open()
    const a = await collect('records', 'store')
    const b = await collect('records', 'store', { from: second })
    await log.append('records', keyed(0, 100))
    await drained('records', 'store')
    await a.consumption.stop()
    await log.append('records', keyed(100, 200))
    await drained('records', 'store')
    expect(sortedValues([...a.received, ...b.received])).toEqual(sortedValues(keyed(0, 200)))
    expect(b.received.length).toBeGreaterThanOrEqual(100)
  })

  test('appends through one connection reach a consumer on another', async () => {
    const { log, open, collect } = on()
    const other = await open()
    const { received } = await collect('records', 'store', { from: other })
    await log.append('records', keyed(0, 100))
    await until(() => received.length >= 100, '100 entries')
    expect(sortedValues(received)).toEqual(sortedValues(keyed(0, 100)))
  })

  test('closing waits for what was appended; a closed log rejects everything', async () => {
    const { log, open, collect } = on()
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
    const again = await open()
    const { received } = await collect('records', 'store', { from: again })
    await until(() => received.length === 1000, 'all 1,000 appended before closing')
  })
})

test('the error of an unreachable log names it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-log-'))
  await rm(folder, { recursive: true })
  await writeFile(folder, 'a file where a folder should be')
  await expect(openLog({ data: folder, district: 'd', kafka: null })).rejects.toBeInstanceOf(HomeroomError)
  await rm(folder)
})
