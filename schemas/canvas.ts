import { z } from 'zod'
import { isTimestamp } from './formats.ts'

const Text = z.string().max(2048).nullish()
/** Canvas writes ids as text, because some are beyond 2^53. */
const Id = z.union([z.string().max(255), z.int()]).nullish()

/**
 * One Canvas Live Event as raw JSON: what is common to all in `metadata`, what is the event's own in `body`.
 * Source: Instructure, Canvas Live Events, event metadata
 */
export const CanvasEvent = z.looseObject({
  metadata: z.looseObject({
    event_name: z
      .string()
      .regex(/^[A-Za-z][\w.:-]{0,127}$/, { error: 'the name of an event, letters, digits, dots and underscores' }),
    event_time: z
      .string()
      .refine(isTimestamp, { error: 'an ISO 8601 date and time, for example 2026-03-02T14:00:00.123Z' }),
    /** Who was signed in; absent for work in the background. */
    user_id: Id,
    user_sis_id: Text,
    /** Who acts as `user_id`. */
    real_user_id: Id,
    root_account_id: Id,
    context_type: Text,
    context_id: Id,
    context_sis_source_id: Text,
    context_role: Text,
  }),
  body: z.looseObject({}),
})
export type CanvasEvent = z.infer<typeof CanvasEvent>
