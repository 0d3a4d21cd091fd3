/** Undirected ties within and between groups of people. */
export type TiesOfGroups = {
  /** People in each group, tied or not. */
  sizes: readonly number[]
  /** Ties between group i and group j ≥ i stand at i × groups + j; the rest is 0. */
  ties: Float64Array
}

export type Mixing = {
  edges: number
  internal: number
  /** Krackhardt and Stern's E-I index, −1 all within groups to 1 all between; null without ties. */
  ei: number | null
  /** The same if everybody were tied at random; null for fewer than two people. */
  eiExpected: number | null
  /** Newman's assortativity coefficient; null where all ties are within one group, or there is none. */
  assortativity: number | null
  /** Its jackknife standard error; null where r is, or would be without some tie. */
  se: number | null
}

/**
 * Who is tied to whom, group by group, held against chance.
 *
 * The jackknife leaves out one tie after the other: all ties between the same two groups change r alike, so that a few
 * steps per pair of groups give what a pass over the ties would.
 *
 * Source: Krackhardt & Stern 1988; Newman 2003, Phys. Rev. E 67 (r, and its SE: √Σ(r without the tie − r)²)
 */
export function mixing({ sizes, ties }: TiesOfGroups): Mixing {
  const groups = sizes.length
  const within = Float64Array.from(sizes, (_, i) => ties[i * groups + i]!)
  const edges = ties.reduce((sum, count) => sum + count, 0)
  const internal = within.reduce((sum, count) => sum + count, 0)
  const people = sizes.reduce((sum, n) => sum + n, 0)
  const same = sizes.reduce((sum, n) => sum + n * (n - 1), 0)
  const ends = endsOf(ties, groups)
  const assortativity = coefficient(2 * internal, ends, 2 * edges)
  return {
    edges,
    internal,
    ei: edges === 0 ? null : (edges - 2 * internal) / edges,
    eiExpected: people < 2 ? null : 1 - (2 * same) / (people * (people - 1)),
    assortativity,
    se: assortativity === null ? null : jackknife(ties, groups, { internal, ends, edges, assortativity }),
  }
}

/**
 * Coleman's homophily index of each group: 0 at random, 1 all ties within, −1 none although there could be.
 *
 * @param sent ties sent from group i to group j at i × groups + j; of undirected ties both directions
 * @returns null for a group that sends none, or that everybody or nobody else is in
 * Source: Coleman 1958
 */
export function coleman(sizes: readonly number[], sent: Float64Array): (number | null)[] {
  const groups = sizes.length
  const people = sizes.reduce((sum, n) => sum + n, 0)
  return sizes.map((n, i) => {
    const all = sent.subarray(i * groups, (i + 1) * groups).reduce((sum, count) => sum + count, 0)
    if (all === 0 || people < 2) return null
    const share = sent[i * groups + i]! / all
    const chance = (n - 1) / (people - 1)
    if (share >= chance) return chance === 1 ? null : (share - chance) / (1 - chance)
    return (share - chance) / chance
  })
}

/** Both directions of undirected ties. */
export function bothDirections(ties: Float64Array, groups: number): Float64Array {
  return ties.map((_, at) => {
    const [i, j] = [Math.floor(at / groups), at % groups]
    return i === j ? 2 * ties[at]! : ties[Math.min(i, j) * groups + Math.max(i, j)]!
  })
}

/** How many ends of ties lie in each group. */
function endsOf(ties: Float64Array, groups: number): Float64Array {
  const ends = new Float64Array(groups)
  ties.forEach((count, at) => {
    ends[Math.floor(at / groups)]! += count
    ends[at % groups]! += count
  })
  return ends
}

/** r = (Σe_ii − Σa_i²) / (1 − Σa_i²), of counts: e_ii = inner / total, a_i = ends / total. */
function coefficient(inner: number, ends: Float64Array, total: number): number | null {
  const squares = ends.reduce((sum, count) => sum + count * count, 0)
  const rest = total * total - squares
  return rest === 0 ? null : (inner * total - squares) / rest
}

type Whole = { internal: number; ends: Float64Array; edges: number; assortativity: number }

function jackknife(ties: Float64Array, groups: number, { internal, ends, edges, assortativity }: Whole): number | null {
  let sum = 0
  for (const [at, count] of ties.entries()) {
    if (count === 0) continue
    const [i, j] = [Math.floor(at / groups), at % groups]
    const left = ends.slice()
    left[i]!--
    left[j]!--
    const without = coefficient(2 * (internal - (i === j ? 1 : 0)), left, 2 * (edges - 1))
    if (without === null) return null
    sum += count * (without - assortativity) ** 2
  }
  return Math.sqrt(sum)
}
