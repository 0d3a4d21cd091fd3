import { z } from 'zod'
import { Instant } from './record.ts'

/** Something that could not be used: who sent it, where in what was sent, why, and the original (sealed). */
export const DeadLetter = z.strictObject({
  /** UUIDv5 of source, door, place, reason code and content: the same fault delivered twice is one dead letter. */
  id: z.uuid(),
  source: z.string().max(64),
  /** The door it came through. */
  door: z.enum(['xapi', 'caliper', 'interactions', 'oneroster', 'calendar', 'mapping', 'canvas', 'openedx', 'processor']),
  storedAt: Instant,
  /** Where: `statements[7].actor`, `users.csv row 18 field role`. */
  place: z.string().max(2048),
  /** An error code of infra/errors.ts. */
  code: z.string().max(64),
  /** The whole sentence: what, where, got, expected, consequence, next step. Never holds a raw identifier. */
  reason: z.string().max(8192),
  /** The original, sealed under the month's key: `<month>.<base64>`. */
  original: z.string(),
})
export type DeadLetter = z.infer<typeof DeadLetter>
