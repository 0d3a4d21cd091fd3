import type { District } from './district.ts'
import { LONG_GOALS, SHORT_GOALS } from './phrases.ts'
import { Random, STREAM } from './random.ts'

export type Outcome = 'attained' | 'missed' | 'dropped' | 'open'

/** A student's goal and how it ended. */
export type Goal = {
  student: number
  /** Counted from 1, per student. */
  number: number
  horizon: 'short' | 'long'
  /** Place in SUBJECTS; −1: about no subject. */
  subject: number
  /** Place in the phrases of its horizon. */
  phrase: number
  set: string
  due: string
  /** The day on which it ended; '': it has not. */
  ended: string
  outcome: Outcome
  /** Level attained, −2 … 2; null: not rated. */
  level: number | null
  weight: number
}

/** First days of the two weeks in which goals of a term are set, and when they are due. */
const TERMS = [
  { set: '2025-09-08', due: '2025-12-12' },
  { set: '2026-01-12', due: '2026-05-22' },
] as const
const LONG = { set: '2025-09-15', due: '2026-06-05' }
const SETTING_SHARE = 0.85
const SECOND_SHARE = 0.45
const LONG_SHARE = 0.55
const DROPPED_SHARE = 0.04
const LONG_OPEN_SHARE = 0.3
/** A student's own mean level, and one goal's around it. */
const STUDENT_SD = 0.5
const GOAL_SD = 0.9
const DAY_MS = 86_400_000

/** Goals of the year: one or two in each term, and of about half of the students one for the year. */
export function* goals(plan: District): Generator<Goal> {
  const random = new Random()
  for (let student = 0; student < plan.students.count; student++) {
    random.restart(plan.seed, STREAM.goals, 0, student)
    const mean = random.normal(0, STUDENT_SD)
    let number = 0
    for (const { set, due } of TERMS) {
      if (!random.chance(SETTING_SHARE)) continue
      const count = random.chance(SECOND_SHARE) ? 2 : 1
      const first = random.below(SHORT_GOALS.length)
      for (let i = 0; i < count; i++) {
        const phrase = (first + i) % SHORT_GOALS.length
        const subject = random.below(4)
        yield { student, number: ++number, horizon: 'short', subject, phrase, ...spanOf(set, due, mean, 0, random) }
      }
    }
    if (!random.chance(LONG_SHARE)) continue
    const phrase = random.below(LONG_GOALS.length)
    const span = spanOf(LONG.set, LONG.due, mean, LONG_OPEN_SHARE, random)
    yield { student, number: ++number, horizon: 'long', subject: -1, phrase, ...span }
  }
}

/** When it was set and ended, and how: dropped on the way, or rated within two weeks before it was due. */
function spanOf(from: string, due: string, mean: number, openShare: number, random: Random) {
  const set = addDays(from, weekday(random.below(10)))
  const weight = random.chance(0.2) ? 2 : 1
  const level = Math.min(2, Math.max(-2, Math.round(random.normal(mean, GOAL_SD))))
  const isOpen = random.chance(openShare)
  const isDropped = random.chance(DROPPED_SHARE)
  const left = (Date.parse(due) - Date.parse(set)) / DAY_MS
  const ended = addDays(set, isDropped ? Math.floor(left / 2) : left - random.below(10))
  if (isOpen) return { set, due, weight, ended: '', outcome: 'open' as const, level: null }
  if (isDropped) return { set, due, weight, ended, outcome: 'dropped' as const, level: null }
  return { set, due, weight, ended, outcome: level >= 0 ? ('attained' as const) : ('missed' as const), level }
}

/** Days after a Monday of the nth school day. */
const weekday = (n: number): number => n + 2 * Math.floor(n / 5)
const addDays = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10)
