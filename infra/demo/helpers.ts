import type { Groups } from './groups.ts'
import { SUBJECTS } from './groups.ts'
import type { Move } from './moves.ts'
import { STREAM, Random } from './random.ts'
import type { School } from './schools.ts'
import type { Students } from './students.ts'
import type { Ties } from './ties.ts'

/** A few tied students whom a teacher of theirs takes together once a week. */
export type SmallGroup = { school: number; teacher: number; subject: number; students: number[]; weekday: number; term: number } // prettier-ignore
/** A person of the community and the students whom they meet one to one every other week. */
export type Mentor = { id: string; school: number; role: 'mentor' | 'community'; students: number[]; weekday: number; odd: boolean } // prettier-ignore

export type Helpers = { smallGroups: SmallGroup[]; mentors: Mentor[] }

/** Small groups meet in two terms, in open weeks (0-based, both ends included). */
export const GROUP_TERMS = [
  [6, 15],
  [21, 30],
] as const

const GROUP_SHARE = 0.03
const GROUP_SIZE = [3, 4] as const
const MENTORED_SHARE = 0.06
const STUDENTS_PER_MENTOR = 3
/** From here on an adviser meets a student often enough: who is rarely met has no other adult either. */
const SERVED_RATE = 0.35

type HelpersPlan = {
  seed: number
  schools: readonly School[]
  students: Students
  groups: Groups
  ties: Ties
  moves: readonly Move[]
}

/**
 * Small groups with a teacher, and mentors of the community. Only students whom their adviser meets, so that the planted lack
 * of adult contact stays; only tied students in groups, so that an isolate stays one; nobody who moves.
 */
export function planHelpers(plan: HelpersPlan): Helpers {
  const { students, moves } = plan
  const moving = new Set(moves.map(move => move.student))
  const isServed = (student: number) => students.contactRate[student]! >= SERVED_RATE && !moving.has(student)
  return { smallGroups: planSmallGroups(plan, isServed), mentors: planMentors(plan, isServed) }
}

function planSmallGroups(
  { seed, students, groups, ties }: HelpersPlan,
  may: (student: number) => boolean,
): SmallGroup[] {
  const partners: number[][] = Array.from({ length: students.count }, () => [])
  for (let tie = 0; tie < ties.count; tie++) {
    const [a, b] = [ties.a[tie]!, ties.b[tie]!]
    if (!may(a) || !may(b)) continue
    partners[a]!.push(b)
    partners[b]!.push(a)
  }
  const random = new Random()
  const found: SmallGroup[] = []
  for (const term of GROUP_TERMS.keys()) {
    const taken = new Set<number>()
    for (let student = 0; student < students.count; student++) {
      random.restart(seed, STREAM.smallGroups, term, student)
      const begins = random.chance(GROUP_SHARE)
      const size = GROUP_SIZE[0] + random.below(GROUP_SIZE[1] - GROUP_SIZE[0] + 1)
      const subject = random.below(2)
      const weekday = random.below(5)
      if (!begins || taken.has(student)) continue
      const free = partners[student]!.filter(other => !taken.has(other))
      if (free.length + 1 < GROUP_SIZE[0]) continue
      const members = [student, ...free.slice(0, size - 1)]
      for (const one of members) taken.add(one)
      const { teacher } = groups.sections[groups.sectionOf[student * SUBJECTS.length + subject]!]!
      found.push({ school: students.school[student]!, teacher, subject, students: members, weekday, term })
    }
  }
  return found
}

function planMentors({ seed, schools, students }: HelpersPlan, may: (student: number) => boolean): Mentor[] {
  const random = new Random()
  const mentored: number[][] = schools.map(() => [])
  for (let student = 0; student < students.count; student++) {
    random.restart(seed, STREAM.mentors, 0, student)
    if (random.chance(MENTORED_SHARE) && may(student)) mentored[students.school[student]!]!.push(student)
  }
  const mentors: Mentor[] = []
  for (const [school, list] of mentored.entries()) {
    for (let i = 0; i < list.length; i += STUDENTS_PER_MENTOR) {
      random.restart(seed, STREAM.mentors, 1, mentors.length)
      mentors.push({
        id: `community-${String(mentors.length + 1).padStart(4, '0')}@partners.example.org`,
        school,
        role: random.chance(0.5) ? 'mentor' : 'community',
        students: list.slice(i, i + STUDENTS_PER_MENTOR),
        weekday: random.below(5),
        odd: random.chance(0.5),
      })
    }
  }
  return mentors
}
