import { describe, expect, test } from 'vitest'
import { bandsOf, BANDS, gainByBand, growthByBand } from '../../../processors/growth/bands.ts'
import { wilson } from '../../../processors/statistics/wilson.ts'
import { uniforms } from '../../helpers/score-panel.ts'

/** Three noisy scores of students whose true growth rises with where they began. */
function cohort(students: number) {
  const uniform = uniforms(11)
  const normal = (sd: number) => sd * ([...Array(12)].reduce((sum: number) => sum + uniform(), 0) - 6)
  const rows = [...Array(students)].map(() => {
    const start = normal(20)
    const slope = 14 + start / 20 + normal(1)
    return [0, 1, 2].map(year => 500 + start + slope * year + normal(15))
  })
  return [0, 1, 2].map(year => Float64Array.from(rows, row => row[year]!)) as [Float64Array, Float64Array, Float64Array]
}

const [FALL, NEXT_FALL, LAST_FALL] = ['2023-09-11', '2024-09-09', '2025-09-08'] as const

describe('bands are the quarters of the cohort', () => {
  test('a score on a boundary belongs below it', () => {
    expect([...bandsOf(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9))]).toEqual([1, 1, 1, 2, 2, 3, 3, 4, 4])
  })

  test('a student without a score has no band, and does not move the others', () => {
    const scores = [1, 2, Number.NaN, 3, 4, 5, 6, 7, 8, 9]
    expect([...bandsOf(Float64Array.from(scores))]).toEqual([1, 1, 0, 1, 2, 2, 3, 3, 4, 4])
  })

  test('scores that cannot be parted in four have no bands', () => {
    for (const scores of [[], [5, 5, 5, 5], [1, 1, 1, 1, 1, 1, 1, 2, 3]])
      expect(new Set(bandsOf(Float64Array.from(scores)))).toEqual(new Set(scores.length > 0 ? [0] : []))
  })
})

test('each band has its mean percentile with standard error, and its share of high growth', () => {
  const prior = Float64Array.from({ length: 40 }, (_, row) => row)
  const percentile = Uint8Array.from({ length: 40 }, (_, row) => (row === 3 ? 0 : 20 + 2 * (row % 30)))
  const bands = growthByBand(prior, percentile)
  expect(bands.map(({ band, n, status }) => ({ band, n, status }))).toEqual(
    BANDS.map(band => ({ band, n: band === 1 ? 9 : 10, status: 'ok' })),
  )
  expect(bands[1]!.mean).toBe(49)
  expect(bands[2]!.high).toEqual(wilson(7, 10))
  expect(bands[2]!.seMean).toBeCloseTo(Math.sqrt(((4 * 82.5) / 9) / 10), 9) // prettier-ignore
})

test('a band of which nobody has a percentile is insufficient', () => {
  const bands = growthByBand(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8), Uint8Array.of(0, 0, 40, 50, 60, 70, 80, 90))
  expect(bands[0]).toMatchObject({ n: 0, mean: null, high: null, status: 'insufficient' })
})

describe('a gain by bands of the score that it starts from is forbidden', () => {
  const [first, second, third] = cohort(8000)
  const window = (begin: string, score: Float64Array) => ({ begin, score })

  test('the same window or a later one is not applicable, with the reason', () => {
    for (const begin of [NEXT_FALL, LAST_FALL])
      for (const row of gainByBand(window(begin, second), window(NEXT_FALL, second), window(LAST_FALL, third)))
        expect(row).toMatchObject({ value: null, status: 'not_applicable', reason: expect.stringContaining('chance') })
  })

  test('because it turns the order of the bands round: lowest starters seem to grow most', () => {
    // What the rule prevents, computed by saying that the band is older than it is
    const gains = gainByBand(window('2000-01-01', second), window(NEXT_FALL, second), window(LAST_FALL, third))
    expect(gains[0]!.value).toBeGreaterThan(gains[3]!.value!)
  })

  test('bands of an earlier window show the planted order', () => {
    const gains = gainByBand(window(FALL, first), window(NEXT_FALL, second), window(LAST_FALL, third))
    expect(gains.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(gains[3]!.value).toBeGreaterThan(gains[0]!.value!)
    expect(gains[0]!.hi95! - gains[0]!.value!).toBeCloseTo(1.961 * gains[0]!.se!, 2)
  })

  test('students without all three scores are in no gain', () => {
    const third2 = third.map((score, row) => (row < 100 ? Number.NaN : score))
    const count = (score: Float64Array) =>
      gainByBand(window(FALL, first), window(NEXT_FALL, second), window(LAST_FALL, score)).reduce(
        (n, row) => n + row.n,
        0,
      )
    expect([count(third), count(third2)]).toEqual([8000, 7900])
  })
})

test('Wilson intervals are those of statsmodels', () => {
  expect(wilson(17, 22)!.lo95).toBeCloseTo(0.5656, 6)
  expect(wilson(17, 22)!.hi95).toBeCloseTo(0.89877, 6)
  expect(wilson(171, 190)!.lo95).toBeCloseTo(0.849103, 6)
  expect(wilson(171, 190)!.hi95).toBeCloseTo(0.935043, 6)
  expect(wilson(0, 0)).toBeNull()
  expect(wilson(0, 9)!.lo95).toBe(0)
})
