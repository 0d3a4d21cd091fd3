import { HomeroomError } from '../../infra/errors.ts'
import { beginInterior, frischNewton, solveInterior, type FrischNewton } from './frisch-newton.ts'
import { choleskyInPlace } from './linear-solve.ts'
import { selectSmallest } from './quantile.ts'
import { bands, pool, pooledRows, type PooledRows } from './pooled-rows.ts'
import { gram, mergeEqual, times, type SparseRows } from './sparse-rows.ts'
import { toVertex, vertex, type Vertex } from './vertex.ts'

export type QuantileFits = {
  /** taus × columns, in the order of taus. */
  coefficients: Float64Array
  /** Of how many taus the optimum is exact: a fit through rows, certified by its dual weights. The others are within the gap. */
  exact: number
  iterations: number
  pivots: number
  /** Problems solved: one per tau, and one more each time that a pooled row was on the wrong side. */
  solves: number
}

/** A column whose part that the others do not explain is smaller than this share of it, squared. */
const SINGULAR = 1e-12
/** Largest duality gap of a fit, as a share of the sum of |y|, y standardised. A thousand times more loses percentiles. */
const GAP = 1e-12
/** Where the interior point is left for a vertex at first. */
const GAP_FOR_VERTEX = 1e-7
/** Shares of the way to the boundary: with the first, tied scores can stall. */
const STEPS = [0.99995, 0.9995, 0.99, 0.9] as const
/** Rows kept one by one: this many times sqrt(columns) n^(2/3). */
const NEAR = 0.35
/** Fewer rows than this are solved whole. */
const POOL_FROM = 1000
/** Residuals below it, in standard units, are rounding: where scores tie, many rows lie on the fit. */
const ON_THE_FIT = 1e-10
/** So many rows on the wrong side, as a share of those kept, that the next try keeps twice as many. */
const MANY_WRONG = 0.1

/**
 * Regression quantiles of many taus, each from its neighbour's fit, outward from the middle one.
 *
 * Rows far from the neighbour's fit keep their side of it: they are pooled into one pseudo-observation per side, and the fit is
 * solved again until no pooled row was on the wrong one (Portnoy & Koenker 1997; "globbing"). Each fit ends in an exact
 * vertex where one can be certified, else within a duality gap of 1e-12 of the sum of |y|.
 *
 * @param x of full column rank (`isSingular`), without dense rows; rows that are alike are done once if they are neighbours
 * @param y finite, not all equal
 * @param taus ascending, in (0, 1)
 * @throws HomeroomError INTERNAL if a fit does not converge by any of its ways: never a number that only looks fine
 */
export function quantileFits(x: SparseRows, y: Float64Array, taus: Float64Array): QuantileFits {
  const sweep = newSweep(x, y)
  const middle = taus.length >> 1
  const { columns } = x
  const coefficients = new Float64Array(taus.length * columns)
  const at = (k: number): Float64Array => coefficients.subarray(k * columns, (k + 1) * columns)
  let exact = fitWhole(sweep, taus[middle]!, at(middle)) ? 1 : 0
  for (const step of [1, -1]) {
    for (let k = middle + step; k >= 0 && k < taus.length; k += step) {
      const isSecond = k === middle + step
      expectFit(sweep, at(k - step), isSecond ? null : at(k - 2 * step))
      if (fitFromNeighbour(sweep, taus[k]!, at(k))) exact++
    }
  }
  for (let k = 0; k < taus.length; k++) {
    const fit = at(k)
    for (let j = 0; j < columns; j++) fit[j]! *= sweep.unit
    fit[0]! += sweep.centre
  }
  const { iterations, pivots, solves } = sweep
  return { coefficients, exact, iterations, pivots, solves }
}

/** Whether some columns of x say what others say already. */
export function isSingular(x: SparseRows): boolean {
  const matrix = new Float64Array(x.columns ** 2)
  gram(x, new Float64Array(x.count + x.denseCount).fill(1), matrix)
  return choleskyInPlace(matrix, x.columns) < SINGULAR
}

/** Rows that are alike are one; y is standardised: its middle is 0, its spread between 1 and 2. */
type Sweep = PooledRows & {
  centre: number
  /** A power of two: dividing by it loses nothing. */
  unit: number
  /** Sum of |y|. */
  size: number
  /** Width of the confidence band of a fit at each row, up to a factor. */
  band: Float64Array
  expected: Float64Array
  residual: Float64Array
  distance: Float64Array
  interior: FrischNewton
  corner: Vertex
  iterations: number
  pivots: number
  solves: number
}

