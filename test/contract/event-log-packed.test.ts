import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packMessages } from '../../infra/log/message.ts'
import { Packer } from '../../infra/log/packer.ts'
import { until } from '../helpers/until.ts'
import { keyed, onEveryLog, sortedValues, valuesOf } from './event-log-backends.ts'

onEveryLog('packed messages', on => {
  test('packed messages are delivered as the entries that were packed, in order within a key', async () => {
    const { log, collect } = on()
    const entries = Array.from({ length: 3000 }, (_, i) => ({ key: `student ${i % 40}`, value: `event ${i}, zwölf` }))
    await log.appendMessages('records', packMessages('records', entries, log.packing, Date.now()))
    const { received } = await collect('records', 'store')
    await until(() => received.length >= 3000, '3,000 entries')
    expect(received).toHaveLength(3000)
    for (const [key, list] of Map.groupBy(entries, entry => entry.key))
      expect(valuesOf(received, key)).toEqual(list.map(entry => entry.value))
  })

  test('appends of entries and of packed messages stand in the order of the calls', async () => {
    const { log, collect } = on()
    const values = Array.from({ length: 60 }, (_, i) => `${i}`)
    await Promise.all(
      values.map((value, i) => {
        const entries = [{ key: 'ada', value }]
        return i % 2
          ? log.append('records', entries)
          : log.appendMessages('records', packMessages('records', entries, log.packing, 1))
      }),
    )
    const { received } = await collect('records', 'store')
    await until(() => received.length >= 60, '60 entries')
    expect(valuesOf(received, 'ada')).toEqual(values)
  })

  test('no message is no append; a compacted topic takes none; a closed log takes none', async () => {
    const { log } = on()
    await log.appendMessages('records', [])
    expect((await log.positions('records', 'store')).every(({ end }) => end === 0)).toBe(true)
    const messages = packMessages('records', keyed(0, 2), log.packing, 1)
    await expect(log.appendMessages('identities', messages)).rejects.toMatchObject({ code: 'INTERNAL' })
    await log.close()
    await expect(log.appendMessages('records', messages)).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
  })

  test('what the packer has made is delivered as the objects that it was given', async () => {
    const { log, collect } = on()
    const packer = new Packer('records', log.packing, Date.now())
    const objects = Array.from({ length: 500 }, (_, i) => ({ key: `k${i % 7}`, object: { n: i, text: 'ä'.repeat(i) } }))
    for (const { key, object } of objects) packer.add(key, JSON.stringify(object), 'raw', `sealed.${object.n}`)
    await log.appendMessages('records', packer.take())
    const { received } = await collect('records', 'store')
    await until(() => received.length >= 500, '500 entries')
    expect(sortedValues(received)).toEqual(
      sortedValues(objects.map(({ object }) => ({ value: JSON.stringify({ ...object, raw: `sealed.${object.n}` }) }))),
    )
  })
})

test('the packer makes the messages that packing the same entries makes, whatever the limits', () => {
  const item = fc.record({
    key: fc.stringMatching(/^[0-9a-f]{1,64}$/),
    object: fc.dictionary(fc.string(), fc.string({ unit: 'binary' }), { minKeys: 1, maxKeys: 4 }),
    raw: fc.base64String({ maxLength: 400 }),
  })
  const limits = fc.record({ entries: fc.integer({ min: 1, max: 9 }), bytes: fc.integer({ min: 1, max: 900 }) })
  fc.assert(
    fc.property(fc.array(item, { maxLength: 60 }), limits, fc.nat(), (items, packing, now_ms) => {
      const packer = new Packer('records', packing, now_ms)
      for (const { key, object, raw } of items) packer.add(key, JSON.stringify(object), 'raw', raw)
      const entries = items.map(({ key, object, raw }) => ({
        key,
        value: `${JSON.stringify(object).slice(0, -1)},"raw":"${raw}"}`,
      }))
      const byPartition = (messages: { partition: number; buffer: Buffer }[]) =>
        Map.groupBy(messages, ({ partition }) => partition)
      const made = byPartition(packer.take())
      const wanted = byPartition(packMessages('records', entries, packing, now_ms))
      expect(made.size).toBe(wanted.size)
      for (const [partition, list] of wanted) expect(made.get(partition)).toEqual(list)
      expect(packer.take()).toEqual([])
    }),
    { seed: 20260302, numRuns: 300 },
  )
})

test('the packer refuses a compacted topic, and an entry that is too large', () => {
  expect(() => new Packer('identities', { entries: 1, bytes: 1 }, 1)).toThrow(/compacted/)
  const packer = new Packer('records', { entries: 9, bytes: 1e6 }, 1)
  const large = JSON.stringify({ x: 'x'.repeat(9 * 1024 * 1024) })
  expect(() => packer.add('k', large, 'raw', 'y')).toThrow(expect.objectContaining({ code: 'BODY_TOO_LARGE' }))
})
