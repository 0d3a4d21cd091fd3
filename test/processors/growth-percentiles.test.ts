import { describe, expect, test } from 'vitest'
import { PercentileModel } from '../../processors/growth/percentile-model.ts'
import { outcomeOf } from '../../processors/growth/percentile-outcomes.ts'
import { growthPercentiles, latePercentiles, type CohortScores } from '../../processors/growth/percentiles.ts'
import { times } from '../../processors/statistics/sparse-rows.ts'
import { splineRows } from '../../processors/statistics/spline-rows.ts'
import { reference } from './growth-reference.ts'

describe.each(['egsingle', 'continuous', 'whole'] as const)('beside quantreg: %s', name => {
  const r = reference(name)
  const found = growthPercentiles(r)
  const [model] = found.models
  const all = Uint32Array.from(r.score, (_, i) => i)
  const { x, order } = splineRows(
    model!.priors.map(({ knots }) => knots),
    r.priors,
    all,
    r.score,
  )

  test('every percentile is the same', () => {
    expect(found.percentile).toEqual(r.sgp)
    expect(found.why.every(why => why === 0)).toBe(true)
  })

  test('the design matrix is that of splines::bs', () => {
    const ours = r.basis.map(row => row.map(() => Number.NaN))
    const column = new Float64Array(x.count)
    for (let j = 0; j < x.columns; j++) {
      times(
        x,
        Float64Array.from({ length: x.columns }, (_, k) => Number(k === j)),
        column,
      )
      order.forEach((row, i) => {
        if (row < ours.length) ours[row]![j] = column[i]!
      })
    }
    const worst = Math.max(...r.basis.flatMap((row, i) => row.map((value, j) => Math.abs(value - ours[i]![j]!))))
    expect(worst).toBeLessThan(1e-13)
  })

  test('fitted quantiles agree to 1e-5 of their size, and no loss is larger', () => {
    const ours = new Float64Array(x.count)
    const theirs = new Float64Array(x.count)
    const worst = { deviation: 0, excess: Number.NEGATIVE_INFINITY }
    r.fits.forEach(({ tau, loss, coefficients }, k) => {
      times(x, Float64Array.from(model!.coefficients[k]!), ours)
      times(x, Float64Array.from(coefficients), theirs)
      let sum = 0
      for (let i = 0; i < x.count; i++) {
        const residual = r.score[order[i]!]! - ours[i]!
        sum += residual * (tau - (residual < 0 ? 1 : 0))
        // Scores of egsingle lie around 0: there the standard deviation, about 1, stands for their size.
        worst.deviation = Math.max(worst.deviation, Math.abs(ours[i]! - theirs[i]!) / Math.max(1, Math.abs(theirs[i]!)))
      }
      worst.excess = Math.max(worst.excess, sum / loss - 1)
    })
    expect(worst.deviation).toBeLessThan(1e-5)
    expect(worst.excess).toBeLessThan(1e-12)
  })
})

test('egsingle: knots, boundaries, the first children and the mean are those of the specification', () => {
  const r = reference('egsingle')
  const { percentile, models } = growthPercentiles(r)
  expect(models[0]!.priors[0]).toEqual({
    prior: 1,
    knots: { inner: [-1.446, -0.725, 0.003, 0.716], boundary: [-4.078, 5.597] },
  })
  const children = [101480302, 173559292, 174743401, 174755092, 179986251, 179989511, 179996481, 179997101]
  expect(r.columns.i!.slice(0, 8).map(Number)).toEqual(children)
  expect([...percentile.subarray(0, 8)]).toEqual([24, 18, 64, 16, 49, 51, 37, 33])
  expect(percentile.reduce((sum, value) => sum + value, 0) / percentile.length).toBeCloseTo(49.380034, 6)
})

test('a percentile with a standard error has an interval, one without says so', () => {
  const r = reference('whole')
  const csem = r.score.map((_, i) => (i % 2 === 0 ? 8 : Number.NaN))
  const { percentile, low, high, why, notes } = growthPercentiles({ ...r, csem })
  expect(percentile).toEqual(r.sgp)
  const known = [...percentile.keys()].filter(i => i % 2 === 0)
  expect(
    known.every(i => 1 <= low[i]! && low[i]! <= percentile[i]! && percentile[i]! <= high[i]! && high[i]! <= 99),
  ).toBe(true)
  expect(known.some(i => low[i]! < percentile[i]! && percentile[i]! < high[i]!)).toBe(true)
  const others = [...percentile.keys()].filter(i => i % 2 === 1)
  expect(others.every(i => low[i] === 0 && high[i] === 0)).toBe(true)
  expect(outcomeOf(why[0]!, notes[0]!)).toEqual({ status: 'ok', reason: '' })
  expect(outcomeOf(why[1]!, notes[1]!).reason).toMatch('no standard error')
})

test('the interval is where the score less and plus its standard error would stand', () => {
  const r = reference('egsingle')
  const csem = r.score.map(() => 0.25)
  const { models, low, high } = growthPercentiles({ ...r, csem })
  const placed = (by: number): Uint8Array =>
    latePercentiles({ ...r, score: r.score.map(y => y + by) }, models).percentile
  expect(low).toEqual(placed(-0.25))
  expect(high).toEqual(placed(0.25))
})

describe('late scores', () => {
  const r = reference('egsingle')
  const { models, percentile } = growthPercentiles(r, { keepAll: true })

  test('models survive being stored as JSON', () => {
    const stored = models.map(model => PercentileModel.parse(JSON.parse(JSON.stringify(model))))
    expect(stored).toEqual(models)
    expect(latePercentiles(r, stored).percentile).toEqual(percentile)
  })

  test('a late score gets the percentile that it would have had', () => {
    const one = (values: Float64Array): Float64Array => values.slice(7, 8)
    const late = latePercentiles({ priors: r.priors.map(one), score: one(r.score) }, models)
    expect(late.percentile[0]).toBe(percentile[7])
  })

  test('a prior beyond those of the cohort is taken as the outermost, and noted', () => {
    const [highest] = models[0]!.priors.map(({ knots }) => knots.boundary[1])
    const at = (prior: number): CohortScores => ({
      priors: [Float64Array.of(prior), Float64Array.of(0)],
      score: Float64Array.of(2),
    })
    const beyond = latePercentiles(at(100), models)
    expect(beyond.percentile).toEqual(latePercentiles(at(highest!), models).percentile)
    expect(outcomeOf(beyond.why[0]!, beyond.notes[0]!).reason).toMatch('taken as the outermost')
  })

  test('one without the older prior is placed by the model of one prior', () => {
    const late = latePercentiles(
      { priors: [Float64Array.of(0), Float64Array.of(Number.NaN)], score: Float64Array.of(1) },
      models,
    )
    expect(late.percentile[0]).toBeGreaterThan(0)
    expect(models.map(({ priors }) => priors.length)).toEqual([2, 1])
  })
})
