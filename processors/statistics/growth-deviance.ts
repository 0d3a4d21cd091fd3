import { MOMENTS } from './additive-sums.ts'
import { carry, eliminate, LINE, PARAMETERS, psiOf, type Psi } from './growth-elimination.ts'

/**
 * Restricted likelihood of the growth model from additive sums (indicators A3), with its exact gradient.
 *
 * Students are eliminated first, then schools (`growth-elimination.ts`), then the fixed effects, with X, h, ρ what is left:
 *   β = X⁻¹h,  R = ρ − β'h,  deviance = Σ log|I + AΨ| + log|X| + df (1 + log(2πR / df)),  df = rows − 2.
 * With dM = −M dΨ M, d log|I + AΨ| = tr(M dΨ), and because at the least sum of squares only the direct change counts,
 *   d deviance = tr(dΨ · Σ [M − M C M − (df / R) e e']),  e = m − Mβ,
 * with β and C the line that stands above the unit and its covariance relative to σ²: the fixed one, or the school's.
 */
export type Deviance = {
  /** Deviance at `theta`; its gradient is written into `gradient`. */
  evaluate: (theta: Float64Array, gradient: Float64Array) => number
  /** Of the last evaluation. */
  readonly last: { fixed: Float64Array; variance: number; covariance: Float64Array }
}

/**
 * @param moments six sums a student, of centred and scaled times and scores
 * @param school each student's school, from 0; null: two levels
 */
export function growthDeviance(moments: Float64Array, rows: number, school: Int32Array | null): Deviance {
  const schools = school === null ? 0 : school.reduce((most, value) => Math.max(most, value + 1), 0)
  const space = {
    // M, m, r of every student and school, the sums over them, and the lines that stand above
    students: new Float64Array(moments.length),
    schools: new Float64Array(MOMENTS * schools),
    reduced: new Float64Array(MOMENTS * schools),
    total: new Float64Array(MOMENTS),
    fixed: new Float64Array(LINE),
    lines: new Float64Array(LINE * schools),
  }
  const last = { fixed: new Float64Array(2), variance: 0, covariance: new Float64Array(3) }
  const df = rows - 2
  const evaluate = (theta: Float64Array, gradient: Float64Array): number => {
    const ofStudents = psiOf(theta, 0)
    space.schools.fill(0)
    space.total.fill(0)
    let value = eliminateAll(moments, ofStudents, space.students, school === null ? space.total : space.schools, school)
    if (school !== null) value += eliminateAll(space.schools, psiOf(theta, 1), space.reduced, space.total, null)
    value += solve(space.total, df, last)
    space.fixed.set([...last.fixed, 0, 0, 0, ...last.covariance])
    const precision = 1 / last.variance
    if (school !== null) {
      const ofSchools = psiOf(theta, 1)
      derive(theta, 1, gradient, space.reduced, null, space.fixed, precision)
      for (let at = 0, line = 0; line < space.lines.length; at += MOMENTS, line += LINE)
        carry(space.schools, at, ofSchools, space.fixed, 0, space.lines, line)
    }
    derive(theta, 0, gradient, space.students, school, school === null ? space.fixed : space.lines, precision)
    return value
  }
  return { evaluate, last }
}

/** @returns Σ log|I + AΨ| */
function eliminateAll(
  from: Float64Array,
  psi: Psi,
  to: Float64Array,
  sums: Float64Array,
  group: Int32Array | null,
): number {
  let logarithms = 0
  let product = 1
  for (let unit = 0, at = 0; at < from.length; unit++, at += MOMENTS) {
    product *= eliminate(from, at, psi, to, at)
    // One logarithm for many factors: it is the dearest step.
    if (product > 1e100) {
      logarithms += Math.log(product)
      product = 1
    }
    const into = group === null ? 0 : MOMENTS * group[unit]!
    for (let moment = 0; moment < MOMENTS; moment++) sums[into + moment]! += to[at + moment]!
  }
  return logarithms + Math.log(product)
}

/** Fixed effects from what is left. @returns log|X| + df (1 + log(2πR / df)) */
function solve(total: Float64Array, df: number, last: Deviance['last']): number {
  const [a, b, c, g, h, q] = total as unknown as [number, number, number, number, number, number]
  const determinant = a * c - b * b
  last.covariance.set([c / determinant, -b / determinant, a / determinant])
  last.fixed.set([(c * g - b * h) / determinant, (a * h - b * g) / determinant])
  last.variance = (q - last.fixed[0]! * g - last.fixed[1]! * h) / df
  return Math.log(determinant) + df * (1 + Math.log(2 * Math.PI * last.variance))
}

/** Gradient of one level's three parameters: 2GL, with G = Σ [M − MCM − ee' / σ²]. */
function derive(
  theta: Float64Array,
  level: 0 | 1,
  gradient: Float64Array,
  reduced: Float64Array,
  group: Int32Array | null,
  above: Float64Array,
  precision: number,
): void {
  let g11 = 0
  let g12 = 0
  let g22 = 0
  for (let unit = 0, at = 0; at < reduced.length; unit++, at += MOMENTS) {
    const line = group === null ? 0 : LINE * group[unit]!
    const a = reduced[at]!
    const b = reduced[at + 1]!
    const c = reduced[at + 2]!
    const x = above[line + 5]!
    const y = above[line + 6]!
    const z = above[line + 7]!
    const e = reduced[at + 3]! - a * above[line]! - b * above[line + 1]!
    const f = reduced[at + 4]! - b * above[line]! - c * above[line + 1]!
    g11 += a - (a * a * x + 2 * a * b * y + b * b * z) - precision * e * e
    g12 += b - (a * b * x + (a * c + b * b) * y + b * c * z) - precision * e * f
    g22 += c - (b * b * x + 2 * b * c * y + c * c * z) - precision * f * f
  }
  const at = level * PARAMETERS
  const l11 = theta[at]!
  const l21 = theta[at + 1]!
  gradient[at] = 2 * (g11 * l11 + g12 * l21)
  gradient[at + 1] = 2 * (g12 * l11 + g22 * l21)
  gradient[at + 2] = 2 * g22 * theta[at + 2]!
}
