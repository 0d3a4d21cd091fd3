/**
 * p-values of many tests, raised so that of those at most q about the share q is false (Benjamini & Hochberg 1995, Journal
 * of the Royal Statistical Society B 57).
 *
 * @param p of independent or positively dependent tests, 0..1
 * @returns in the same order; what R's p.adjust(p, 'BH') gives
 */
export function benjaminiHochberg(p: readonly number[]): number[] {
  const order = [...p.keys()].sort((a, b) => p[b]! - p[a]!)
  const adjusted = p.map(() => 1)
  let least = 1
  order.forEach((at, place) => {
    least = Math.min(least, (p[at]! * p.length) / (p.length - place))
    adjusted[at] = least
  })
  return adjusted
}
