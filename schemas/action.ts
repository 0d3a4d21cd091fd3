import { z } from 'zod'
import { Conversation, ConversationTakenBack } from './conversation.ts'
import { Day, Instant, Pseudonym } from './record.ts'

/**
 * What people do in Homeroom itself, and what Homeroom told them: the topic `actions`. What stands there is a record: later
 * data take none of it back, and a replay finds the same.
 */
const entry = {
  /** Of the entry; one that comes twice is stored once. */
  id: z.guid(),
  storedAt: Instant,
}

/** Who did it: an account, and the person of the roster behind it. */
export const Author = z.strictObject({
  account: z.string().min(1).max(512),
  person: Pseudonym.nullable(),
})
export type Author = z.infer<typeof Author>

/**
 * A student's activity fell well below the student's own usual (indicators B8): raised once, by the computation that saw it.
 * The figures are those that it saw.
 */
export const AlarmRaised = z.strictObject({
  type: z.literal('alarm'),
  /** UUIDv5 of student and week. */
  ...entry,
  student: Pseudonym,
  /** Monday of the week in which the limit was crossed. */
  week: Day,
  /** Monday of the first week of the drop, as far as the chart can tell. */
  since: Day,
  /** Minutes of learning activity in the week, and what is usual for this student in such a week. */
  minutes: z.number().min(0),
  usualMinutes: z.number().min(0),
  /** The chart's value in its own standard deviations: at most the limit, −3. */
  value: z.number(),
  /** Weeks of the student's own that the chart had to go by. */
  baselineWeeks: z.int().min(1),
})
export type AlarmRaised = z.infer<typeof AlarmRaised>

/** `seen`: the adviser knows; `talked`: and has talked with the student; `not-needed`: there was no need. */
export const Answer = z.enum(['seen', 'talked', 'not-needed'])
export type Answer = z.infer<typeof Answer>

/** What an adviser answers to an alarm. The first answer lets the chart begin anew, the last one says what came of it. */
export const AlarmAnswer = z.strictObject({
  type: z.literal('alarm-answer'),
  ...entry,
  alarm: z.guid(),
  student: Pseudonym,
  answer: Answer,
  author: Author,
})
export type AlarmAnswer = z.infer<typeof AlarmAnswer>

/** That somebody was told of alarms, outside Homeroom: nobody is told twice. */
export const Notified = z.strictObject({
  type: z.literal('notified'),
  ...entry,
  /** Which of a student's alarms; one entry for each. */
  alarm: z.guid(),
  student: Pseudonym,
  channel: z.enum(['email', 'webhook']),
  /** Account of who was told; of a webhook ''. */
  account: z.string().max(512),
})
export type Notified = z.infer<typeof Notified>

/** The longest text of a note on charts, in characters. */
export const LONGEST_ANNOTATION = 200

/** A dated note on the charts of a school or the district: "new timetable". It names no student. */
export const Annotation = z.strictObject({
  type: z.literal('annotation'),
  /** UUIDv5 of account, unit and the number of the form: pressing its button twice writes one. */
  ...entry,
  /** The district's id is ''. */
  unit: z.strictObject({ type: z.enum(['school', 'district']), id: z.string().max(512) }),
  /** First and last local day; of one day both are the same. */
  from: Day,
  to: Day,
  text: z
    .string()
    .min(1)
    .max(LONGEST_ANNOTATION)
    .regex(/^[^\p{C}]*$/u, { error: 'one line of text' }),
  author: Author,
})
export type Annotation = z.infer<typeof Annotation>

/** It stands on no chart any more, whichever of the two entries comes first. */
export const AnnotationTakenBack = z.strictObject({
  type: z.literal('annotation-taken-back'),
  /** Of the annotation. */
  ...entry,
  author: Author,
})
export type AnnotationTakenBack = z.infer<typeof AnnotationTakenBack>

/** What the topic `actions` holds. */
export const ActionEntry = z.discriminatedUnion('type', [
  AlarmRaised,
  AlarmAnswer,
  Notified,
  Conversation,
  ConversationTakenBack,
  Annotation,
  AnnotationTakenBack,
])
export type ActionEntry = z.infer<typeof ActionEntry>

/** The key under which an entry is appended: what is about one student, or one note, stays in order. */
export const actionKey = (said: ActionEntry): string => ('student' in said ? said.student : said.id)
