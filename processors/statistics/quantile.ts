/**
 * Quantile of type 7 (Hyndman & Fan 1996), the default of R and numpy: linear between order statistics.
 *
 * @param sorted ascending, at least one, all finite
 * @param share 0..1
 */
export function quantileType7(sorted: Float64Array, share: number): number {
  // In R's order of operations: a knot is rounded afterwards, and a last digit could turn it.
  const index = 1 + (sorted.length - 1) * share
  const below = Math.floor(index)
  const part = index - below
  const value = sorted[below - 1]!
  return part === 0 ? value : (1 - part) * value + part * sorted[below]!
}

/** The nearest number of so many decimals, as R 4 rounds: of two candidates the nearer one, on a tie the even one. */
export function roundTo(value: number, decimals: number): number {
  const power = 10 ** decimals
  const floor = Math.floor(value * power)
  const below = floor / power
  const above = Math.ceil(value * power) / power
  const toBelow = value - below
  const toAbove = above - value
  if (toBelow !== toAbove) return toBelow < toAbove ? below : above
  return floor % 2 === 0 ? below : above
}

/**
 * The k-th smallest number (from 0). Reorders `values[0, count)`; no allocation. Hoare's selection with the median of
 * three as the pivot: linear unless the input is made to defeat it.
 */
export function selectSmallest(values: Float64Array, count: number, k: number): number {
  let low = 0
  let high = count - 1
  while (low < high) {
    const pivot = medianOfThree(values[low]!, values[(low + high) >> 1]!, values[high]!)
    let i = low
    let j = high
    while (i <= j) {
      while (values[i]! < pivot) i++
      while (values[j]! > pivot) j--
      if (i > j) break
      const held = values[i]!
      values[i++] = values[j]!
      values[j--] = held
    }
    if (k <= j) high = j
    else if (k >= i) low = i
    else break
  }
  return values[k]!
}

const medianOfThree = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
