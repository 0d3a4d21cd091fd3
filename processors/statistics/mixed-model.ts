import { MOMENTS, rescaled, totalOf, type Centre, type Sums } from './additive-sums.ts'
import { growthDeviance } from './growth-deviance.ts'
import { PARAMETERS, psiOf } from './growth-elimination.ts'
import { minimise, type Minimum } from './minimise.ts'

/** Intercept and slope: variances and covariance. */
export type Covariance = { intercept: number; between: number; slope: number }

/** How far units of a level lie apart: standard deviations in points and points a year, and their correlation. */
export type Spread = {
  sd: [intercept: number, slope: number]
  /** Null where one of the two does not vary. */
  correlation: number | null
  /** A direction in which units do not measurably differ; '' where they differ in both. */
  singular: '' | 'no difference in intercepts' | 'no difference in slopes' | 'correlation of -1 or 1'
}

/** A fitted model: numbers only, so that it can be stored and used as it is for scores that come later. */
export type GrowthModel = {
  levels: 2 | 3
  rows: number
  students: number
  /** 0 with two levels. */
  schools: number
  /** At time 0 of the data; points, points a year. */
  fixed: [intercept: number, slope: number]
  fixedSe: [intercept: number, slope: number]
  /** Residual standard deviation, points. */
  sigma: number
  student: Spread
  school: Spread | null
  /** −2 log restricted likelihood. */
  deviance: number
  evaluations: number
  /** What the effects of units are computed with: everything with times and scores measured from `centre`. */
  atCentre: {
    centre: Centre
    fixed: [intercept: number, slope: number]
    fixedCovariance: Covariance
    student: Covariance
    school: Covariance | null
  }
}

/** Why no line with varying slopes can be fitted. */
export type NotFitted = { unfit: string }

/**
 * y = β₀ + β₁t + u_school(0,1) + v_student(0,1) + e, both with an unstructured covariance, by REML.
 *
 * Exact: the likelihood needs only six sums a student (`growth-deviance.ts`). Agrees with lme4 1.1-31 (tests). Sources: Laird &
 * Ware 1982, Biometrics 38; Bates et al. 2015, J. Stat. Softw. 67(1). Where we differ: time and score are centred and scaled
 * before the search, so that shifted or rescaled scores give the same answer, and the gradient is exact.
 *
 * @param school each student's school, from 0; null: two levels. At least two schools
 */
export function fitGrowth(sums: Sums, school: Int32Array | null = null): GrowthModel | NotFitted {
  const total = totalOf(sums.moments)
  const unfit = whyUnfit(sums.moments, total, school)
  if (unfit !== '') return { unfit }
  const scale = scaleOf(total)
  const deviance = growthDeviance(rescaled(sums.moments, scale), total[0]!, school)
  const found = search(deviance.evaluate, school === null ? 2 : 3)
  if (!found.converged) return { unfit: 'the search for the most likely covariances did not converge' }
  // The last evaluation of a search is not that of its best point.
  deviance.evaluate(found.x, new Float64Array(found.x.length))
  return inData(found, deviance.last, { sums, scale, school, rows: total[0]! })
}

/** From the middle of what is common; where the answer lies on an edge, once more from elsewhere. */
function search(evaluate: Parameters<typeof minimise>[0], levels: 2 | 3): Minimum {
  const found = minimise(evaluate, Float64Array.from(levels === 2 ? [1, 0, 0.3] : [1, 0, 0.3, 0.5, 0, 0.1]))
  const edge = found.x.some((value, at) => at % PARAMETERS !== 1 && Math.abs(value) < SINGULAR)
  if (found.converged && !edge) return found
  const again = minimise(evaluate, Float64Array.from(levels === 2 ? [0.3, 0.1, 1] : [2, 0.3, 1, 1, 0.2, 0.5]))
  if (!again.converged) return found
  return !found.converged || again.value < found.value - 1e-9 ? again : found
}

/** lme4's own threshold for a relative standard deviation that is as good as none. */
const SINGULAR = 1e-4

type Scale = { time: number; timeUnit: number; score: number; scoreUnit: number }

/** Middle and standard deviation of times and scores, as sums with their own centre see them. */
function scaleOf(total: Float64Array): Scale {
  const [n, t, tt, y, , yy] = total as unknown as [number, number, number, number, number, number]
  return {
    time: t / n,
    timeUnit: Math.sqrt(tt / n - (t / n) ** 2),
    score: y / n,
    scoreUnit: Math.sqrt(yy / n - (y / n) ** 2),
  }
}

