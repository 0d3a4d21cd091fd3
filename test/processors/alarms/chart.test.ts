import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalQuantile } from '../../../processors/statistics/normal.ts'
import { studentTDistribution } from '../../../processors/statistics/student-t.ts'
import { DESIGN, EMPTY, isCrossed, put, sigmaOf, type Chart } from '../../../processors/alarms/chart.ts'

/** The specification's numbers (computed with scipy): deviations, and what comes of them from the third week on. */
const DEVIATIONS = [4.1, 4.4, 3.9, 4.2, 4.5, 4.0, 4.3, 3.2, 2.9, 2.6]
const QS = [-0.830034, 0.202057, 1.201225, -0.759441, 0.439027, -2.811703, -2.177318, -1.980792]

const charted = (deviations: readonly number[], design = DESIGN): { chart: Chart; qs: (number | null)[] } => {
  const chart = { ...EMPTY }
  return { chart, qs: deviations.map(deviation => put(chart, deviation, design)) }
}

describe('the own-baseline chart', () => {
  test('gives the Qs and the moving mean of the specification to all digits', () => {
    const { chart, qs } = charted(DEVIATIONS, { ...DESIGN, baselineWeeks: 2, floor: 0 })
    expect(qs.slice(0, 2)).toEqual([null, null])
    QS.forEach((q, i) => expect(qs[i + 2]).toBeCloseTo(q, 6))
    expect(chart.e).toBeCloseTo(-1.06718135, 8)
    expect(chart.e / sigmaOf(DESIGN)).toBeCloseTo(-3.20154405, 7)
  })

  test('is crossed in the tenth week at a limit of three, and in no week before', () => {
    const design = { ...DESIGN, baselineWeeks: 2, floor: 0 }
    const chart = { ...EMPTY }
    const crossed = DEVIATIONS.map(deviation => {
      put(chart, deviation, design)
      return isCrossed(chart, design)
    })
    expect(crossed).toEqual([...Array.from({ length: 9 }, () => false), true])
  })

  test('says nothing of the first four weeks', () => {
    expect(charted([0, -3, 0.5, -5, -9]).qs.slice(0, 4)).toEqual([null, null, null, null])
  })

  test('does not take small changes of a student who never varies for a drop', () => {
    const { chart, qs } = charted([...Array.from({ length: 10 }, () => 0.2), 0.1])
    expect(qs.at(-1)).toBeGreaterThan(-1)
    expect(isCrossed(chart)).toBe(false)
  })

  test('cuts what is next to impossible: a week of nothing after steady ones is an alarm, and no greater one', () => {
    const steady = [0, 0.1, -0.1, 0.05, 0, -0.05, 0.1, 0, 0.05, -0.1, 0, 0.1]
    const [some, most] = [-4.7, -1e9].map(deviation => charted([...steady, deviation]).qs.at(-1)!)
    expect(some).toBeCloseTo(-5.9978, 4)
    expect(most).toBe(some)
  })

  test('is the same wherever a year is cut and continued from what is stored', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -5, max: 3, noNaN: true }), { minLength: 6, maxLength: 40 }),
        fc.nat(39),
        (deviations, cut) => {
          const whole = charted(deviations)
          const { chart } = charted(deviations.slice(0, cut))
          const stored = JSON.parse(JSON.stringify(chart)) as Chart
          const qs = deviations.slice(cut).map(deviation => put(stored, deviation))
          expect(stored).toEqual(whole.chart)
          expect(qs).toEqual(whole.qs.slice(cut))
        },
      ),
      { seed: 8, numRuns: 100 },
    )
  })
})

/** R 4.2.2: pt(t, df) and qnorm(p), 16 digits. */
const T: [t: number, freedom: number, probability: number][] = [
  [-3.5, 3, 0.01974051880964139],
  [-0.7, 4, 0.2612500827967252],
  [1.2, 10, 0.8711018496378471],
  [-12, 5, 3.544746258580764e-5],
  [-2.1, 39.5, 0.02108185153475609],
  [-40, 3, 1.719034039457927e-5],
  [0, 7, 0.5],
]
const NORMAL: [probability: number, value: number][] = [
  [1e-9, -5.9978070150076865],
  [1e-5, -4.264890793922826],
  [0.02, -2.0537489106318225],
  [0.075, -1.4395314709384557],
  [0.3, -0.5244005127080407],
  [0.5, 0],
  [0.9, 1.2815515655446008],
  [0.9999, 3.7190164854557084],
  [1 - 1e-9, 5.997807019601638],
]

test('the distribution of t agrees with R to twelve digits', () => {
  for (const [t, freedom, probability] of T)
    expect(Math.abs(studentTDistribution(t, freedom) / probability - 1)).toBeLessThan(1e-12)
})

test('the normal quantile agrees with R to fourteen digits', () => {
  for (const [probability, value] of NORMAL)
    expect(Math.abs(normalQuantile(probability) - value)).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(value)))
})
