import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hmacOf, normalised, pseudonymiser } from '../../ingest/pseudonymise.ts'
import { Recent } from '../../ingest/recent.ts'

test('a pseudonym is HMAC-SHA256 of version, district, type and value', () => {
  // Oracle of the indicator specification, E6.
  const key = Buffer.from('00'.repeat(31) + '01', 'hex')
  const pseudonymise = pseudonymiser(key, 'district-7')
  const expected = '518b23d7910bb8ec8db0ef831807034e8589d75b7947c0cefe38248c0b37a501'
  expect(pseudonymise('student', 'S-000123')).toBe(expected)
  expect(pseudonymise('student', 'S-000123')).toBe(expected)
})

test('another type, value, district or key is another pseudonym', () => {
  const key = Buffer.alloc(32, 1)
  const all = [
    pseudonymiser(key, 'a')('mbox', 'x'),
    pseudonymiser(key, 'a')('username', 'x'),
    pseudonymiser(key, 'a')('mbox', 'y'),
    pseudonymiser(key, 'b')('mbox', 'x'),
    pseudonymiser(Buffer.alloc(32, 2), 'a')('mbox', 'x'),
  ]
  expect(new Set(all).size).toBe(5)
})

test('the fast HMAC is the standard one for every key and message', () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytes => Buffer.from(bytes))
  fc.assert(
    fc.property(
      key,
      fc.array(fc.string({ unit: 'binary', maxLength: 900 }), { minLength: 1, maxLength: 5 }),
      (secret, messages) => {
        const hmac = hmacOf(secret)
        for (const message of messages) {
          expect(hmac(message, 'hex')).toBe(createHmac('sha256', secret).update(message).digest('hex'))
        }
      },
    ),
    { numRuns: 50 },
  )
})

test('an address is the same in any case and with or without mailto', () => {
  expect(normalised('mbox', 'mailto:Kim@Example.org')).toBe('kim@example.org')
  expect(normalised('mbox', 'kim@example.org')).toBe('kim@example.org')
  expect(normalised('username', 'Kim')).toBe('Kim')
})

test('a cache of recent entries keeps what is used and forgets the rest', () => {
  const recent = new Recent<number, number>(10)
  recent.set(1, 1)
  for (let i = 100; i < 200; i++) {
    recent.set(i, i)
    expect(recent.get(1)).toBe(1)
  }
  expect(recent.get(100)).toBeUndefined()
  expect(recent.get(199)).toBe(199)
  recent.delete(199)
  expect(recent.get(199)).toBeUndefined()
})
