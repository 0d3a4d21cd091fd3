import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import type { Day, Pseudonym } from '../../../schemas/record.ts'
import { conversationsWith, type Talk } from '../../relationships/conversations.ts'
import type { OwnStudent } from '../../people/names.ts'
import { besideUsual, type UsualWeek } from '../../usual.ts'
import { addDays } from '../../weeks.ts'
import { goalsOf, identifiersOf, reflectionsOf, type GoalFact, type ReflectionFact } from '../student/student-facts.ts'
import type { Visit } from '../parts/visit.ts'

export type Ties = z.infer<typeof Tie>

/** What a brief is made of. */
export type BriefFacts = {
  student: OwnStudent
  /** The day that it speaks of: today, or the last day of the newest week with records, if that is over. */
  day: Day
  /** Conversations of advisers with the student, the newest first. */
  talks: readonly Talk[]
  /** When adviser and student last met before that day, by what is recorded or logged; null: never. */
  lastMet: Day | null
  /** The day from which on something counts as new: that of the last meeting, at most 56 days back. */
  since: Day
  goals: readonly GoalFact[]
  reflections: readonly ReflectionFact[]
  /** Weeks of the last nine that were over by `day`, the newest first. */
  weeks: readonly UsualWeek[]
  absent: readonly Day[]
  skills: readonly z.infer<typeof Skill>[]
  /** By week, the newest first. */
  ties: readonly Ties[]
  adults: ReadonlyMap<Pseudonym, string>
}

const LONGEST_DAYS = 56

/** Everything that one brief says, read now. */
export async function briefFacts(visit: Visit, student: OwnStudent): Promise<BriefFacts> {
  const { warehouse, reader, today, names } = visit
  const who = { student: student.student }
  const [identifiers, ties] = await Promise.all([identifiersOf(visit, student), tiesOf(visit, student)])
  const newest = ties[0]
  const day = newest === undefined || addDays(newest.week, 6) > today ? today : addDays(newest.week, 6)
  const [talks, goals, reflections, minutes, adults] = await Promise.all([
    conversationsWith(visit, reader, identifiers, 10),
    goalsOf(visit, identifiers),
    reflectionsOf(visit, identifiers),
    warehouse
      .query(WEEKS, { ...who, from: addDays(day, -7 * 20), to: addDays(day, 1) })
      .then(found => rows(Week, found)),
    names.adultsAround(
      reader,
      student,
      (newest?.adults ?? []).slice(0, 8).map(([id]) => id),
    ),
  ])
  const lastMet = lastMeeting(talks, newest, { reader: reader.scope.person, before: day })
  const since = [lastMet ?? '', addDays(day, -LONGEST_DAYS)].toSorted().at(-1)!
  const [absent, skills] = await Promise.all([
    warehouse.query(DAYS, { ...who, from: since, to: day }).then(found => rows(AbsentDay, found)),
    warehouse.query(SKILLS, { ...who, from: addDays(since, -6), to: day }).then(found => rows(Skill, found)),
  ])
  return {
    student,
    day,
    talks,
    lastMet,
    since,
    goals,
    reflections,
    weeks: usualWeeks(minutes, day),
    absent: absent.map(one => one.day),
    skills,
    ties,
    adults,
  }
}

/** With whom a student was in contact, and how time was spent: the last nine weeks, the newest first. */
export async function tiesOf(
  { warehouse, today }: Pick<Visit, 'warehouse' | 'today'>,
  { student }: Pick<OwnStudent, 'student'>,
): Promise<Ties[]> {
  return rows(Tie, await warehouse.query(TIES, { student, today }))
}

type Whose = { reader: Pseudonym | undefined; before: Day }

/** By what the reader recorded here, and by contacts that any tool logged: of those only the last is known. */
function lastMeeting(talks: readonly Talk[], newest: Ties | undefined, { reader, before }: Whose): Day | null {
  const logged = newest?.adults.find(([id]) => id === reader)?.[3]
  const days = [...talks.filter(({ own }) => own).map(({ day }) => day), ...(logged === undefined ? [] : [logged])]
  return (
    days
      .filter(day => day < before)
      .toSorted()
      .at(-1) ?? null
  )
}

/** The newest weeks that are over, newest first. */
function usualWeeks(found: readonly z.infer<typeof Week>[], day: Day): UsualWeek[] {
  const over = found.map(({ week }) => week).filter(week => addDays(week, 6) <= day)
  return besideUsual(over.toSorted().toReversed().slice(0, 9), found)
}

const Flag = z.boolean().or(z.number().transform(Boolean))
const Share = z.number().nullable()
const Minutes = z.array(z.number())
const Tie = z.object({
  week: z.string(),
  school_bits: z.int(),
  adult_bits: z.int(),
  peer_bits: z.int(),
  adults: z.array(z.tuple([z.string(), z.string(), z.number(), z.string(), Flag])),
  peers: z.array(z.tuple([z.string(), z.number(), z.int(), z.string()])),
  sustained: z.int(),
  peer_ties: z.int(),
  seen_days: z.int(),
  run_days: z.int(),
  connected_share: Share,
  balance: Share,
  plan_fit: Share,
  weeks_off_plan: z.int(),
  adults_known: Flag,
  peers_known: Flag,
  days: z.array(z.string()),
  minutes_individual: Minutes,
  minutes_adult: Minutes,
  minutes_peer: Minutes,
  minutes_group: Minutes,
})
const Week = z.object({ week: z.string(), minutes: z.number().nullable() })
const AbsentDay = z.object({ day: z.string() })
const Skill = z.object({ skill: z.string(), all_gained: z.number(), responses: z.int() })

const TIES = sql(new URL('./brief-ties.sql', import.meta.url))
const WEEKS = sql(new URL('../student/student-weeks.sql', import.meta.url))
const DAYS = sql(new URL('./brief-days.sql', import.meta.url))
const SKILLS = sql(new URL('./brief-skills.sql', import.meta.url))
