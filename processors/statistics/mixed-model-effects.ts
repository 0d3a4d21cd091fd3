import { MOMENTS, rescaled, type Sums } from './additive-sums.ts'
import { carry, eliminate, LINE, type Psi } from './growth-elimination.ts'
import type { Covariance, GrowthModel } from './mixed-model.ts'

/** Lines of units by empirical Bayes (Laird & Ware 1982), at time 0 of the data: points, points a year. One value a unit. */
export type Effects = {
  /** Deviation from the line above: the school's, or the fixed one. */
  intercept: Float64Array
  slope: Float64Array
  /** Conditional standard deviation of `slope`, covariances and fixed effects taken as known: what lme4 gives. */
  slopeSe: Float64Array
  /** Standard error of the whole slope (fixed, school's and student's parts together), covariances taken as known. */
  wholeSlopeSe: Float64Array
  /** Whole lines as `carry` gives them, from the model's centre. */
  lines: Float64Array
}

/**
 * Effects of schools: shrunken towards 0, the more the less is known of a school.
 * @param school each student's school, as the model was fitted with
 */
export function schoolEffects(model: GrowthModel, sums: Sums, school: Int32Array): Effects {
  if (model.atCentre.school === null) throw new RangeError('a model of two levels has no effects of schools')
  const moments = centred(model, sums)
  const below = psi(model.atCentre.student, model)
  const schools = school.reduce((most, value) => Math.max(most, value + 1), 0)
  const ofSchools = new Float64Array(MOMENTS * schools)
  const reduced = new Float64Array(MOMENTS)
  for (let unit = 0; unit < school.length; unit++) {
    eliminate(moments, MOMENTS * unit, below, reduced, 0)
    const into = MOMENTS * school[unit]!
    for (let moment = 0; moment < MOMENTS; moment++) ofSchools[into + moment]! += reduced[moment]!
  }
  return effectsOf(ofSchools, psi(model.atCentre.school, model), model, fixedLine(model), null)
}

/**
 * Effects of students. Each is computed for itself: those of a single student, when a score comes, are the same as those of
 * all at once.
 * @param schools lines of the students' schools; null with two levels
 */
export function studentEffects(
  model: GrowthModel,
  sums: Sums,
  schools: { of: Int32Array; lines: Float64Array } | null,
): Effects {
  const above = schools === null ? fixedLine(model) : schools.lines
  return effectsOf(centred(model, sums), psi(model.atCentre.student, model), model, above, schools && schools.of)
}

function centred(model: GrowthModel, sums: Sums): Float64Array {
  const { centre } = model.atCentre
  return rescaled(sums.moments, {
    time: centre.time - sums.centre.time,
    timeUnit: 1,
    score: centre.score - sums.centre.score,
    scoreUnit: 1,
  })
}

function fixedLine({ atCentre: { fixed, fixedCovariance }, sigma }: GrowthModel): Float64Array {
  const { intercept, between, slope } = fixedCovariance
  return Float64Array.from([...fixed, 0, 0, 0, ...[intercept, between, slope].map(value => value / sigma ** 2)])
}

const psi = ({ intercept, between, slope }: Covariance, { sigma }: GrowthModel): Psi => {
  const over = 1 / sigma ** 2
  const det = Math.max(0, intercept * slope - between ** 2) * over ** 2
  return { s: intercept * over, c: between * over, t: slope * over, det }
}

function effectsOf(
  moments: Float64Array,
  spread: Psi,
  { sigma, atCentre }: GrowthModel,
  above: Float64Array,
  group: Int32Array | null,
): Effects {
  const units = moments.length / MOMENTS
  const lines = new Float64Array(LINE * units)
  const [intercept, slope, slopeSe, wholeSlopeSe] = Array.from({ length: 4 }, () => new Float64Array(units)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  for (let unit = 0; unit < units; unit++) {
    const line = LINE * unit
    const from = group === null ? 0 : LINE * group[unit]!
    carry(moments, MOMENTS * unit, spread, above, from, lines, line)
    slope[unit] = lines[line + 1]! - above[from + 1]!
    intercept[unit] = lines[line]! - above[from]! - slope[unit]! * atCentre.centre.time
    slopeSe[unit] = sigma * Math.sqrt(lines[line + 4]!)
    wholeSlopeSe[unit] = sigma * Math.sqrt(lines[line + 7]!)
  }
  return { intercept, slope, slopeSe, wholeSlopeSe, lines }
}
