import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { anonymised, anonymity, type Row } from '../../processors/publish/anonymity.ts'

const QUASI = ['grade', 'band']
const reference = (file: string) => readFileSync(new URL(`../reference/privacy/${file}`, import.meta.url), 'utf8')

test('k and l are those of pycanon', () => {
  // The rows of k-anonymity.py.
  const column = (parts: [string, number][]) => parts.flatMap(([value, times]) => Array<string>(times).fill(value))
  const grades = column([['3-4', 6], ['5-6', 5]]) // prettier-ignore
  const bands = column([['L', 3], ['H', 3], ['L', 5]]) // prettier-ignore
  const rows = grades.map((grade, i) => ({ grade, band: bands[i]!, flag: 'ababbaaabab'[i]! }))
  const { k, l } = anonymity(rows, QUASI, ['flag'])
  expect(`k ${k} l ${l}\n`).toBe(reference('k-anonymity.out'))
})

test('a value that is missing is a value like others, and a table without rows has nobody to tell of', () => {
  const rows: Row[] = [{ grade: null }, { grade: null }, {}, { grade: '3' }, { grade: '3' }]
  expect(anonymity(rows, ['grade'], [])).toEqual({ k: 2, l: Infinity, groups: 2 })
  expect(anonymity([], ['grade'], ['flag'])).toEqual({ k: Infinity, l: Infinity, groups: 0 })
})

const steps = [
  { column: 'grade', coarser: (grade: string) => (Number(grade) < 6 ? '3-5' : '6-8') },
  { column: 'band', coarser: () => null },
]

test('what is rare is said more coarsely, then dropped', () => {
  const people = (grade: string, band: string, count: number): Row[] =>
    Array.from({ length: count }, (_, i) => ({ grade, band, flag: i % 2 ? 'a' : 'b' }))
  const rows = [...people('3', 'L', 12), ...people('4', 'L', 6), ...people('5', 'L', 6), ...people('8', 'H', 3)]
  expect(anonymised(rows, QUASI, ['flag'], { steps, mayDrop: 0.6 })).toMatchObject({ dropped: 15, steps: 0 })
  const { rows: kept, dropped, steps: taken } = anonymised(rows, QUASI, ['flag'], { steps, mayDrop: 0.2 })
  expect({ kept: kept.length, dropped, taken }).toEqual({ kept: 24, dropped: 3, taken: 1 })
  expect(new Set(kept.map(row => row.grade))).toEqual(new Set(['3-5']))
})

test('a group that agrees in what is sensitive tells it of everyone, and is not given', () => {
  const rows = Array.from({ length: 30 }, (_, i): Row => ({ grade: i < 15 ? '3' : '8', band: 'L', flag: i < 15 ? 'a' : 'ab'[i % 2]! })) // prettier-ignore
  expect(anonymised(rows, QUASI, ['flag'], { steps: [], mayDrop: 0 })).toMatchObject({ dropped: 15 })
})

test('whatever comes in, what is given has k of at least 10 and l of at least 2', () => {
  const aRow = fc.record({
    grade: fc.constantFrom('3', '4', '5', '6', '7', '8'),
    band: fc.constantFrom('L', 'M', 'H'),
    flag: fc.constantFrom('a', 'b'),
  })
  fc.assert(
    fc.property(fc.array(aRow, { maxLength: 200 }), fc.double({ min: 0, max: 1, noNaN: true }), (rows, mayDrop) => {
      const given = anonymised(rows, QUASI, ['flag'], { steps, mayDrop })
      const { k, l } = anonymity(given.rows, QUASI, ['flag'])
      expect(k).toBeGreaterThanOrEqual(10)
      expect(l).toBeGreaterThanOrEqual(2)
      expect(given.rows.length + given.dropped).toBe(rows.length)
    }),
    { numRuns: 200, seed: 7 },
  )
})
