import { choleskyInPlace, choleskySolve } from './linear-solve.ts'
import { gram, times, timesTransposed, type SparseRows } from './sparse-rows.ts'

/**
 * One regression quantile by the Frisch–Newton interior point method with Mehrotra's predictor and corrector.
 *
 * Minimises sum of rho_tau(y - Xb), rho_tau(r) = r (tau - [r < 0]). With r = u - v, u and v not negative, and a dual weight a in
 * [0, 1] for every row, the optimum is where X'a = (1 - tau) X'1, u (1 - a) = 0 and v a = 0. Each step solves X'QXd = X'Qs,
 * Q = diag(1 / (u / (1 - a) + v / a)): weighted least squares.
 *
 * Source: Portnoy & Koenker 1997, Statistical Science 12(4); the R package quantreg, `rq.fit.fnb`. Differs: rows are sparse;
 * the gap is held against the size of y, and a solver that stops without reaching it says so (`isConverged`).
 */
export type FrischNewton = {
  /** Arrays of one number per row, as long as the largest problem. */
  a: Float64Array
  c: Float64Array
  u: Float64Array
  v: Float64Array
  q: Float64Array
  s: Float64Array
  da: Float64Array
  du: Float64Array
  dv: Float64Array
  fit: Float64Array
  matrix: Float64Array
  b: Float64Array
  db: Float64Array
}

export type InteriorResult = { isConverged: boolean; iterations: number; gap: number }

/** Arrays for problems of up to so many rows. */
export function frischNewton(rows: number, columns: number): FrischNewton {
  const perRow = (): Float64Array => new Float64Array(rows)
  return {
    a: perRow(),
    c: perRow(),
    u: perRow(),
    v: perRow(),
    q: perRow(),
    s: perRow(),
    da: perRow(),
    du: perRow(),
    dv: perRow(),
    fit: perRow(),
    matrix: new Float64Array(columns * columns),
    b: new Float64Array(columns),
    db: new Float64Array(columns),
  }
}

const MAX_ITERATIONS = 100
const ON_THE_FIT = 1e-3

/** Starts from least squares, with all dual weights at 1 - tau. */
export function beginInterior(space: FrischNewton, x: SparseRows, y: Float64Array, tau: number): void {
  const { a, c, u, v, q, matrix, b, fit } = space
  const rows = x.count + x.denseCount
  q.fill(1, 0, rows)
  gram(x, q, matrix)
  choleskyInPlace(matrix, x.columns)
  timesTransposed(x, y, b)
  choleskySolve(matrix, x.columns, b)
  times(x, b, fit)
  for (let i = 0; i < rows; i++) {
    const residual = y[i]! - fit[i]!
    a[i] = 1 - tau
    c[i] = tau
    // A row on the fit would have no weight at all in the first step.
    u[i] = residual > 0 ? residual : residual === 0 ? ON_THE_FIT : 0
    v[i] = residual < 0 ? -residual : residual === 0 ? ON_THE_FIT : 0
  }
}

/**
 * Goes on from where the last call stopped; `beginInterior` comes first.
 *
 * @param space its `b` holds the coefficients afterwards, `a` the dual weights, `u - v` the residuals
 * @param options.gap duality gap at which to stop
 * @param options.step share of the way to the boundary, below 1; a solver that stalls gets on with a smaller one
 */
export function solveInterior(
  space: FrischNewton,
  x: SparseRows,
  { gap: wanted, step }: { gap: number; step: number },
): InteriorResult {
  const rows = x.count + x.denseCount
  let gap = gapOf(space, rows)
  let iterations = 0
  while (gap > wanted && iterations < MAX_ITERATIONS) {
    iterations++
    predict(space, x, rows)
    correct(space, x, rows, step)
    gap = gapOf(space, rows)
    if (!Number.isFinite(gap)) return { isConverged: false, iterations, gap: Number.POSITIVE_INFINITY }
  }
  return { isConverged: gap <= wanted, iterations, gap }
}

