import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonObjects, type JsonObject } from '../../ingest/load/json-objects.ts'

async function objects(...chunks: string[]): Promise<JsonObject[]> {
  const found: JsonObject[] = []
  for await (const object of jsonObjects(chunks)) found.push(object)
  return found
}
/** Values, and of faults where they stand and what they are. */
const read = async (...chunks: string[]): Promise<unknown[]> =>
  (await objects(...chunks)).map(object =>
    object.fault === undefined ? object.value : `${object.line}: ${object.fault}`,
  )

test.each<[string, string]>([
  ['one a line', '{"a":1}\n{"a":"}"}\n\n{"a":{"b":"\\"{"}}\n'],
  ['one a line, with the line ends of Windows', '{"a":1}\r\n{"a":"}"}\r\n{"a":{"b":"\\"{"}}\r\n'],
  ['in an array', '[{"a":1},{"a":"}"},{"a":{"b":"\\"{"}}]'],
  ['in an array, one a line', '[\n{"a":1},\n{"a":"}"},\n{"a":{"b":"\\"{"}}\n]\n'],
  ['in several arrays', '[{"a":1}]\n[{"a":"}"},{"a":{"b":"\\"{"}}]'],
  ['without anything between them', '{"a":1}{"a":"}"}{"a":{"b":"\\"{"}}'],
  ['laid out over lines', '[\n  {\n    "a": 1\n  },\n  {\n    "a": "}"\n  },\n  {\n "a": {\n"b": "\\"{"\n}\n  }\n]\n'],
])('objects are read %s', async (_how, text) => {
  expect(await read(text)).toEqual([{ a: 1 }, { a: '}' }, { a: { b: '"{' } }])
})

test.each<[string, string, unknown[]]>([
  ['is cut off in a text', '{"a":"b\n{"a":1}\n', ['1: an object that is cut off inside a text', { a: 1 }]],
  ['is cut off between texts', '{"a":1}\n{"a":[1,\n{"a":2}\n', [{ a: 1 }, '2: an object that is cut off', { a: 2 }]],
  [
    'lost its beginning',
    'ype":"x","context":{"a":1}}\n{"a":1}\n',
    ['1: 27 characters that are no JSON object', { a: 1 }],
  ],
  ['is no JSON', '{"a":1}\n{"a":01}\n{"a":2}', [{ a: 1 }, '2: 8 characters that are not JSON', { a: 2 }]],
  [
    'is no object',
    '7\n{"a":1}\n"text"\n',
    ['1: 1 characters that are no JSON object', { a: 1 }, '3: 6 characters that are no JSON object'],
  ],
  [
    'is no object in an array',
    '[1, {"a":1}, null, {"a":2}]',
    ['1: 3 characters that are no JSON object', { a: 1 }, '1: 6 characters that are no JSON object', { a: 2 }],
  ],
  ['has bytes that are not UTF-8', '{"a":"\ufffd"}\n{"a":1}', ['1: an object with bytes that are not UTF-8', { a: 1 }]],
  ['never ends', '{"a":1}\n{"a":', [{ a: 1 }, '2: an object that is cut off']],
])('an object that %s is one fault, and reading goes on', async (_what, text, expected) => {
  expect(await read(text)).toEqual(expected)
})

test('an object beyond a megabyte is a fault, is not kept, and the next one is read, also on the same line', async () => {
  const long = Array.from({ length: 40 }, () => '"x":"' + 'y'.repeat(60_000) + '",')
  const found = await objects('[{', ...long, '"a":0},{"a":1}]')
  expect(found).toMatchObject([{ fault: 'an object of more than 1048576 characters' }, { value: { a: 1 } }])
  expect(found[0]!.text.length).toBeLessThan(1_200_000)
})

test('objects on one line are counted, so that each has a place', async () => {
  expect(await objects('{"a":1}\n{"a":2}{"a":3}')).toMatchObject([
    { line: 1, nth: 1 },
    { line: 2, nth: 1 },
    { line: 2, nth: 2 },
  ])
})

test('whatever the objects, their layout and where the text is cut, the same objects are read', async () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }))
  const layout = fc.constantFrom('lines', 'array', 'laid out', 'joined')
  await fc.assert(
    fc.asyncProperty(
      fc.array(object, { maxLength: 6 }),
      layout,
      fc.array(fc.nat(400), { maxLength: 5 }),
      async (values, how, cuts) => {
        const texts = values.map(value => JSON.stringify(value))
        const text = {
          lines: texts.join('\n'),
          array: JSON.stringify(values),
          'laid out': JSON.stringify(values, null, 2),
          joined: texts.join(''),
        }[how]
        const bounds = [0, ...cuts.map(cut => Math.min(cut, text.length)).sort((a, b) => a - b), text.length]
        const chunks = bounds.slice(1).map((end, i) => text.slice(bounds[i], end))
        expect(await read(...chunks)).toEqual(texts.map(value => JSON.parse(value) as unknown))
      },
    ),
    { numRuns: 300, seed: 7 },
  )
})
