import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isFavourable, neededItems, scaleScores } from '../../../processors/climate/scale-scores.ts'

const NO = Number.NaN
const FOUR = { min: 1, max: 4 }
const items = (...people: number[][]) => people[0]!.map((_, i) => Float64Array.from(people, row => row[i]!))
const score = (answers: number[], reverse: boolean[] = answers.map(() => false)) =>
  scaleScores(items(answers), { ...FOUR, reverse }).scores[0]

describe('a score is the mean of the items answered', () => {
  test('turned round where they are reverse-coded', () => {
    expect(score([4, 1, 3], [false, true, false])).toBeCloseTo(11 / 3, 12)
    expect(scaleScores(items([5, 1]), { min: 1, max: 5, reverse: [false, true] }).scores[0]).toBe(5)
  })

  test('one of three missing is enough, two of three are not', () => {
    expect(score([4, NO, 2])).toBe(3)
    expect(score([4, NO, NO])).toBeNaN()
  })

  test('all missing is no score, never 0', () => {
    expect(score([NO, NO, NO])).toBeNaN()
  })

  test('of four items three are needed, of seven five, of eighteen twelve', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 18].map(neededItems)).toEqual([1, 2, 2, 3, 4, 4, 5, 12])
    expect(score([4, 4, NO, NO])).toBeNaN()
    expect(score([4, 4, 1, NO])).toBe(3)
  })

  test('what the scale does not have is no answer', () => {
    expect(score([4, 9, 2])).toBe(3)
    expect(score([0, 9, 2])).toBeNaN()
  })

  test('nobody has no scores, and columns that do not fit are refused', () => {
    expect(scaleScores([new Float64Array(0)], { ...FOUR, reverse: [false] }).scores).toHaveLength(0)
    expect(() => scaleScores(items([1, 2]), { ...FOUR, reverse: [false] })).toThrow(RangeError)
    expect(() => scaleScores([new Float64Array(2), new Float64Array(3)], { ...FOUR, reverse: [false, true] })).toThrow(
      RangeError,
    )
  })
})

describe('the same answer everywhere', () => {
  const straight = (answers: number[], reverse: boolean[]) =>
    scaleScores(items(answers), { ...FOUR, reverse }).straightLined[0]
  const eight = [3, 3, 3, 3, 3, 3, 3, 3]
  const one = eight.map((_, i) => i === 4)

  test('is flagged over eight items of which one is reversed, and is scored all the same', () => {
    expect(straight(eight, one)).toBe(1)
    expect(score(eight, one)).toBeCloseTo((7 * 3 + 2) / 8, 12)
  })

  test('is an opinion over seven items, or where none or all are reversed', () => {
    expect(straight(eight.slice(1), one.slice(1))).toBe(0)
    expect(straight([NO, ...eight.slice(1)], one)).toBe(0)
    expect(
      straight(
        eight,
        one.map(() => false),
      ),
    ).toBe(0)
    expect(
      straight(
        eight,
        one.map(() => true),
      ),
    ).toBe(0)
    expect(straight([3, 3, 3, 3, 2, 3, 3, 3], one)).toBe(0)
  })
})

test('favourable is the upper half without its middle: the top two of four and of five', () => {
  const favourable = (max: number) => [...Array(max).keys()].filter(i => isFavourable(i + 1, { min: 1, max })).length
  expect([2, 3, 4, 5, 6, 7].map(favourable)).toEqual([1, 1, 2, 2, 3, 3])
})

test('order of items and people, and turning an item and its key, change no score by a bit', () => {
  const answer = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.constant(NO))
  const table = fc
    .integer({ min: 1, max: 9 })
    .chain(k =>
      fc.tuple(
        fc.array(fc.array(answer, { minLength: k, maxLength: k }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.boolean(), { minLength: k, maxLength: k }),
        fc.array(fc.boolean(), { minLength: k, maxLength: k }),
        fc.shuffledSubarray([...Array(k).keys()], { minLength: k }),
      ),
    )
  fc.assert(
    fc.property(table, ([people, reverse, turned, order]) => {
      const base = scaleScores(items(...people), { ...FOUR, reverse })
      const moved = people.map(row => order.map(i => (turned[i] ? 5 - row[i]! : row[i]!))).toReversed()
      const found = scaleScores(items(...moved), { ...FOUR, reverse: order.map(i => reverse[i] !== turned[i]) })
      expect([...found.scores].toReversed()).toEqual([...base.scores])
      expect([...base.scores].filter(value => value < 1 || value > 4)).toEqual([])
    }),
    { numRuns: 300, seed: 20261122 },
  )
})
