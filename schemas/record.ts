import { z } from 'zod'

/** HMAC-SHA256 of an identifier as received: 64 lower-case hexadecimal digits. */
export const Pseudonym = z.string().regex(/^[0-9a-f]{64}$/)
export type Pseudonym = z.infer<typeof Pseudonym>
/** Stored where no person is: 32 zero bytes, in hexadecimal. */
export const NOBODY: Pseudonym = '0'.repeat(64)

/** A UTC instant with milliseconds, `2026-03-02T14:00:00.000Z`. */
export const Instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

/** A local date, `2026-03-02`. */
export const Day = z.string().regex(/^\d{4}-\d\d-\d\d$/)
export type Day = z.infer<typeof Day>

/** What happened, in a small closed vocabulary. `other` is a verb that no table maps yet: kept and counted, never dropped. */
export const Kind = z.enum([
  'started',
  'viewed',
  'answered',
  'completed',
  'scored',
  'chose',
  'goal-set',
  'goal-met',
  'reflected',
  'asked-help',
  'gave-help',
  'gave-feedback',
  'messaged',
  'met',
  'collaborated',
  'attended',
  'absent',
  'referred',
  'noted',
  'voided',
  'other',
])
export type Kind = z.infer<typeof Kind>

/**
 * The kinds that count as a student's own learning activity (B1, B2). Contacts that an adult initiates (`met`,
 * `messaged`) and administrative records do not: otherwise an adviser's concern would look like the student's activity.
 */
export const LEARNING_KINDS = [
  'started',
  'viewed',
  'answered',
  'completed',
  'scored',
  'chose',
  'goal-set',
  'goal-met',
  'reflected',
  'asked-help',
  'gave-help',
  'gave-feedback',
  'collaborated',
] as const satisfies readonly Kind[]

/** The kinds that say that people were in contact with each other. */
export const CONTACT_KINDS = [
  'met',
  'messaged',
  'collaborated',
  'asked-help',
  'gave-help',
  'gave-feedback',
] as const satisfies readonly Kind[]

export const Mode = z.enum(['individual', 'adult', 'peer', 'group'])
export type Mode = z.infer<typeof Mode>

export const Role = z.enum([
  'student',
  'adviser',
  'teacher',
  'staff',
  'tutor',
  'virtual-tutor',
  'mentor',
  'family',
  'community',
  'unknown',
])
export type Role = z.infer<typeof Role>

export const Standard = z.enum(['xapi', 'caliper', 'interaction', 'canvas', 'openedx'])
export type Standard = z.infer<typeof Standard>

/** Someone who took part, by the pseudonym of the identifier as received; who that is, `person_of` says when recomputing. */
export const Participant = z.strictObject({ id: Pseudonym, role: Role })
export type Participant = z.infer<typeof Participant>

/**
 * What a statement can be found by beside its verb, actor and times (xAPI, GET statements). People stand as pseudonyms.
 */
export const Lookup = z.strictObject({
  /** Actor and object, and the members of both where they are groups; absent: the record's actor alone. */
  agents: z.array(Pseudonym).optional(),
  /** The further ones that `related_agents` includes: instructor, team, context agents, those of a sub-statement. */
  relatedAgents: z.array(Pseudonym).optional(),
  /** The object, if it is an activity. */
  activity: z.string().optional(),
  /** The further ones that `related_activities` includes. */
  relatedActivities: z.array(z.string()).optional(),
  registration: z.guid().optional(),
  /** The statement that is the object. */
  refersTo: z.guid().optional(),
  /** Activities whose definition the statement brings. */
  defines: z.array(z.string()).optional(),
})
export type Lookup = z.infer<typeof Lookup>

/** How the week is meant to be spent: shares, 0..1, that add up to 1. */
export const Mix = z
  .strictObject({ individual: share(), adult: share(), peer: share(), group: share() })
  .refine(({ individual, adult, peer, group }) => Math.abs(individual + adult + peer + group - 1) < 0.005, {
    error: 'shares that add up to 1',
  })
export type Mix = z.infer<typeof Mix>

/** A level of goal attainment scaling: 0 is what was expected, 2 much more, −2 much less (Kiresuk & Sherman 1968). */
export const GoalLevel = z.int().min(-2).max(2)
export const GoalStatus = z.enum(['open', 'attained', 'missed', 'dropped'])
export type GoalStatus = z.infer<typeof GoalStatus>
export const GoalHorizon = z.enum(['short', 'long'])

