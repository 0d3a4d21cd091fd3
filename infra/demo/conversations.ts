import { absencesOf } from './attendance.ts'
import type { District } from './district.ts'
import { advisoryOn, studentDays } from './district.ts'
import { anyBit, planEffort } from './effort.ts'
import { CONVERSATION_WORDS as WORDS } from './phrases.ts'
import { Random, STREAM } from './random.ts'

/** A conversation of an adviser with a student, as the adviser writes it down; places in the lists of `phrases.ts`. */
export type Talk = {
  student: number
  adviser: number
  /** Counted from 1, per student. */
  number: number
  day: number
  minutes: number
  topics: number[]
  strengths: number[]
  interests: number[]
  needs: number[]
  step: number
  /** Place among the goals; −1: none was set. */
  goal: number
  /** Place among the notes; −1: nothing private was written. */
  note: number
}

/** Every so many advisories one's adviser writes conversations down. */
const EVERY = 10
const PER_YEAR = 3
/** Whom the adviser meets too rarely has no conversation that is written down either. */
const SERVED_RATE = 0.35
const GOAL_SHARE = 0.15
const NOTE_SHARE = 0.3
/** Open weeks (0-based) in which conversations are. */
const WEEKS = [3, 37] as const

/**
 * Conversations that advisers write down, beside the contacts of the interaction log: in one advisory of ten, on days on which
 * the student is there; sorted by week and student.
 */
export function conversations(plan: District): Talk[] {
  const { students, year } = plan
  const random = new Random()
  const weeks: number[][] = year.dates.map(() => [])
  for (let student = 0; student < students.count; student++) {
    if (plan.advisoryOf[student]! % EVERY !== 0 || students.contactRate[student]! < SERVED_RATE) continue
    random.restart(plan.seed, STREAM.conversations, 0, student)
    for (let left = random.poisson(PER_YEAR); left > 0; left--)
      weeks[year.openWeeks[WEEKS[0] + random.below(WEEKS[1] - WEEKS[0] + 1)]!]!.push(student)
  }
  const talks: Talk[] = []
  const had = new Uint8Array(students.count)
  for (const week of year.openWeeks) {
    if (weeks[week]!.length === 0) continue
    const there = daysThere(plan, week)
    for (const student of [...new Set(weeks[week])].sort((a, b) => a - b)) {
      const days = there(student)
      if (days === 0) continue
      const number = ++had[student]!
      talks.push(talk(plan, student, number, week, days, random))
    }
  }
  return talks
}

function talk(plan: District, student: number, number: number, week: number, days: number, random: Random): Talk {
  random.restart(plan.seed, STREAM.conversations, 1 + week, student)
  const day = week * 7 + anyBit(days, random)
  const some = (list: readonly unknown[], least: number, most: number): number[] => {
    const first = random.below(list.length)
    const count = least + random.below(most - least + 1)
    return Array.from({ length: count }, (_, i) => (first + 2 * i) % list.length)
  }
  return {
    student,
    adviser: plan.advisories[advisoryOn(plan, student, day)]!.adviser,
    number,
    day,
    minutes: 5 * (1 + random.below(5)),
    topics: some(WORDS.topics, 1, 3),
    strengths: some(WORDS.strengths, 0, 2),
    interests: some(WORDS.interests, 0, 2),
    needs: some(WORDS.needs, 0, 1),
    step: random.below(WORDS.steps.length),
    goal: random.chance(GOAL_SHARE) ? random.below(WORDS.goals.length) : -1,
    note: random.chance(NOTE_SHARE) ? random.below(WORDS.notes.length) : -1,
  }
}

/** School days of a week on which a student was not absent, as a mask. */
function daysThere(plan: District, week: number): (student: number) => number {
  const absent = new Uint8Array(plan.students.count)
  for (const { student, day } of absencesOf(plan, planEffort(plan, week), new Random()))
    absent[student]! |= 1 << (day % 7)
  return student => studentDays(plan, student, week) & 31 & ~absent[student]!
}
