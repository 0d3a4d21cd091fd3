import type { GroupSums } from './group-sums.ts'
import { studentTQuantile } from './student-t.ts'

/** A mean and how sure it is. */
export type Estimate = {
  value: number
  se: number
  /** Degrees of freedom of the standard error; need not be whole. */
  freedom: number
  lo95: number
  hi95: number
}

/** @returns the estimate with its 95 % interval by Student's t */
export function estimate(value: number, se: number, freedom: number): Estimate {
  const half = se === 0 ? 0 : studentTQuantile(0.975, freedom) * se
  return { value, se, freedom, lo95: value - half, hi95: value + half }
}

/**
 * Mean of those who answered, for all who could have: s/√n √(1 − n/N), interval by Student's t (Cochran 1977, 2.6). It
 * takes those who answered for a random sample of the others, which non-response is not.
 *
 * @param eligible N; where fewer than answered, it is not believed and nothing is taken off the error
 * @returns null below two values, or where all are equal and some are missing: then nothing says how sure the mean is
 */
export function finiteMean({ n, mean, squares }: GroupSums, eligible: number): Estimate | null {
  if (n < 2) return null
  const left = eligible >= n ? 1 - n / eligible : 1
  const differ = squares > 1e-24 * n * mean ** 2
  if (!differ && left > 0) return null
  return estimate(mean, differ ? Math.sqrt((squares / (n - 1) / n) * left) : 0, n - 1)
}
