import type { Status } from '../../schemas/indicator.ts'
import type { NoModel } from './percentile-model.ts'

/** Design constants: 100 quantiles of 8 parameters (one prior score) or 15 (two) need data. */
export const MIN_STUDENTS = [250, 500] as const

/** Why a student has a percentile or has none. Numbers are stored: add at the end. */
export const WHY = [
  { status: 'ok', reason: '' },
  { status: 'insufficient', reason: 'no score in this window' },
  { status: 'insufficient', reason: 'the score is outside the range of the test' },
  { status: 'insufficient', reason: 'no prior score to compare with' },
  {
    status: 'insufficient',
    reason: `the cohort is too small: fewer than ${MIN_STUDENTS[0]} students with a prior score`,
  },
  { status: 'insufficient', reason: 'all scores of the cohort are equal' },
  {
    status: 'insufficient',
    reason: 'the prior scores of the cohort have too few different values, or too many at one end',
  },
] as const satisfies readonly { status: Status; reason: string }[]

export const OK = 0
export const NO_SCORE = 1
export const IMPOSSIBLE_SCORE = 2
export const NO_PRIOR = 3
export const SMALL_COHORT = 4
export const WHY_NO_MODEL: Record<NoModel, number> = { equal_scores: 5, few_prior_values: 6 }

/** What to know of a percentile that there is: bits. */
export const NO_INTERVAL = 1
export const FEWER_PRIORS = 2
export const CLAMPED = 4
export const IMPOSSIBLE_PRIOR = 8

const NOTES: readonly [number, string][] = [
  [NO_INTERVAL, 'no standard error of measurement: low, typical or high only'],
  [FEWER_PRIORS, 'compared by fewer prior scores than the student has'],
  [CLAMPED, 'a prior score beyond those of the cohort was taken as the outermost'],
  [IMPOSSIBLE_PRIOR, 'a prior score outside the range of its test was left out'],
]

/** Status and reason of one student, in words. */
export function outcomeOf(why: number, notes: number): { status: Status; reason: string } {
  const { status, reason } = WHY[why]!
  const said = NOTES.filter(([bit]) => (notes & bit) !== 0 && (why === OK || bit === IMPOSSIBLE_PRIOR))
  return { status, reason: [reason, ...said.map(([, text]) => text)].filter(Boolean).join('; ') }
}

/** What is shown where a score has no standard error of measurement. */
export const growthLevel = (percentile: number): 'low' | 'typical' | 'high' =>
  percentile < 35 ? 'low' : percentile > 65 ? 'high' : 'typical'