function inData(
  found: Minimum,
  last: { fixed: Float64Array; variance: number; covariance: Float64Array },
  { sums, scale, school, rows }: { sums: Sums; scale: Scale; school: Int32Array | null; rows: number },
): GrowthModel {
  const { timeUnit, scoreUnit } = scale
  const centre = { time: sums.centre.time + scale.time, score: sums.centre.score + scale.score }
  const points = (intercept: number, between: number, slope: number): Covariance => ({
    intercept: intercept * scoreUnit ** 2,
    between: (between * scoreUnit ** 2) / timeUnit,
    slope: slope * (scoreUnit / timeUnit) ** 2,
  })
  const variance = last.variance
  const covariance = (level: 0 | 1): Covariance => {
    const psi = psiOf(found.x, level)
    return points(psi.s * variance, psi.c * variance, psi.t * variance)
  }
  const [b0, b1] = last.fixed as unknown as [number, number]
  const fixed: [number, number] = [b0 * scoreUnit, (b1 * scoreUnit) / timeUnit]
  const ofFixed = [...last.covariance].map(value => value * variance) as [number, number, number]
  const fixedCovariance = points(...ofFixed)
  const fixedAtZero = atZero(fixedCovariance, centre.time)
  const student = covariance(0)
  const ofSchools = school === null ? null : covariance(1)
  return {
    levels: school === null ? 2 : 3,
    rows,
    students: sums.moments.length / MOMENTS,
    schools: school === null ? 0 : new Set(school).size,
    fixed: [centre.score + fixed[0] - fixed[1] * centre.time, fixed[1]],
    fixedSe: [Math.sqrt(fixedAtZero.intercept), Math.sqrt(fixedAtZero.slope)],
    sigma: Math.sqrt(variance) * scoreUnit,
    student: spreadOf(student, centre.time, found.x.subarray(0, PARAMETERS)),
    school: ofSchools && spreadOf(ofSchools, centre.time, found.x.subarray(PARAMETERS)),
    // Of scores in points and times in years: the density of rows − 2 contrasts, and |X| in other units.
    deviance: found.value + (rows - 2) * 2 * Math.log(scoreUnit) + 2 * Math.log(timeUnit),
    evaluations: found.evaluations,
    atCentre: { centre, fixed, fixedCovariance, student, school: ofSchools },
  }
}

/** Covariance of intercepts at time 0 instead of at the centre. */
function atZero({ intercept, between, slope }: Covariance, time: number): Covariance {
  return {
    intercept: Math.max(0, intercept - 2 * time * between + time * time * slope),
    between: between - time * slope,
    slope,
  }
}

function spreadOf(covariance: Covariance, time: number, theta: Float64Array): Spread {
  const { intercept, between, slope } = atZero(covariance, time)
  const [a, b, c] = theta.map(Math.abs) as unknown as [number, number, number]
  const sd: [number, number] = [Math.sqrt(intercept), Math.sqrt(slope)]
  const singular =
    Math.hypot(b, c) < SINGULAR
      ? 'no difference in slopes'
      : a < SINGULAR
        ? 'no difference in intercepts'
        : c < SINGULAR
          ? 'correlation of -1 or 1'
          : ''
  const varied = singular !== 'no difference in slopes' && sd[0] > 0
  return { sd, correlation: varied ? Math.max(-1, Math.min(1, between / (sd[0] * sd[1]))) : null, singular }
}

/** Tolerance for sums of rounded products. */
const NOTHING = 1e-12

function whyUnfit(moments: Float64Array, total: Float64Array, school: Int32Array | null): string {
  const [n, t, tt, y, , yy] = total as unknown as [number, number, number, number, number, number]
  if (!total.every(Number.isFinite)) return 'a time or a score is not a finite number'
  if (n < 3) return 'fewer than three scores'
  if (tt - (t * t) / n <= NOTHING * tt) return 'all scores are of one time'
  if (yy - (y * y) / n <= NOTHING * yy) return 'all scores are equal'
  const { spare, left } = withinStudents(moments)
  if (spare === 0) return 'no student has three scores at two times or more: noise and growth cannot be told apart'
  if (left <= NOTHING * (yy - (y * y) / n))
    return 'every student’s scores lie exactly on a line: nothing to measure growth against'
  if (school !== null && school.every(value => value === school[0]))
    return 'a single school: there is no spread of schools'
  if (school !== null && new Set(school).size === school.length)
    return 'no school has two students: students and schools cannot be told apart'
  return ''
}

/** Scores beyond those that a line through each student's own would take, and the squares that it would leave. */
function withinStudents(moments: Float64Array): { spare: number; left: number } {
  let spare = 0
  let left = 0
  for (let at = 0; at < moments.length; at += MOMENTS) {
    const [n, t, tt, y, ty, yy] = moments.subarray(at, at + MOMENTS) as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    if (n === 0) continue
    const spread = tt - (t * t) / n
    const lined = n > 1 && spread > NOTHING * tt
    const slope = lined ? (ty - (t * y) / n) / spread : 0
    if (lined) spare += n - 2
    left += Math.max(0, yy - (y * y) / n - slope * (ty - (t * y) / n))
  }
  return { spare, left }
}
