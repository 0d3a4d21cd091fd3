import { planAttendance, type Attendance } from './attendance.ts'
import type { SchoolYear } from './calendar.ts'
import { schoolYear } from './calendar.ts'
import type { Groups } from './groups.ts'
import { planGroups, SUBJECTS } from './groups.ts'
import { planHelpers, type Helpers } from './helpers.ts'
import { personName, type Name } from './names.ts'
import type { Move } from './moves.ts'
import { planMoves } from './moves.ts'
import { STREAM, Random } from './random.ts'
import { planReferrals, type Referral } from './referrals.ts'
import type { School, Size } from './schools.ts'
import { planSchools, schoolDays } from './schools.ts'
import type { Students } from './students.ts'
import { planStudents } from './students.ts'
import { planTeams, type Teams } from './teams.ts'
import type { Ties } from './ties.ts'
import { planTies } from './ties.ts'

/** Everything that is planted, in memory; what happens in a week follows from it and the week's number. */
export type District = Groups &
  Helpers & {
    seed: number
    size: Size
    year: SchoolYear
    schools: School[]
    students: Students
    moves: Move[]
    /** Index in `moves` of each student; −1: stays. */
    moveOf: Int32Array
    ties: Ties
    /** Shared by the district: added to the logarithm of everybody's minutes in a week. */
    weekEffect: Float64Array
    /** Bit d: school is in session on weekday d (0 = Monday) of the week. */
    schoolDays: (school: number, week: number) => number
    /** All who are members of each advisory at some time of the year. */
    advisees: number[][]
    teams: Teams
    /** 1: asks a virtual tutor now and then while practising. */
    asksVirtualTutor: Uint8Array
    attendance: Attendance
    /** By student and day. */
    referrals: Referral[]
    /** User names of the students, as in the roster. */
    usernames: string[]
  }

const VIRTUAL_TUTOR_SHARE = 0.12
const HOLIDAY_EFFECT = -0.9
const WEEK_SD = 0.12

/**
 * Plan a synthetic district. The same size, seed and time zone give the same district, byte for byte.
 *
 * @param options.size `small` (2,467 students in 6 high schools), `district` (24 schools, grades 3–12, about 6,700
 *   students) or a number of students from 20 to 1,000,000
 * @throws HomeroomError CONFIG_INVALID if the size is none of these
 */
export function planDistrict(options: { size: Size; seed: number; timeZone: string }): District {
  const { size, seed } = options
  const year = schoolYear(options.timeZone)
  const schools = planSchools(size, seed, year)
  const students = planStudents(seed, year, schools)
  const groups = planGroups(seed, schools, students)
  const daysOf = schoolDays(year, schools)
  const moves = planMoves({ seed, year, schools, students, groups, schoolDays: daysOf })
  const moveOf = new Int32Array(students.count).fill(-1)
  for (const [index, move] of moves.entries()) moveOf[move.student] = index
  const ties = planTies(seed, year, schools, students, moves)
  const attendance = planAttendance(seed, year, schools, students)
  const held = { year, schools, students, moves, moveOf, schoolDays: daysOf }
  return {
    seed,
    size,
    ...held,
    ...groups,
    ...planHelpers({ seed, schools, students, groups, ties, moves }),
    ties,
    teams: planTeams(seed, year, students, ties),
    asksVirtualTutor: virtualTutorUsers(seed, students.count),
    attendance,
    referrals: planReferrals({
      seed,
      year,
      students,
      attendance,
      daysOf: (student, week) => studentDays(held, student, week),
    }),
    weekEffect: weekEffects(seed, year),
    advisees: adviseesOf(groups, moves),
    usernames: Array.from({ length: students.count }, (_, student) =>
      username(studentName(seed, student), student + 1),
    ),
  }
}

export function studentName(seed: number, student: number): Name {
  return personName(new Random().restart(seed, STREAM.names, 0, student))
}

export function staffName(seed: number, staff: number): Name {
  return personName(new Random().restart(seed, STREAM.names, 1, staff))
}

/** `gal.brunemoquist412`: unique by its number. */
export function username(name: Name, number: number): string {
  return `${name.given.slice(0, 3)}.${name.family}${number}`.toLowerCase()
}

/** `t.gal.brunemoquist12` */
export const teacherUsername = (name: Name, staff: number): string => `t.${username(name, staff + 1)}`

/** The number that a student information system gives, `90000041`. */
export const studentNumber = (student: number): string => `9${String(student).padStart(7, '0')}`
export const studentId = (student: number): string => `student-${String(student + 1).padStart(6, '0')}`
export const staffId = (staff: number): string => `staff-${String(staff + 1).padStart(5, '0')}`
export const emailOf = (user: string): string => `${user}@example.org`

/** What says where a student is. */
type Enrolled = Pick<District, 'students' | 'moves' | 'moveOf' | 'schoolDays'>

/** School of a student on a day. */
export function schoolOn(plan: Enrolled, student: number, day: number): number {
  const move = plan.moves[plan.moveOf[student]!]
  return move && day >= move.day ? move.school : plan.students.school[student]!
}

export function advisoryOn(plan: District, student: number, day: number): number {
  const move = plan.moves[plan.moveOf[student]!]
  return move && day >= move.day ? move.advisory : plan.advisoryOf[student]!
}

export function sectionOn(plan: District, student: number, subject: number, day: number): number {
  const move = plan.moves[plan.moveOf[student]!]
  return move && day >= move.day ? move.sections[subject]! : plan.sectionOf[student * SUBJECTS.length + subject]!
}

/** The days of a week on which a student has school, as a mask; a move in the middle joins the two schools' days. */
export function studentDays(plan: Enrolled, student: number, week: number): number {
  const before = plan.schoolDays(plan.students.school[student]!, week)
  const move = plan.moves[plan.moveOf[student]!]
  if (!move || move.day >= week * 7 + 7) return before
  const after = plan.schoolDays(move.school, week)
  if (move.day <= week * 7) return after
  const early = (1 << (move.day % 7)) - 1
  return (before & early) | (after & ~early)
}

function virtualTutorUsers(seed: number, count: number): Uint8Array {
  const random = new Random()
  return Uint8Array.from({ length: count }, (_, student) =>
    random.restart(seed, STREAM.virtualTutor, 0, student).chance(VIRTUAL_TUTOR_SHARE) ? 1 : 0,
  )
}

function adviseesOf(groups: Groups, moves: readonly Move[]): number[][] {
  const advisees: number[][] = groups.advisories.map(() => [])
  groups.advisoryOf.forEach((advisory, student) => advisees[advisory]!.push(student))
  for (const move of moves) advisees[move.advisory]!.push(move.student)
  return advisees
}

function weekEffects(seed: number, year: SchoolYear): Float64Array {
  const random = new Random()
  return Float64Array.from({ length: year.weeks }, (_, week) => {
    const effect = random.restart(seed, STREAM.weeks, 0, week).normal(0, WEEK_SD)
    return year.holiday[week] ? effect + HOLIDAY_EFFECT : effect
  })
}
