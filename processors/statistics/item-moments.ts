/** What reliability needs of the answers of those who answered every item. */
export type ItemMoments = {
  /** People with all items. */
  n: number
  /** One an item. */
  means: Float64Array
  /** Covariances of the items, divisor n − 1; the diagonal holds variances. */
  covariances: Float64Array[]
}

/**
 * Means and covariances of items over complete cases.
 *
 * @param items one column an item, of equal length; NaN = no answer
 * @returns with fewer than two complete cases covariances are NaN
 */
export function itemMoments(items: readonly Float64Array[]): ItemMoments {
  const complete = completeCases(items)
  const n = complete.length
  const means = Float64Array.from(items, item => complete.reduce((sum, row) => sum + item[row]!, 0) / n)
  const covariances = items.map(() => new Float64Array(items.length))
  items.forEach((item, i) => {
    for (let j = 0; j <= i; j++) {
      const other = items[j]!
      let products = 0
      for (const row of complete) products += (item[row]! - means[i]!) * (other[row]! - means[j]!)
      covariances[i]![j] = covariances[j]![i] = n > 1 ? products / (n - 1) : Number.NaN
    }
  })
  return { n, means, covariances }
}

function completeCases(items: readonly Float64Array[]): number[] {
  const rows: number[] = []
  const length = items[0]?.length ?? 0
  for (let row = 0; row < length; row++) if (items.every(item => !Number.isNaN(item[row]!))) rows.push(row)
  return rows
}
