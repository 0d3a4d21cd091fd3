import { describe, expect, test } from 'vitest'
import { growthLevel, outcomeOf } from '../../processors/growth/percentile-outcomes.ts'
import {
  growthPercentiles,
  latePercentiles,
  type CohortScores,
  type GrowthPercentiles,
} from '../../processors/growth/percentiles.ts'
import { reference } from './growth-reference.ts'

const r = reference('whole')
const none = (): Float64Array => new Float64Array(r.score.length).fill(Number.NaN)
/** The first so many students of the 5,000. */
const first = (students: number, more: Partial<CohortScores> = {}): CohortScores => {
  const cut = (values: Float64Array): Float64Array => values.slice(0, students)
  return {
    priors: (more.priors ?? r.priors).map(cut),
    score: cut(more.score ?? r.score),
    ...(more.csem && { csem: cut(more.csem) }),
  }
}
const outcome = (found: GrowthPercentiles, row = 0): { status: string; reason: string } =>
  outcomeOf(found.why[row]!, found.notes[row]!)
/** Values with some changed. */
const but = (values: Float64Array, changes: Record<number, number>): Float64Array => {
  const changed = values.slice()
  for (const [row, value] of Object.entries(changes)) changed[Number(row)] = value
  return changed
}
const isWhole = (found: GrowthPercentiles): boolean =>
  found.percentile.every((value, row) => (found.why[row] === 0 ? value >= 1 && value <= 99 : value === 0))

describe('too small a cohort', () => {
  test('249 students: insufficient, all of them, for that reason', () => {
    const found = growthPercentiles(first(249))
    expect(found.models).toEqual([])
    expect(found.percentile.every(value => value === 0)).toBe(true)
    expect(outcome(found)).toEqual({
      status: 'insufficient',
      reason: 'the cohort is too small: fewer than 250 students with a prior score',
    })
  })

  test('250 students: by one prior score, and it says so', () => {
    const found = growthPercentiles(first(250))
    expect(found.models.map(({ priors, students }) => [priors.length, students])).toEqual([[1, 250]])
    expect(isWhole(found)).toBe(true)
    expect(outcome(found).reason).toMatch('compared by fewer prior scores than the student has')
  })

  test('499 students: one prior score; 500: two', () => {
    expect(growthPercentiles(first(499)).models.map(({ priors }) => priors.length)).toEqual([1])
    expect(growthPercentiles(first(500)).models.map(({ priors }) => priors.length)).toEqual([2])
  })

  test('nobody: nothing', () => {
    expect(growthPercentiles(first(0))).toMatchObject({ percentile: new Uint8Array(0), models: [] })
  })
})

describe('missing and impossible scores', () => {
  test('each student is compared by the priors that he or she has', () => {
    const found = growthPercentiles(
      first(1200, {
        priors: [
          but(r.priors[0], { 1: Number.NaN, 2: Number.NaN }),
          but(r.priors[1], { 0: Number.NaN, 2: Number.NaN }),
        ],
      }),
    )
    expect(found.models.map(({ priors, students }) => [priors.length, students])).toEqual([
      [2, 1197],
      [1, 1198],
    ])
    expect([0, 1, 2, 3].map(row => outcome(found, row).status)).toEqual(['ok', 'insufficient', 'insufficient', 'ok'])
    expect(outcome(found, 1).reason).toBe('no prior score to compare with')
    expect(isWhole(found)).toBe(true)
  })

  test('without a score: insufficient', () => {
    const found = growthPercentiles(first(600, { score: but(r.score, { 5: Number.NaN }) }))
    expect(outcome(found, 5)).toEqual({ status: 'insufficient', reason: 'no score in this window' })
    expect(isWhole(found)).toBe(true)
  })

  test('a score outside the range of its test takes no part, and the others are as without it', () => {
    const spoiled = growthPercentiles({
      ...first(600, { score: but(r.score, { 5: 9999, 6: Infinity }) }),
      range: [100, 900],
    })
    expect([5, 6].map(row => outcome(spoiled, row))).toEqual(
      Array(2).fill({ status: 'insufficient', reason: 'the score is outside the range of the test' }),
    )
    const without = growthPercentiles(first(600, { score: but(r.score, { 5: Number.NaN, 6: Number.NaN }) }))
    expect(spoiled.percentile).toEqual(without.percentile)
  })

  test('an impossible prior is left out, and it is said', () => {
    const priors = [r.priors[0], but(r.priors[1], { 5: -1 })]
    const found = growthPercentiles({
      ...first(600, { priors }),
      priorRanges: [
        [100, 900],
        [100, 900],
      ],
    })
    expect(found.percentile[5]).toBeGreaterThan(0)
    expect(outcome(found, 5).reason).toMatch('outside the range of its test was left out')
  })

  test('without priors at all: insufficient', () => {
    const found = growthPercentiles(first(600, { priors: [none(), none()] }))
    expect(found.why.every(why => outcomeOf(why, 0).reason === 'no prior score to compare with')).toBe(true)
  })

  test('an error of measurement that is none is missing', () => {
    const found = growthPercentiles(first(300, { csem: but(none(), { 0: 0, 1: -3, 2: Infinity, 3: 8 }) }))
    expect([0, 1, 2, 3].map(row => found.high[row]! > 0)).toEqual([false, false, false, true])
    expect(growthLevel(34)).toBe('low')
    expect(growthLevel(35)).toBe('typical')
    expect(growthLevel(65)).toBe('typical')
    expect(growthLevel(66)).toBe('high')
  })
})

