import { normalQuantile } from '../statistics/normal.ts'
import { studentTDistribution } from '../statistics/student-t.ts'

/** What a chart goes by. Design constants (indicators B8), but for the form of the statistics. */
export type Design = {
  /** Weight of the newest week in the moving mean. */
  weight: number
  /** The limit, in standard deviations of the moving mean. */
  limit: number
  /** Least standard deviation: of a student who hardly varies not every minute is news. */
  floor: number
  /** Own weeks before the first value. */
  baselineWeeks: number
}

/** On average 1,128 weeks between two alarms of a student whose activity does not change. */
export const DESIGN: Design = { weight: 0.2, limit: 3, floor: 0.15, baselineWeeks: 4 }

/** Probabilities beyond these are cut: one impossible week is not an alarm for ever. */
const CLIP = 1e-9

/** One student's chart as it stands after a week: earlier deviations as count, mean and sum of squares, and the moving mean. */
export type Chart = {
  /** Earlier deviations. */
  n: number
  mean: number
  /** Sum of their squared distances from the mean. */
  m2: number
  /** Exponentially weighted moving mean of the Qs; 0 at the start. */
  e: number
}

export const EMPTY: Readonly<Chart> = { n: 0, mean: 0, m2: 0, e: 0 }

/** Standard deviation of the moving mean, in the long run. */
export const sigmaOf = ({ weight }: Design): number => Math.sqrt(weight / (2 - weight))

/**
 * Put one deviation on a chart, which is changed by it. Each deviation is held against those before it (self-starting), so
 * that no baseline has to be known: in control the Qs are independent and standard normal from the first one on.
 *
 * Source: Quesenberry 1991 (Q statistics, mean and variance unknown); Roberts 1959 (EWMA). Differs: the floor under the
 * standard deviation.
 *
 * @returns Q; null while the chart has too few earlier deviations
 */
export function put(chart: Chart, deviation: number, design: Design = DESIGN): number | null {
  const q = chart.n < design.baselineWeeks ? null : qStatistic(chart, deviation, design.floor)
  if (q !== null) chart.e = (1 - design.weight) * chart.e + design.weight * q
  chart.n++
  const step = deviation - chart.mean
  chart.mean += step / chart.n
  chart.m2 += step * (deviation - chart.mean)
  return q
}

/** Is the moving mean below the limit? */
export const isCrossed = ({ e }: Pick<Chart, 'e'>, design: Design = DESIGN): boolean =>
  e < -design.limit * sigmaOf(design)

/** @param chart of at least two earlier deviations */
function qStatistic({ n, mean, m2 }: Chart, deviation: number, floor: number): number {
  const spread = Math.max(Math.sqrt(m2 / (n - 1)), floor)
  // Without a floor a student who never varied has no scale.
  const t = spread === 0 ? 0 : (Math.sqrt(n / (n + 1)) * (deviation - mean)) / spread
  return normalQuantile(Math.min(1 - CLIP, Math.max(CLIP, studentTDistribution(t, n - 1))))
}
