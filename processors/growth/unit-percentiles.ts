import type { Status } from '../../schemas/indicator.ts'
import { studentTQuantile } from '../statistics/student-t.ts'

/** Growth percentiles of a class, advisory, school or district together (A2). Null where the number of students cannot say it. */
export type UnitPercentiles = {
  n: number
  mean: number | null
  seMean: number | null
  /** 95 % interval of the mean, Student's t. */
  lo95: number | null
  hi95: number | null
  median: number | null
  seMedian: number | null
  status: Status
  reason: string
}

/**
 * Mean (the headline) and median of growth percentiles, with the standard errors of the R package SGP: s / sqrt(n), and 1.253 times
 * that for the median.
 *
 * @param percentiles 1..99, one per student; those without (0) are not among them
 */
export function unitPercentiles(percentiles: ArrayLike<number>): UnitPercentiles {
  const n = percentiles.length
  const none = { mean: null, seMean: null, lo95: null, hi95: null, median: null, seMedian: null }
  if (n === 0) return { n, ...none, status: 'insufficient', reason: 'nobody has a growth percentile' }
  const sorted = Float64Array.from(percentiles).sort()
  const mean = sorted.reduce((sum, value) => sum + value, 0) / n
  const median = (sorted[(n - 1) >> 1]! + sorted[n >> 1]!) / 2
  if (n === 1) return { n, ...none, mean, median, status: 'insufficient', reason: 'one student' }
  // A standard error of 0 would look like certainty.
  if (sorted[0] === sorted[n - 1]) {
    return { n, ...none, mean, median, status: 'insufficient', reason: 'all growth percentiles are equal' }
  }
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)
  const seMean = Math.sqrt(variance / n)
  const half = studentTQuantile(0.975, n - 1) * seMean
  return {
    n,
    mean,
    seMean,
    lo95: Math.max(1, mean - half),
    hi95: Math.min(99, mean + half),
    median,
    seMedian: MEDIAN_FACTOR * seMean,
    status: 'ok',
    reason: '',
  }
}

/** SE of the median over SE of the mean, for a normal distribution: sqrt(pi / 2), as SGP writes it. */
const MEDIAN_FACTOR = 1.253

export type Shrunken = {
  /** Variance between units that their own errors do not explain; null with fewer than two units. */
  between: number | null
  /** One per unit, drawn towards 50; null where the unit has no value or error of its own. */
  values: (number | null)[]
  /** Says so where units differ no more than chance makes them: then all are 50. */
  note: string
}

/** Percentiles have this mean in every cohort by construction. */
const EXPECTED = 50

/**
 * Draws the values of units towards 50 by how uncertain they are: 50 + (M - 50) c / (c + SE²), c = var(M) - mean(SE²).
 *
 * @param units of one kind in one cohort or district; means or medians with their standard errors
 * Source: R package SGP, `summarizeSGP.R`. Differs: the mean is drawn in, too, not only the median
 */
export function shrunken(units: readonly { value: number | null; se: number | null }[]): Shrunken {
  const known = units.filter((unit): unit is { value: number; se: number } => unit.value !== null && unit.se !== null)
  if (known.length < 2) {
    return { between: null, values: units.map(() => null), note: 'fewer than two units: nothing to draw towards' }
  }
  const mean = known.reduce((sum, { value }) => sum + value, 0) / known.length
  const variance = known.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / (known.length - 1)
  const between = variance - known.reduce((sum, { se }) => sum + se ** 2, 0) / known.length
  const isChance = between <= 0
  const drawn = (value: number, se: number): number =>
    isChance ? EXPECTED : EXPECTED + ((value - EXPECTED) * between) / (between + se ** 2)
  return {
    between,
    values: units.map(({ value, se }) => (value === null || se === null ? null : drawn(value, se))),
    note: isChance ? 'the units differ no more than chance makes them' : '',
  }
}
