import fc from 'fast-check'
import { isObject } from '../../../schemas/json.ts'

/*
 * Texts here are of bytes: one character per byte, UTF-8 already applied (`latin1`). So a case can hold what no string of
 * JavaScript can: broken UTF-8, numbers beyond a double, a key twice.
 */

/** Stands in every word that a case makes up: no refusal may repeat it. */
export const MARK = 'Qx7marked'

const bytesOf = (text: string): string => Buffer.from(text).toString('latin1')

/** Inside the quotes of a JSON string. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    MARK,
    ` ${MARK} `,
    `https://a.example/${MARK}`,
    `mailto:${MARK}@example.org`,
    `urn:uuid:${MARK}`,
    '',
    ' ',
    '2026-13-45T99:99:99Z',
    '2026-03-02T14:00:00Z',
    '0000-01-01T00:00:00Z',
    '+275760-09-13T00:00:00.001Z',
    'P1Y2M3W',
    `P${'9'.repeat(400)}Y`,
    'PT1e9S',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '[object Object]',
    '{}',
    `' or 1=1 -- ${MARK}`,
    `{x:String} ${MARK}`,
    '../../../etc/passwd',
    '__proto__',
    'constructor',
    'en-',
    'x'.repeat(64),
  ),
  fc
    .constantFrom('\\u0000', '\\ud800', '\\udfff\\ud800', '\\ud83d\\ude00', '\\u202e', '\\ufffe', '\\u2028', '\\b')
    .map(escape => `a${escape}${MARK}`),
  fc
    .constantFrom('\u202e', '\u2028', '\ufeff', '\u0085', '😀', 'é', 'e\u0301', '﷽')
    .map(letter => bytesOf(letter) + MARK),
  // Broken UTF-8: a lone continuation, overlong, a surrogate, beyond the last code point, cut off.
  fc.constantFrom('\xff', '\x80', '\xc0\x80', '\xed\xa0\x80', '\xf4\x90\x80\x80', '\xe2\x82').map(bad => bad + MARK),
  fc.constantFrom(3000, 20_000, 70_000).map(length => MARK.repeat(Math.ceil(length / MARK.length))),
)

export const hostileKey: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'toJSON',
    '',
    '0',
    'length',
    '$agent',
    'id',
    'objectType',
    'type',
    '@context',
    'extensions',
    'member',
    'https://a.example/extension',
    `https://a.example/${MARK}`,
    'en',
    'k'.repeat(5000),
  ),
  hostileText,
)

const HUGE = ['1e999', '-1e999', '1e-999', '9'.repeat(400), `-${'9'.repeat(400)}`, `0.${'1'.repeat(400)}`]
const NUMBERS = ['0', '-0', '-1', '1.5', '1e308', '9007199254740993', '18446744073709551616', '2147483648', ...HUGE]
const NO_JSON = [
  'NaN',
  'undefined',
  "'x'",
  '{',
  ']',
  '',
  '01',
  '+1',
  '.5',
  '1.',
  '"\\x"',
  '"\n"',
  '"\x00"',
  '/**/',
  '{"a"}',
  '\xef\xbb\xbf',
]
const TOKEN = '{"$agent":"AAAAAAAAAAAAAAAAAAAAAA"}'

const deep = fc
  .tuple(fc.constantFrom(5, 63, 64, 65, 500, 5000, 100_000), fc.boolean())
  .map(([levels, isArray]) =>
    isArray ? '['.repeat(levels) + ']'.repeat(levels) : `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`,
  )
const large = fc.constantFrom(
  `[${'0,'.repeat(20_000)}0]`,
  `[${'{},'.repeat(5000)}{}]`,
  `{${Array.from({ length: 2000 }, (_, i) => `"${MARK}${i}":${i}`).join()}}`,
)

/** JSON of any type, or what looks like it. */
export const hostileValue: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('null', 'true', 'false', '[]', '{}', '[[]]', '[{}]', '[null]', '""', TOKEN) },
  { weight: 4, arbitrary: fc.constantFrom(...NUMBERS) },
  { weight: 8, arbitrary: hostileText.map(text => `"${text}"`) },
  { weight: 3, arbitrary: fc.tuple(hostileKey, hostileText).map(([key, text]) => `{"${key}":"${text}"}`) },
  { weight: 2, arbitrary: hostileKey.map(key => `{"${key}":{"${key}":{"x":1}},"${key}":null}`) },
  { weight: 2, arbitrary: deep },
  { weight: 1, arbitrary: large },
  { weight: 2, arbitrary: fc.constantFrom(...NO_JSON) },
)

/** A change at one place of an example; places are counted through it, modulo how many there are. */
export type Edit = {
  place: number
  how: 'replace' | 'remove' | 'repeat' | 'add' | 'rename'
  key: string
  value: string
}

export const anEdit: fc.Arbitrary<Edit> = fc.record({
  place: fc.nat(10_000),
  how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'repeat', 'add', 'rename'),
  key: hostileKey,
  value: hostileValue,
})

/** JSON of the example, changed as the edit says. */
export function edited(example: unknown, edit: Edit): string {
  const places = count(example)
  const at = edit.how === 'replace' ? edit.place % places : 1 + (edit.place % Math.max(places - 1, 1))
  let left = at
  const write = (value: unknown): string => {
    const isHere = left-- === 0
    if (isHere && edit.how === 'replace') return edit.value
    if (isHere && edit.how === 'add' && isObject(value)) return withMember(plain(value), edit)
    if (Array.isArray(value)) return `[${value.map(write).join()}]`
    if (!isObject(value)) return bytesOf(JSON.stringify(value))
    const members = Object.entries(value).map(([key, inner]) => {
      const isMember = left === 0
      const text = write(inner)
      if (isMember && edit.how === 'remove') return null
      const name = bytesOf(JSON.stringify(key))
      if (isMember && edit.how === 'repeat') return `${name}:${text},${name}:${edit.value}`
      return `${isMember && edit.how === 'rename' ? `"${edit.key}"` : name}:${text}`
    })
    return `{${members.filter(member => member !== null).join()}}`
  }
  return write(example)
}

/** JSON as bytes. */
export const plain = (value: unknown): string => bytesOf(JSON.stringify(value))

/** What a receiver that follows the standard reads; undefined if it is no JSON. */
export function read(text: string): { value: unknown } | undefined {
  const bytes = Buffer.from(text, 'latin1')
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) }
  } catch {
    // Most cases are no JSON; that is what is asked.
    return undefined
  }
}

function withMember(object: string, { key, value }: Edit): string {
  return object === '{}' ? `{"${key}":${value}}` : `${object.slice(0, -1)},"${key}":${value}}`
}

function count(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, inner) => sum + count(inner), 1)
  return isObject(value) ? Object.values(value).reduce((sum: number, inner) => sum + count(inner), 1) : 1
}
