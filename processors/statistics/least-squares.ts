/** A fitted linear model. */
export type LeastSquares = {
  /** One a column; 0 for a column that is left out. */
  coefficients: Float64Array
  residuals: Float64Array
  /** Sum of squared residuals. */
  sse: number
  /** Columns that the others determine: left out, in the order given. */
  dropped: number[]
  /** Rows less columns that are in. */
  freedom: number
}

/** A column of which no more than this share is left beside the others says nothing of its own. */
const NOTHING = 1e-9

/**
 * Ordinary least squares by Householder reflections (Golub & Van Loan 2013, 5.2), which never square the condition of the
 * columns. Each is first divided by its length; one that the columns before it determine is left out, as R's `lm` does.
 *
 * @param columns of equal length, finite; a column of ones gives the intercept
 */
export function leastSquares(columns: readonly Float64Array[], y: Float64Array): LeastSquares {
  const rows = y.length
  const lengths = columns.map(column => lengthFrom(column, 0))
  const work = columns.map((column, k) => column.map(value => (lengths[k]! > 0 ? value / lengths[k]! : 0)))
  const right = y.slice()
  const kept: number[] = []
  const dropped: number[] = []
  for (let k = 0; k < columns.length; k++) {
    const column = work[k]!
    const at = kept.length
    if (at >= rows || lengthFrom(column, at) <= NOTHING) {
      dropped.push(k)
      continue
    }
    reflect(column, at, [...work.slice(k + 1), right])
    kept.push(k)
  }
  const coefficients = new Float64Array(columns.length)
  for (let at = kept.length - 1; at >= 0; at--) {
    let sum = right[at]!
    for (let other = at + 1; other < kept.length; other++) sum -= work[kept[other]!]![at]! * coefficients[kept[other]!]!
    coefficients[kept[at]!] = sum / work[kept[at]!]![at]!
  }
  for (const k of kept) coefficients[k]! /= lengths[k]!
  const residuals = y.map((value, row) => kept.reduce((rest, k) => rest - coefficients[k]! * columns[k]![row]!, value))
  const sse = residuals.reduce((sum, value) => sum + value * value, 0)
  return { coefficients, residuals, sse, dropped, freedom: rows - kept.length }
}

/** Turn a column so that nothing is left below row `at`, and the others with it. */
function reflect(column: Float64Array, at: number, others: readonly Float64Array[]): void {
  const length = lengthFrom(column, at)
  const end = column[at]! > 0 ? -length : length
  const vector = column.slice(at)
  vector[0]! -= end
  const squares = vector.reduce((sum, value) => sum + value * value, 0)
  for (const other of others) {
    let product = 0
    for (let row = 0; row < vector.length; row++) product += vector[row]! * other[at + row]!
    const share = (2 * product) / squares
    for (let row = 0; row < vector.length; row++) other[at + row]! -= share * vector[row]!
  }
  column.fill(0, at)
  column[at] = end
}

function lengthFrom(column: Float64Array, at: number): number {
  let squares = 0
  for (let row = at; row < column.length; row++) squares += column[row]! ** 2
  return Math.sqrt(squares)
}
