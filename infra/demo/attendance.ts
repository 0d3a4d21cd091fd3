import { dayAt, type SchoolYear } from './calendar.ts'
import type { District } from './district.ts'
import { advisoryOn, schoolOn, studentDays } from './district.ts'
import { anyBit, countBits, type Effort } from './effort.ts'
import { GROUP_TERMS } from './helpers.ts'
import { Random, STREAM } from './random.ts'
import type { School } from './schools.ts'
import type { Students } from './students.ts'
import { contacts, MET_GROUP } from './traces/contacts.ts'

/** How often students are absent; and the one day on which a school's attendance never arrived. */
export type Attendance = {
  /** Chance of an absence on a school day. */
  rate: Float64Array
  /** The same from the week of disengagement on; equal to `rate` where absence does not change. */
  laterRate: Float64Array
  /** Week of an illness; −1: none. */
  illWeek: Int16Array
  /** Nothing was delivered of this school's absences on this day. */
  deadFeed: { school: number; day: number }
}

export const ABSENCE = ['excused', 'unexcused'] as const
export const REASONS = ['medical', 'family', ''] as const

/** One day's absence; `excuse` and `reason` are places in the lists above. */
export type Absence = { student: number; day: number; excuse: number; reason: number; delivered: boolean }

const USUAL_MEDIAN = 0.04
const USUAL_SIGMA = 0.5
const USUAL_MOST = 0.09
const OFTEN_SHARE = 0.07
const OFTEN = [0.14, 0.3] as const
/** Of those who disengage, how many also stay away from then on; the others come as before. */
const STAYING_AWAY_SHARE = 0.3
const STAYING_AWAY = [0.25, 0.45] as const
const ILL_SHARE = 0.03
const EXCUSED_SHARE = 0.7
const EXCUSED_OF_MANY = 0.35
const MANY = 0.12
/** What begins later in the day is done at home. */
const END_OF_SCHOOL_MINUTE = 930
const MINUTE_MS = 60_000
/** The attendance system of one school fails on a Wednesday of an open week (0-based). */
const DEAD_FEED_WEEK = 18
const WEDNESDAY = 2

export function planAttendance(
  seed: number,
  year: SchoolYear,
  schools: readonly School[],
  students: Students,
): Attendance {
  const { count } = students
  const random = new Random()
  const attendance: Attendance = {
    rate: new Float64Array(count),
    laterRate: new Float64Array(count),
    illWeek: new Int16Array(count).fill(-1),
    deadFeed: { school: secondLargest(schools), day: year.openWeeks[DEAD_FEED_WEEK]! * 7 + WEDNESDAY },
  }
  for (let student = 0; student < count; student++) {
    random.restart(seed, STREAM.attendance, 0, student)
    const usual = Math.min(Math.exp(random.normal(Math.log(USUAL_MEDIAN), USUAL_SIGMA)), USUAL_MOST)
    const often = random.between(OFTEN[0], OFTEN[1])
    const rate = random.chance(OFTEN_SHARE) ? often : usual
    const away = random.between(STAYING_AWAY[0], STAYING_AWAY[1])
    const stays = students.dropWeek[student]! >= 0 && random.chance(STAYING_AWAY_SHARE)
    attendance.rate[student] = rate
    attendance.laterRate[student] = stays ? Math.max(away, rate) : rate
    const ill = year.openWeeks[random.below(year.openWeeks.length)]!
    if (random.chance(ILL_SHARE)) attendance.illWeek[student] = ill
  }
  return attendance
}

/**
 * The absences of a week. Nobody is absent on a day on which something shows them at school (a session before the end of
 * school, a meeting, a referral), nor all week long if nothing at all shows them: what else is planted stays as it is.
 */
export function absencesOf(plan: District, effort: Effort, random: Random): Absence[] {
  const { attendance, students, seed } = plan
  const { week } = effort
  const absences: Absence[] = []
  if (!plan.year.open[week]) return absences
  const busy = seenAtSchool(plan, effort)
  for (let student = 0; student < students.count; student++) {
    const days = studentDays(plan, student, week) & 31
    let free = days & ~busy[student]!
    if (effort.minutes[student] === 0 && free === days) free &= free - 1
    random.restart(seed, STREAM.attendance, 1 + week, student)
    const ill = attendance.illWeek[student] === week
    const rate = rateIn(plan, student, week)
    let wanted = ill ? 5 : random.poisson(rate * countBits(days))
    for (; wanted > 0 && free; wanted--) {
      const weekday = anyBit(free, random)
      free &= ~(1 << weekday)
      const excused = ill || random.chance(rate > MANY ? EXCUSED_OF_MANY : EXCUSED_SHARE)
      const reason = !excused ? 2 : ill || random.chance(0.7) ? 0 : 1
      const day = week * 7 + weekday
      absences.push({ student, day, excuse: excused ? 0 : 1, reason, delivered: !isDead(plan, student, day) })
    }
  }
  return absences
}

function rateIn({ attendance, students }: District, student: number, week: number): number {
  const drop = students.dropWeek[student]!
  return drop >= 0 && week >= drop ? attendance.laterRate[student]! : attendance.rate[student]!
}

function isDead(plan: District, student: number, day: number): boolean {
  const { deadFeed } = plan.attendance
  return day === deadFeed.day && schoolOn(plan, student, day) === deadFeed.school
}

/** Bit d of each student's number: on weekday d something shows the student at school. */
function seenAtSchool(plan: District, effort: Effort): Uint8Array {
  const { week } = effort
  const seen = new Uint8Array(plan.students.count)
  const see = (student: number, day: number) => (seen[student]! |= 1 << (day % 7))
  for (const { student, day, startMs } of effort.sessions) {
    if (startMs < plan.year.midnightMs[day]! + END_OF_SCHOOL_MINUTE * MINUTE_MS) see(student, day)
  }
  for (const { tie, day } of effort.collaborations) {
    see(plan.ties.a[tie]!, day)
    see(plan.ties.b[tie]!, day)
  }
  contacts.layOut(plan, effort, new Random(), (at, who, _minutes, code) => {
    const day = dayAt(plan.year, at)
    if (code !== MET_GROUP) see(who, day)
    else for (const one of plan.advisees[who]!) if (advisoryOn(plan, one, day) === who) see(one, day)
  })
  const open = plan.year.openWeeks.indexOf(week)
  for (const { term, students, weekday } of plan.smallGroups) {
    const [from, to] = GROUP_TERMS[term]!
    if (open >= from && open <= to) for (const one of students) see(one, weekday)
  }
  for (const { students, weekday } of plan.mentors) {
    for (const [k, one] of students.entries()) see(one, (weekday + k) % 5)
  }
  for (const { student, day } of plan.referrals) if (Math.floor(day / 7) === week) see(student, day)
  return seen
}

function secondLargest(schools: readonly School[]): number {
  const order = schools.map((school, index) => [school.size, index] as const).sort((a, b) => b[0] - a[0] || a[1] - b[1])
  return (order[1] ?? order[0]!)[1]
}
