import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Mapping } from '../../ingest/load/mapping.ts'
import { fixed, readFix, type Fix } from '../../ingest/redrive-fix.ts'
import { fixedText } from '../../ingest/redrive-text.ts'
import { ruleOf } from '../../schemas/dead-letter.ts'

const LETTER = { id: '', source: 'sis', door: 'mapping', storedAt: '', place: 'scores.csv row 7 field day', reason: '' }

test.each<[string, unknown, Fix, unknown]>([
  ['add to an object', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
  ['add into a list', [1, 3], [{ op: 'add', path: '/1', value: 2 }], [1, 2, 3]],
  ['add behind a list', [1], [{ op: 'add', path: '/-', value: 2 }], [1, 2]],
  ['replace', { a: { b: 1 } }, [{ op: 'replace', path: '/a/b', value: 2 }], { a: { b: 2 } }],
  ['replace what is not there: left out', { a: 1 }, [{ op: 'replace', path: '/b', value: 2 }], { a: 1 }],
  ['remove', { a: 1, b: [1, 2] }, [{ op: 'remove', path: '/b/0' }], { a: 1, b: [2] }],
  ['move', { when: 'now' }, [{ op: 'move', from: '/when', path: '/timestamp' }], { timestamp: 'now' }],
  ['move what is not there: left out', { a: 1 }, [{ op: 'move', from: '/b', path: '/a' }], { a: 1 }],
  ['copy', { a: [1] }, [{ op: 'copy', from: '/a', path: '/b' }], { a: [1], b: [1] }],
  ['a key with slash and tilde', { 'a/b~': 1 }, [{ op: 'replace', path: '/a~1b~0', value: 2 }], { 'a/b~': 2 }],
  ['map', { r: 'x' }, [{ op: 'map', path: '/r', values: { x: 'y' } }], { r: 'y' }],
  [
    'map what stands not in it',
    { r: 'constructor' },
    [{ op: 'map', path: '/r', values: { x: 'y' } }],
    { r: 'constructor' },
  ],
  [
    'rewrite',
    { d: '03/02/2026' },
    [{ op: 'rewrite', path: '/d', pattern: '^(..)/(..)/(.{4})$', to: '$3-$1-$2' }],
    { d: '2026-03-02' },
  ],
  [
    'a test that holds',
    { a: { x: 1, y: 2 } },
    [{ op: 'test', path: '/a', value: { y: 2, x: 1 } }],
    { a: { x: 1, y: 2 } },
  ],
  [
    'a test that fails',
    { a: 1 },
    [
      { op: 'test', path: '/a', value: 2 },
      { op: 'remove', path: '/a' },
    ],
    null,
  ],
  ['the prototype is out of reach', {}, [{ op: 'add', path: '/__proto__/x', value: 1 }], {}],
])('%s', (_name, original, fix, expected) => {
  expect(fixed(original, fix)).toEqual(expected)
  expect(({} as { x?: unknown }).x).toBeUndefined()
})

test('the example of the README mends what it says', async () => {
  const readme = await readFile(new URL('../../ingest/README.md', import.meta.url), 'utf8')
  const example = readme.split('## Dead letters, again')[1]!.split('```json\n')[1]!.split('\n```')[0]!
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-fix-'))
  await writeFile(join(folder, 'fix.json'), example)
  const fix = await readFix(join(folder, 'fix.json'))
  await rm(folder, { recursive: true })
  const row = { at: '03/02/2026', kind: 'met', role: 'studnet' }
  expect(fixed(row, fix)).toEqual({ at: '2026-03-02T12:00:00Z', kind: 'met', role: 'student' })
  expect(fixed({ ...row, kind: 'messaged' }, fix)).toBe(null)
})

test('a fix changes nothing but a copy, and moving there and back gives what was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { minKeys: 1 }), original => {
      const before = JSON.stringify(original)
      const key = Object.keys(original)[0]!
      fc.pre(key !== '__proto__' && !Object.hasOwn(original, 'new'))
      const from = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      const there = fixed(original, [{ op: 'move', from, path: '/new' }])
      expect(JSON.stringify(original)).toBe(before)
      expect(fixed(there, [{ op: 'move', from: '/new', path: from }])).toEqual(original)
    }),
  )
})

test('rows of a table are fixed by their columns, with quotes where they are needed', () => {
  const fix: Fix = [
    { op: 'rewrite', path: '/day', pattern: '/', to: '-' },
    { op: 'add', path: '/test', value: 'a, "b"' },
  ]
  expect(fixedText('who,day\n"Ex, A",1/2\n', fix, LETTER, { mappings: [] })).toBe(
    'who,day,test\n"Ex, A",1-2,"a, ""b"""',
  )
})

test('rows of a file without a header have the columns that its mapping file says', () => {
  const block = {
    time: { text: '{t}' },
    kind: 'met',
    participants: [{ id: '{i}', idType: 'sourcedId', role: 'student' }],
  }
  const files = { files: ['scores.csv'], format: 'tsv', columns: ['t', 'i'] }
  const mapping = Mapping.parse({ source: 'sis', interactions: [{ ...files, ...block }] })
  const fix: Fix = [{ op: 'replace', path: '/t', value: 'noon' }]
  expect(fixedText('1\ts-1', fix, LETTER, { mappings: [mapping] })).toBe('noon\ts-1')
})

test.each([
  ['[]', /fix/],
  ['{"op":"remove"}', /array/],
  ['[{"op":"remove","path":"actor"}]', /JSON pointer/],
  ['[{"op":"rewrite","path":"/a","pattern":"(","to":""}]', /regular expression/],
  ['[{"op":"merge","path":"/a"}]', /op/],
  ['nothing', /no.* JSON/],
])('a fix that cannot be understood is refused: %s', async (text, fault) => {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-fix-'))
  await writeFile(join(folder, 'fix.json'), text)
  await expect(readFix(join(folder, 'fix.json'))).rejects.toMatchObject({
    code: 'FILE_INVALID',
    message: expect.stringMatching(fault) as unknown,
  })
  await rm(folder, { recursive: true })
})

test.each([
  [
    'RECORD_INVALID: statements[7].result.score.scaled is 50, expected at most 1. The whole request …',
    'statements[].result.score.scaled: at most 1',
  ],
  [
    'ROW_INVALID: users.csv row 18 field role is a string of 5 characters, expected one of student, teacher; users.csv row 18 field grade is x, expected y. This',
    'users.csv field role: one of student, teacher',
  ],
  [
    'ROW_INVALID: tracking.log line 7 object 2 field time is "noon", expected a time. This event',
    'tracking.log field time: a time',
  ],
  ['RECORD_CONFLICT: record 0198 came twice with different content: from …', 'RECORD_CONFLICT'],
])('the rule of %s', (reason, rule) => {
  expect(ruleOf({ code: reason.slice(0, reason.indexOf(':')), reason })).toBe(rule)
})
