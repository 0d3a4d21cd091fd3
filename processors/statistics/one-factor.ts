import type { ItemMoments } from './item-moments.ts'
import { minimise, type Smooth } from './minimise.ts'

export type OneFactor = {
  /** Correlation of each item with the factor, which points where most of them do. */
  loadings: Float64Array
  /** Share of each item's variance that the factor leaves, at least LEAST. */
  uniquenesses: Float64Array
  /** Items whose uniqueness ended at LEAST (Heywood cases): the fit is at the border of what is possible. */
  atBorder: number[]
}

/** An item never is the factor itself, as in R's factanal with lower = .001. */
const LEAST = 0.001
/** So many places of the discrepancy decide: its minimum is flat. */
const SHARP = 1000

/**
 * One common factor of items, by maximum likelihood on their correlations. With loadings l, uniquenesses u and
 * correlations R the discrepancy is log|ll' + U| + tr R(ll' + U)⁻¹ (Lawley & Maxwell 1971; Jöreskog 1967); the
 * determinant and the inverse of a diagonal plus one product are known in closed form.
 *
 * @returns null below three items (not identified), where an item does not vary, or where no minimum was found
 */
export function oneFactor({ n, covariances }: ItemMoments): OneFactor | null {
  const k = covariances.length
  if (k < 3 || n < 3) return null
  const sd = covariances.map((row, i) => Math.sqrt(row[i]!))
  if (!sd.every(one => one > 0)) return null
  const correlations = covariances.map((row, i) => row.map((value, j) => value / (sd[i]! * sd[j]!)))
  const found = minimise(discrepancy(correlations), startOf(correlations))
  if (!found.converged) return null
  const raw = found.x.slice(0, k)
  const way = raw.reduce((sum, value) => sum + value, 0) < 0 ? -1 : 1
  const uniquenesses = found.x.slice(k).map(root => LEAST + root * root)
  return {
    loadings: raw.map(value => way * value),
    uniquenesses,
    atBorder: [...uniquenesses.keys()].filter(i => uniquenesses[i]! < LEAST * 1.01),
  }
}

/** Parameters: k loadings, then k roots of what the uniquenesses have above LEAST. */
function discrepancy(correlations: readonly Float64Array[]): Smooth {
  const k = correlations.length
  return (x, gradient) => {
    const unique = Float64Array.from({ length: k }, (_, i) => LEAST + x[k + i]! ** 2)
    const scaled = unique.map((u, i) => x[i]! / u)
    const seen = Float64Array.from(correlations, row => row.reduce((sum, value, j) => sum + value * scaled[j]!, 0))
    const c = 1 + scaled.reduce((sum, a, i) => sum + a * x[i]!, 0)
    const q = scaled.reduce((sum, a, i) => sum + a * seen[i]!, 0)
    let value = Math.log(c) - q / c
    for (let i = 0; i < k; i++) {
      const u = unique[i]!
      const a = scaled[i]!
      value += Math.log(u) + 1 / u
      gradient[i] = 2 * SHARP * (a / c + (a * q) / (c * c) - seen[i]! / (u * c))
      const ofUnique = (1 - 1 / u) / u - (a * a) / c + (2 * seen[i]! * a) / (u * c) - (q * a * a) / (c * c)
      gradient[k + i] = 2 * SHARP * x[k + i]! * ofUnique
    }
    return SHARP * value
  }
}

/** Near where the items point together (centroid), and half of each left over. */
function startOf(correlations: readonly Float64Array[]): Float64Array {
  const sums = correlations.map(row => row.reduce((sum, value) => sum + value, 0))
  const all = Math.max(
    sums.reduce((sum, value) => sum + value, 0),
    1,
  )
  const loadings = sums.map(sum => Math.max(-0.9, Math.min(0.9, sum / Math.sqrt(all))) || 0.1)
  return Float64Array.from([...loadings, ...loadings.map(l => Math.sqrt(Math.max(0.1, 1 - l * l)))])
}

/**
 * Omega total: the share of a sum's variance that one factor explains, (Σl)² / ((Σl)² + Σu) (McDonald 1999).
 *
 * @returns `correlation` of the sum of standardised items, `covariance` of the items as they are scored
 */
export function omegaTotal(
  { loadings, uniquenesses }: OneFactor,
  { covariances }: ItemMoments,
): { correlation: number; covariance: number } {
  const of = (sd: (i: number) => number): number => {
    const common = loadings.reduce((sum, l, i) => sum + l * sd(i), 0) ** 2
    return common / (common + uniquenesses.reduce((sum, u, i) => sum + u * sd(i) ** 2, 0))
  }
  return { correlation: of(() => 1), covariance: of(i => Math.sqrt(covariances[i]![i]!)) }
}
