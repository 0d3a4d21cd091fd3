import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvField, csvRows, decoded, type CsvRow } from '../../infra/csv.ts'

async function rowsOf(chunks: Iterable<string>, delimiter?: string): Promise<CsvRow[]> {
  const rows: CsvRow[] = []
  for await (const row of csvRows(chunks, delimiter)) rows.push(row)
  return rows
}
const fieldsOf = async (text: string): Promise<(string[] | undefined)[]> =>
  (await rowsOf([text])).map(row => (row.fault === undefined ? row.fields : undefined))

const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`
const field = fc.string({ unit: fc.constantFrom('a', 'ä', ' ', ',', '"', '\n', '\r', '7'), maxLength: 8 })
const written = fc
  .tuple(field, fc.boolean())
  .map(([text, quote]) => (quote || /[",\r\n]/.test(text) ? quoted(text) : text))
// A lone empty field is an empty line, which has no row.
const table = fc.array(fc.array(written, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 })

test('what RFC 4180 allows is read as csv-parse reads it, wherever the text is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.constantFrom('\n', '\r\n'),
      fc.array(fc.nat(40), { maxLength: 5 }),
      fc.boolean(),
      async (rows, newline, cuts, last) => {
        const text = rows.map(row => row.join(',')).join(newline) + (last ? newline : '')
        const expected = parse(text, {
          relax_column_count: true,
          skip_empty_lines: true,
          record_delimiter: ['\n', '\r\n'],
        })
        const read = await rowsOf(pieces(text, cuts))
        expect(read.map(row => (row.fault === undefined ? row.fields : row.fault))).toEqual(expected)
        expect(read.map(({ row }) => row)).toEqual(expected.map((_row, i) => i + 1))
      },
    ),
    { numRuns: 1000 },
  )
})

test('any text whatever gives rows and never an error, and every line without a quote is read', async () => {
  const anything = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r'), maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(anything, async text => {
      const rows = await rowsOf([`${text}\n1,2\n3,4\n`])
      expect(rows.at(-1)).toMatchObject({ fields: ['3', '4'] })
    }),
    { numRuns: 2000 },
  )
})

test('an unclosed quote costs its own row, not the rest of the file', async () => {
  const rows = await rowsOf(['a,b\n1,"x\n2,y\n3,z\n'])
  expect(rows.map(row => row.fault ?? row.fields)).toEqual([
    ['a', 'b'],
    'a quoted field that is not closed before the next delimiter',
    ['2', 'y'],
    ['3', 'z'],
  ])
})

test('text after a closing quote is a fault of its row; a quote within an unquoted field is itself', async () => {
  expect(await fieldsOf('1,"bro"ken\n2,6" ruler\n3,ok\n')).toEqual([undefined, ['2', '6" ruler'], ['3', 'ok']])
})

test('a quoted line break belongs to its field, and rows are counted as a spreadsheet does', async () => {
  const rows = await rowsOf(['a,b\r\n1,"x\r\ny"\r\n2,z'])
  expect(rows).toMatchObject([{ row: 1 }, { row: 2, fields: ['1', 'x\r\ny'] }, { row: 3, fields: ['2', 'z'] }])
})

test('a line that never ends is a fault, and memory stays bounded', async () => {
  const rows = await rowsOf(['a,b\n', ...Array.from({ length: 30 }, () => 'x'.repeat(100_000)), '\n1,2\n'])
  expect(rows[1]).toMatchObject({ fault: 'a line of more than 1048576 characters' })
  expect(rows[1]!.text.length).toBeLessThan(2000)
  expect(rows.at(-1)).toMatchObject({ fields: ['1', '2'] })
})

test('UTF-8 and UTF-16 with a byte order mark are read; bytes that are neither are a fault of their row', async () => {
  const read = async (...bytes: Buffer[]): Promise<unknown[]> => {
    const rows: unknown[] = []
    for await (const row of csvRows(decoded(bytes))) rows.push(row.fault ?? row.fields)
    return rows
  }
  const text = 'id,näme\n1,Zoë'
  const expected = [
    ['id', 'näme'],
    ['1', 'Zoë'],
  ]
  expect(await read(Buffer.from(text))).toEqual(expected)
  expect(await read(Buffer.from(`\ufeff${text}`))).toEqual(expected)
  expect(await read(Buffer.from(`\ufeff${text}`, 'utf16le'))).toEqual(expected)
  expect(await read(Buffer.from(`\ufeff${text}`, 'utf16le').swap16())).toEqual(expected)
  const cut = Buffer.from(text)
  expect(await read(cut.subarray(0, 5), cut.subarray(5))).toEqual(expected)
  expect(await read(Buffer.from('id,name\n1,Zoë\n2,Kim', 'latin1'))).toEqual([
    ['id', 'name'],
    'bytes that are not UTF-8',
    ['2', 'Kim'],
  ])
})

test('rows that are written read back as they were, in quotes only where they must be', async () => {
  const fields = fc.array(field, { minLength: 2, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(fields, fc.constantFrom(',', ';', '\t'), async (row, delimiter) => {
      const text = row.map(each => csvField(each, delimiter)).join(delimiter)
      const [read] = await rowsOf([`${text}\n`], delimiter)
      expect(read).toMatchObject({ fields: row })
    }),
  )
  const asWritten = ['plain', 'a,b', 'a;b', 'say "x"', ''].map(each => csvField(each, ';'))
  expect(asWritten).toEqual(['plain', 'a,b', '"a;b"', '"say ""x"""', ''])
})

test('a tab may be the delimiter', async () => {
  expect((await rowsOf(['31220\t1558\t3B\n'], '\t')).map(row => row.fault ?? row.fields)).toEqual([
    ['31220', '1558', '3B'],
  ])
})

function* pieces(text: string, cuts: readonly number[]): Generator<string> {
  let at = 0
  for (const cut of cuts) {
    yield text.slice(at, at + cut)
    at += cut
  }
  yield text.slice(at)
}
