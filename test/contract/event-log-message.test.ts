import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Delivered, Entry } from '../../infra/log/event-log.ts'
import { appendedAt, decodeMessage, encodeMessage, packEntries, withTrace } from '../../infra/log/message.ts'
import { partitionOf } from '../../infra/log/topics.ts'

const LIMITS = { entries: 7, bytes: 100 }
const text = fc.string({ unit: 'binary' })
const entry = fc.record({ key: fc.string({ unit: 'binary', minLength: 1 }), value: text })
const change = fc.record({ key: fc.string({ unit: 'binary', minLength: 1 }), value: fc.option(text) })

test('what is encoded is decoded as it was, with its place and time', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), fc.nat(), fc.nat(), (entries, offset, now_ms) => {
      const buffer = encodeMessage({ partition: 3, entries, bytes: bytesOf(entries) }, now_ms)
      const decoded = entries.map((e, index) => ({ ...e, partition: 3, offset, index }))
      expect(decode(buffer, offset)).toEqual(decoded)
      expect(appendedAt(buffer)).toBe(now_ms)
    }),
    { seed: 20260302 },
  )
})

test('a message that was cut short anywhere is refused, never read as something else', () => {
  const entries = [
    { key: 'ada', value: 'first' },
    { key: 'ben', value: 'zwölf' },
  ]
  const whole = encodeMessage({ partition: 0, entries, bytes: bytesOf(entries) }, 1)
  for (let length = 0; length < whole.length; length++)
    expect(() => decode(whole.subarray(0, length), 7)).toThrow(/partition 3, offset 7: .* no message of version 1/)
  expect(decode(whole, 7)).toHaveLength(2)
})

test('a message with a trace is the same message, each entry with the trace, and is refused where it was cut short', () => {
  const trace = Buffer.from(Array.from({ length: 25 }, (_, i) => 255 - i))
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), fc.nat(), (entries, now_ms) => {
      const plain = encodeMessage({ partition: 3, entries, bytes: bytesOf(entries) }, now_ms)
      const traced = withTrace(plain, trace)
      expect(decode(traced, 7)).toEqual(decode(plain, 7).map(entry => ({ ...entry, trace: trace.toString('hex') })))
      expect(appendedAt(traced)).toBe(now_ms)
      expect(() => decode(traced.subarray(0, traced.length - 1), 7)).toThrow(/no message of version 1 or 2/)
    }),
    { seed: 20260302, numRuns: 50 },
  )
  const whole = withTrace(encodeMessage({ partition: 0, entries: [{ key: 'a', value: 'b' }], bytes: 2 }, 1), trace)
  for (let length = 0; length < whole.length; length++) expect(() => decode(whole.subarray(0, length), 7)).toThrow()
})

test('packing keeps every entry, its order within a partition and the limits', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60 }), entries => {
      const messages = packEntries('records', entries, LIMITS)
      for (const [partition, list] of Map.groupBy(messages, m => m.partition)) {
        const packed = list.flatMap(m => m.entries)
        expect(packed).toEqual(entries.filter(e => partitionOf('records', e.key) === partition))
      }
      expect(messages.reduce((sum, m) => sum + m.entries.length, 0)).toBe(entries.length)
      for (const { entries, bytes } of messages) {
        expect(bytes).toBe(bytesOf(entries))
        expect(entries.length).toBeLessThanOrEqual(LIMITS.entries)
        expect(entries.length === 1 || bytes <= LIMITS.bytes).toBe(true)
      }
    }),
    { seed: 20260302 },
  )
})

test('a compacted topic has one entry in a message, so that each key can be replaced alone', () => {
  const entries = ['a', 'a', 'b'].map(key => ({ key, value: key }))
  expect(packEntries('identities', entries, LIMITS).map(m => m.entries)).toEqual(entries.map(e => [e]))
})

function decode(buffer: Buffer, offset: number): Delivered[] {
  const entries: Delivered[] = []
  decodeMessage(buffer, { partition: 3, offset }, entries)
  return entries
}

function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { key, value }) => sum + Buffer.byteLength(key) + Buffer.byteLength(value ?? ''), 0)
}
