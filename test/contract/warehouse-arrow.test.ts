import { tableFromIPC } from 'apache-arrow'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  arrowStream,
  boolColumn,
  dictionaryColumn,
  dictionaryListColumn,
  hexColumn,
  hexListColumn,
  hexUint64Column,
  int64Column,
  millisecondsColumn,
  nullableBoolColumn,
  nullableFloatColumn,
  numberColumn,
  textColumn,
  uuidColumn,
  type ArrowColumn,
} from '../../infra/warehouse/arrow-batch.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

const warehouse = await freshWarehouse({ migrated: false })

/** The column's values as ClickHouse prints them after a trip through a table of that type. */
async function stored(type: string, column: ArrowColumn, read = 'toString(v)'): Promise<unknown[]> {
  const table = `t_${crypto.randomUUID().replaceAll('-', '')}`
  await warehouse.command(
    `CREATE TABLE ${table} (i UInt32, v ${type}) ENGINE = MergeTree ORDER BY i SETTINGS allow_nullable_key = 1`,
  )
  const order = numberColumn(
    'i',
    'UInt32',
    Uint32Array.from({ length: column.data.length }, (_, i) => i),
  )
  await warehouse.insertArrow(table, arrowStream(column.data.length, [column, order]))
  const rows = await warehouse.query<{ v: unknown }>(`SELECT ${read} AS v FROM ${table} ORDER BY i`)
  await warehouse.command(`DROP TABLE ${table} SYNC`)
  return rows.map(row => row.v)
}

const zeros = '0'.repeat(64)
const ones = 'f'.repeat(64)
const mixed = '00ff0a0a3b27'.padEnd(64, '5c')

test.each([
  [
    'Date',
    numberColumn('v', 'Date', Uint16Array.from([0, 1, 20_514, 65_535])),
    ['1970-01-01', '1970-01-02', '2026-03-02', '2149-06-06'],
  ],
  [
    'Date32',
    numberColumn('v', 'Date32', Int32Array.from([-25_567, 0, 120_529])),
    ['1900-01-01', '1970-01-01', '2299-12-31'],
  ],
  [
    "DateTime('UTC')",
    numberColumn('v', 'DateTime', Uint32Array.from([0, 4_294_967_295])),
    ['1970-01-01 00:00:00', '2106-02-07 06:28:15'],
  ],
  [
    "DateTime64(3, 'UTC')",
    millisecondsColumn('v', [0, -1, 1_772_463_600_123, 10_413_791_999_999, -2_208_988_800_000]),
    [
      '1970-01-01 00:00:00.000',
      '1969-12-31 23:59:59.999',
      '2026-03-02 15:00:00.123',
      '2299-12-31 23:59:59.999',
      '1900-01-01 00:00:00.000',
    ],
  ],
  ['UInt8', numberColumn('v', 'UInt8', Uint8Array.from([0, 255])), ['0', '255']],
  ['UInt16', numberColumn('v', 'UInt16', Uint16Array.from([0, 65_535])), ['0', '65535']],
  ['UInt32', numberColumn('v', 'UInt32', Uint32Array.from([0, 4_294_967_295])), ['0', '4294967295']],
  ['UInt64', numberColumn('v', 'UInt64', BigUint64Array.from([0n, 2n ** 64n - 1n])), ['0', '18446744073709551615']],
  [
    'Int64',
    numberColumn('v', 'Int64', BigInt64Array.from([-(2n ** 63n), 2n ** 63n - 1n])),
    ['-9223372036854775808', '9223372036854775807'],
  ],
  [
    'Int64',
    int64Column('v', [0, -1, 2 ** 31, 2 ** 32, -(2 ** 32), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]),
    ['0', '-1', '2147483648', '4294967296', '-4294967296', '9007199254740991', '-9007199254740991'],
  ],
  ['Float64', numberColumn('v', 'Float64', Float64Array.from([0.1, -1e300, 5e-324])), ['0.1', '-1e300', '5e-324']],
  ['Bool', boolColumn('v', [true, false]), ['true', 'false']],
  ['Nullable(Bool)', nullableBoolColumn('v', [null, true, false, null]), [null, 'true', 'false', null]],
  ['Nullable(Bool)', nullableBoolColumn('v', [true, false]), ['true', 'false']],
  [
    'Nullable(Float64)',
    nullableFloatColumn('v', [null, 0.5, 0, -1, null, null, null, null, 2]),
    [null, '0.5', '0', '-1', null, null, null, null, '2'],
  ],
  [
    'UUID',
    uuidColumn('v', [
      '00112233-4455-6677-8899-aabbccddeeff',
      '00112233445566778899AABBCCDDEEFF',
      'ffffffff-ffff-ffff-ffff-fffffffffffe',
    ]),
    [
      '00112233-4455-6677-8899-aabbccddeeff',
      '00112233-4455-6677-8899-aabbccddeeff',
      'ffffffff-ffff-ffff-ffff-fffffffffffe',
    ],
  ],
  [
    'UInt64',
    hexUint64Column('v', ['0000000000000000', 'ffffffffffffffff', '0123456789abcdef']),
    ['0', '18446744073709551615', '81985529216486895'],
  ],
])('%s keeps its edge values', async (type, column, expected) => {
  expect(await stored(type, column)).toEqual(expected)
})

