import { z } from 'zod'
import { Day, GoalHorizon, GoalLevel, GoalStatus, GoalWeight, Instant, Mix, Pseudonym, UnitsPerWeek } from './record.ts'

const entry = {
  /** UUIDv5 of source and natural key, made under the pseudonym key. */
  id: z.guid(),
  /** The source that delivered it. */
  source: z.string().min(1).max(64),
  storedAt: Instant,
}
const said = {
  ...entry,
  student: Pseudonym,
  /** '' = not said: it is about all of them. */
  subject: z.string().max(128),
  /** 12 hexadecimal digits of the content, under the key: sealed words look different each time. */
  hash: z.string().regex(/^[0-9a-f]{12}$/),
}

/** What of a learner's own is told in words, before it is sealed under the learner's key. */
export const LearnerWords = z.strictObject({
  text: z.string().max(20_000),
  /** What the levels of a goal mean, by level. */
  levels: z.partialRecord(z.enum(['-2', '-1', '0', '1', '2']), z.string().max(4000)).optional(),
})
export type LearnerWords = z.infer<typeof LearnerWords>

/** `<salt id>.<base64>`, of `LearnerWords` as JSON; not given: nothing was said in words. */
const words = z.string().optional()

/** A student's own plan: how much, and how. Of those of one subject whose days overlap the one that begins last holds. */
export const Plan = z.strictObject({
  type: z.literal('plan'),
  ...said,
  unitsPerWeek: UnitsPerWeek.nullable(),
  mix: Mix.nullable(),
  begin: Day,
  /** Exclusive; null: open. */
  end: Day.nullable(),
  words,
})
export type Plan = z.infer<typeof Plan>

/** A goal that a student has set, on the scale of goal attainment scaling. */
export const Goal = z.strictObject({
  type: z.literal('goal'),
  ...said,
  horizon: GoalHorizon.nullable(),
  /** The day on which it was set. */
  day: Day,
  due: Day.nullable(),
  /** The day on which it ended, however it did. */
  closed: Day.nullable(),
  status: GoalStatus,
  /** Level attained; null: not rated yet. */
  level: GoalLevel.nullable(),
  /** Level aimed at; null: 0, as the scale has it. */
  expected: GoalLevel.nullable(),
  weight: GoalWeight.nullable(),
  words,
})
export type Goal = z.infer<typeof Goal>

/** What was offered to a student, and what was taken of it. */
export const Choice = z.strictObject({
  type: z.literal('choice'),
  ...said,
  day: Day,
  offered: z.array(z.string().min(1).max(512)).max(100),
  /** '' = none of them. */
  taken: z.string().max(512),
  /** Who decided. */
  choice: z.enum(['chosen', 'assigned']),
})
export type Choice = z.infer<typeof Choice>

/** What a student wrote about their own learning. */
export const Reflection = z.strictObject({
  type: z.literal('reflection'),
  ...said,
  day: Day,
  /** Id of the activity, goal or prompt that it is about; '' = not said. */
  about: z.string().max(2048),
  words,
})
export type Reflection = z.infer<typeof Reflection>

export const PlanKind = z.enum(['plan', 'goal', 'choice', 'reflection'])
export type PlanKind = z.infer<typeof PlanKind>

/** The source takes it back. */
export const PlanWithdrawal = z.strictObject({ type: z.literal('withdrawal'), of: PlanKind, ...entry })

/** A source gave all that it has of a kind: what of it was stored before `since`, and not again, is not there any more. */
export const PlanList = z.strictObject({
  type: z.literal('list'),
  of: PlanKind,
  source: entry.source,
  storedAt: Instant,
  since: Instant,
})

/** What the topic `plans` holds. The last stored entry with an id stands: a correction replaces what it corrects. */
export const PlanEntry = z.discriminatedUnion('type', [Plan, Goal, Choice, Reflection, PlanWithdrawal, PlanList])
export type PlanEntry = z.infer<typeof PlanEntry>

/** The key under which an entry is appended: entries about one thing stay in order. */
export const planKey = (entry: PlanEntry): string =>
  entry.type === 'list' ? `list|${entry.source}|${entry.of}` : entry.id
