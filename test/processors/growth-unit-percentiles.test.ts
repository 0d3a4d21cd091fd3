import { expect, test } from 'vitest'
import { growthPercentiles } from '../../processors/growth/percentiles.ts'
import { shrunken, unitPercentiles } from '../../processors/growth/unit-percentiles.ts'
import { reference } from './growth-reference.ts'

const PERCENTILES = [12, 35, 48, 51, 60, 66, 71, 80, 88, 93]

test('mean and median of ten percentiles, with the standard errors of the package', () => {
  const found = unitPercentiles(PERCENTILES)
  expect(found).toMatchObject({ n: 10, median: 63, status: 'ok' })
  expect(found.mean).toBeCloseTo(60.4, 6)
  expect(found.seMean).toBeCloseTo(7.875701, 6)
  expect(found.seMedian).toBeCloseTo(9.868253, 6)
  // mean -/+ qt(.975, 9) * se in R
  expect(found.lo95).toBeCloseTo(42.583926, 5)
  expect(found.hi95).toBeCloseTo(78.216074, 5)
})

test('the order of the students does not matter', () => {
  expect(unitPercentiles(PERCENTILES.toReversed())).toEqual(unitPercentiles(PERCENTILES))
})

test('nobody and one student: insufficient, and no error that would look fine', () => {
  expect(unitPercentiles([])).toMatchObject({ n: 0, mean: null, seMean: null, status: 'insufficient' })
  expect(unitPercentiles([40])).toMatchObject({
    n: 1,
    mean: 40,
    seMean: null,
    lo95: null,
    status: 'insufficient',
    reason: 'one student',
  })
})

test('percentiles that are all equal do not say how sure their mean is', () => {
  expect(unitPercentiles([60, 60, 60])).toMatchObject({
    mean: 60,
    seMean: null,
    lo95: null,
    status: 'insufficient',
    reason: 'all growth percentiles are equal',
  })
})

test('units are drawn towards 50 by their own uncertainty', () => {
  const means = [44, 58, 51, 63, 39]
  const errors = [3, 6, 2.5, 8, 4]
  const { between, values, note } = shrunken(means.map((value, i) => ({ value, se: errors[i]! })))
  expect(between).toBeCloseTo(70.25, 10)
  expect(note).toBe('')
  const expected = [44.681388, 55.289412, 50.918301, 56.802607, 41.04058]
  values.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6))
})

test('units that differ by chance alone are all 50, with a note', () => {
  const found = shrunken([48, 50, 52].map(value => ({ value, se: 6 })))
  expect(found.between).toBeLessThan(0)
  expect(found.values).toEqual([50, 50, 50])
  expect(found.note).toMatch('no more than chance')
})

test('a single school is not drawn anywhere', () => {
  const found = shrunken([
    { value: 61, se: 4 },
    { value: null, se: null },
  ])
  expect(found).toMatchObject({ between: null, values: [null, null] })
  expect(found.note).toMatch('fewer than two units')
})

test('egsingle: the means of schools 2020 and 2040', () => {
  const r = reference('egsingle')
  const { percentile } = growthPercentiles(r)
  const of = (school: string) => unitPercentiles(percentile.filter((_, row) => r.columns.s![row] === school))
  const [a, b] = [of('2020'), of('2040')]
  expect([a.n, b.n]).toEqual([16, 13])
  expect(a.mean).toBeCloseTo(61.625, 6)
  expect(a.seMean).toBeCloseTo(6.335005, 6)
  expect(b.mean).toBeCloseTo(57.769231, 6)
  expect(b.seMean).toBeCloseTo(6.680582, 6)
})
