import { beforeAll, describe, expect, test } from 'vitest'
import { relations, type Cell } from '../../processors/publish/cells.ts'
import { intervals, openSolver, type Solver } from '../../processors/publish/intervals.ts'
import { suppression } from '../../processors/publish/suppress.ts'

let solver: Solver
beforeAll(async () => {
  solver = await openSolver()
})

/** Schools × grades with all their margins; `beside` are students of the district who are in none of its schools. */
function tableOf(rows: readonly (readonly number[])[], beside = rows[0]!.map(() => 0)): Cell[] {
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
  const unit = (unit_type: string, unit_id: string, numbers: readonly number[]): Cell[] => [
    { unit_type, unit_id, slice: '', n: sum(numbers) },
    ...numbers.map((n, i) => ({ unit_type, unit_id, slice: `grade=0${i + 3}`, n })),
  ]
  const columns = beside.map((n, i) => n + sum(rows.map(row => row[i]!)))
  return [...rows.flatMap((row, i) => unit('school', `S${i + 1}`, row)), ...unit('district', 'd', columns)]
}

const EXAMPLE = tableOf([
  [24, 4, 31],
  [18, 22, 15],
  [12, 40, 27],
])

const numbered = (cells: readonly Cell[], ...hidden: number[]): Set<number> =>
  new Set(cells.flatMap(({ n, slice }, i) => (slice !== '' && hidden.includes(n) ? [i] : [])))

/** By the number of students, which are all different in the example. */
const bounds = (hidden: Set<number>) =>
  Object.fromEntries(
    intervals(solver, EXAMPLE, relations(EXAMPLE), hidden).map(({ n, least, most }) => [n, [least, most]]),
  )

/** `S1 grade=03`, of what suppression hides. */
const hiddenOf = (cells: readonly Cell[]): string[] =>
  suppression(solver)(cells)
    .map(({ cell }) => `${cells[cell]!.unit_id} ${cells[cell]!.slice}`.trim())
    .toSorted()

describe('the intervals are those of scipy’s linprog', () => {
  test('a cell alone is what its margins leave', () => {
    expect(bounds(numbered(EXAMPLE, 4))).toEqual({ 4: [4, 4] })
  })
  test('a second cell in its row is of no help: the columns tell', () => {
    expect(bounds(numbered(EXAMPLE, 4, 24))).toEqual({ 4: [4, 4], 24: [24, 24] })
  })
  test('a rectangle leaves 26 possibilities for each corner', () => {
    expect(bounds(numbered(EXAMPLE, 4, 24, 18, 22))).toEqual({ 4: [0, 26], 24: [2, 28], 18: [14, 40], 22: [0, 26] })
  })
})

test('of four rectangles the one with the fewest students is hidden: 64, not 68, 76 or 98', () => {
  expect(hiddenOf(EXAMPLE)).toEqual(['S1 grade=03', 'S1 grade=04', 'S2 grade=03', 'S2 grade=04'])
})

test('with nothing small, nothing is hidden', () => {
  expect(hiddenOf(tableOf([[30, 40], [50, 60]]))).toEqual([]) // prettier-ignore
})

test('in a district of one school both tables are one, and hidden alike', () => {
  const hidden = ['S1 grade=03', 'S1 grade=04', 'd grade=03', 'd grade=04']
  expect(hiddenOf(tableOf([[40, 4]]))).toEqual(hidden)
})

test('two small schools whose sum is small take a third one with them', () => {
  const cells: Cell[] = [3, 4, 50, 60, 117].map((n, i) => ({
    unit_type: i < 4 ? 'school' : 'district',
    unit_id: i < 4 ? `S${i + 1}` : 'd',
    slice: '',
    n,
  }))
  expect(hiddenOf(cells)).toEqual(['S1', 'S2', 'S3'])
})

test('students of the district who are in no school are a group that may be small', () => {
  const few = tableOf([[30, 40], [50, 60]], [3, 0]) // prettier-ignore
  const many = tableOf([[30, 40], [50, 60]], [30, 20]) // prettier-ignore
  expect(hiddenOf(few).length).toBeGreaterThan(0)
  expect(hiddenOf(many)).toEqual([])
})

test('a cell that differs from one around it by 1 to 9 students is hidden, whole or sliced', () => {
  const cells: Cell[] = [
    { unit_type: 'school', unit_id: 'S1', slice: '', n: 95 },
    { unit_type: 'school', unit_id: 'S2', slice: '', n: 20 },
    { unit_type: 'school', unit_id: 'S3', slice: '', n: 40 },
    { unit_type: 'district', unit_id: 'd', slice: '', n: 100 },
  ]
  // Of the 100, five are in other schools only: the rest of S2's and S3's students also attend S1.
  expect(hiddenOf(cells)).toContain('S1')
  const slices: Cell[] = [
    { unit_type: 'district', unit_id: 'd', slice: '', n: 200 },
    { unit_type: 'district', unit_id: 'd', slice: 'grade=03', n: 95 },
    { unit_type: 'district', unit_id: 'd', slice: 'grade=04', n: 105 },
    { unit_type: 'district', unit_id: 'd', slice: 'group=a', n: 90 },
    { unit_type: 'district', unit_id: 'd', slice: 'group=b', n: 110 },
  ]
  // Grade 3 may hold all of group a and five others.
  expect(hiddenOf(slices)).toContain('d group=a')
})

test('every total that would narrow a hidden number to fewer than ten is hidden in turn', () => {
  const cells = tableOf([[5, 3], [6, 2], [400, 300]]) // prettier-ignore
  const hidden = suppression(solver)(cells)
  for (const { cell, least, most } of hidden) {
    expect(most - least, `${cells[cell]!.unit_id} ${cells[cell]!.slice}`).toBeGreaterThanOrEqual(10)
  }
  expect(hidden.length).toBeLessThan(cells.length)
})

test('of a table whose totals contradict each other nothing is shown', () => {
  const rows = Array.from({ length: 20 }, (_, i) => [40 + i, 60 - i, 50, 45 + i])
  // The grades of the district lack one student each, the district as a whole three.
  const cells = tableOf(rows).map(cell =>
    cell.unit_type === 'district' ? { ...cell, n: cell.n - (cell.slice === '' ? 3 : 1) } : cell,
  )
  expect(suppression(solver)(cells)).toHaveLength(cells.length)
})
