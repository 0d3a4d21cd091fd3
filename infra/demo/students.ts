import type { SchoolYear } from './calendar.ts'
import { STREAM, Random } from './random.ts'
import type { School } from './schools.ts'
import { SCHOOL_SD } from './schools.ts'

/** One column per planted truth; a student is an index. Students of a school stand together, ordered by grade. */
export type Students = {
  count: number
  /** School on the first day. */
  school: Uint16Array
  grade: Uint8Array
  /** Logarithm of the student's usual weekly minutes. */
  base: Float64Array
  /** First week (of the year) of disengagement; −1: never. */
  dropWeek: Int16Array
  /** One-to-one contacts with the adviser per week. */
  contactRate: Float64Array
  /** Prior achievement, standard normal; the scores start from it. */
  prior: Float64Array
  /** Its quarter, 0 (lowest) … 3. */
  band: Uint8Array
  /** 1: no peer tie at all. */
  isolate: Uint8Array
  /** 1: sometimes works at weekends. */
  weekender: Uint8Array
}

const MEDIAN_MINUTES = 110
const STUDENT_SD = 0.45
const DISENGAGED_SHARE = 0.06
/** The disengagement begins in one of the open weeks of these numbers (0-based, both ends included). */
const DISENGAGE_WEEKS = [12, 28] as const
const UNSERVED_SHARE = 0.1
const UNSERVED_RATE = 0.05
const ISOLATED_SHARE = 0.05
const WEEKENDER_SHARE = 0.25
/** Quartiles of the standard normal. */
const QUARTILE = 0.674489750196082

/** Drop of the logarithm of weekly minutes of a disengaged student. */
export const DROP = 1.2

export function planStudents(seed: number, year: SchoolYear, schools: readonly School[]): Students {
  const count = schools.reduce((sum, school) => sum + school.size, 0)
  const students = emptyStudents(count)
  const random = new Random()
  let first = 0
  for (const [index, school] of schools.entries()) {
    for (let i = 0; i < school.size; i++) {
      const student = first + i
      students.school[student] = index
      students.grade[student] = school.grades[Math.floor((i * school.grades.length) / school.size)]!
      plant(students, student, school, year, random.restart(seed, STREAM.students, 0, student))
    }
    first += school.size
  }
  return students
}

function plant(students: Students, student: number, school: School, year: SchoolYear, random: Random): void {
  const slope = gradeEffect(school.grades, students.grade[student]!)
  students.base[student] = Math.log(MEDIAN_MINUTES) + school.effect + slope + random.normal(0, withinSd(school.grades))
  const disengages = random.chance(DISENGAGED_SHARE)
  const [from, to] = DISENGAGE_WEEKS
  const dropWeek = year.openWeeks[from + random.below(to - from + 1)]!
  students.dropWeek[student] = disengages ? dropWeek : -1
  const rate = random.between(0.35, 1.2)
  students.contactRate[student] = random.chance(UNSERVED_SHARE) ? UNSERVED_RATE : rate
  const prior = random.normal(0, 1)
  students.prior[student] = prior
  students.band[student] = prior < -QUARTILE ? 0 : prior < 0 ? 1 : prior < QUARTILE ? 2 : 3
  students.isolate[student] = random.chance(ISOLATED_SHARE) ? 1 : 0
  students.weekender[student] = random.chance(WEEKENDER_SHARE) ? 1 : 0
}

/** Effort falls toward grade 12: by 6 % a grade in high school, by 3 % below, around a mean of 0 in each level. */
export function gradeEffect(grades: readonly number[], grade: number): number {
  const middle = (grades[0]! + grades[grades.length - 1]!) / 2
  return (grades[0]! >= 9 ? -0.06 : -0.03) * (grade - middle)
}

/** What is left for the student, so that students, schools and grades together have a standard deviation of .45. */
function withinSd(grades: readonly number[]): number {
  const gradeVariance = grades.reduce((sum, grade) => sum + gradeEffect(grades, grade) ** 2, 0) / grades.length
  return Math.sqrt(STUDENT_SD ** 2 - SCHOOL_SD ** 2 - gradeVariance)
}

function emptyStudents(count: number): Students {
  return {
    count,
    school: new Uint16Array(count),
    grade: new Uint8Array(count),
    base: new Float64Array(count),
    dropWeek: new Int16Array(count),
    contactRate: new Float64Array(count),
    prior: new Float64Array(count),
    band: new Uint8Array(count),
    isolate: new Uint8Array(count),
    weekender: new Uint8Array(count),
  }
}
