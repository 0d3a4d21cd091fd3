/**
 * One level of the growth model, unit by unit. With A = Σxx', g = Σxy, q = Σy² of a unit, x = (1, t)', and Ψ the covariance
 * of its effects relative to σ²:
 *   P = (Ψ⁻¹ + A)⁻¹,  M = A − APA,  m = g − APg,  r = q − g'Pg.
 * M, m, r have the shape of A, g, q and are summed over the next level's units. For 2 × 2 matrices, with D = |A| and adj the
 * adjugate, |I + AΨ| = 1 + tr(AΨ) + D|Ψ|, M = (A + D adj Ψ) / |I + AΨ|, P = (Ψ + |Ψ| adj A) / |I + AΨ|: no difference of
 * large numbers, and a singular Ψ is nothing special.
 */

/** Three parameters a level: the lower Cholesky factor a, b, c of Ψ = LL', L = (a 0; b c). */
export const PARAMETERS = 3

/** Relative covariance of a level's effects: its three elements and its determinant. */
export type Psi = { s: number; c: number; t: number; det: number }

export function psiOf(theta: Float64Array, level: 0 | 1): Psi {
  const [a, b, c] = theta.subarray(level * PARAMETERS, level * PARAMETERS + PARAMETERS) as unknown as [
    number,
    number,
    number,
  ]
  return { s: a * a, c: a * b, t: b * b + c * c, det: (a * c) ** 2 }
}

/** Eliminate a unit's effects: six sums in, six sums out. @returns |I + AΨ| ≥ 1 */
export function eliminate(from: Float64Array, at: number, psi: Psi, to: Float64Array, into: number): number {
  const a = from[at]!
  const b = from[at + 1]!
  const c = from[at + 2]!
  const g = from[at + 3]!
  const h = from[at + 4]!
  const determinant = a * c - b * b
  const size = 1 + psi.s * a + 2 * psi.c * b + psi.t * c + psi.det * determinant
  const over = 1 / size
  // adj(A) g
  const g1 = c * g - b * h
  const h1 = a * h - b * g
  to[into] = (a + determinant * psi.t) * over
  to[into + 1] = (b - determinant * psi.c) * over
  to[into + 2] = (c + determinant * psi.s) * over
  to[into + 3] = (g + psi.t * g1 - psi.c * h1) * over
  to[into + 4] = (h - psi.c * g1 + psi.s * h1) * over
  const explained = psi.s * g * g + 2 * psi.c * g * h + psi.t * h * h + psi.det * (g * g1 + h * h1)
  to[into + 5] = from[at + 5]! - explained * over
  return size
}

/**
 * A line and what is known of it, eight numbers: intercept and slope; covariance of the effects in it, the fixed effects taken as
 * known (three elements); covariance of the line itself (three). Covariances relative to σ².
 */
export const LINE = 8

/** The line of a unit from its six sums and the line above it: empirical Bayes. */
export function carry(
  sums: Float64Array,
  at: number,
  psi: Psi,
  above: Float64Array,
  from: number,
  to: Float64Array,
  into: number,
): void {
  const a = sums[at]!
  const b = sums[at + 1]!
  const c = sums[at + 2]!
  const size = 1 + psi.s * a + 2 * psi.c * b + psi.t * c + psi.det * (a * c - b * b)
  const p11 = (psi.s + psi.det * c) / size
  const p12 = (psi.c - psi.det * b) / size
  const p22 = (psi.t + psi.det * a) / size
  const e = sums[at + 3]! - a * above[from]! - b * above[from + 1]!
  const f = sums[at + 4]! - b * above[from]! - c * above[from + 1]!
  to[into] = above[from]! + p11 * e + p12 * f
  to[into + 1] = above[from + 1]! + p12 * e + p22 * f
  // What a shift of the line above moves in the unit's effects, −PA, and in its line, I − PA
  const pa11 = p11 * a + p12 * b
  const pa12 = p11 * b + p12 * c
  const pa21 = p12 * a + p22 * b
  const pa22 = p12 * b + p22 * c
  spread(to, into + 2, above, from + 2, p11, p12, p22, -pa11, -pa12, -pa21, -pa22)
  spread(to, into + 5, above, from + 5, p11, p12, p22, 1 - pa11, -pa12, -pa21, 1 - pa22)
}

/** P + KCK', three elements. */
function spread(
  to: Float64Array,
  into: number,
  above: Float64Array,
  from: number,
  p11: number,
  p12: number,
  p22: number,
  k11: number,
  k12: number,
  k21: number,
  k22: number,
): void {
  const x = above[from]!
  const y = above[from + 1]!
  const z = above[from + 2]!
  to[into] = p11 + k11 * k11 * x + 2 * k11 * k12 * y + k12 * k12 * z
  to[into + 1] = p12 + k11 * k21 * x + (k11 * k22 + k12 * k21) * y + k12 * k22 * z
  to[into + 2] = p22 + k21 * k21 * x + 2 * k21 * k22 * y + k22 * k22 * z
}
