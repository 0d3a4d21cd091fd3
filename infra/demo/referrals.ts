import type { Attendance } from './attendance.ts'
import type { SchoolYear } from './calendar.ts'
import { Random, STREAM } from './random.ts'
import type { Students } from './students.ts'

export const BEHAVIOURS = [
  'disruption',
  'defiance',
  'skipped class',
  'phone use',
  'property misuse',
  'fighting',
] as const
export const LEVELS = ['minor', 'major'] as const
export const ACTIONS = ['Conference', 'In-school suspension', 'Out-of-school suspension'] as const

/** One student in one incident; `behaviour`, `level` and `action` are places in the lists above. */
export type Referral = { student: number; day: number; minute: number; behaviour: number; level: number; action: number; subject: number } // prettier-ignore

const MEDIAN_PER_YEAR = 0.18
const SIGMA = 1.3
const MOST_PER_YEAR = 12
const PER_PRIOR = -0.3
/** Who is often absent is referred so many times as often. */
const OFTEN_ABSENT = { from: 0.12, times: 2 }
const MAJOR_SHARE = 0.15
const SUSPENDED_SHARE = 0.6
const TIMED_SHARE = 0.8

type ReferralsPlan = {
  seed: number
  year: SchoolYear
  students: Students
  attendance: Attendance
  /** Days of a week on which a student has school, as a mask. */
  daysOf: (student: number, week: number) => number
}

/** Referrals of the year, by student and day, at most one a day: few students have most of them. */
export function planReferrals({ seed, year, students, attendance, daysOf }: ReferralsPlan): Referral[] {
  const random = new Random()
  const referrals: Referral[] = []
  for (let student = 0; student < students.count; student++) {
    random.restart(seed, STREAM.referrals, 0, student)
    const usual = MEDIAN_PER_YEAR * Math.exp(random.normal(0, SIGMA) + PER_PRIOR * students.prior[student]!)
    const often = attendance.laterRate[student]! > OFTEN_ABSENT.from ? OFTEN_ABSENT.times : 1
    const days = new Set<number>()
    for (let left = random.poisson(Math.min(usual * often, MOST_PER_YEAR)); left > 0; left--) {
      const week = year.openWeeks[random.below(year.openWeeks.length)]!
      const weekday = random.below(5)
      if (daysOf(student, week) & (1 << weekday)) days.add(week * 7 + weekday)
    }
    for (const day of [...days].sort((a, b) => a - b)) referrals.push(referral(student, day, random))
  }
  return referrals
}

function referral(student: number, day: number, random: Random): Referral {
  const level = random.chance(MAJOR_SHARE) ? 1 : 0
  const suspended = random.chance(SUSPENDED_SHARE)
  return {
    student,
    day,
    // A whole minute between 8:00 and 15:00; −1: the report has no time.
    minute: random.chance(TIMED_SHARE) ? 480 + random.below(420) : -1,
    behaviour: level === 1 ? 4 + random.below(2) : random.below(4),
    level,
    action: level === 1 && suspended ? 1 + random.below(2) : 0,
    subject: random.below(4),
  }
}