function newSweep(given: SparseRows, givenY: Float64Array): Sweep {
  const { standard, centre, unit } = standardised(givenY)
  const { x, y } = mergeEqual(given, standard)
  const rows = x.count
  let sum = 0
  for (const value of y) sum += Math.abs(value)
  return {
    ...pooledRows(x, y),
    centre,
    unit,
    size: sum,
    band: bands(x),
    expected: new Float64Array(x.columns),
    residual: new Float64Array(rows),
    distance: new Float64Array(rows),
    interior: frischNewton(rows + 2, x.columns),
    corner: vertex(rows + 2, x.columns),
    iterations: 0,
    pivots: 0,
    solves: 0,
  }
}

function standardised(y: Float64Array): { standard: Float64Array; centre: number; unit: number } {
  let centre = 0
  for (const value of y) centre += value / y.length
  let square = 0
  for (const value of y) square += (value - centre) ** 2 / y.length
  const unit = 2 ** Math.floor(Math.log2(Math.sqrt(square)))
  return { standard: y.map(value => (value - centre) / unit), centre, unit }
}

/** What the next fit is likely to be: the neighbour's, moved on as it moved from its own neighbour. */
function expectFit({ expected }: Sweep, last: Float64Array, before: Float64Array | null): void {
  for (let j = 0; j < expected.length; j++) expected[j] = before === null ? last[j]! : 2 * last[j]! - before[j]!
}

/** Fits all rows. Returns whether the optimum is exact; else it is within the gap. */
function fitWhole(sweep: Sweep, tau: number, out: Float64Array): boolean {
  sweep.side.fill(0)
  pool(sweep)
  for (const step of STEPS) {
    const reached = fitNear(sweep, tau, step, out)
    if (reached !== 'nothing') return reached === 'optimum'
  }
  throw new HomeroomError(
    'INTERNAL',
    `quantile regression: ${sweep.x.count} rows, tau ${tau}: no optimum, neither by interior points nor by pivots. No percentile of this cohort was computed`,
  )
}

/** Fits the rows around the expected fit and pools the others; all rows, where that does not lead to the optimum. */
function fitFromNeighbour(sweep: Sweep, tau: number, out: Float64Array): boolean {
  const { x, distance, band, residual, side, expected } = sweep
  if (x.count < POOL_FROM) return fitWhole(sweep, tau, out)
  residualsOf(sweep, expected)
  for (let keep = Math.ceil(NEAR * Math.sqrt(x.columns) * x.count ** (2 / 3)); keep < x.count; keep *= 2) {
    for (let i = 0; i < x.count; i++) distance[i] = Math.abs(residual[i]!) / band[i]!
    const farthest = selectSmallest(distance, x.count, keep - 1)
    for (let i = 0; i < x.count; i++) {
      side[i] = Math.abs(residual[i]!) / band[i]! <= farthest ? 0 : residual[i]! < 0 ? -1 : 1
    }
    for (;;) {
      pool(sweep)
      if (fitNear(sweep, tau, STEPS[0], out) !== 'optimum') return fitWhole(sweep, tau, out)
      residualsOf(sweep, out)
      const wrong = freeWrongSides(sweep)
      if (wrong === 0) return true
      if (wrong > MANY_WRONG * keep) break
    }
  }
  return fitWhole(sweep, tau, out)
}

function residualsOf({ x, y, residual }: Sweep, b: Float64Array): void {
  times(x, b, residual)
  for (let i = 0; i < x.count; i++) residual[i] = y[i]! - residual[i]!
}

/** Rows pooled on one side of the fit that lie on the other are kept from now on. Returns how many there were. */
function freeWrongSides({ x, side, residual }: Sweep): number {
  let wrong = 0
  for (let i = 0; i < x.count; i++) {
    if (side[i]! * residual[i]! >= -ON_THE_FIT) continue
    side[i] = 0
    wrong++
  }
  return wrong
}

/**
 * Fits the kept and the pooled rows: interior point, then a vertex, then the interior point to its end and a vertex again.
 *
 * @returns optimum: a vertex, certified; gap: the duality gap is small enough; nothing: neither, and `out` is as it was
 */
function fitNear(sweep: Sweep, tau: number, step: number, out: Float64Array): 'optimum' | 'gap' | 'nothing' {
  const { near, nearY, interior, corner, size } = sweep
  sweep.solves++
  beginInterior(interior, near, nearY, tau)
  let isWithinGap = false
  for (const gap of [GAP_FOR_VERTEX, GAP]) {
    const { isConverged, iterations } = solveInterior(interior, near, { gap: gap * size, step })
    sweep.iterations += iterations
    const { isOptimal, pivots } = toVertex(corner, near, nearY, tau, interior)
    sweep.pivots += pivots
    if (isOptimal) {
      out.set(corner.b)
      return 'optimum'
    }
    isWithinGap = isConverged
  }
  if (isWithinGap) out.set(interior.b)
  return isWithinGap ? 'gap' : 'nothing'
}
