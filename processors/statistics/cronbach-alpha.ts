import { fQuantile } from './f-quantile.ts'
import type { ItemMoments } from './item-moments.ts'

export type Alpha = {
  /** At most 1; negative where items contradict each other, as when one is scored the wrong way round. */
  value: number
  lo95: number
  hi95: number
}

/**
 * Cronbach's alpha of a scale, k/(k − 1) (1 − Σ variances / variance of the sum), with the exact 95 % interval for
 * normal items with equal covariances (Feldt, Woodruff & Salih 1987, Applied Psychological Measurement 11).
 *
 * @returns null below two items or three people, or where nobody's sum differs
 */
export function cronbachAlpha({ n, covariances }: ItemMoments): Alpha | null {
  const k = covariances.length
  if (k < 2 || n < 3) return null
  const variances = covariances.reduce((sum, row, i) => sum + row[i]!, 0)
  const total = covariances.reduce((sum, row) => sum + sumOf(row), 0)
  // What rounding leaves of a sum that does not vary.
  if (!(total > 1e-12 * variances)) return null
  const value = (k / (k - 1)) * (1 - variances / total)
  const freedom = [n - 1, (n - 1) * (k - 1)] as const
  return {
    value,
    lo95: 1 - (1 - value) * fQuantile(0.975, ...freedom),
    hi95: 1 - (1 - value) * fQuantile(0.025, ...freedom),
  }
}

/**
 * Correlation of each item with the sum of the others: negative says that the item contradicts them.
 *
 * @returns one an item, −1..1; NaN where the item or the sum of the others does not vary
 */
export function itemRestCorrelations({ covariances }: ItemMoments): number[] {
  const total = covariances.reduce((sum, row) => sum + sumOf(row), 0)
  return covariances.map((row, i) => {
    const shared = sumOf(row) - row[i]!
    const rest = total - 2 * shared - row[i]!
    return shared / Math.sqrt(row[i]! * rest)
  })
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0)
