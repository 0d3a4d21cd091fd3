import type { SchoolYear } from './calendar.ts'
import type { Groups } from './groups.ts'
import { SUBJECTS } from './groups.ts'
import { STREAM, Random } from './random.ts'
import type { School } from './schools.ts'
import type { Students } from './students.ts'

/** One change of school: `day` is the first day at the new one. */
export type Move = { student: number; day: number; school: number; advisory: number; sections: number[] }

const MOVING_SHARE = 0.04
const WEDNESDAY = 2
const OTHER_DAYS = [0, 1, 3, 4] as const
/** Open weeks (0-based) between which students move. */
const MOVING_WEEKS = [4, 33] as const

type MovesPlan = {
  seed: number
  year: SchoolYear
  schools: readonly School[]
  students: Students
  groups: Groups
  schoolDays: (school: number, week: number) => number
}

/** 4 % of the students move once to another school that has their grade, half of them on a Wednesday. */
export function planMoves(plan: MovesPlan): Move[] {
  const { seed, students } = plan
  const bySchoolAndGrade = firstOfGrade(plan)
  const random = new Random()
  const moves: Move[] = []
  for (let student = 0; student < students.count; student++) {
    random.restart(seed, STREAM.moves, 0, student)
    if (!random.chance(MOVING_SHARE)) continue
    const grade = students.grade[student]!
    const choices = bySchoolAndGrade.filter(c => c.grade === grade && c.school !== students.school[student])
    if (choices.length === 0) continue
    // The newcomer gets the school, the timetable and the home base of a classmate-to-be: larger schools gain more.
    const { school, classmate } = anyOf(choices, random)
    const day = movingDay(plan, random, students.school[student]!, school)
    if (day < 0) continue
    const sections = SUBJECTS.map((_, subject) => plan.groups.sectionOf[classmate * SUBJECTS.length + subject]!)
    moves.push({ student, day, school, advisory: plan.groups.advisoryOf[classmate]!, sections })
  }
  return moves
}

function anyOf(choices: readonly GradeRange[], random: Random): { school: number; classmate: number } {
  let left = random.below(choices.reduce((sum, c) => sum + c.to - c.from, 0))
  for (const { school, from, to } of choices) {
    if (left < to - from) return { school, classmate: from + left }
    left -= to - from
  }
  throw new RangeError('a number below the total lies in one of the ranges')
}

function movingDay(plan: MovesPlan, random: Random, from: number, to: number): number {
  const weekday = random.chance(0.5) ? WEDNESDAY : OTHER_DAYS[random.below(OTHER_DAYS.length)]!
  const [first, last] = MOVING_WEEKS
  for (let tries = 0; tries < 50; tries++) {
    const week = plan.year.openWeeks[first + random.below(last - first + 1)]!
    if (plan.schoolDays(from, week) & plan.schoolDays(to, week) & (1 << weekday)) return week * 7 + weekday
  }
  return -1
}

type GradeRange = { school: number; grade: number; from: number; to: number }

/** Where the students of each school and grade stand: half-open ranges of student numbers. */
function firstOfGrade({ schools, students }: MovesPlan): GradeRange[] {
  const ranges: GradeRange[] = []
  let first = 0
  for (const [school, { size }] of schools.entries()) {
    for (let student = first; student < first + size; student++) {
      const grade = students.grade[student]!
      const last = ranges[ranges.length - 1]
      if (last && last.school === school && last.grade === grade) last.to = student + 1
      else ranges.push({ school, grade, from: student, to: student + 1 })
    }
    first += size
  }
  return ranges
}
