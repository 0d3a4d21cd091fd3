import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { reliability } from '../../../processors/climate/reliability.ts'
import { fQuantile } from '../../../processors/statistics/f-quantile.ts'
import { itemMoments } from '../../../processors/statistics/item-moments.ts'
import { oneFactor } from '../../../processors/statistics/one-factor.ts'
import { columnsOf, fromR } from './reference.ts'

const bfi = columnsOf('bfiA.csv')
const NAMES = ['A1', 'A2', 'A3', 'A4', 'A5']
const turned = (items: readonly Float64Array[], ...which: number[]) =>
  items.map((item, i) => (which.includes(i) ? item.map(value => 7 - value) : item))

test('five items of the Big Five inventory have the alpha, interval and omega of psych and pingouin', () => {
  const { alpha, omega, status, complete } = reliability(bfi, NAMES)
  expect(complete).toBe(197)
  expect(status).toBe('ok')
  expect(alpha!.value).toBeCloseTo(0.7148562, 7)
  expect(alpha!.lo95).toBeCloseTo(0.646677, 6)
  expect(alpha!.hi95).toBeCloseTo(0.773294, 6)
  expect(omega!.correlation).toBeCloseTo(0.744362, 6)
  expect(omega!.covariance).toBeCloseTo(0.730254, 6)
})

describe.each([
  ['bfi', bfi],
  ['bfi, A1 not reversed', turned(bfi, 0)],
  ['heywood', columnsOf('heywood.csv')],
])('%s as in R', (name, items) => {
  const found = reliability(items, NAMES)

  test('alpha, its interval and the correlations of items with the rest, to 12 digits', () => {
    expect(found.complete).toBe(fromR(`${name} n`)[0])
    expect(found.alpha!.value).toBeCloseTo(fromR(`${name} alpha`)[0]!, 12)
    expect([found.alpha!.lo95, found.alpha!.hi95].map(x => x.toFixed(9))).toEqual(
      fromR(`${name} interval`).map(x => x.toFixed(9)),
    )
    fromR(`${name} item-rest`).forEach((value, i) => expect(found.itemRest[i]).toBeCloseTo(value, 12))
  })

  test('loadings of one factor and omega, to 6 digits', () => {
    fromR(`${name} loadings`).forEach((value, i) => expect(found.loadings![i]).toBeCloseTo(value, 6))
    expect(found.omega!.correlation).toBeCloseTo(fromR(`${name} omega correlation`)[0]!, 7)
    expect(found.omega!.covariance).toBeCloseTo(fromR(`${name} omega covariance`)[0]!, 7)
  })
})

test('an item that is the factor itself stands at the border, and is named', () => {
  expect(oneFactor(itemMoments(columnsOf('heywood.csv')))!.atBorder).toEqual([0])
})

test('quantiles of F as in R', () => {
  const expected = fromR('F quantiles')
  const asked = [[0.975, 196, 784], [0.025, 196, 784], [0.5, 1, 1], [0.975, 1, 3], [0.025, 9, 27], [0.975, 4999, 34993]] as const // prettier-ignore
  asked.forEach(([p, above, below], i) => expect(fQuantile(p, above, below) / expected[i]!).toBeCloseTo(1, 10))
})

describe('what cannot be relied on says so', () => {
  const people = (n: number, of: (person: number) => readonly number[]) => {
    const rows = [...Array(n).keys()].map(of)
    return rows[0]!.map((_, i) => Float64Array.from(rows, row => row[i]!))
  }
  const agreeing = (person: number) =>
    [0, 1, 2, 3].map(i => Math.min(4, 1 + (person % 4) + ((7 * person + 3 * i) % 5 === 0 ? 1 : 0)))

  test('reversed keys mis-set: a negative alpha shouts and names the items', () => {
    const items = people(200, person => [1 + (person % 4), 4 - (person % 4), 1 + ((person >> 2) % 4), 4 - (person % 4)])
    const found = reliability(items, ['a', 'b', 'c', 'd'])
    expect(found.alpha!.value).toBeLessThan(0)
    expect(found.status).toBe('insufficient')
    expect(found.reason).toMatch(/^alpha is negative \(-\d\.\d\d\); .*check which are reverse-coded$/)
    expect(found.contrary).toContain(0)
  })

  test('one key mis-set among five is named even where alpha stays positive', () => {
    const found = reliability(turned(bfi, 0), NAMES)
    expect(found.contrary).toEqual([0])
    expect(found.status).toBe('items only')
    expect(found.reason).toContain('alpha is 0.46, below 0.70')
    expect(found.reason).toContain('A1 contradicts the other questions: check which are reverse-coded')
  })

  test('99 complete answers are too few, 100 are enough', () => {
    const of = (n: number) => reliability(people(n, agreeing), ['a', 'b', 'c', 'd'])
    expect(of(99)).toMatchObject({ status: 'insufficient', reason: 'complete answers: 99; 100 are needed' })
    expect(of(100)).toMatchObject({ complete: 100, status: 'ok', reason: '' })
  })

  test('two items are too few, and have no factor', () => {
    const found = reliability(people(200, agreeing).slice(0, 2), ['a', 'b'])
    expect(found).toMatchObject({
      status: 'insufficient',
      reason: 'questions: 2; 3 are needed for a score',
      omega: null,
    })
    expect(found.alpha).not.toBeNull()
  })

  test('nobody, one respondent, and answers that are all alike have no alpha, and no number that is none', () => {
    for (const items of [
      people(1, agreeing),
      people(150, () => [3, 3, 3, 3]),
      [0, 1, 2].map(() => new Float64Array(0)),
    ]) {
      const found = reliability(items, ['a', 'b', 'c', 'd'])
      expect(found).toMatchObject({ alpha: null, omega: null, status: 'insufficient' })
      expect(found.itemRest.every(value => value === null)).toBe(true)
    }
    expect(
      reliability(
        people(150, () => [3, 3, 3, 3]),
        ['a', 'b', 'c', 'd'],
      ).reason,
    ).toBe('all answers are alike')
  })

  test('who left an item out is not among the complete', () => {
    const items = people(120, person => (person < 30 ? [Number.NaN, ...agreeing(person).slice(1)] : agreeing(person)))
    expect(reliability(items, ['a', 'b', 'c', 'd'])).toMatchObject({ complete: 90, status: 'insufficient' })
  })
})

test('shifting an item, scaling all, and the order of people and items change neither alpha nor omega', () => {
  const base = reliability(bfi, NAMES)
  const people = [...Array(197).keys()]
  fc.assert(
    fc.property(
      fc.shuffledSubarray(people, { minLength: 197 }),
      fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
      fc.double({ min: -100, max: 100, noNaN: true }),
      fc.double({ min: 0.1, max: 10, noNaN: true }),
      (order, items, shift, factor) => {
        const found = reliability(
          items.map((i, place) => Float64Array.from(order, row => factor * bfi[i]![row]! + (place === 0 ? shift : 0))),
          items.map(i => NAMES[i]!),
        )
        expect(found.alpha!.value).toBeCloseTo(base.alpha!.value, 8)
        expect(found.alpha!.lo95).toBeCloseTo(base.alpha!.lo95, 8)
        expect(found.omega!.covariance).toBeCloseTo(base.omega!.covariance, 6)
        items.forEach((i, place) => expect(found.loadings![place]).toBeCloseTo(base.loadings![i]!, 5))
      },
    ),
    { numRuns: 30, seed: 20261122 },
  )
})
