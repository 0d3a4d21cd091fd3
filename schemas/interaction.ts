import { z } from 'zod'
import { isTimestamp, isUuid } from './formats.ts'
import { Kind, Mode, Role } from './record.ts'

/** How a participant is identified: a roster's own id, a login name, an address, an account of a system, … */
export const IdType = z
  .string()
  .regex(/^(?:sourcedId|username|email|openid|caliper|account:\S+|[a-z][a-zA-Z0-9-]{0,31})$/, {
    error: 'sourcedId, username, email, openid, caliper, account:<homePage> or a name of your own',
  })

export const InteractionParticipant = z.strictObject({
  id: z.string().trim().min(1).max(512),
  idType: IdType,
  role: Role,
})
export type InteractionParticipant = z.infer<typeof InteractionParticipant>

/** The kinds that a log of interactions may hold: all that say what happened. */
export const InteractionKind = Kind.exclude(['voided', 'other'])

/**
 * One row of a log of interactions: a meeting, a check-in, a message, work together. The first participant is its actor.
 * Without an `id`, source and content are its identity: the same row sent twice is one record.
 */
export const Interaction = z.strictObject({
  id: z.string().refine(isUuid, { error: 'a UUID in standard string form' }).optional(),
  /** When it ended, or happened: ISO 8601 with offset. `minutes` reach back from it. */
  at: z
    .string()
    .refine(isTimestamp, { error: 'an ISO 8601 date and time with offset, for example 2026-03-02T09:15:00-05:00' }),
  kind: InteractionKind,
  mode: Mode.optional(),
  minutes: z.number().positive().max(10_080).optional(),
  participants: z.array(InteractionParticipant).min(1).max(201),
  section: z.string().max(256).optional(),
  school: z.string().max(256).optional(),
  team: z.string().max(256).optional(),
  choice: z.enum(['chosen', 'assigned']).optional(),
  subject: z.string().max(128).optional(),
  skills: z.array(z.string().max(512)).max(50).optional(),
  /** What it was about: an activity, a page, a topic; never a person. */
  object: z.string().max(2048).optional(),
  objectType: z.string().max(2048).optional(),
  score: z.number().min(-1).max(1).optional(),
  success: z.boolean().optional(),
  completion: z.boolean().optional(),
  attempt: z.int().positive().optional(),
})
export type Interaction = z.infer<typeof Interaction>
