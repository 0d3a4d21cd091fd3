import { describe, expect, test } from 'vitest'
import { knotsOf } from '../../processors/statistics/b-spline.ts'
import { isSingular, quantileFits } from '../../processors/statistics/quantile-regression.ts'
import { quantileType7, roundTo, selectSmallest } from '../../processors/statistics/quantile.ts'
import { times, type SparseRows } from '../../processors/statistics/sparse-rows.ts'
import { splineRows } from '../../processors/statistics/spline-rows.ts'
import { studentTQuantile } from '../../processors/statistics/student-t.ts'
import { uniforms } from '../helpers/score-panel.ts'

const TAUS = Float64Array.from({ length: 100 }, (_, k) => (k + 0.5) / 100)

/** Dense rows as one run. */
function rowsOf(values: number[][]): SparseRows {
  const columns = values[0]!.length
  return {
    count: values.length,
    columns,
    width: columns,
    values: Float64Array.from(values.flat()),
    runs: 1,
    begins: Int32Array.of(0, values.length),
    runColumns: Int32Array.from({ length: columns }, (_, j) => j),
    denseCount: 0,
    dense: new Float64Array(0),
    scratch: new Float64Array((columns * (columns + 1)) / 2),
  }
}

const lossOf = (residuals: Iterable<number>, tau: number): number => {
  let sum = 0
  for (const residual of residuals) sum += residual * (tau - (residual < 0 ? 1 : 0))
  return sum
}

/** The least loss of any line through two of the points: the optimum is one of them. */
function leastLoss(points: readonly (readonly [number, number])[], tau: number): number {
  let least = Number.POSITIVE_INFINITY
  for (const [i, [x1, y1]] of points.entries()) {
    for (const [x2, y2] of points.slice(i + 1)) {
      if (x1 === x2) continue
      const slope = (y2 - y1) / (x2 - x1)
      const residuals = points.map(([x, y]) => y - y1 - slope * (x - x1))
      least = Math.min(least, lossOf(residuals, tau))
    }
  }
  return least
}

describe('against every possible vertex', () => {
  test.each([1, 2, 3, 4, 5, 6])('twenty points, half of them on a grid, seed %i', seed => {
    const uniform = uniforms(seed)
    const points = Array.from({ length: 20 }, (_, i) => {
      const x = i < 10 ? Math.floor(5 * uniform()) : 5 * uniform()
      return [x, i < 10 ? Math.floor(3 * uniform()) : x + uniform()] as const
    })
    const { coefficients, exact } = quantileFits(
      rowsOf(points.map(([x]) => [1, x])),
      Float64Array.from(points, ([, y]) => y),
      TAUS,
    )
    const excess = [...TAUS].map((tau, k) => {
      const residuals = points.map(([x, y]) => y - coefficients[2 * k]! - coefficients[2 * k + 1]! * x)
      return lossOf(residuals, tau) - leastLoss(points, tau)
    })
    expect(Math.max(...excess.map(Math.abs))).toBeLessThan(1e-11)
    expect(exact).toBe(100)
  })
})