test.each([
  ['FixedString(32)', hexColumn('v', [zeros, ones, mixed]), 'lower(hex(v))', [zeros, ones, mixed]],
  [
    'Array(FixedString(32))',
    hexListColumn('v', [[], [zeros, ones], [], [mixed]]),
    'arrayMap(x -> lower(hex(x)), v)',
    [[], [zeros, ones], [], [mixed]],
  ],
  ['Array(FixedString(32))', hexListColumn('v', [[], []]), 'v', [[], []]],
  [
    'String',
    textColumn('v', ['', 'a\n\n; DROP TABLE x', "q'\0\\", 'ü😀']),
    'v',
    ['', 'a\n\n; DROP TABLE x', "q'\0\\", 'ü😀'],
  ],
  ['LowCardinality(String)', dictionaryColumn('v', ['b', '', 'b', 'ü😀', 'a']), 'v', ['b', '', 'b', 'ü😀', 'a']],
  [
    'Array(LowCardinality(String))',
    dictionaryListColumn('v', [['x', 'ü'], [], ['', 'x']]),
    'v',
    [['x', 'ü'], [], ['', 'x']],
  ],
  ['Array(LowCardinality(String))', dictionaryListColumn('v', [[], []]), 'v', [[], []]],
])('%s keeps every byte', async (type, column, read, expected) => {
  expect(await stored(type, column, read)).toEqual(expected)
})

test('any texts come back as they were, as text and as dictionary', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 60 }), async values => {
      expect(await stored('String', textColumn('v', values), 'v')).toEqual(values)
      expect(await stored('LowCardinality(String)', dictionaryColumn('v', values), 'v')).toEqual(values)
    }),
    { numRuns: 12, seed: 20260302 },
  )
})

test('halves of a surrogate pair in two texts stay in their texts', async () => {
  expect(await stored('String', textColumn('v', ['a\ud83d', '\ude00b', 'c']), 'v')).toEqual(['a\ufffd', '\ufffdb', 'c'])
})

test('a column that is missing from the stream takes its default', async () => {
  await warehouse.command("CREATE TABLE defaults (a UInt8, b String DEFAULT 'x') ENGINE = MergeTree ORDER BY a")
  await warehouse.insertArrow('defaults', arrowStream(1, [numberColumn('a', 'UInt8', Uint8Array.of(7))]))
  expect(await warehouse.query('SELECT * FROM defaults')).toEqual([{ a: 7, b: 'x' }])
})

test('a text that is not hexadecimal of the right length is refused with its row', () => {
  expect(() => hexColumn('person_id', [zeros, `${zeros}00`])).toThrow(/person_id, row 2/)
  expect(() => hexColumn('person_id', [zeros.slice(2)])).toThrow(/32 bytes/)
  expect(() => uuidColumn('id', ['00112233-4455-6677-8899-aabbccddeefg'])).toThrow(/id, row 1/)
  expect(() => uuidColumn('id', ['00112233-4455-6677-8899-aabbccddeeff0'])).toThrow(/id, row 1/)
  expect(() => arrowStream(2, [hexColumn('person_id', [zeros])])).toThrow(/1 rows, expected 2/)
})

test('a SELECT gives Arrow that apache-arrow reads', async () => {
  const { stream } = await warehouse.client.exec({
    query: 'SELECT toInt32(number) AS n, toString(number) AS s FROM numbers(3) FORMAT ArrowStream',
    clickhouse_settings: { output_format_arrow_compression_method: 'none' },
  })
  const table = tableFromIPC(await Array.fromAsync(stream).then(chunks => Buffer.concat(chunks as Buffer[])))
  expect(table.toArray().map(row => row.toJSON())).toEqual([0, 1, 2].map(n => ({ n, s: String(n) })))
})