describe('scores that say nothing', () => {
  test('all scores equal: insufficient', () => {
    const found = growthPercentiles(first(600, { score: r.score.map(() => 500) }))
    expect(found.percentile.every(value => value === 0)).toBe(true)
    expect(outcome(found)).toEqual({ status: 'insufficient', reason: 'all scores of the cohort are equal' })
  })

  test.each([
    ['equal', () => 500],
    ['of two kinds', (_: number, row: number) => 500 + (row % 2)],
    ['of four kinds', (_: number, row: number) => 500 + (row % 4)],
    ['at the ceiling for one in four', (value: number) => Math.min(value, 545)],
    ['the other prior again', (_: number, row: number) => r.priors[0][row]!],
  ])('the older prior is %s: it is dropped', (_, changed) => {
    const found = growthPercentiles(first(600, { priors: [r.priors[0], r.priors[0].map(changed)] }))
    expect(found.models.map(({ priors }) => priors.map(({ prior }) => prior))).toEqual([[1]])
    expect(isWhole(found)).toBe(true)
  })

  test('the recent prior is all equal: the older one is used alone', () => {
    const found = growthPercentiles(first(600, { priors: [r.score.map(() => 500), r.priors[1]] }))
    expect(found.models.map(({ priors }) => priors.map(({ prior }) => prior))).toEqual([[2]])
    expect(isWhole(found)).toBe(true)
  })

  test('both are: insufficient, for that reason', () => {
    const equal = r.score.map(() => 500)
    const found = growthPercentiles(first(600, { priors: [equal, equal] }))
    expect(outcome(found).reason).toMatch('too few different values')
    expect(found.percentile.every(value => value === 0)).toBe(true)
  })
})

describe('the highest obtainable score', () => {
  const ceiling = 600
  const score = r.score.map(value => Math.min(value, ceiling))
  const plain = growthPercentiles({ ...first(2000, { score }), range: [100, ceiling] })
  const adjusted = growthPercentiles({ ...first(2000, { score }), range: [100, ceiling], adjustHighest: true })

  test('counts predictions that reach it only where that is asked for, and only there', () => {
    const top = [...plain.percentile.keys()].filter(row => score[row] === ceiling)
    expect(top.length).toBeGreaterThan(100)
    expect(top.every(row => adjusted.percentile[row]! >= plain.percentile[row]!)).toBe(true)
    expect(top.some(row => adjusted.percentile[row]! > plain.percentile[row]!)).toBe(true)
    const others = [...plain.percentile.keys()].filter(row => score[row]! < ceiling)
    expect(others.every(row => adjusted.percentile[row] === plain.percentile[row])).toBe(true)
  })
})

test('late scores by a model of two priors for students who have one: none, and no number', () => {
  const { models } = growthPercentiles(first(600))
  const late = latePercentiles({ priors: [Float64Array.of(500)], score: Float64Array.of(520) }, models)
  expect([late.percentile[0], outcome(late).reason]).toEqual([0, 'no prior score to compare with'])
})
