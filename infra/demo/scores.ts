import type { District } from './district.ts'
import { Random, STREAM } from './random.ts'

/** What is planted of the growth of every school and student, on the test's vertical scale. */
export type Growth = {
  /** Points that a school's students are above others at the beginning. */
  schoolStart: Float64Array
  /** Points a year that a school's students grow more than others. */
  schoolSlope: Float64Array
  /** Points at the beginning of the first school year. */
  start: Float64Array
  /** Points a year. */
  slope: Float64Array
}

/** One sitting of one student. */
export type Sitting = { student: number; occasion: number; date: string; grade: number; score: number }

/** The standard deviation of a score around the student's line, which the test gives as its error of measurement. */
export const NOISE_SD = 9
export const WINDOWS = ['fall', 'winter', 'spring'] as const

/** Mondays of the windows: nine in three school years; everybody sits within two weeks from there. */
const MONDAYS = [
  ['2023-09-11', '2024-01-15', '2024-05-20'],
  ['2024-09-09', '2025-01-13', '2025-05-19'],
  ['2025-09-08', '2026-01-12', '2026-05-18'],
].flat()
const MISSING_SHARE = 0.08
const START_AT_GRADE_3 = 470
const START_PER_GRADE = 12
const SLOPE = 14
const SCHOOL_START_SD = 8
const SCHOOL_SLOPE_SD = 2
const STUDENT_START_SD = 20
const STUDENT_SLOPE_SD = 5
const CORRELATION = -0.2
const DAY_MS = 86_400_000
const YEAR_MS = 365.25 * DAY_MS

/** The school year of an occasion: `2025-2026`. */
export const schoolYearOf = (occasion: number): string => {
  const began = 2023 + Math.floor(occasion / WINDOWS.length)
  return `${began}-${began + 1}`
}

/** Plant straight lines: a student's own, from a start that their `prior` says, and a school's. */
export function planGrowth({ seed, schools, students }: District): Growth {
  const random = new Random()
  const ofSchools = schools.map((_, school) => {
    random.restart(seed, STREAM.growth, 0, school)
    return [random.normal(0, SCHOOL_START_SD), random.normal(0, SCHOOL_SLOPE_SD)] as const
  })
  const start = new Float64Array(students.count)
  const slope = new Float64Array(students.count)
  for (let student = 0; student < students.count; student++) {
    const [schoolStart, schoolSlope] = ofSchools[students.school[student]!]!
    const prior = students.prior[student]!
    const own = random.restart(seed, STREAM.growth, 1, student).normal(0, Math.sqrt(1 - CORRELATION ** 2))
    const grade = students.grade[student]! - 2
    start[student] = START_AT_GRADE_3 + START_PER_GRADE * (grade - 3) + schoolStart + STUDENT_START_SD * prior
    slope[student] = SLOPE + schoolSlope + STUDENT_SLOPE_SD * (CORRELATION * prior + own)
  }
  return {
    schoolStart: Float64Array.from(ofSchools, ([points]) => points),
    schoolSlope: Float64Array.from(ofSchools, ([, points]) => points),
    start,
    slope,
  }
}

/** Three years of scores: 92 of 100 sittings, whole points, in the order of occasions and students. */
export function* sittings({ seed, students }: District, growth: Growth): Generator<Sitting> {
  const random = new Random()
  const from = Date.parse(MONDAYS[0]!)
  for (const [occasion, monday] of MONDAYS.entries()) {
    for (let student = 0; student < students.count; student++) {
      random.restart(seed, STREAM.scores, occasion, student)
      if (random.chance(MISSING_SHARE)) continue
      const schoolDay = random.below(10)
      const ms = Date.parse(monday) + (schoolDay + 2 * Math.floor(schoolDay / 5)) * DAY_MS
      const line = growth.start[student]! + (growth.slope[student]! * (ms - from)) / YEAR_MS
      const score = Math.round(line + random.normal(0, NOISE_SD))
      const grade = students.grade[student]! - 2 + Math.floor(occasion / WINDOWS.length)
      yield { student, occasion, date: new Date(ms).toISOString().slice(0, 10), grade, score }
    }
  }
}
