import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { benjaminiHochberg } from '../../../processors/statistics/benjamini-hochberg.ts'
import { difference } from '../../../processors/statistics/difference.ts'
import { estimate, finiteMean } from '../../../processors/statistics/finite-mean.ts'
import { groupSums, type GroupSums } from '../../../processors/statistics/group-sums.ts'
import { postStratified } from '../../../processors/statistics/post-stratified.ts'
import { fromR } from './reference.ts'

const of = (values: readonly number[]): GroupSums =>
  groupSums(new Int32Array(values.length), Float64Array.from(values), 1)[0]!
const TWELVE = [3.2, 2.8, 3.6, 3.0, 2.4, 3.8, 3.4, 3.1, 2.9, 3.5, 3.3, 2.6]

describe('the mean of those who answered, for all who could have', () => {
  test('12 of 30: mean 3.133333, standard error .093095, half-width .204901', () => {
    const found = finiteMean(of(TWELVE), 30)!
    expect(found.value).toBeCloseTo(3.133333, 6)
    expect(found.se).toBeCloseTo(0.093095, 6)
    expect((found.hi95 - found.lo95) / 2).toBeCloseTo(0.204901, 6)
    const [mean, se, half] = fromR('finite mean, se, half-width')
    expect(found.value).toBeCloseTo(mean!, 12)
    expect(found.se).toBeCloseTo(se!, 12)
    expect(found.hi95 - found.value).toBeCloseTo(half!, 9)
  })

  test('everybody answered: nothing is left to be unsure of', () => {
    expect(finiteMean(of(TWELVE), 12)).toMatchObject({ se: 0, lo95: of(TWELVE).mean, hi95: of(TWELVE).mean })
  })

  test('response over 100 %: the number of people is not believed, and nothing is taken off the error', () => {
    expect(finiteMean(of(TWELVE), 11)!.se).toBeCloseTo(finiteMean(of(TWELVE), 1e12)!.se, 9)
    expect(finiteMean(of(TWELVE), 0)!.se).toBeCloseTo(0.12018504, 8)
  })

  test('one respondent, and a few who all say the same, have no interval', () => {
    expect(finiteMean(of([3]), 30)).toBeNull()
    expect(finiteMean(of([3, 3, 3]), 30)).toBeNull()
    expect(finiteMean(of([3, 3, 3]), 3)).toMatchObject({ value: 3, se: 0 })
  })
})

test('the difference of two groups has the interval and the probability of Welch’s test', () => {
  const whole = (values: readonly number[]) => finiteMean(of(values), Infinity)
  const found = difference(whole(TWELVE.slice(0, 5)), whole(TWELVE.slice(5)))!
  const [value, low, high, freedom, p] = fromR('Welch difference, low, high, df, p')
  expect(found.value).toBeCloseTo(value!, 12)
  expect(found.lo95).toBeCloseTo(low!, 9)
  expect(found.hi95).toBeCloseTo(high!, 9)
  expect(found.freedom).toBeCloseTo(freedom!, 9)
  expect(found.p).toBeCloseTo(p!, 10)
  expect(difference(whole([3]), whole(TWELVE))).toBeNull()
  expect(difference(estimate(3, 0, 5), estimate(2, 0, 5))).toBeNull()
})

describe('many comparisons', () => {
  test('are corrected as R’s p.adjust does, in any order', () => {
    const p = [.001, .008, .039, .041, .042, .06, .074, .205, .212, .216, .222, .251, .269, .275, .34, .341, .384, .569, .594, .696, .762, .94, .942, .975, .986] // prettier-ignore
    const expected = fromR('BH')
    fc.assert(
      fc.property(fc.shuffledSubarray([...p.keys()], { minLength: p.length }), order => {
        const found = benjaminiHochberg(order.map(at => p[at]!))
        order.forEach((at, place) => expect(found[place]).toBeCloseTo(expected[at]!, 12))
      }),
      { numRuns: 20, seed: 20261122 },
    )
  })

  test('of none or one are none or as it was', () => {
    expect(benjaminiHochberg([])).toEqual([])
    expect(benjaminiHochberg([0.04])).toEqual([0.04])
  })
})

describe('each kind weighs as much as it has people', () => {
  const kind = (eligible: number, values: readonly number[]) => ({
    eligible,
    answered: values.length === 0 ? null : of(values),
  })
  const ten = (around: number) => [...Array(10).keys()].map(i => around + (i % 5) / 5)

  test('a grade that answers half as often counts as much as the other', () => {
    const found = postStratified([kind(100, [...ten(1), ...ten(1)]), kind(100, ten(3))])!
    expect(found).toMatchObject({ strata: 2, weights: 2 })
    expect(found.value).toBeCloseTo((1.4 + 3.4) / 2, 12)
    // Stratified sampling: sum of (N/N₀)² s²/n (1 − n/N).
    const variance = (values: readonly number[]) => of(values).squares / (values.length - 1)
    const expected =
      (0.25 * variance([...ten(1), ...ten(1)]) * (1 - 20 / 100)) / 20 + (0.25 * variance(ten(3)) * (1 - 10 / 100)) / 10
    expect(found.se).toBeCloseTo(Math.sqrt(expected), 12)
  })

  test('where all answer alike often it is the plain mean', () => {
    const found = postStratified([kind(50, ten(1)), kind(50, ten(3)), kind(50, ten(2))])!
    expect(found.value).toBeCloseTo(of([...ten(1), ...ten(2), ...ten(3)]).mean, 12)
    expect(found.weights).toBe(1)
  })

  test('a kind with fewer than ten answers is joined with the next smallest, one without any too', () => {
    const found = postStratified([
      kind(40, ten(1)),
      kind(30, [2, 3, 4]),
      kind(5, []),
      kind(60, [...ten(2), ...ten(2)]),
    ])!
    expect(found.strata).toBe(2)
    const joined = of([...ten(1), 2, 3, 4])
    expect(found.value).toBeCloseTo((75 * joined.mean + 60 * of(ten(2)).mean) / 135, 12)
  })

  test('nine answers in all, or more answers than people, have no weighted mean', () => {
    expect(postStratified([kind(40, [1, 2, 3, 4]), kind(30, [2, 3, 4, 1, 2])])).toBeNull()
    expect(postStratified([kind(9, ten(1)), kind(30, ten(2))])).toBeNull()
    expect(postStratified([])).toBeNull()
  })

  test('in whatever order the kinds come', () => {
    const kinds = [
      kind(40, ten(1)),
      kind(30, [2, 3, 4]),
      kind(5, []),
      kind(60, [...ten(2), ...ten(2)]),
      kind(7, [4, 1]),
    ]
    const base = postStratified(kinds)!
    fc.assert(
      fc.property(fc.shuffledSubarray(kinds, { minLength: kinds.length }), some => {
        expect(postStratified(some)!.value).toBeCloseTo(base.value, 12)
        expect(postStratified(some)!.se).toBeCloseTo(base.se, 12)
      }),
      { numRuns: 30, seed: 20261122 },
    )
  })
})

test('sums by group leave out what is not known and who is in no group', () => {
  const sums = groupSums(Int32Array.of(0, 1, -1, 0, 1), Float64Array.of(1, Number.NaN, 7, 4, Number.NaN), 3)
  expect(sums).toEqual([{ n: 2, mean: 2.5, squares: 4.5 }, null, null])
})