/** Weights and right-hand side of the step without centring; its directions are left in da, du, dv. */
function predict({ a, c, u, v, q, s, da, du, dv, fit, matrix, db }: FrischNewton, x: SparseRows, rows: number): void {
  for (let i = 0; i < rows; i++) {
    const weight = 1 / (u[i]! / c[i]! + v[i]! / a[i]!)
    q[i] = weight
    s[i] = weight * (u[i]! - v[i]!)
  }
  gram(x, q, matrix)
  choleskyInPlace(matrix, x.columns)
  timesTransposed(x, s, db)
  choleskySolve(matrix, x.columns, db)
  times(x, db, fit)
  for (let i = 0; i < rows; i++) {
    const change = s[i]! - q[i]! * fit[i]!
    da[i] = change
    du[i] = u[i]! * (change / c[i]! - 1)
    dv[i] = -v[i]! * (change / a[i]! + 1)
  }
}

/** Centres the step by how far the one without centring would come, and takes it. */
function correct(space: FrischNewton, x: SparseRows, rows: number, step: number): void {
  const { a, c, u, v, q, s, da, du, dv, fit, matrix, b, db } = space
  let [forDual, forResidual] = stepLengths(space, rows, step)
  if (Math.min(forDual, forResidual) < 1) {
    const mu = centring(space, rows, forDual, forResidual)
    for (let i = 0; i < rows; i++) {
      const high = (mu + du[i]! * da[i]!) / c[i]!
      const low = (mu - dv[i]! * da[i]!) / a[i]!
      du[i] = high
      dv[i] = low
      s[i] = q[i]! * (u[i]! - v[i]! - high + low)
    }
    timesTransposed(x, s, db)
    choleskySolve(matrix, x.columns, db)
    times(x, db, fit)
    for (let i = 0; i < rows; i++) {
      const change = s[i]! - q[i]! * fit[i]!
      da[i] = change
      du[i]! += u[i]! * (change / c[i]! - 1)
      dv[i]! -= v[i]! * (change / a[i]! + 1)
    }
    ;[forDual, forResidual] = stepLengths(space, rows, step)
  }
  for (let i = 0; i < rows; i++) {
    a[i]! += forDual * da[i]!
    c[i]! -= forDual * da[i]!
    u[i]! += forResidual * du[i]!
    v[i]! += forResidual * dv[i]!
  }
  for (let j = 0; j < x.columns; j++) b[j]! += forResidual * db[j]!
}

/** How far the dual weights and the residuals can go before one of them leaves its range; at most 1. */
function stepLengths({ a, c, u, v, da, du, dv }: FrischNewton, rows: number, step: number): [number, number] {
  // Reciprocals, so that the loop divides rather than compares twice.
  let dual = 0
  let residual = 0
  for (let i = 0; i < rows; i++) {
    const change = da[i]!
    const toDual = change < 0 ? -change / a[i]! : change / c[i]!
    if (toDual > dual) dual = toDual
    if (du[i]! < 0 && -du[i]! > residual * u[i]!) residual = -du[i]! / u[i]!
    if (dv[i]! < 0 && -dv[i]! > residual * v[i]!) residual = -dv[i]! / v[i]!
  }
  return [Math.min(1, step / dual), Math.min(1, step / residual)]
}

/** Mehrotra's rule: the mean product, times the cube of what the step without centring would leave of it. */
function centring(
  { a, c, u, v, da, du, dv }: FrischNewton,
  rows: number,
  forDual: number,
  forResidual: number,
): number {
  let now = 0
  let after = 0
  for (let i = 0; i < rows; i++) {
    now += u[i]! * c[i]! + v[i]! * a[i]!
    after +=
      (u[i]! + forResidual * du[i]!) * (c[i]! - forDual * da[i]!) +
      (v[i]! + forResidual * dv[i]!) * (a[i]! + forDual * da[i]!)
  }
  return (now * (after / now) ** 3) / (2 * rows)
}

function gapOf({ a, c, u, v }: FrischNewton, rows: number): number {
  let gap = 0
  for (let i = 0; i < rows; i++) gap += u[i]! * c[i]! + v[i]! * a[i]!
  return gap
}
