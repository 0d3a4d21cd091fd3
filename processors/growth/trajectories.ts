import { MOMENTS } from '../statistics/additive-sums.ts'
import { LINE } from '../statistics/growth-elimination.ts'
import type { GrowthModel } from '../statistics/mixed-model.ts'
import { effectsUnder, hasEnough, LEAST_SCORES, type GrowthFit } from './growth-fit.ts'
import { told, untold, type Growth } from './growth-outcome.ts'
import { DAYS_PER_YEAR, type Histories } from './histories.ts'

/** Points a year. */
export type Trajectory = Growth & {
  student_id: string
  school_id: string
  /** Scores. */
  n: number
  /** Share of the variance of slopes within a school that is not uncertainty, 0..1; null without a model. */
  reliability: number | null
  /** The whole line, whose slope `value` is; null unless status is `ok`. */
  line: Line | null
}

/** Where a student's line stands in the middle of the time. */
export type Line = {
  /** Days from the histories' origin. */
  middle: number
  /** Points on that day. */
  level: number
  levelSe: number
  /** Covariance of level and slope. */
  levelSlope: number
}

export type SchoolGrowth = Growth & {
  school_id: string
  /** Students with three scores over half a year. */
  n: number
}

/** Below it a slope says more of the test's noise than of the student (design constant). */
export const LEAST_RELIABILITY = 0.5

/**
 * Growth of students in points a year (indicators A3): fixed, school's and student's parts together, by empirical Bayes.
 *
 * The covariances are those of the fit, so that a student's own line can be computed as soon as a score comes.
 * Where we differ from the specification: the standard error is the exact one given the covariances; the sum of student's and
 * school's conditional variances, which the specification takes, is a little larger.
 */
export function trajectories(fit: GrowthFit, histories: Histories): Trajectory[] {
  const { model } = fit
  const row = (student: number, growth: Growth, reliability: number | null, line: Line | null = null): Trajectory => ({
    student_id: histories.students[student]!,
    school_id: histories.school[student]!,
    n: histories.sums.moments[MOMENTS * student]!,
    ...growth,
    reliability,
    line,
  })
  if (model === null) return histories.students.map((_, student) => row(student, untold(fit.reason, fit.status), null))
  const effects = effectsUnder({ ...fit, model }, histories)
  const variance = model.atCentre.student.slope
  return histories.students.map((_, student) => {
    const se = effects.wholeSlopeSe[student]!
    // Of the student's own part: that a school's students grow fast says nothing of one of them.
    const reliability = variance > 0 ? Math.max(0, 1 - effects.slopeSe[student]! ** 2 / variance) : 0
    const reason = whyUntold(histories, student, model, reliability)
    const value = effects.lines[LINE * student + 1]!
    if (reason !== '') return row(student, untold(reason), reliability)
    return row(student, told({ value, se }), reliability, lineOf(model, effects.lines, student))
  })
}

/** At a whole day, so that it can be stored as a date: the nearest to the model's own centre. */
function lineOf({ sigma, atCentre: { centre } }: GrowthModel, lines: Float64Array, student: number): Line {
  const [level, slope, , , , ofLevel, between, ofSlope] = lines.subarray(LINE * student, LINE * (student + 1))
  const middle = Math.round(centre.time * DAYS_PER_YEAR)
  const later = middle / DAYS_PER_YEAR - centre.time
  return {
    middle,
    level: centre.score + level! + later * slope!,
    levelSe: sigma * Math.sqrt(ofLevel! + 2 * later * between! + later ** 2 * ofSlope!),
    levelSlope: sigma ** 2 * (between! + later * ofSlope!),
  }
}

/**
 * Growth of schools against the district's, in points a year (A4): shrunken already. Beside it stands the mean growth percentile
 * (A2), which slightly favours schools with high prior scores; where the two point apart both are shown.
 */
export function schoolGrowth(fit: GrowthFit): SchoolGrowth[] {
  const { model } = fit
  return Object.entries(fit.schools).map(([school_id, { slope, slopeSe, students: n }]) => {
    const same = model?.school?.singular === 'no difference in slopes'
    const reason = same
      ? 'no measurable difference in slopes between schools'
      : n === 0
        ? 'no student with three scores over half a year'
        : ''
    return { school_id, n, ...(reason === '' ? told({ value: slope, se: slopeSe }) : untold(reason)) }
  })
}

function whyUntold(histories: Histories, student: number, model: GrowthModel, reliability: number): string {
  const scores = histories.sums.moments[MOMENTS * student]!
  if (scores < LEAST_SCORES) return scores === 1 ? 'one score' : `${scores} scores; ${LEAST_SCORES} are needed`
  if (!hasEnough(histories, student)) return 'all scores lie within half a year'
  if (model.student.singular === 'no difference in slopes') return 'no measurable difference in slopes between students'
  if (reliability < LEAST_RELIABILITY)
    return `too uncertain: reliability ${reliability.toFixed(2)}, ${LEAST_RELIABILITY} is needed`
  return ''
}
