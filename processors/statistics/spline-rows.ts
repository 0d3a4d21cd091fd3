import { basisAt, columnsOf, intervalOf, SUPPORT, type Knots } from './b-spline.ts'
import type { SparseRows } from './sparse-rows.ts'

/** A design matrix, and from which row of the input each of its rows comes. */
export type SplineRows = { x: SparseRows; order: Uint32Array }

/**
 * The matrix [1, B(v1), B(v2), …] of cubic B-splines. Rows are sorted by cell between knots, then by the variables, then by
 * `last`: whatever the order of the input, equal data gives the same matrix and so the same fits, bit by bit.
 *
 * @param variables one array each, all of one length, inside the boundaries of their knots
 * @param rows which rows of the variables to take
 * @param last decides among rows alike in all variables
 */
export function splineRows(
  knots: readonly Knots[],
  variables: readonly Float64Array[],
  rows: Uint32Array,
  last: Float64Array,
): SplineRows {
  const intervals = variables.map((variable, v) => Uint8Array.from(rows, row => intervalOf(knots[v]!, variable[row]!)))
  const cells = new Uint16Array(rows.length)
  knots.forEach((each, v) => {
    for (let i = 0; i < rows.length; i++) cells[i] = cells[i]! * intervalsOf(each) + intervals[v]![i]!
  })
  const sorted = Uint32Array.from(rows, (_, i) => i).sort(byCell(cells, variables, rows, last))
  const x = emptyRows(knots, rows.length)
  placeRuns(x, cells, sorted)
  for (let at = 0; at < sorted.length; at++) {
    const i = sorted[at]!
    x.values[at * x.width] = 1
    for (const [v, each] of knots.entries()) {
      const interval = intervals[v]![i]!
      const into = at * x.width + 1 + v * SUPPORT
      basisAt(each, interval, variables[v]![rows[i]!]!, x.values, into)
      // The first function of a basis has no column.
      if (interval === 0) x.values[into] = 0
    }
  }
  return { x, order: sorted.map(i => rows[i]!) }
}

const intervalsOf = ({ inner }: Knots): number => inner.length + 1

function byCell(cells: Uint16Array, variables: readonly Float64Array[], rows: Uint32Array, last: Float64Array) {
  return (i: number, j: number): number => {
    if (cells[i] !== cells[j]) return cells[i]! - cells[j]!
    for (const variable of variables) {
      const difference = variable[rows[i]!]! - variable[rows[j]!]!
      if (difference !== 0) return difference
    }
    return last[rows[i]!]! - last[rows[j]!]!
  }
}

function emptyRows(knots: readonly Knots[], count: number): SparseRows {
  const width = 1 + SUPPORT * knots.length
  const runs = knots.reduce((product, each) => product * intervalsOf(each), 1)
  return {
    count,
    columns: 1 + knots.reduce((sum, each) => sum + columnsOf(each), 0),
    width,
    values: new Float64Array(count * width),
    runs,
    begins: new Int32Array(runs + 1),
    runColumns: columnsOfRuns(knots, runs, width),
    denseCount: 0,
    dense: new Float64Array(0),
    scratch: new Float64Array((width * (width + 1)) / 2),
  }
}

/** In every cell: column 0, then of every variable the four columns that differ from zero there. */
function columnsOfRuns(knots: readonly Knots[], runs: number, width: number): Int32Array {
  const columns = new Int32Array(runs * width)
  for (let run = 0; run < runs; run++) {
    let rest = run
    let first = 1 + knots.reduce((sum, each) => sum + columnsOf(each), 0)
    for (let v = knots.length - 1; v >= 0; v--) {
      const interval = rest % intervalsOf(knots[v]!)
      rest = Math.floor(rest / intervalsOf(knots[v]!))
      first -= columnsOf(knots[v]!)
      for (let j = 0; j < SUPPORT; j++) {
        columns[run * width + 1 + v * SUPPORT + j] = first + Math.max(0, interval + j - 1)
      }
    }
  }
  return columns
}

function placeRuns({ begins, runs }: SparseRows, cells: Uint16Array, sorted: Uint32Array): void {
  for (const cell of cells) begins[cell + 1]!++
  for (let run = 0; run < runs; run++) begins[run + 1]! += begins[run]!
  // Rows are sorted by cell, so that counting them places them.
  if (begins[runs] !== sorted.length) throw new RangeError(`${sorted.length} rows, ${begins[runs]} in cells`)
}
