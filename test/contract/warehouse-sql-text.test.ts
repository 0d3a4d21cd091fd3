import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatOf, insertText, onlyStatement } from '../../infra/warehouse/engine/statement-text.ts'
import { statementsOf, tokens } from '../../infra/warehouse/sql-text.ts'

describe('statements of a text', () => {
  test('semicolons in strings, names and comments separate nothing', () => {
    const pieces = [
      `SELECT ';' AS a`,
      'SELECT `;` FROM t',
      `SELECT "a;b" -- ; no\n FROM t`,
      `SELECT /* ; */ 'it''s; \\';'`,
      'SELECT $x$;$x$',
    ]
    expect(statementsOf(pieces.join(';\n'))).toEqual(pieces)
  })

  test('comments alone are no statement', () => {
    expect(statementsOf('-- one;\n;; /* two; */ ; # three')).toEqual([])
  })

  const piece = fc.oneof(
    fc.string({ maxLength: 8 }).map(text => `'${text.replace(/[\\']/g, '\\$&')}'`),
    fc.string({ maxLength: 8 }).map(text => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`),
    fc.string({ maxLength: 8 }).map(text => `\`${text.replace(/[\\`]/g, '\\$&')}\``),
    fc.string({ maxLength: 8 }).map(text => `/*${text.replaceAll('*', '')}*/`),
    fc.constantFrom('SELECT', 'a1', '(', ')', '+', ',', '1.5', 'ü'),
  )

  test('joined by semicolons and cut again, statements are the same', () => {
    const statement = fc.array(piece, { maxLength: 6 }).map(pieces => ['SELECT', ...pieces, 'x'].join(' '))
    fc.assert(
      fc.property(
        fc.array(statement, { maxLength: 5 }),
        fc.constantFrom(';', ' ;\n', ';;', '; -- c;\n', '\n;/* ; */'),
        (all, by) => {
          expect(statementsOf(all.join(by))).toEqual(all)
        },
      ),
      { seed: 20260302, numRuns: 500 },
    )
  })

  test('whatever the text, tokens follow each other and none is empty', () => {
    const unit = fc.constantFrom("'", '"', '`', '\\', '$', '-', '*', '/', '#', ';', ' ', '\n', 'a')
    fc.assert(
      fc.property(fc.string({ unit }), text => {
        let at = 0
        for (const { start, end } of tokens(text)) {
          expect(start).toBeGreaterThanOrEqual(at)
          expect(end).toBeGreaterThan(start)
          at = end
        }
        expect(at).toBeLessThanOrEqual(text.length)
      }),
      { seed: 20260302, numRuns: 2000 },
    )
  })
})

describe('an INSERT with data', () => {
  /** What the statement becomes, and its data. */
  function cut(text: string): [string, string, string] | null {
    const found = insertText(text, true)
    return (
      found && [
        text.slice(0, found.infileAt).trim(),
        `${text.slice(found.infileAt, found.formatAt)}FORMAT ${found.format}`,
        text.slice(found.dataAt),
      ]
    )
  }

  test.each([
    ['INSERT INTO t FORMAT CSV\n1,2', ['INSERT INTO t', 'FORMAT CSV', '1,2']],
    ['insert into t format CSV 1,2', ['insert into t', 'FORMAT CSV', '1,2']],
    ['INSERT INTO t FORMAT CSV;\n1,2', ['INSERT INTO t', 'FORMAT CSV', '1,2']],
    ['INSERT INTO t FORMAT RowBinary\n\n\n', ['INSERT INTO t', 'FORMAT RowBinary', '\n\n']],
    ['INSERT INTO t FORMAT CSV\r\n1', ['INSERT INTO t', 'FORMAT CSV', '1']],
    ['INSERT INTO t (a, `format`) VALUES (1, 2)', ['INSERT INTO t (a, `format`)', 'FORMAT Values', ' (1, 2)']],
    ['INSERT INTO t SETTINGS a = 1 FORMAT TSV\n1', ['INSERT INTO t', 'SETTINGS a = 1 FORMAT TSV', '1']],
    ['/* FORMAT x */ INSERT INTO format FORMAT TSV\n1', ['/* FORMAT x */ INSERT INTO format', 'FORMAT TSV', '1']],
    ['INSERT INTO TABLE d.values FORMAT TSV\n1', ['INSERT INTO TABLE d.values', 'FORMAT TSV', '1']],
    [
      "INSERT INTO {table:Identifier} VALUES ('SELECT')",
      ['INSERT INTO {table:Identifier}', 'FORMAT Values', " ('SELECT')"],
    ],
    ["INSERT INTO FUNCTION file('x', CSV) FORMAT CSV\n1", ["INSERT INTO FUNCTION file('x', CSV)", 'FORMAT CSV', '1']],
  ])('%j', (text, expected) => {
    expect(cut(text)).toEqual(expected)
  })

  test.each([
    'INSERT INTO t SELECT 1 FORMAT CSV',
    'INSERT INTO t (a) WITH x AS (SELECT 1) SELECT * FROM x',
    "INSERT INTO t FROM INFILE 'x' FORMAT CSV",
    'SELECT 1 FORMAT CSV',
    "-- INSERT INTO t FORMAT CSV\nSELECT 'FORMAT'",
    '',
  ])('%j is none', text => {
    expect(insertText(text, true)).toBeNull()
  })

  test('wherever the text is cut in two, the data begin at the same byte', () => {
    const texts = [
      'INSERT INTO t (a) FORMAT JSONEachRow \r\n{"a":1}\n',
      'INSERT INTO t VALUES (1), (2)',
      'INSERT INTO t FORMAT CSV;  \n\n1',
    ]
    for (const text of texts) {
      const cuts = Array.from({ length: text.length }, (_, end) => insertText(text.slice(0, end), false))
      const recognised = cuts.filter(cut => cut !== null)
      expect(new Set([...recognised, insertText(text, true)].map(cut => JSON.stringify(cut))).size).toBe(1)
    }
  })
})

test('one statement is taken, with or without a semicolon behind it', () => {
  expect(onlyStatement('SELECT 1; -- done; really\n')).toBe('SELECT 1')
  expect(onlyStatement("SELECT ';'")).toBe("SELECT ';'")
  expect(() => onlyStatement('SELECT 1; SELECT 2')).toThrow(/multi-statements/)
  expect(() => onlyStatement(' -- nothing')).toThrow(/empty query/)
})

test('the format of a statement is the one it names outside brackets, strings and comments', () => {
  expect(formatOf('SELECT 1 FORMAT CSV')).toBe('CSV')
  expect(formatOf('SELECT 1 FORMAT CSV SETTINGS a = 1')).toBe('CSV')
  expect(formatOf("SELECT 'FORMAT CSV' -- FORMAT TSV")).toBeNull()
  expect(formatOf('SELECT format(1)')).toBeNull()
})
