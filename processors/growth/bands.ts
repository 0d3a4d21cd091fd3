import { meanInterval } from '../statistics/mean-interval.ts'
import { quantileType7 } from '../statistics/quantile.ts'
import { wilson } from '../statistics/wilson.ts'
import type { Day } from '../../schemas/record.ts'
import { told, untold, type Growth } from './growth-outcome.ts'
import { unitPercentiles, type UnitPercentiles } from './unit-percentiles.ts'

/** Quarters of the district's cohort by an earlier score: 1 lowest, 4 highest. */
export const BANDS = [1, 2, 3, 4] as const
export type Band = (typeof BANDS)[number]

export type BandGrowth = UnitPercentiles & {
  band: Band
  /** Share of students with a growth percentile above 65, and its interval; null where nobody has one. */
  high: { value: number; lo95: number; hi95: number } | null
}

/** Above it growth is called high, here as for students. */
export const HIGH_PERCENTILE = 65

/**
 * Growth of students who began low and high (indicators A7): mean growth percentile and share of high growth by quarter of the
 * prior score. Percentiles already compare students with the same prior score, so that chance in it favours no band.
 *
 * @param prior score that the percentiles were conditioned on, or an earlier one; NaN: not there
 * @param percentile 1..99; 0: none
 */
export function growthByBand(prior: Float64Array, percentile: ArrayLike<number>): BandGrowth[] {
  const bands = bandsOf(prior)
  return BANDS.map(band => {
    const own = Array.from(percentile).filter((value, row) => bands[row] === band && value > 0)
    const high = wilson(own.filter(value => value > HIGH_PERCENTILE).length, own.length)
    return { band, high, ...unitPercentiles(own) }
  })
}

/** Scores of a window, row by row the same students; NaN: not there. */
export type BandWindow = { begin: Day; score: Float64Array }

/**
 * Gain in points by band, which is forbidden on the score that the gain starts from: who was unlucky in it stands too low and gains
 * more the next time. In the synthetic district that reversed the order of the bands. A band of an earlier window does not share
 * that chance and is allowed.
 */
export function gainByBand(band: BandWindow, from: BandWindow, to: BandWindow): ({ band: Band; n: number } & Growth)[] {
  if (band.begin >= from.begin) return BANDS.map(each => ({ band: each, n: 0, ...untold(FORBIDDEN, 'not_applicable') }))
  const bands = bandsOf(band.score)
  const gain = to.score.map((score, row) => score - from.score[row]!)
  return BANDS.map(each => {
    const own = gain.filter((value, row) => bands[row] === each && Number.isFinite(value))
    const mean = meanInterval(own)
    const few = own.length < 2 ? 'fewer than two students' : 'all gained alike'
    return { band: each, n: own.length, ...(mean === null ? untold(few) : told(mean)) }
  })
}

const FORBIDDEN =
  'a gain is not shown by bands of the score that it starts from: chance in that score makes low bands gain more; take an earlier score, or growth percentiles'

/**
 * The quarter of each student; 0 where there is no score, or where the scores have no four different quarters.
 * A score on the boundary belongs below it.
 */
export function bandsOf(score: Float64Array): Uint8Array {
  const sorted = score.filter(Number.isFinite).sort()
  const bands = new Uint8Array(score.length)
  if (sorted.length === 0) return bands
  const cuts = [0.25, 0.5, 0.75].map(share => quantileType7(sorted, share))
  const isSplit = cuts[0]! < cuts[1]! && cuts[1]! < cuts[2]! && cuts[2]! < sorted.at(-1)!
  if (!isSplit) return bands
  return bands.map((_, row) => {
    const value = score[row]!
    return Number.isFinite(value) ? 1 + cuts.filter(cut => value > cut).length : 0
  })
}
