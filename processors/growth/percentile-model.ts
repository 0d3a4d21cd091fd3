import { z } from 'zod'
import { areCollapsed, knotsOf, type Knots } from '../statistics/b-spline.ts'
import { isSingular, quantileFits } from '../statistics/quantile-regression.ts'
import { roundTo } from '../statistics/quantile.ts'
import { times } from '../statistics/sparse-rows.ts'
import { splineRows } from '../statistics/spline-rows.ts'

/** How many quantiles are fitted: tau = .005, .015, … .995, as the R package SGP does (not .01 … .99). */
export const QUANTILES = 100
const TAUS = Float64Array.from({ length: QUANTILES }, (_, k) => (k + 0.5) / QUANTILES)
/** Predictions are compared with scores after rounding to so many decimals (SGP). */
const DECIMALS = 5

/** What a fit leaves for scores that come late. Stored as JSON: numbers in their shortest exact form. */
export const PercentileModel = z.strictObject({
  method: z.literal('sgp'),
  version: z.literal(1),
  /** Students that it was fitted on. */
  students: z.int().positive(),
  /** In the order of the columns: which prior score, 1 = the most recent, and its knots. */
  priors: z
    .array(
      z.strictObject({
        prior: z.int().positive(),
        knots: z.strictObject({
          inner: z.array(z.number()).min(1),
          boundary: z.tuple([z.number(), z.number()]),
        }),
      }),
    )
    .min(1),
  /** For every quantile the intercept, then the spline's coefficients of every prior. */
  coefficients: z.array(z.array(z.number())).length(QUANTILES),
})
export type PercentileModel = z.infer<typeof PercentileModel>

/** Why no model could be fitted. */
export type NoModel = 'equal_scores' | 'few_prior_values'

/**
 * Fits the 100 quantiles of this year's score given the prior ones.
 *
 * @param priors which prior scores, 1 = the most recent: a subset of `columns`
 * @param columns prior scores, the most recent first
 * @param rows students who have the score and all these priors
 * @throws HomeroomError INTERNAL if a quantile does not converge
 */
export function fitPercentiles(
  priors: readonly number[],
  columns: readonly Float64Array[],
  score: Float64Array,
  rows: Uint32Array,
): PercentileModel | NoModel {
  if (rows.every(row => score[row] === score[rows[0]!])) return 'equal_scores'
  const knots = priors.map(prior => knotsOf(Float64Array.from(rows, row => columns[prior - 1]![row]!).sort()))
  if (knots.some(areCollapsed)) return 'few_prior_values'
  const variables = priors.map(prior => columns[prior - 1]!)
  const { x, order } = splineRows(knots, variables, rows, score)
  // Knots apart do not yet mean enough values between them; and one prior may repeat the other.
  if (isSingular(x)) return 'few_prior_values'
  const y = Float64Array.from(order, row => score[row]!)
  const fits = quantileFits(x, y, TAUS)
  return {
    method: 'sgp',
    version: 1,
    students: rows.length,
    priors: priors.map((prior, i) => ({ prior, knots: copyOf(knots[i]!) })),
    coefficients: Array.from({ length: QUANTILES }, (_, k) =>
      Array.from(fits.coefficients.subarray(k * x.columns, (k + 1) * x.columns)),
    ),
  }
}

const copyOf = ({ inner, boundary }: Knots): PercentileModel['priors'][number]['knots'] => ({
  inner: [...inner],
  boundary: [boundary[0], boundary[1]],
})

/**
 * The percentile of each row's score among those with its prior scores: how many of the 100 predictions, uncrossed and rounded,
 * are below it, but at least 1 and at most 99.
 *
 * Uncrossing sorts the predictions of a row, which does not change how many are below a score: nothing is sorted here.
 *
 * @param rows students who have all priors of the model
 * @param asked scores to place, and where to write 1..99 (0 where the score is NaN)
 * @param isClamped set to 1 where a prior lay outside the model's boundaries and was set to the nearer one
 * @param highest highest obtainable score: there predictions equal to the score count as below it, too (SGP's adjustment)
 */
export function scorePercentiles(
  model: PercentileModel,
  columns: readonly Float64Array[],
  rows: Uint32Array,
  asked: readonly { score: Float64Array; out: Uint8Array }[],
  isClamped: Uint8Array,
  highest?: number,
): void {
  const variables = model.priors.map(({ prior, knots }) => clamped(columns[prior - 1]!, knots, rows, isClamped))
  const knots = model.priors.map(prior => prior.knots)
  const { x, order } = splineRows(knots, variables, rows, columns[0]!)
  const predicted = new Float64Array(order.length)
  for (const { out } of asked) for (const row of rows) out[row] = 0
  for (const coefficients of model.coefficients) {
    times(x, Float64Array.from(coefficients), predicted)
    for (const { score, out } of asked) countBelow(predicted, order, score, highest, out)
  }
  for (const { score, out } of asked) {
    for (const row of rows) out[row] = Number.isNaN(score[row]) ? 0 : Math.min(99, Math.max(1, out[row]!))
  }
}

function countBelow(
  predicted: Float64Array,
  order: Uint32Array,
  score: Float64Array,
  highest: number | undefined,
  out: Uint8Array,
): void {
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!
    const y = score[row]!
    if (isBelow(predicted[i]!, y) || (y === highest && roundTo(predicted[i]!, DECIMALS) <= y)) out[row]!++
  }
}

/** Rounding moves a prediction by half a unit of the last decimal at most: elsewhere it need not be done. */
function isBelow(predicted: number, score: number): boolean {
  const difference = predicted - score
  if (difference < -1e-4) return true
  return difference <= 1e-4 && roundTo(predicted, DECIMALS) < score
}

function clamped(prior: Float64Array, { boundary }: Knots, rows: Uint32Array, isClamped: Uint8Array): Float64Array {
  const [low, high] = boundary
  let inside = prior
  for (const row of rows) {
    const value = prior[row]!
    if (value >= low && value <= high) continue
    if (inside === prior) inside = prior.slice()
    inside[row] = value < low ? low : high
    isClamped[row] = 1
  }
  return inside
}