describe('scores that are hard on a solver', () => {
  const uniform = uniforms(20261122)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const STUDENTS = 1500
  const prior = Float64Array.from({ length: STUDENTS }, normal)
  const whole = prior.map(value => Math.round(5 * value))

  test.each([
    ['five values', prior, prior.map(p => Math.max(-2, Math.min(2, Math.round(p + normal()))))],
    ['two values', prior, prior.map(p => (p + normal() > 0 ? 1 : 0))],
    ['all equal but for one in fifty', prior, prior.map(() => (uniform() < 0.02 ? 1 : 0))],
    ['all equal but for one', prior, prior.map((_, i) => (i === 7 ? 1e6 : 0))],
    ['the prior itself', prior, prior.slice()],
    ['few whole numbers after few whole numbers', whole, whole.map(p => p + Math.round(2 * normal()))],
    ['without a variance (Cauchy)', prior, prior.map(p => p + normal() / normal())],
    ['a billion and a little', prior.map(p => 1e9 + p), prior.map(p => 1e9 + p + normal())],
  ])('%s: the loss cannot be less', (_, x1, y) => {
    const { x, order } = splineRows(
      [knotsOf(x1.toSorted())],
      [x1],
      Uint32Array.from(x1, (_, i) => i),
      y,
    )
    const sorted = Float64Array.from(order, row => y[row]!)
    const { coefficients } = quantileFits(x, sorted, TAUS)
    expect(coefficients.every(Number.isFinite)).toBe(true)
    const fit = new Float64Array(x.count)
    // No optimum has more rows below it than tau says, nor more above it than 1 - tau, those on it apart.
    const spread = Math.max(...sorted.map(Math.abs))
    const violations = [...TAUS].filter((tau, k) => {
      times(x, coefficients.subarray(k * x.columns, (k + 1) * x.columns), fit)
      const below = sorted.filter((value, i) => value - fit[i]! < -1e-9 * spread).length
      const above = sorted.filter((value, i) => value - fit[i]! > 1e-9 * spread).length
      return below > tau * x.count + 1e-9 || above > (1 - tau) * x.count + 1e-9
    })
    expect(violations).toEqual([])
  })
})

test('columns that repeat others are seen', () => {
  expect(
    isSingular(
      rowsOf([
        [1, 1, 2],
        [1, 2, 4],
        [1, 3, 6],
        [1, 4, 8],
      ]),
    ),
  ).toBe(true)
  expect(
    isSingular(
      rowsOf([
        [1, 1, 0],
        [1, 2, 0],
        [1, 3, 0],
      ]),
    ),
  ).toBe(true)
  expect(
    isSingular(
      rowsOf([
        [1, 1, 2],
        [1, 2, 4.1],
        [1, 3, 6],
        [1, 4, 8],
      ]),
    ),
  ).toBe(false)
})

test('quantiles of type 7 and rounding are those of R', () => {
  // quantile(c(1, 2, 4, 8, 16), c(0, .1, .2, .5, .83, 1)); round(c(0.15, 0.25, 2.5, -1.005, 0.0005, 1e6 + .0125), c(1, 1, 0, 2, 3, 3))
  const sorted = Float64Array.of(1, 2, 4, 8, 16)
  const quantiles = [1, 1.4, 1.8, 4, 10.56, 16]
  ;[0, 0.1, 0.2, 0.5, 0.83, 1].forEach((share, i) =>
    expect(quantileType7(sorted, share)).toBeCloseTo(quantiles[i]!, 13),
  )
  const rounded = (
    [
      [0.15, 1],
      [0.25, 1],
      [2.5, 0],
      [-1.005, 2],
      [0.0005, 3],
      [1e6 + 0.0125, 3],
    ] as const
  ).map(([v, d]) => roundTo(v, d))
  expect(rounded).toEqual([0.1, 0.2, 2, -1, 0, 1000000.012])
})

test('the k-th smallest of any values, also of many equal ones', () => {
  const uniform = uniforms(7)
  for (let round = 0; round < 50; round++) {
    const values = Float64Array.from({ length: 1 + Math.floor(40 * uniform()) }, () => Math.floor(10 * uniform()))
    const sorted = values.toSorted()
    const found = sorted.map((_, k) => selectSmallest(values.slice(), values.length, k))
    expect(found).toEqual(sorted)
  }
})

test("quantiles of Student's t are those of R", () => {
  // qt(.975, c(1, 2, 9, 30, 1000, 1e5)); qt(.9, 2.5)
  const theirs = [
    12.7062047361747, 4.30265272974946, 2.2621571627982, 2.04227245630124, 1.96233908082641, 1.95998770753461,
  ]
  const ours = [1, 2, 9, 30, 1000, 1e5].map(freedom => studentTQuantile(0.975, freedom))
  ours.forEach((value, i) => expect(value / theirs[i]! - 1).toBeCloseTo(0, 10))
  expect(studentTQuantile(0.025, 9)).toBe(-studentTQuantile(0.975, 9))
  expect(studentTQuantile(0.5, 9)).toBe(0)
})
