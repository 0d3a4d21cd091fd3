import { z } from 'zod'
import { MeetingEntry, MeetingListEntry } from './meeting.ts'
import { Day, Instant, Pseudonym, Role } from './record.ts'

const entry = {
  /** The source that delivered it, for example `sis`. */
  source: z.string().min(1).max(64),
  storedAt: Instant,
  /** `deleted` takes the entry back (OneRoster `tobedeleted`). */
  status: z.enum(['active', 'deleted']),
}
const Id = z.string().min(1).max(256)

/** A school (OneRoster org of type `school`). School names are public; names of people never stand in a roster entry. */
export const SchoolEntry = z.strictObject({ type: z.literal('school'), ...entry, id: Id, name: z.string().max(512) })

/** An academic session: half-open [begin, end). */
export const SessionEntry = z.strictObject({
  type: z.literal('session'),
  ...entry,
  id: Id,
  title: z.string().max(512),
  kind: z.string().max(64),
  schoolYear: z.string().max(16),
  begin: Day,
  end: Day,
})

/** A class; `homeroom` is the advisory, the student's home base. `label` is the class code (titles may name teachers). */
export const ClassEntry = z.strictObject({
  type: z.literal('class'),
  ...entry,
  id: Id,
  school: Id,
  label: z.string().max(256),
  classType: z.enum(['homeroom', 'scheduled']),
  subjects: z.array(z.string().max(128)),
  grades: z.array(z.string().max(16)),
})

/** A person by pseudonym of the roster's own id. Demographics, if any, as the roster codes them. */
export const PersonEntry = z.strictObject({
  type: z.literal('person'),
  ...entry,
  id: Pseudonym,
  role: Role,
  grade: z.string().max(16),
  groups: z.record(z.string().max(64), z.string().max(64)),
})

/** Why a person decided that two identifiers are, or are not, one person's. No free text: it would hold names. */
export const DecisionReason = z.enum([
  'same-person',
  're-enrolled',
  'shared-identifier',
  'typing-error',
  'wrong-merge',
  'handed-over',
])
export type DecisionReason = z.infer<typeof DecisionReason>

/** What a person decided, by `homeroom merge` and `homeroom split`. */
export const Decision = z.strictObject({
  /** Pseudonym of the account of who decided. */
  by: Pseudonym,
  why: DecisionReason,
  /** A ticket's number or the like. */
  ref: z
    .string()
    .regex(/^[\w#/.-]{1,64}$/)
    .optional(),
})
export type Decision = z.infer<typeof Decision>

/**
 * "This identifier is that person", as a roster claims it: the only way in which there are persons. With `link: 'same'`:
 * "these are two identifiers of one person, whoever that is". With a decision it stands above what sources say of the two:
 * `active` joins them, `deleted` parts them. How they are put together: `processors/person-of.ts`.
 */
export const AliasEntry = z.strictObject({
  type: z.literal('alias'),
  ...entry,
  id: Pseudonym,
  person: Pseudonym,
  link: z.enum(['is', 'same']).optional(),
  /** Two persons of one file claim it: nobody's, unless the two are one person. */
  contested: z.literal(true).optional(),
  decision: Decision.optional(),
})
export type AliasEntry = z.infer<typeof AliasEntry>

/** Membership of a class: half-open [begin, end) in local dates; no end means still enrolled. */
export const EnrolmentEntry = z.strictObject({
  type: z.literal('enrolment'),
  ...entry,
  id: Id,
  person: Pseudonym,
  class: Id,
  school: Id,
  role: Role,
  begin: Day,
  end: Day.nullable(),
})

/** One calendar day of a school (school '' = the whole district). Days without an entry: Monday to Friday are school days. */
export const CalendarEntry = z.strictObject({
  type: z.literal('day'),
  ...entry,
  school: z.string().max(256),
  day: Day,
  schoolDay: z.boolean(),
  reason: z.string().max(128),
})

export const RosterEntry = z.discriminatedUnion('type', [
  SchoolEntry,
  SessionEntry,
  ClassEntry,
  PersonEntry,
  AliasEntry,
  EnrolmentEntry,
  CalendarEntry,
  MeetingEntry,
  MeetingListEntry,
])
export type RosterEntry = z.infer<typeof RosterEntry>

/**
 * The key under which an entry is appended: entries about one thing stay in order. All aliases share one, and so one
 * partition: who is who follows from all of them together, and two processes at once would each know a half.
 */
export function rosterKey(entry: RosterEntry): string {
  if (entry.type === 'alias') return 'alias'
  if (entry.type === 'meeting-list') return `meeting-list|${entry.calendar}`
  return entry.type === 'day' ? `day|${entry.school}|${entry.day}` : `${entry.type}|${entry.id}`
}
