import type { GroupSums } from './group-sums.ts'

/** Groups whose means differ by chance and by themselves: y = mean + group + rest. */
export type OneWay = {
  groups: number
  n: number
  /** Generalised least-squares mean over the groups, and its standard error given the variances. */
  mean: number
  se: number
  /** Variance of the true group means; 0: they differ no more than chance makes them. */
  tau2: number
  /** Variance inside the groups. */
  sigma2: number
  /** −2 × restricted log-likelihood, as lme4 counts it. */
  deviance: number
}

export type Unfit = { unfit: string }

/**
 * One-way random effects by restricted maximum likelihood. Given θ = τ²/σ² everything else is known in closed form
 * (Searle, Casella & McCulloch 1992, 3.8); the deviance's derivative in θ is solved by halving wherever it crosses zero
 * from below, and the lowest of these, or θ = 0, is taken.
 */
export function oneWay(groups: readonly GroupSums[]): OneWay | Unfit {
  const n = groups.reduce((sum, group) => sum + group.n, 0)
  const within = groups.reduce((sum, { squares }) => sum + squares, 0)
  if (groups.length < 2) return { unfit: 'fewer than two groups' }
  if (n <= groups.length) return { unfit: 'no group has two values' }
  const scale = groups.reduce((sum, group) => sum + group.n * group.mean ** 2, 0)
  if (!(within > 1e-20 * scale) || within === 0) return { unfit: 'nobody differs from the own group' }
  const at = (theta: number) => profile(groups, within, n, theta)
  let least = at(0)
  let before = 0
  for (let step = 0; step <= STEPS; step++) {
    const theta = FROM * (TO / FROM) ** (step / STEPS)
    if (at(before).slope < 0 && at(theta).slope >= 0) {
      const found = at(crossing(ratio => at(ratio).slope, before, theta))
      if (found.deviance < least.deviance) least = found
    }
    before = theta
  }
  const { mean, weight, sigma2, deviance, theta } = least
  return { groups: groups.length, n, mean, se: Math.sqrt(sigma2 / weight), tau2: theta * sigma2, sigma2, deviance }
}

const FROM = 1e-8
const TO = 1e8
const STEPS = 64

function profile(groups: readonly GroupSums[], within: number, n: number, theta: number) {
  let weight = 0
  let weightSquares = 0
  let sum = 0
  let logs = 0
  for (const group of groups) {
    const own = group.n / (1 + theta * group.n)
    weight += own
    weightSquares += own * own
    sum += own * group.mean
    logs += Math.log1p(theta * group.n)
  }
  const mean = sum / weight
  let squares = within
  let pull = 0
  for (const group of groups) {
    const own = group.n / (1 + theta * group.n)
    squares += own * (group.mean - mean) ** 2
    pull += own * own * (group.mean - mean) ** 2
  }
  const sigma2 = squares / (n - 1)
  return {
    theta,
    mean,
    weight,
    sigma2,
    deviance: logs + Math.log(weight) + (n - 1) * (1 + Math.log(2 * Math.PI * sigma2)),
    slope: weight - weightSquares / weight - pull / sigma2,
  }
}

/** Where f, below zero at `low` and not at `high`, crosses it. */
function crossing(f: (x: number) => number, low: number, high: number): number {
  for (let step = 0; step < 200 && high - low > 1e-15 * high; step++) {
    const middle = low === 0 || high / low > 4 ? Math.sqrt(Math.max(low, high * 1e-6) * high) : (low + high) / 2
    if (middle <= low || middle >= high) break
    if (f(middle) < 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/**
 * What is most likely of a group's true mean, given all groups: drawn towards the mean of all, the more the fewer values it
 * has (empirical Bayes). A group without values has the mean of all.
 *
 * @returns `keep` how much of the distance is left, 0..1; `se` with the uncertainty of the mean of all, without that of the
 *   variances; `conditionalSd` given the mean of all, as lme4 has it
 */
export function shrunken(
  { mean, se, tau2, sigma2 }: OneWay,
  group: { n: number; mean: number } | null,
): { value: number; se: number; keep: number; conditionalSd: number } {
  const n = group?.n ?? 0
  const keep = (n * tau2) / (n * tau2 + sigma2)
  const conditional = tau2 * (1 - keep)
  return {
    value: mean + keep * ((group?.mean ?? mean) - mean),
    se: Math.sqrt(conditional + (1 - keep) ** 2 * se ** 2),
    keep,
    conditionalSd: Math.sqrt(conditional),
  }
}

/**
 * Intraclass correlations from the analysis of variance (Bliese 2000; for groups of different sizes Searle's n₀).
 *
 * @returns `icc1` share of the variance that lies between groups, as estimated (it may come out negative); `icc2` reliability
 *   of the means of groups of average size, null where the group means do not differ at all; null where nothing can be said
 */
export function intraclass(groups: readonly GroupSums[]): { icc1: number; icc2: number | null } | null {
  const n = groups.reduce((sum, group) => sum + group.n, 0)
  if (groups.length < 2 || n <= groups.length) return null
  const mean = groups.reduce((sum, group) => sum + group.n * group.mean, 0) / n
  const between = groups.reduce((sum, group) => sum + group.n * (group.mean - mean) ** 2, 0) / (groups.length - 1)
  const within = groups.reduce((sum, { squares }) => sum + squares, 0) / (n - groups.length)
  const size = (n - groups.reduce((sum, group) => sum + group.n ** 2, 0) / n) / (groups.length - 1)
  const whole = between + (size - 1) * within
  if (!(whole > 0)) return null
  const differ = between > 1e-20 * mean ** 2 && between > 1e-20 * within
  return { icc1: (between - within) / whole, icc2: differ ? (between - within) / between : null }
}
