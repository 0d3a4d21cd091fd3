import type { Day } from '../../schemas/record.ts'
import { MOMENTS, sumsOf, type Centre, type Sums } from '../statistics/additive-sums.ts'
import { whyLeftOut, type TestScale } from './scales.ts'

/** Scores of many students in one test and subject, as far as a straight line needs them. */
export type Histories = {
  /** Pseudonyms. */
  students: string[]
  /** School of each student, in which most days of the window were spent; '' = none known. */
  school: string[]
  /** Six sums a student: years from `origin`, points. */
  sums: Sums
  /** Years from `origin` of the first and the last score. */
  first: Float64Array
  last: Float64Array
  /** Time 0: the window's first day. */
  origin: Day
  /** Scores that were not used. */
  leftOut: { impossible: number; 'another scale': number }
}

export type HistoryRow = { student_id: string; school_id: string; day: Day; score: number }

export const DAYS_PER_YEAR = 365.25
const DAY_MS = 86_400_000

/**
 * Histories from single scores. Where a student's scores come from several schools, most scores decide, then the later one.
 *
 * @param origin time 0
 * @param centre what the sums are measured from; the same wherever sums are to be added
 */
export function historiesOf(rows: readonly HistoryRow[], scale: TestScale, origin: Day, centre?: Centre): Histories {
  const leftOut = { impossible: 0, 'another scale': 0 }
  const kept = rows.filter(({ score, day }) => {
    const why = whyLeftOut(scale, score, day)
    if (why !== '') leftOut[why]++
    return why === ''
  })
  const numbers = new Map<string, number>()
  for (const { student_id } of kept) if (!numbers.has(student_id)) numbers.set(student_id, numbers.size)
  const unit = Int32Array.from(kept, row => numbers.get(row.student_id)!)
  const time = Float64Array.from(kept, row => yearsBetween(origin, row.day))
  const first = new Float64Array(numbers.size).fill(Number.POSITIVE_INFINITY)
  const last = new Float64Array(numbers.size).fill(Number.NEGATIVE_INFINITY)
  unit.forEach((student, row) => {
    first[student] = Math.min(first[student]!, time[row]!)
    last[student] = Math.max(last[student]!, time[row]!)
  })
  const score = Float64Array.from(kept, row => row.score)
  return {
    students: [...numbers.keys()],
    school: schoolsOf(kept, unit, numbers.size),
    sums: sumsOf({ unit, time, score }, numbers.size, centre),
    first,
    last,
    origin,
    leftOut,
  }
}

export const yearsBetween = (from: Day, to: Day): number => (Date.parse(to) - Date.parse(from)) / DAY_MS / DAYS_PER_YEAR

/** Those of some students only, by their numbers. */
export function someOf(histories: Histories, students: readonly number[]): Histories {
  const moments = new Float64Array(MOMENTS * students.length)
  students.forEach((student, at) =>
    moments.set(histories.sums.moments.subarray(MOMENTS * student, MOMENTS * (student + 1)), MOMENTS * at),
  )
  return {
    ...histories,
    students: students.map(student => histories.students[student]!),
    school: students.map(student => histories.school[student]!),
    sums: { centre: histories.sums.centre, moments },
    first: Float64Array.from(students, student => histories.first[student]!),
    last: Float64Array.from(students, student => histories.last[student]!),
  }
}

function schoolsOf(rows: readonly HistoryRow[], unit: Int32Array, students: number): string[] {
  const seen = Array.from({ length: students }, () => new Map<string, { scores: number; latest: Day }>())
  rows.forEach(({ school_id, day }, row) => {
    if (school_id === '') return
    const of = seen[unit[row]!]!
    const before = of.get(school_id) ?? { scores: 0, latest: day }
    of.set(school_id, { scores: before.scores + 1, latest: day > before.latest ? day : before.latest })
  })
  return seen.map(of => {
    const [most] = [...of].sort(
      ([idA, a], [idB, b]) => b.scores - a.scores || compare(b.latest, a.latest) || compare(idA, idB),
    )
    return most?.[0] ?? ''
  })
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
