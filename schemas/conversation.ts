import { z } from 'zod'
import { Day, GoalHorizon, Instant, Pseudonym } from './record.ts'

/** What an adviser and a student talked about. A closed list, so that it can be ticked on a phone. */
export const Topic = z.enum([
  'how-it-goes',
  'schoolwork',
  'goals',
  'people',
  'family',
  'attendance',
  'interests',
  'after-school-years',
  'something-else',
])
export type Topic = z.infer<typeof Topic>

/** What was agreed to happen next. */
export const NextStep = z.enum([
  'meet-again',
  'talk-with-family',
  'ask-a-teacher',
  'find-a-mentor',
  'join-others',
  'student-tries',
])
export type NextStep = z.infer<typeof NextStep>

/** A strength, an interest or a need in a few words; never a name. */
export const Tag = z
  .string()
  .min(1)
  .max(40)
  .regex(/^[^\p{C}\s]+(?: [^\p{C}\s]+)*$/u, { error: 'words, one blank between them' })
const Tags = z.array(Tag).max(8)

/** How a goal that was set before ended, or that it did not yet. */
export const GoalWord = z.enum(['open', 'attained', 'missed', 'dropped'])

const base = {
  /** UUIDv5 of adviser, student and the number of the form: pressing its button twice records one conversation. */
  id: z.guid(),
  storedAt: Instant,
  /** Who recorded it: the person of the roster behind the account. */
  adviser: Pseudonym,
  student: Pseudonym,
}

/** `<salt id>.<base64>`, or '': nothing was said. */
const Sealed = z.string().max(60_000)

/**
 * A conversation of an adviser with one student. Words are sealed: those for the student's page under the student's key, the
 * private note under a key that needs both persons' salts, so that erasing either makes it unreadable.
 */
export const Conversation = z.strictObject({
  type: z.literal('conversation'),
  ...base,
  /** When it ended. */
  at: Instant,
  /** null: not said. */
  minutes: z.int().min(1).max(240).nullable(),
  topics: z.array(Topic).max(Topic.options.length),
  strengths: Tags,
  interests: Tags,
  needs: Tags,
  nextSteps: z.array(NextStep).max(NextStep.options.length),
  /** A goal that the student has set in it; `words`: sealed `LearnerWords`. */
  goal: z.strictObject({ horizon: GoalHorizon.nullable(), due: Day.nullable(), words: Sealed.min(1) }).nullable(),
  /** Where goals of the student stand that were set before. */
  goalsNow: z.array(z.strictObject({ goal: z.guid(), status: GoalWord })).max(20),
  /** Sealed `ConversationWords`. */
  words: Sealed,
  /** The private note: `<adviser's salt id>.<student's salt id>.<base64>`. */
  note: Sealed,
  /** 16 hexadecimal digits of the content, under the key. */
  hash: z.string().regex(/^[0-9a-f]{16}$/),
})
export type Conversation = z.infer<typeof Conversation>

/** Its adviser takes it back: it counts in nothing any more. */
export const ConversationTakenBack = z.strictObject({ type: z.literal('conversation-taken-back'), ...base })
export type ConversationTakenBack = z.infer<typeof ConversationTakenBack>

/** What of a conversation is told in words beside goal and note. */
export const ConversationWords = z.strictObject({
  /** What was agreed to happen next. */
  nextStep: z.string().max(400),
})
export type ConversationWords = z.infer<typeof ConversationWords>
