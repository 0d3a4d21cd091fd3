import fc from 'fast-check'
import { expect, test } from 'vitest'
import { percentilesOfCohorts } from '../../processors/growth/percentile-workers.ts'
import type { PercentileModel } from '../../processors/growth/percentile-model.ts'
import { growthPercentiles, latePercentiles, type CohortScores } from '../../processors/growth/percentiles.ts'
import { times } from '../../processors/statistics/sparse-rows.ts'
import { splineRows } from '../../processors/statistics/spline-rows.ts'
import { scoreHistory } from '../helpers/score-history.ts'
import { uniforms } from '../helpers/score-panel.ts'

const RUNS = { numRuns: 6, seed: 20261122, endOnFailure: true }
const STUDENTS = 600
const aCohort = fc
  .record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    students: fc.integer({ min: 250, max: 700 }),
    decimals: fc.constantFrom(0, 1),
  })
  .map(({ seed, students, decimals }) => scoreHistory(students, seed, decimals))

/** Scores have one decimal, as read from a file: not 0.1 * 3. */
const oneDecimal = (value: number): number => Math.round(10 * value) / 10
const changed = ({ score, priors }: CohortScores, change: (values: Float64Array) => Float64Array): CohortScores => ({
  score: change(score),
  priors: priors.map(change),
})

test('adding to all scores changes no percentile', () => {
  fc.assert(
    fc.property(aCohort, fc.integer({ min: -1000, max: 1000 }), (cohort, shift) => {
      const moved = growthPercentiles(changed(cohort, values => values.map(value => oneDecimal(value + shift))))
      expect(moved.percentile).toEqual(growthPercentiles(cohort).percentile)
    }),
    RUNS,
  )
})

test('multiplying all scores changes no percentile, but where rounding to five decimals makes a score reach a quantile', () => {
  fc.assert(
    fc.property(aCohort, fc.constantFrom(2, 4, 10, 100), (cohort, factor) => {
      const { percentile, models } = growthPercentiles(cohort)
      const scaled = growthPercentiles(changed(cohort, values => values.map(value => oneDecimal(value * factor))))
      const others = [...percentile.keys()].filter(row => scaled.percentile[row] !== percentile[row])
      const unexplained = others.filter(row => {
        const predicted = predictionsOf(models[0]!, cohort.priors, row)
        const distances = predicted.map(value => Math.abs(value - cohort.score[row]!))
        return !distances.some(distance => distance > 1e-8 && distance < 1e-5)
      })
      expect(unexplained).toEqual([])
      expect(others.length).toBeLessThan(0.01 * percentile.length)
    }),
    RUNS,
  )
})

test('the order of the students changes nothing, not even a bit of a coefficient', () => {
  fc.assert(
    fc.property(aCohort, fc.integer({ min: 1, max: 1e6 }), (cohort, seed) => {
      const order = shuffled(cohort.score.length, seed)
      const plain = growthPercentiles(cohort)
      const other = growthPercentiles(changed(cohort, values => Float64Array.from(order, row => values[row]!)))
      expect(other.models).toEqual(plain.models)
      expect(other.percentile).toEqual(Uint8Array.from(order, row => plain.percentile[row]!))
    }),
    RUNS,
  )
})

test('a percentile is never 0 or 100, and never falls as the score rises', () => {
  fc.assert(
    fc.property(aCohort, cohort => {
      const { percentile, models } = growthPercentiles(cohort, { keepAll: true })
      expect(percentile.every(value => value >= 1 && value <= 99)).toBe(true)
      const score = Float64Array.from({ length: 120 }, (_, i) => 200 + 5 * i)
      const placed = latePercentiles({ score, priors: cohort.priors.map(prior => score.map(() => prior[0]!)) }, models)
      expect([placed.percentile[0], placed.percentile.at(-1)]).toEqual([1, 99])
      expect(placed.percentile).toEqual(placed.percentile.toSorted())
    }),
    RUNS,
  )
})

test('of all students about as many lie below a quantile as it says', () => {
  const { percentile } = growthPercentiles(scoreHistory(5000, 3, 1))
  for (const limit of [10, 25, 50, 75, 90]) {
    const share = percentile.filter(value => value <= limit).length / percentile.length
    // 15 students lie on every fit.
    expect(Math.abs(share - (limit + 0.5) / 100)).toBeLessThan(0.01)
  }
})

test('threads give what one would, in the order asked, also for cohorts that are too small', async () => {
  const cohorts = [STUDENTS, 100, 2 * STUDENTS, 0].map((students, seed) => scoreHistory(students, seed, 0))
  const done: number[] = []
  const found = await percentilesOfCohorts(cohorts, { threads: 2, onProgress: count => done.push(count) })
  expect(found).toEqual(cohorts.map(cohort => growthPercentiles(cohort)))
  expect(done).toEqual([1, 2, 3, 4])
  expect(await percentilesOfCohorts([])).toEqual([])
})

/** The 100 quantiles of one student, as they were fitted. */
function predictionsOf(
  { priors, coefficients }: PercentileModel,
  columns: readonly Float64Array[],
  row: number,
): number[] {
  const variables = priors.map(({ prior }) => columns[prior - 1]!)
  const knots = priors.map(prior => prior.knots)
  const { x } = splineRows(knots, variables, Uint32Array.of(row), columns[0]!)
  const fit = new Float64Array(1)
  return coefficients.map(each => {
    times(x, Float64Array.from(each), fit)
    return fit[0]!
  })
}

function shuffled(count: number, seed: number): number[] {
  const uniform = uniforms(seed)
  return Array.from({ length: count }, (_, i) => [uniform(), i] as const)
    .toSorted((a, b) => a[0] - b[0])
    .map(([, i]) => i)
}
