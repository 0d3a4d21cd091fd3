import type { District } from './district.ts'
import { PLAN_REASONS } from './phrases.ts'
import { Random, STREAM } from './random.ts'

/** A student's own plan for a stretch of the year: units of work a week and how to spend it, in percent. */
export type LearnerPlan = {
  student: number
  /** 1, 2: first and second of the year. */
  number: number
  units: number
  /** Units a week that the student usually completes. */
  usual: number
  /** Alone, with an adult, with one peer, in a group: percent, together 100. */
  mix: readonly [number, number, number, number]
  from: string
  /** Last day; '': open. */
  through: string
  reason: string
}

const PLANNING_SHARE = 0.85
const REVISED_SHARE = 0.9
const FIRST_DAY = '2025-09-02'
const REVISED_DAY = '2026-01-20'
const BEFORE_REVISION = '2026-01-19'
/**
 * Different activities that a minute of work completes on average, over half a year: what a plan that fits would count on.
 * (Counted in the demo: some come up again, the more the longer a plan lasts.)
 */
const UNITS_PER_MINUTE = 0.03
/** How much more (or less) students plan than they usually do, in the logarithm. */
const AMBITION_SD = 0.25
const STEP = 5
const USUAL_MIX = [60, 10, 15, 15] as const
const MIX_SD = 8

/** Plans of the year: of most students one, and of nearly all of them a second that takes its place in January. */
export function* learnerPlans(plan: District): Generator<LearnerPlan> {
  const { students, seed } = plan
  const random = new Random()
  for (let student = 0; student < students.count; student++) {
    random.restart(seed, STREAM.learnerPlans, 0, student)
    if (!random.chance(PLANNING_SHARE)) continue
    const revised = random.chance(REVISED_SHARE)
    const usual = UNITS_PER_MINUTE * Math.exp(students.base[student]!)
    yield {
      student,
      number: 1,
      usual,
      units: unitsOf(usual, random),
      mix: mixOf(random),
      from: FIRST_DAY,
      through: revised ? BEFORE_REVISION : '',
      reason: PLAN_REASONS[random.below(PLAN_REASONS.length)]!,
    }
    if (!revised) continue
    const reason = PLAN_REASONS[random.below(PLAN_REASONS.length)]!
    yield {
      student,
      number: 2,
      usual,
      units: unitsOf(usual, random),
      mix: mixOf(random),
      from: REVISED_DAY,
      through: '',
      reason,
    }
  }
}

/** Halves of a unit, at least one. */
function unitsOf(usual: number, random: Random): number {
  return Math.max(2, Math.round(2 * usual * Math.exp(random.normal(0, AMBITION_SD)))) / 2
}

/** Shares in steps of five percent; what the others leave is time alone. */
function mixOf(random: Random): LearnerPlan['mix'] {
  const [adult, peer, group] = USUAL_MIX.slice(1).map(usual =>
    Math.max(0, STEP * Math.round(random.normal(usual, MIX_SD) / STEP)),
  ) as [number, number, number]
  const others = Math.min(95, adult + peer + group)
  const less = adult + peer + group - others
  return [100 - others, adult, peer, group - Math.min(group, less)]
}
