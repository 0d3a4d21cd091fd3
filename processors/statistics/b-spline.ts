import { quantileType7, roundTo } from './quantile.ts'

/** Cubic: four basis functions differ from zero at any point. */
export const SUPPORT = 4
const DEGREE = 3
const KNOT_SHARES = [0.2, 0.4, 0.6, 0.8] as const
/** By this share of its width the range is widened on either side. */
const MARGIN = 0.1
const DECIMALS = 3

/** Where the pieces of a spline meet, and the range for which it is made. Ascending, in units of the variable. */
export type Knots = { inner: readonly number[]; boundary: readonly [number, number] }

/**
 * Knots of a prior score, as the R package SGP makes them: quantiles .2, .4, .6, .8 inside, the range widened by 10 % of
 * its width at the ends, all rounded to three decimals.
 *
 * @param sorted ascending, at least one, all finite
 * Source: SGP `createKnotsBoundaries.R`
 */
export function knotsOf(sorted: Float64Array): Knots {
  const lowest = sorted[0]!
  const highest = sorted[sorted.length - 1]!
  const margin = (highest - lowest) * MARGIN
  return {
    inner: KNOT_SHARES.map(share => roundTo(quantileType7(sorted, share), DECIMALS)),
    boundary: [roundTo(lowest - margin, DECIMALS), roundTo(highest + margin, DECIMALS)],
  }
}

/** Two knots in one place: the variable has too few values for a spline of four inner knots. */
export function areCollapsed({ inner, boundary }: Knots): boolean {
  const all = [boundary[0], ...inner, boundary[1]]
  return all.some((knot, i) => i > 0 && !(knot > all[i - 1]!))
}

/** Columns of a basis without its first function, which the intercept stands for: R's `bs(intercept = FALSE)`. */
export const columnsOf = ({ inner }: Knots): number => inner.length + DEGREE

/** In which interval between neighbouring knots a value lies, from 0; values outside count to the outermost ones. */
export function intervalOf({ inner }: Knots, x: number): number {
  let interval = 0
  while (interval < inner.length && x >= inner[interval]!) interval++
  return interval
}

/**
 * The four basis functions that are not zero at x: those of index interval..interval+3 in the whole basis.
 *
 * @param x inside the boundaries: outside them a caller clamps first (R extrapolates)
 * @param out where to write them, from `at` on
 * Source: de Boor 1978, algorithm BSPLVB
 */
export function basisAt(knots: Knots, interval: number, x: number, out: Float64Array, at: number): void {
  out[at] = 1
  for (let order = 1; order <= DEGREE; order++) {
    let saved = 0
    for (let r = 0; r < order; r++) {
      const right = knotAt(knots, interval + r + 1)
      const left = knotAt(knots, interval + r + 1 - order)
      const term = out[at + r]! / (right - left)
      out[at + r] = saved + (right - x) * term
      saved = (x - left) * term
    }
    out[at + order] = saved
  }
}

/** Knot of index i, 0 being the lower boundary; the boundaries repeat outwards. */
function knotAt({ inner, boundary }: Knots, i: number): number {
  if (i <= 0) return boundary[0]
  return i > inner.length ? boundary[1] : inner[i - 1]!
}