/** Units of work a week that a learner may plan. */
export const UnitsPerWeek = z.number().min(0).max(1000)
export const GoalWeight = z.number().positive().max(100)
const RealDay = Day.refine(isRealDay, { error: 'a date that the calendar has, YYYY-MM-DD' })

/**
 * What a record says of a learner's own plan, goal or choice beside its kind: the values of extensions. Words are not here:
 * they stand in the sealed original.
 */
export const Agency = z.strictObject({
  /** The object of the record is a plan. Half-open [from, to); `from` not said: the record's own day. */
  plan: z
    .strictObject({
      unitsPerWeek: UnitsPerWeek.optional(),
      mix: Mix.optional(),
      from: RealDay.optional(),
      to: RealDay.optional(),
    })
    .refine(({ from, to }) => from === undefined || to === undefined || from < to, {
      path: ['to'],
      error: 'a date after from',
    })
    .optional(),
  /** The object of the record is a goal; `level` is the one that was attained, `expected` the one that was aimed at. */
  goal: z
    .strictObject({
      level: GoalLevel.optional(),
      expected: GoalLevel.optional(),
      weight: GoalWeight.optional(),
      due: RealDay.optional(),
      status: GoalStatus.optional(),
      horizon: GoalHorizon.optional(),
    })
    .optional(),
  /** Ids of the activities among which the record's object was chosen, itself with them. */
  offered: z.array(z.string().min(1).max(2048)).min(1).max(100).optional(),
})
export type Agency = z.infer<typeof Agency>

/**
 * One learning event or interaction, as the log holds it. No name, e-mail address or raw identifier stands in it outside
 * `raw`, which is sealed (see `infra/seal.ts`). Absent optional fields mean "not said".
 */
export const LearningRecord = z.strictObject({
  /** The statement's or event's own UUID; UUIDv5 of source and natural key where it has none. Lower case. */
  id: z.guid(),
  /** The credential that delivered it, for example `lms`. */
  source: z.string().min(1).max(64),
  standard: Standard,
  occurredAt: Instant,
  /** When ingest accepted it; replay keeps it. */
  storedAt: Instant,
  /** False: `occurredAt` lies outside [storedAt − 10 years, storedAt + 1 day]; kept as a statement, not as an event. */
  timely: z.boolean(),
  actor: Participant,
  /** The other participants, at most 200, without duplicates, sorted by id. */
  counterparts: z.array(Participant).max(200),
  kind: Kind,
  mode: Mode.optional(),
  verb: z.string().max(2048),
  object: z.string().max(2048),
  objectType: z.string().max(2048).optional(),
  skills: z.array(z.string().max(512)).max(50).optional(),
  subject: z.string().max(128).optional(),
  /** Class the record itself names (OneRoster sourcedId), if any. */
  section: z.string().max(256).optional(),
  /** School the record itself names, if any; the school of enrolment on the local date decides. */
  school: z.string().max(256).optional(),
  team: z.string().max(256).optional(),
  choice: z.enum(['chosen', 'assigned']).optional(),
  /** Milliseconds, > 0. */
  durationMs: z.int().positive().optional(),
  /** Scaled score, −1..1. */
  score: z.number().min(-1).max(1).optional(),
  success: z.boolean().optional(),
  completion: z.boolean().optional(),
  attempt: z.int().positive().optional(),
  agency: Agency.optional(),
  /** The record that this one voids; only with kind `voided`. */
  voids: z.guid().optional(),
  /** xAPI only. */
  lookup: Lookup.optional(),
  /** First 16 hexadecimal digits of SHA-256 of the canonical content without id, stored, authority and version. */
  hash: z.string().regex(/^[0-9a-f]{16}$/),
  /** The original, agents replaced by tokens, sealed: `<salt id>.<base64>`. */
  raw: z.string(),
})
export type LearningRecord = z.infer<typeof LearningRecord>

function share(): z.ZodNumber {
  return z.number().min(0).max(1)
}

function isRealDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00.000Z`)
  return (
    !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day) && day >= '1970-01-01' && day <= '2149-06-05'
  )
}
