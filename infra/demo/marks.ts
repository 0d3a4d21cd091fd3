import type { District } from './district.ts'
import { Random, STREAM } from './random.ts'

/** Grading periods: the open weeks (0-based, both ends included) that a mark is about, and the day on which it is posted. */
export const QUARTERS = [
  { id: 'Q1', weeks: [0, 9], posted: '2025-10-31' },
  { id: 'Q2', weeks: [10, 19], posted: '2026-01-23' },
  { id: 'Q3', weeks: [20, 28], posted: '2026-03-27' },
  { id: 'Q4', weeks: [29, 38], posted: '2026-06-11' },
] as const

/** Subjects (places in SUBJECTS) that are marked: those that an early-warning flag reads. */
export const MARKED = [0, 1] as const

/** `percent` −1: incomplete, which is no mark. */
export type Mark = { student: number; quarter: number; subject: number; percent: number }

export const FAILING_BELOW = 60

const MEAN = 80
const PER_PRIOR = 5
/** A student's own level beside prior achievement, the same in every quarter and subject. */
const STUDENT_SD = 5
const NOISE_SD = 5
/** Points less for each share of days absent beyond the usual. */
const PER_ABSENCE = 90
const USUAL_ABSENCE = 0.04
const PER_REFERRAL = 1.5
/** Points less for a whole quarter of little activity. */
const DISENGAGED = 12
const INCOMPLETE_SHARE = 0.01
const LEAST = 30

/**
 * Marks of four quarters. What lowers them lasts (absence, referrals, little activity, the student's own level), so that a
 * flag raised in one quarter says something about the next.
 */
export function* marks(plan: District): Generator<Mark> {
  const { students, seed } = plan
  const referred = new Uint16Array(students.count)
  for (const { student } of plan.referrals) referred[student]!++
  const random = new Random()
  for (const quarter of QUARTERS.keys()) {
    for (let student = 0; student < students.count; student++) {
      const own = random.restart(seed, STREAM.marks, 0, student).normal(0, STUDENT_SD)
      const level = MEAN + PER_PRIOR * students.prior[student]! + own - PER_REFERRAL * referred[student]!
      const lowered = level - lost(plan, student, quarter)
      for (const subject of MARKED) {
        random.restart(seed, STREAM.marks, 1 + quarter * 4 + subject, student)
        const percent = Math.min(100, Math.max(LEAST, Math.round(lowered + random.normal(0, NOISE_SD))))
        yield { student, quarter, subject, percent: random.chance(INCOMPLETE_SHARE) ? -1 : percent }
      }
    }
  }
}

/** Points that absence and little activity of the quarter cost. */
function lost({ students, attendance, year }: District, student: number, quarter: number): number {
  const [from, to] = QUARTERS[quarter]!.weeks
  const drop = students.dropWeek[student]!
  const since = drop < 0 ? Infinity : year.openWeeks.indexOf(drop)
  const share = Math.min(1, Math.max(0, (to + 1 - since) / (to + 1 - from)))
  const rate = (1 - share) * attendance.rate[student]! + share * attendance.laterRate[student]!
  return PER_ABSENCE * Math.max(0, rate - USUAL_ABSENCE) + DISENGAGED * share
}

/** Letter of a percent, with plus and minus; `INC`: incomplete. */
export function letter(percent: number): string {
  if (percent < 0) return 'INC'
  if (percent < FAILING_BELOW) return 'F'
  const step = Math.min(3, Math.floor((percent - FAILING_BELOW) / 10))
  const within = percent - FAILING_BELOW - step * 10
  return `${'DCBA'[step]!}${within >= 7 ? '+' : within < 3 ? '-' : ''}`
}
