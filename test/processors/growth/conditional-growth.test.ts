import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  conditionalGrowth,
  growthRegression,
  meanConditionalGrowth,
  type WindowPair,
} from '../../../processors/growth/conditional-growth.ts'
import type { TestScale } from '../../../processors/growth/scales.ts'
import { leastSquares } from '../../../processors/statistics/least-squares.ts'
import { uniforms } from '../../helpers/score-panel.ts'

const SCALE: TestScale = { vertical: true, lowest: 100, highest: 350 }

/** Second scores that bend with the first, with noise. */
function pairOf(students: number, { scale = 1, shift = 0 } = {}): WindowPair {
  const uniform = uniforms(5)
  const rows = [...Array(students)].map(() => {
    const pre = 160 + 80 * uniform()
    const weeks = 28 + Math.floor(8 * uniform())
    return { pre, weeks, post: 40 + pre * 0.9 + 0.0001 * pre * pre + weeks * 0.2 + 12 * (uniform() - 0.5) }
  })
  return {
    pre: Float64Array.from(rows, row => shift + scale * row.pre),
    post: Float64Array.from(rows, row => shift + scale * row.post),
    weeks: Float64Array.from(rows, row => row.weeks),
  }
}

const changed = (pair: WindowPair, at: number, value: Partial<Record<keyof WindowPair, number>>): WindowPair => {
  const copy = { pre: pair.pre.slice(), post: pair.post.slice(), weeks: pair.weeks.slice() }
  for (const [name, number] of Object.entries(value)) copy[name as keyof WindowPair][at] = number
  return copy
}

test('eight students have the coefficients and indices of statsmodels, to six digits', () => {
  const pre = Float64Array.of(182, 190, 195, 201, 204, 210, 215, 223)
  const post = Float64Array.of(191, 196, 206, 205, 214, 215, 226, 229)
  const weeks = Float64Array.of(31, 32, 32, 33, 30, 32, 34, 32)
  const fit = growthRegression(pre, post, weeks, false)
  if ('unfit' in fit) throw new Error(fit.unfit)
  expect(fit.coefficients!.intercept).toBeCloseTo(18.81883565, 6)
  expect(fit.coefficients!.pre).toBeCloseTo(0.97939922, 7)
  expect(fit.coefficients!.weeks).toBeCloseTo(-0.2155368, 7)
  expect(fit.sd).toBeCloseTo(3.29036054, 7)
  const expected = [0.18604259, -0.61011848, 0.94077658, -1.08357863, 0.56219601, -0.78881755, 1.19700662, -0.40350715]
  fit.index.forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 6))
})

test('residuals are orthogonal to every column, and a column that others determine is left out', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: -1e4, max: 1e4, noNaN: true }), fc.integer({ min: -9, max: 9 })), {
        minLength: 5,
        maxLength: 40,
      }),
      rows => {
        const y = Float64Array.from(rows, ([value]) => value)
        const x = Float64Array.from(rows, ([, value]) => value)
        const ones = new Float64Array(rows.length).fill(1)
        const fit = leastSquares([ones, x, x.map(value => 3 - 2 * value)], y)
        expect(fit.dropped).toContain(2)
        for (const column of [ones, x]) {
          const product = column.reduce((sum, value, row) => sum + value * fit.residuals[row]!, 0)
          expect(Math.abs(product)).toBeLessThan(1e-6)
        }
      },
    ),
    { numRuns: 100, seed: 20261122 },
  )
})

test('indices have mean 0 and the spread of the residuals, with a square from 200 students on', () => {
  for (const [students, square] of [
    [199, false],
    [200, true],
  ] as const) {
    const { status, n, index, coefficients } = conditionalGrowth(pairOf(students), SCALE)
    expect({ status, n, square: coefficients!.square !== 0 }).toEqual({ status: 'ok', n: students, square })
    const values = [...index!]
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 6)
    expect(values.reduce((sum, value) => sum + value ** 2, 0)).toBeCloseTo(students - (square ? 4 : 3), 6)
  }
})

test('shifted and rescaled scores have the same indices', () => {
  const base = conditionalGrowth(pairOf(300), SCALE).index!
  fc.assert(
    fc.property(
      fc.double({ min: 0.05, max: 20, noNaN: true }),
      fc.double({ min: -500, max: 500, noNaN: true }),
      (scale, shift) => {
        const wide = { ...SCALE, lowest: -1e5, highest: 1e5 }
        const { index } = conditionalGrowth(pairOf(300, { scale, shift }), wide)
        index!.forEach((value, at) => expect(value).toBeCloseTo(base[at]!, 5))
      },
    ),
    { numRuns: 25, seed: 20261122 },
  )
})

describe('bad input has a status and a reason, and no number', () => {
  const pair = pairOf(150)

  test('impossible, missing and immediate second scores have no index, and the others are as without them', () => {
    const odd = [
      { pre: 99 },
      { post: 351 },
      { pre: Number.NaN },
      { post: Number.POSITIVE_INFINITY },
      { weeks: 0 },
      { weeks: Number.NaN },
    ].reduce((so, value, at) => changed(so, at, value), pair)
    const { n, index, status } = conditionalGrowth(odd, SCALE)
    expect({ n, status }).toEqual({ n: 144, status: 'ok' })
    expect([...index!.subarray(0, 6)].every(Number.isNaN)).toBe(true)
    const rest = conditionalGrowth(
      { pre: pair.pre.slice(6), post: pair.post.slice(6), weeks: pair.weeks.slice(6) },
      SCALE,
    )
    expect(index!.slice(6)).toEqual(rest.index)
  })

  test.each([
    ['students with two scores: 99; 100 are needed', pairOf(99)],
    ['all first scores are equal', { ...pair, pre: pair.pre.map(() => 200) }],
    ['all second scores are equal', { ...pair, post: pair.post.map(() => 200) }],
    ['the first scores determine the second ones', { ...pair, post: pair.pre.map(score => score + 5) }],
    ['students with two scores: 0', pairOf(0)],
  ])('%s', (reason, given) => {
    const none = { status: 'insufficient', coefficients: null, sd: null, index: null }
    expect(conditionalGrowth(given, SCALE)).toMatchObject({ ...none, reason: expect.stringContaining(reason) })
  })

  test('equal weeks are no reason to refuse, and are said', () => {
    const { status, reason, coefficients } = conditionalGrowth({ ...pair, weeks: pair.weeks.map(() => 32) }, SCALE)
    expect({ status, reason }).toEqual({ status: 'ok', reason: 'weeks of instruction do not differ' })
    expect(coefficients!.weeks).toBe(0)
  })
})

test('a school’s mean has a standard error and an interval by Student’s t', () => {
  const mean = meanConditionalGrowth([0.5, -0.25, 1, 0.75, Number.NaN])
  expect(mean).toMatchObject({ n: 4, value: 0.5, status: 'ok' })
  expect(mean.se).toBeCloseTo(0.270031, 6)
  expect(mean.hi95! - 0.5).toBeCloseTo(3.182446 * mean.se!, 6)
})

test.each([
  ['one student', [0.4]],
  ['nobody has two scores', [Number.NaN]],
  ['all students grew alike', [0.4, 0.4, 0.4]],
])('a mean of %s is insufficient', (reason, index) => {
  expect(meanConditionalGrowth(index)).toMatchObject({ value: null, se: null, status: 'insufficient', reason })
})
