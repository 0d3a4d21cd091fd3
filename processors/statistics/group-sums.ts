/** What a comparison of groups needs of the values of one of them. Empty groups do not occur. */
export type GroupSums = {
  n: number
  mean: number
  /** Sum of squared distances from the mean. */
  squares: number
}

/**
 * Sums of values by group.
 *
 * @param group number of each value's group, from 0; negative: of none
 * @param value NaN: not known, counted in no group
 * @param groups how many there are
 * @returns null for a group without values
 */
export function groupSums(group: Int32Array, value: Float64Array, groups: number): (GroupSums | null)[] {
  const n = new Int32Array(groups)
  const mean = new Float64Array(groups)
  const squares = new Float64Array(groups)
  value.forEach((one, row) => {
    const at = group[row]!
    if (at < 0 || Number.isNaN(one)) return
    // Welford 1962, Technometrics 4: no digits are lost where the mean is large beside the spread.
    const off = one - mean[at]!
    n[at]! += 1
    mean[at]! += off / n[at]!
    squares[at]! += off * (one - mean[at]!)
  })
  return Array.from(n, (count, at) => (count === 0 ? null : { n: count, mean: mean[at]!, squares: squares[at]! }))
}
