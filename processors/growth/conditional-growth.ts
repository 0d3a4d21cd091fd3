import { leastSquares } from '../statistics/least-squares.ts'
import { meanInterval } from '../statistics/mean-interval.ts'
import type { TestScale } from './scales.ts'
import { told, untold, type Growth } from './growth-outcome.ts'

/** Two windows of one subject and grade, one row per student. NaN: not there. */
export type WindowPair = {
  /** Score in the first window, points. */
  pre: Float64Array
  /** In the second. */
  post: Float64Array
  /** Weeks of instruction between the two. */
  weeks: Float64Array
}

export type ConditionalGrowth = {
  status: 'ok' | 'insufficient'
  /** Why there are no indices, or what to know of them; '' = nothing. */
  reason: string
  /** Students whose two scores went in. */
  n: number
  /** Expected score = intercept + pre × score + weeks × weeks + square × score²; null without a model. */
  coefficients: { intercept: number; pre: number; weeks: number; square: number } | null
  /** Standard deviation of what the model does not expect, points. */
  sd: number | null
  /** One a row: standard deviations above or below what is expected; NaN where the row had no two possible scores. */
  index: Float64Array | null
}

/** Below it the residuals say little of what is usual (design constants). */
export const LEAST_PAIRS = 100
export const LEAST_FOR_SQUARE = 200

/**
 * Conditional growth, district-referenced (indicators A5): how far a student's second score lies from what students of the district
 * with the same first score and as many weeks of instruction reached, in standard deviations.
 *
 * Source: the construction of NWEA's conditional growth index, whose norms are not ours: hence another name. Where we differ: the
 * reference is this district's cohort, by least squares. For a score a test cannot give the row has no index.
 */
export function conditionalGrowth(pair: WindowPair, scale: TestScale): ConditionalGrowth {
  const rows = [...pair.pre.keys()].filter(row => isPossible(pair, row, scale))
  const n = rows.length
  if (n < LEAST_PAIRS) return none(n, `students with two scores: ${n}; ${LEAST_PAIRS} are needed`)
  const of = (values: Float64Array) => Float64Array.from(rows, row => values[row]!)
  const fit = growthRegression(of(pair.pre), of(pair.post), of(pair.weeks), n >= LEAST_FOR_SQUARE)
  if ('unfit' in fit) return none(n, fit.unfit)
  const index = new Float64Array(pair.pre.length).fill(Number.NaN)
  rows.forEach((row, at) => (index[row] = fit.index[at]!))
  const { coefficients, sd, note: reason } = fit
  return { status: 'ok', reason, n, coefficients, sd, index }
}

/** The regression alone, without the rule of how many students it takes. @param squared with the square of the first score */
export function growthRegression(
  pre: Float64Array,
  post: Float64Array,
  weeks: Float64Array,
  squared: boolean,
): (Pick<ConditionalGrowth, 'coefficients'> & { sd: number; index: Float64Array; note: string }) | { unfit: string } {
  const columns = [new Float64Array(pre.length).fill(1), pre, weeks]
  const square = pre.map(value => value * value)
  const fit = leastSquares(squared ? [...columns, square] : columns, post)
  if (fit.dropped.includes(PRE)) return { unfit: 'all first scores are equal' }
  const mean = post.reduce((sum, value) => sum + value, 0) / post.length
  const total = post.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  if (total === 0) return { unfit: 'all second scores are equal' }
  if (fit.freedom < 1 || fit.sse <= 1e-18 * total)
    return { unfit: 'the first scores determine the second ones: nothing is left to compare' }
  const sd = Math.sqrt(fit.sse / fit.freedom)
  const [intercept, before, perWeek, perSquare = 0] = fit.coefficients as unknown as [number, number, number, number?]
  return {
    coefficients: { intercept, pre: before, weeks: perWeek, square: perSquare },
    sd,
    index: fit.residuals.map(residual => residual / sd),
    note: fit.dropped.includes(WEEKS) ? 'weeks of instruction do not differ' : '',
  }
}

const PRE = 1
const WEEKS = 2

/**
 * Mean conditional growth of a school's or class's students, with its standard error. Not to be called a school's growth index:
 * those have norms of their own.
 */
export function meanConditionalGrowth(index: ArrayLike<number>): Growth & { n: number } {
  const values = Array.from(index).filter(Number.isFinite)
  const mean = meanInterval(values)
  if (mean !== null) return { n: mean.n, ...told(mean) }
  const few = values.length === 0 ? 'nobody has two scores' : 'one student'
  return { n: values.length, ...untold(values.length < 2 ? few : 'all students grew alike') }
}

const isPossible = ({ pre, post, weeks }: WindowPair, row: number, scale: TestScale): boolean =>
  isOf(scale, pre[row]!) && isOf(scale, post[row]!) && weeks[row]! > 0 && Number.isFinite(weeks[row]!)
const isOf = ({ lowest, highest }: TestScale, score: number): boolean => score >= lowest && score <= highest

const none = (n: number, reason: string): ConditionalGrowth => ({
  status: 'insufficient',
  reason,
  n,
  coefficients: null,
  sd: null,
  index: null,
})
