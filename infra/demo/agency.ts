import type { District } from './district.ts'
import { studentDays } from './district.ts'
import { anyBit } from './effort.ts'
import { SUBJECTS } from './groups.ts'
import { OFFERS, REFLECTIONS } from './phrases.ts'
import { Random, STREAM } from './random.ts'

/** What was offered to a student on a day, and who picked what of it. */
export type Choice = {
  student: number
  day: number
  subject: number
  unit: number
  /** Places in OFFERS, in the order of the menu. */
  offered: number[]
  /** Place in OFFERS; −1: nothing. */
  taken: number
  by: 'student' | 'teacher'
}

/** A sentence of a student about a week; `phrase` is a place in REFLECTIONS. */
export type Reflection = {
  student: number
  number: number
  day: number
  minute: number
  subject: number
  phrase: number
}

const CHOOSING_SHARE = 0.4
/** Menus in a week. */
const MENUS_PER_WEEK = 0.28
/** Share of picks that are the student's own: between these. */
const OWN = [0.35, 0.95] as const
const NOTHING_SHARE = 0.04
const REFLECTING_SHARE = 0.6
/** Reflections in a week, of those who write some: between these. */
const REFLECTIONS_PER_WEEK = [0.05, 0.35] as const

/** Choices of the year, by week and student. */
export function* choices(plan: District): Generator<Choice> {
  const random = new Random()
  for (const week of plan.year.openWeeks) {
    for (let student = 0; student < plan.students.count; student++) {
      const { menus, own } = choosing(plan, student, random)
      const days = studentDays(plan, student, week)
      if (menus === 0 || !days) continue
      random.restart(plan.seed, STREAM.choices, 1 + week, student)
      // One menu a week at most: two of one day and subject would be one thing.
      if (!random.chance(menus)) continue
      const offered = menuOf(random)
      yield {
        student,
        day: week * 7 + anyBit(days, random),
        subject: random.below(4),
        unit: 1 + random.below(24),
        offered,
        taken: random.chance(NOTHING_SHARE) ? -1 : offered[random.below(offered.length)]!,
        by: random.chance(own) ? 'student' : 'teacher',
      }
    }
  }
}

/** Two to four neighbours in the list of what is offered. */
function menuOf(random: Random): number[] {
  const first = random.below(OFFERS.length)
  return Array.from({ length: 2 + random.below(3) }, (_, i) => (first + i) % OFFERS.length)
}

/** Reflections of the year, by week and student. */
export function* reflections(plan: District): Generator<Reflection> {
  const random = new Random()
  const written = new Uint16Array(plan.students.count)
  for (const week of plan.year.openWeeks) {
    for (let student = 0; student < plan.students.count; student++) {
      const rate = reflecting(plan, student, random)
      const days = studentDays(plan, student, week)
      if (rate === 0 || !days) continue
      random.restart(plan.seed, STREAM.reflections, 1 + week, student)
      for (let left = random.poisson(rate); left > 0; left--) {
        const number = ++written[student]!
        const day = week * 7 + anyBit(days, random)
        const minute = 870 + random.below(120)
        yield { student, number, day, minute, subject: random.below(4), phrase: random.below(REFLECTIONS.length) }
      }
    }
  }
}

/** Id of what is offered: `math-unit-7-lab`. */
export const activityOf = ({ subject, unit }: Choice, offer: number): string =>
  `${SUBJECTS[subject]!.id}-unit-${unit}-${OFFERS[offer]!}`

/** A student's menus in a week, and the share of picks that are the student's own. */
export function choosing(plan: District, student: number, random: Random): { menus: number; own: number } {
  random.restart(plan.seed, STREAM.choices, 0, student)
  return { menus: random.chance(CHOOSING_SHARE) ? MENUS_PER_WEEK : 0, own: random.between(OWN[0], OWN[1]) }
}

/** A student's reflections in a week. */
export function reflecting(plan: District, student: number, random: Random): number {
  random.restart(plan.seed, STREAM.reflections, 0, student)
  const [from, to] = REFLECTIONS_PER_WEEK
  return random.chance(REFLECTING_SHARE) ? random.between(from, to) : 0
}
