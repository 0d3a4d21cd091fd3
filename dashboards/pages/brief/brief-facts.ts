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
  /** What answers since then made more probable, most first; at most five. */
  skills: readonly SkillGain[]
  /** By week, the newest first. */
  ties: readonly Ties[]
  adults: ReadonlyMap<Pseudonym, string>
}

type SkillGain = { skill: string; gained: number; responses: number }

const LONGEST_DAYS = 56
/** Of the probability of knowing a skill. */
const LEAST_GAIN = 0.2
const MOST_SKILLS = 5

/** What a brief starts from, before it is known which day it speaks of. */
export type BriefStart = { identifiers: Pseudonym[]; ties: Ties[] }

export async function briefStart(visit: Visit, student: Pick<OwnStudent, 'student'>): Promise<BriefStart> {
  const [identifiers, ties] = await Promise.all([identifiersOf(visit, student), tiesOf(visit, student)])
  return { identifiers, ties }
}

/** Everything that one brief says, read now. */
export async function briefFacts(
  visit: Visit,
  student: OwnStudent,
  start: Promise<BriefStart> = briefStart(visit, student),
): Promise<BriefFacts> {
  const { warehouse, reader, today, names } = visit
  const who = { student: student.student }
  const { identifiers, ties } = await start
  const newest = ties[0]
  const day = newest === undefined || addDays(newest.week, 6) > today ? today : addDays(newest.week, 6)
  const earliest = addDays(day, -LONGEST_DAYS)
  // All at once, and from the earliest day: to wait for the last meeting would take another round.
  const [talks, goals, reflections, minutes, adults, absent, gains] = await Promise.all([
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
    warehouse.query(DAYS, { ...who, from: earliest, to: day }).then(found => rows(AbsentDay, found)),
    warehouse.query(SKILLS, { ...who, from: addDays(earliest, -6), to: day }).then(found => rows(Skill, found)),
  ])
  const lastMet = lastMeeting(talks, newest, { reader: reader.scope.person, before: day })
  const since = [lastMet ?? '', earliest].toSorted().at(-1)!
  return {
    student,
    day,
    talks,
    lastMet,
    since,
    goals,
    reflections,
    weeks: usualWeeks(minutes, day),
    absent: absent.map(one => one.day).filter(one => one >= since),
    skills: gainedSince(gains, addDays(since, -6)),
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

function gainedSince(found: readonly z.infer<typeof Skill>[], from: Day): SkillGain[] {
  const sums = found.map(({ skill, gains }) => {
    const since = gains.filter(([week]) => week >= from)
    return {
      skill,
      gained: since.reduce((sum, [, gained]) => sum + gained, 0),
      responses: since.reduce((sum, [, , responses]) => sum + responses, 0),
    }
  })
  return sums
    .filter(({ gained }) => gained >= LEAST_GAIN)
    .toSorted((a, b) => b.gained - a.gained)
    .slice(0, MOST_SKILLS)
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
const Skill = z.object({ skill: z.string(), gains: z.array(z.tuple([z.string(), z.number(), z.int()])) })

const TIES = sql(new URL('./brief-ties.sql', import.meta.url))
const WEEKS = sql(new URL('../student/student-weeks.sql', import.meta.url))
const DAYS = sql(new URL('./brief-days.sql', import.meta.url))
const SKILLS = sql(new URL('./brief-skills.sql', import.meta.url))
