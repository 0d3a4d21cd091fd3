import { invert } from './linear-solve.ts'
import type { FrischNewton } from './frisch-newton.ts'
import { selectSmallest } from './quantile.ts'
import { spread, times, timesTransposed, type SparseRows } from './sparse-rows.ts'

/**
 * From an interior point to an exact optimum of quantile regression: a fit through as many rows as there are columns.
 *
 * The rows nearest the interior fit are taken for that basis; pivots as those of Barrodale & Roberts 1973 lead on to the optimum
 * from there, mostly none or a few. Optimality is certified by the dual weights of the basis, not by a tolerance on progress:
 * all of them in [tau - 1, tau]. Where scores tie, more rows than columns lie on one fit and pivots would go round in circles;
 * so the pivots see every y moved by a billionth, each by another part of it, which breaks the ties (Charnes 1952). A basis
 * that is optimal then is optimal for y itself, to that billionth, and the coefficients are those of y itself.
 */
export type Vertex = {
  b: Float64Array
  basis: Int32Array
  matrix: Float64Array
  inverse: Float64Array
  reduced: Float64Array
  gradient: Float64Array
  direction: Float64Array
  /** y, its ties broken. */
  untied: Float64Array
  residual: Float64Array
  weight: Float64Array
  along: Float64Array
  /** Rows that an edge crosses, and how far along it. */
  crossed: Int32Array
  reach: Float64Array
}

export type VertexResult = { isOptimal: boolean; pivots: number }

export function vertex(rows: number, columns: number): Vertex {
  const square = (): Float64Array => new Float64Array(columns * columns)
  const column = (): Float64Array => new Float64Array(columns)
  const perRow = (): Float64Array => new Float64Array(rows)
  return {
    b: column(),
    basis: new Int32Array(columns),
    matrix: square(),
    inverse: square(),
    reduced: square(),
    gradient: column(),
    direction: column(),
    untied: perRow(),
    residual: perRow(),
    weight: perRow(),
    along: perRow(),
    crossed: new Int32Array(rows),
    reach: perRow(),
  }
}

/** Rows looked at for a basis at first, per column. */
const CANDIDATES = 3
const MAX_PIVOTS = 2000
/** Change of a residual along an edge that is rounding only. */
const NO_RATE = 1e-12
const DUAL_TOLERANCE = 1e-9
/** In units in which the spread of y is about 1. */
const UNTIE = 1e-9
const GOLDEN = (Math.sqrt(5) - 1) / 2
/** Part of a row that earlier ones of the basis do not explain, below which it is taken to depend on them. */
const INDEPENDENT = 1e-6

/**
 * @param space its `b` holds the coefficients afterwards if the result is optimal
 * @param interior where a solver stopped
 * @returns isOptimal: certified; false also where rows tie so that no single basis shows it
 */
export function toVertex(
  space: Vertex,
  x: SparseRows,
  y: Float64Array,
  tau: number,
  interior: FrischNewton,
): VertexResult {
  if (!chooseBasis(space, x, interior)) return { isOptimal: false, pivots: 0 }
  // Multiples of the golden section are spread evenly and never alike.
  for (let i = 0; i < x.count; i++) space.untied[i] = y[i]! + UNTIE * ((i * GOLDEN) % 1)
  for (let i = x.count; i < x.count + x.denseCount; i++) space.untied[i] = y[i]!
  for (let pivots = 0; pivots <= MAX_PIVOTS; pivots++) {
    if (!invertBasis(space, x)) return { isOptimal: false, pivots }
    throughBasis(space, x, space.untied)
    residualsOf(space, x)
    const { row, excess } = worstDual(space, x, tau)
    if (row < 0) {
      throughBasis(space, x, y)
      return { isOptimal: true, pivots }
    }
    const enters = corner(space, x, row, excess)
    if (enters < 0) return { isOptimal: false, pivots }
    space.basis[row] = enters
  }
  return { isOptimal: false, pivots: MAX_PIVOTS }
}

/** The rows that an interior solution is nearest to, as far as they are independent of one another. */
function chooseBasis(space: Vertex, x: SparseRows, { a, c, u, v }: FrischNewton): boolean {
  for (let row = 0; row < x.count; row++) {
    // On the fit, the residual goes to 0 and the dual weight stays inside; elsewhere the other way round.
    space.along[row] = Math.max(u[row]!, v[row]!) / Math.min(a[row]!, c[row]!)
  }
  // Where many rows are alike, the nearest ones do not suffice.
  return basisAmong(space, x, Math.min(x.count, CANDIDATES * x.columns)) || basisAmong(space, x, x.count)
}

/** A basis of the so many rows with the smallest numbers in `along`, in their order. */
function basisAmong(
  { along, reach, crossed, basis, reduced, direction }: Vertex,
  x: SparseRows,
  most: number,
): boolean {
  reach.set(along.subarray(0, x.count))
  const farthest = selectSmallest(reach, x.count, most - 1)
  let count = 0
  for (let row = 0; row < x.count; row++) if (along[row]! <= farthest) crossed[count++] = row
  const candidates = crossed.subarray(0, count).sort((i, j) => along[i]! - along[j]! || i - j)
  let chosen = 0
  for (const row of candidates) {
    spread(x, row, runOf(x, row), direction, 0)
    if (addIndependent(reduced, chosen, x.columns, direction)) basis[chosen++] = row
    if (chosen === x.columns) return true
  }
  return false
}

