import { estimate, type Estimate } from './finite-mean.ts'
import type { GroupSums } from './group-sums.ts'

/** Everybody of one kind: how many there are, and the values of those who answered (null: nobody did). */
export type Stratum = { eligible: number; answered: GroupSums | null }

/** With fewer answers than this a kind stands for nobody: it is joined with the next smallest. */
const LEAST = 10

/**
 * Mean of those who answered, each kind weighing as much as it has people on the roster: what the plain mean would be had
 * everybody answered as their kind did (Holt & Smith 1979, Journal of the Royal Statistical Society A 142; Cochran 1977, 5A.9).
 * It mends that a kind answers less often, not that inside a kind those who answer are different.
 *
 * @returns with `strata`, how many kinds are left after joining, and `weights`, the largest weight of one answer beside the
 *   smallest; null where fewer than 10 answered or a kind has more answers than people
 */
export function postStratified(strata: readonly Stratum[]): (Estimate & { strata: number; weights: number }) | null {
  if (strata.some(({ eligible, answered }) => (answered?.n ?? 0) > eligible)) return null
  const joined = joinSmall(strata.filter(({ eligible }) => eligible > 0))
  if (joined === null) return null
  const all = joined.reduce((sum, { eligible }) => sum + eligible, 0)
  let value = 0
  let variance = 0
  let satterthwaite = 0
  for (const { eligible, answered } of joined) {
    const { n, mean, squares } = answered
    const own = (((eligible / all) ** 2 * squares) / (n - 1) / n) * (1 - n / eligible)
    value += (eligible / all) * mean
    variance += own
    satterthwaite += own ** 2 / (n - 1)
  }
  const weights = joined.map(({ eligible, answered }) => eligible / answered.n)
  const freedom = variance === 0 ? 1 : variance ** 2 / satterthwaite
  return {
    ...estimate(value, Math.sqrt(variance), freedom),
    strata: joined.length,
    weights: Math.max(...weights) / Math.min(...weights),
  }
}

type Answered = { eligible: number; answered: GroupSums }

/** Smallest first, until every stratum has enough answers; null: not even all together have. */
function joinSmall(strata: readonly Stratum[]): Answered[] | null {
  const left = strata.map(({ eligible, answered }) => ({
    eligible,
    answered: answered ?? { n: 0, mean: 0, squares: 0 },
  }))
  for (;;) {
    left.sort((a, b) => a.answered.n - b.answered.n || a.eligible - b.eligible || a.answered.mean - b.answered.mean)
    const [least, next] = left
    if (least === undefined) return null
    if (least.answered.n >= LEAST) return left
    if (next === undefined) return null
    left.splice(0, 2, { eligible: least.eligible + next.eligible, answered: added(least.answered, next.answered) })
  }
}

function added(one: GroupSums, other: GroupSums): GroupSums {
  const n = one.n + other.n
  if (n === 0) return one
  const off = other.mean - one.mean
  return {
    n,
    mean: (one.n * one.mean + other.n * other.mean) / n,
    squares: one.squares + other.squares + (off ** 2 * one.n * other.n) / n,
  }
}
