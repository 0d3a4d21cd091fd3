import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { groupSums, type GroupSums } from '../../../processors/statistics/group-sums.ts'
import { intraclass, oneWay, shrunken, type OneWay } from '../../../processors/statistics/one-way.ts'
import { columnsOf, fromR } from './reference.ts'

const [school, score] = columnsOf('climate.csv') as [Float64Array, Float64Array]
type Row = readonly [group: number, value: number]
const all: Row[] = [...school].map((group, row) => [group, score[row]!])
/** As climate.R makes it of the same rows. */
const uneven = all.filter(([group], row) => group < 9 && ((row + 1) * 7) % 20 >= group)
const flat: Row[] = [0, 1, 2, 3].flatMap(group => [1, 2, 3, 4, 5].map((value): Row => [group, value]))

const sumsOf = (rows: readonly Row[]): GroupSums[] =>
  groupSums(
    Int32Array.from(rows, ([group]) => group),
    Float64Array.from(rows, ([, value]) => value),
    1 + Math.max(...rows.map(([group]) => group)),
  ).map(sums => sums!)
const fitted = (rows: readonly Row[]): OneWay => {
  const found = oneWay(sumsOf(rows))
  if ('unfit' in found) throw new Error(found.unfit)
  return found
}

test('15 schools of 20: variances, intraclass correlations and school 0 as lme4 and the analysis of variance have them', () => {
  const model = fitted(all)
  expect(model.tau2).toBeCloseTo(0.003928, 6)
  expect(model.sigma2).toBeCloseTo(0.257296, 6)
  const { icc1, icc2 } = intraclass(sumsOf(all))!
  expect(icc1).toBeCloseTo(0.015038, 6)
  expect(icc2).toBeCloseTo(0.233922, 6)
  const first = sumsOf(all)[0]!
  expect(first.mean).toBeCloseTo(2.63925, 9)
  expect(shrunken(model, first).value).toBeCloseTo(2.84939, 6)
  // Schools of equal size: restricted likelihood and analysis of variance agree to the last digit.
  expect(shrunken(model, first).value).toBeCloseTo(2.8493903200726, 12)
  expect(shrunken(model, first).keep).toBeCloseTo(icc2!, 12)
})

describe.each([
  ['climate', all],
  ['uneven', uneven],
])('%s as in R', (name, rows) => {
  const model = fitted(rows)
  const sums = sumsOf(rows)

  test('mean, variances and deviance of lme4', () => {
    expect(model.n).toBe(rows.length)
    expect(model.mean).toBeCloseTo(fromR(`${name} mean, se`)[0]!, 7)
    expect(model.se).toBeCloseTo(fromR(`${name} mean, se`)[1]!, 7)
    const [tau2, sigma2] = fromR(`${name} tau2, sigma2`)
    expect(model.tau2 / tau2!).toBeCloseTo(1, 6)
    expect(model.sigma2 / sigma2!).toBeCloseTo(1, 7)
    expect(model.deviance).toBeCloseTo(fromR(`${name} deviance`)[0]!, 9)
  })

  test('intraclass correlations, shrunken means and their conditional standard deviations', () => {
    const [icc1, icc2] = fromR(`${name} ICC1, ICC2`)
    expect(intraclass(sums)!.icc1).toBeCloseTo(icc1!, 12)
    expect(intraclass(sums)!.icc2).toBeCloseTo(icc2!, 12)
    const [means, sds] = [fromR(`${name} shrunken`), fromR(`${name} conditional sd`)]
    expect(means).toHaveLength(sums.length)
    sums.forEach((group, at) => {
      expect(shrunken(model, group).value).toBeCloseTo(means[at]!, 7)
      expect(shrunken(model, group).conditionalSd).toBeCloseTo(sds[at]!, 7)
    })
  })
})

test('schools that differ no more than chance makes them are all drawn to the mean of all', () => {
  const model = fitted(flat)
  expect(model).toMatchObject({ tau2: 0, mean: 3 })
  expect(model.deviance).toBeCloseTo(fromR('flat deviance')[0]!, 9)
  expect(model.se).toBeCloseTo(fromR('flat mean, se')[1]!, 12)
  expect(shrunken(model, { n: 5, mean: 4.2 })).toMatchObject({ value: 3, keep: 0 })
  expect(intraclass(sumsOf(flat))).toEqual({ icc1: -0.25, icc2: null })
})

test('a school without answers has the mean of all, and is as uncertain as a school can be', () => {
  const model = fitted(uneven)
  const found = shrunken(model, null)
  expect(found.value).toBe(model.mean)
  expect(found.se).toBeCloseTo(Math.sqrt(model.tau2 + model.se ** 2), 12)
})

test.each<[string, Row[]]>([
  [
    'fewer than two groups',
    [
      [0, 1],
      [0, 2],
    ],
  ],
  [
    'no group has two values',
    [
      [0, 1],
      [1, 2],
      [2, 4],
    ],
  ],
  [
    'nobody differs from the own group',
    [
      [0, 1],
      [0, 1],
      [1, 2],
      [1, 2],
    ],
  ],
])('%s: nothing is fitted', (unfit, rows) => {
  expect(oneWay(sumsOf(rows))).toEqual({ unfit })
})

test('order, shift and scale of values change what they should and nothing else', () => {
  const base = fitted(uneven)
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...uneven], { minLength: uneven.length }),
      fc.double({ min: -1000, max: 1000, noNaN: true }),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      (rows, shift, factor) => {
        const found = fitted(rows.map(([group, value]): Row => [group, shift + factor * value]))
        expect((found.mean - shift) / factor).toBeCloseTo(base.mean, 6)
        expect(found.tau2 / factor ** 2 / base.tau2).toBeCloseTo(1, 6)
        expect(found.sigma2 / factor ** 2 / base.sigma2).toBeCloseTo(1, 7)
      },
    ),
    { numRuns: 50, seed: 20261122 },
  )
})

test('no other variance ratio has a lower deviance, whatever the groups', () => {
  const group = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(fc.array(group, { minLength: 2, maxLength: 6 }), groups => {
      const rows = groups.flatMap((values, at) => values.map((value): Row => [at, value]))
      const sums = sumsOf(rows)
      const found = oneWay(sums)
      if ('unfit' in found) return
      for (const factor of [0, 0.5, 0.99, 1.01, 2]) {
        const theta = (found.tau2 / found.sigma2) * factor + (found.tau2 === 0 ? factor * 0.01 : 0)
        expect(devianceAt(sums, theta)).toBeGreaterThanOrEqual(found.deviance - 1e-7 * Math.abs(found.deviance) - 1e-7)
      }
    }),
    { numRuns: 200, seed: 20261122 },
  )
})

/** −2 × restricted log-likelihood by the textbook, with the whole covariance matrix of each group in its closed form. */
function devianceAt(sums: readonly GroupSums[], theta: number): number {
  const n = sums.reduce((total, group) => total + group.n, 0)
  const weights = sums.map(group => group.n / (1 + theta * group.n))
  const whole = weights.reduce((total, weight) => total + weight, 0)
  const mean = sums.reduce((total, group, at) => total + weights[at]! * group.mean, 0) / whole
  const rest = sums.reduce((total, group, at) => total + group.squares + weights[at]! * (group.mean - mean) ** 2, 0)
  const logs = sums.reduce((total, group) => total + Math.log(1 + theta * group.n), 0)
  return logs + Math.log(whole) + (n - 1) * (1 + Math.log((2 * Math.PI * rest) / (n - 1)))
}