/** Gram–Schmidt, twice for accuracy; keeps what is left of the row if anything is. */
function addIndependent(kept: Float64Array, count: number, columns: number, row: Float64Array): boolean {
  const before = Math.sqrt(dot(row, 0, row, 0, columns))
  for (let pass = 0; pass < 2; pass++) {
    for (let i = 0; i < count; i++) {
      const share = dot(row, 0, kept, i * columns, columns)
      for (let k = 0; k < columns; k++) row[k]! -= share * kept[i * columns + k]!
    }
  }
  const after = Math.sqrt(dot(row, 0, row, 0, columns))
  if (!(after > INDEPENDENT * before)) return false
  for (let k = 0; k < columns; k++) kept[count * columns + k] = row[k]! / after
  return true
}

function dot(a: Float64Array, fromA: number, b: Float64Array, fromB: number, count: number): number {
  let sum = 0
  for (let k = 0; k < count; k++) sum += a[fromA + k]! * b[fromB + k]!
  return sum
}

/** False if the rows of the basis do not determine a fit. */
function invertBasis({ basis, matrix, inverse }: Vertex, x: SparseRows): boolean {
  const { columns } = x
  for (let j = 0; j < columns; j++) spread(x, basis[j]!, runOf(x, basis[j]!), matrix, j * columns)
  return invert(matrix, columns, inverse)
}

function throughBasis({ b, basis, inverse }: Vertex, { columns }: SparseRows, y: Float64Array): void {
  for (let k = 0; k < columns; k++) {
    let sum = 0
    for (let j = 0; j < columns; j++) sum += inverse[k * columns + j]! * y[basis[j]!]!
    b[k] = sum
  }
}

function residualsOf({ b, basis, untied, residual }: Vertex, x: SparseRows): void {
  times(x, b, residual)
  const rows = x.count + x.denseCount
  for (let i = 0; i < rows; i++) residual[i] = untied[i]! - residual[i]!
  for (const row of basis) residual[row] = 0
}

/**
 * The row of the basis whose dual weight is farthest outside [tau - 1, tau].
 *
 * @returns row -1 if none is; `excess` positive above tau, negative below tau - 1
 */
function worstDual(space: Vertex, x: SparseRows, tau: number): { row: number; excess: number } {
  const { basis, inverse, residual, weight, gradient } = space
  const { columns } = x
  const rows = x.count + x.denseCount
  for (let i = 0; i < rows; i++) weight[i] = residual[i]! < 0 ? tau - 1 : tau
  for (let j = 0; j < columns; j++) weight[basis[j]!] = 0
  timesTransposed(x, weight, gradient)
  let row = -1
  let excess = 0
  for (let j = 0; j < columns; j++) {
    let dual = 0
    for (let k = 0; k < columns; k++) dual -= inverse[k * columns + j]! * gradient[k]!
    const over = dual > tau ? dual - tau : dual < tau - 1 ? dual - (tau - 1) : 0
    if (Math.abs(over) <= Math.max(DUAL_TOLERANCE, Math.abs(excess))) continue
    row = j
    excess = over
  }
  return { row, excess }
}

/** Leaves the basis by one row, as far along that edge as the loss falls. Returns the row that enters; -1 if none does. */
function corner(space: Vertex, x: SparseRows, leaving: number, excess: number): number {
  const { basis, inverse, residual, direction, along, crossed, reach } = space
  const { columns } = x
  for (let k = 0; k < columns; k++) direction[k] = -Math.sign(excess) * inverse[k * columns + leaving]!
  times(x, direction, along)
  for (const row of basis) along[row] = 0
  let count = 0
  for (let row = 0; row < x.count; row++) {
    const rate = along[row]!
    // A row on the fit counts as above it, so that only falling below it is a corner.
    if (Math.abs(rate) < NO_RATE || (residual[row]! < 0 ? rate > 0 : rate < 0)) continue
    reach[row] = residual[row]! / rate
    crossed[count++] = row
  }
  return rowAtSlope(space, count, Math.abs(excess))
}

/**
 * The row at whose crossing the loss begins to rise: the loss falls by `slope` at first, and each row that is crossed adds its
 * rate. A selection like that of a weighted median, linear in the number of rows.
 *
 * @param count rows in `crossed`, which is reordered
 */
function rowAtSlope({ crossed, reach, along }: Vertex, count: number, slope: number): number {
  let low = 0
  let high = count
  let left = slope
  while (high - low > 1) {
    const pivot = reach[crossed[(low + high) >> 1]!]!
    let nearer = low
    let same = low
    let farther = high
    let nearerRate = 0
    let sameRate = 0
    while (same < farther) {
      const row = crossed[same]!
      const at = reach[row]!
      if (at > pivot) {
        crossed[same] = crossed[--farther]!
        crossed[farther] = row
        continue
      }
      if (at < pivot) {
        nearerRate += Math.abs(along[row]!)
        crossed[same] = crossed[nearer]!
        crossed[nearer++] = row
      } else sameRate += Math.abs(along[row]!)
      same++
    }
    if (nearerRate >= left) high = nearer
    else if (nearerRate + sameRate >= left) return crossed[nearer]!
    else {
      left -= nearerRate + sameRate
      low = farther
    }
  }
  // Past the last crossing the loss would fall for ever: rounding alone brings us there.
  return high > low ? crossed[low]! : -1
}

/** The run that a row lies in. */
function runOf({ begins, runs }: SparseRows, row: number): number {
  let low = 0
  let high = runs - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (begins[middle]! <= row) low = middle
    else high = middle - 1
  }
  return low
}
