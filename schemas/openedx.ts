import { z } from 'zod'
import { isTimestamp } from './formats.ts'

const Text = z.string().max(2048).nullish()
const UserId = z.union([z.int(), z.string().max(255)]).nullish()

/**
 * One line of an Open edX tracking log: the fields that every event may have, and those of `event` that name a person.
 * Everything else is free.
 * Source: Open edX, "Events in the Tracking Logs", common fields
 */
export const TrackingEvent = z.looseObject({
  /** The event's name; the path of the request where the server only noted one. */
  event_type: z.string().min(1).max(8192),
  /** Where it stands it counts, not `event_type`, which then is the name of older days. */
  name: z.string().max(8192).nullish(),
  /** browser, mobile, server or task. */
  event_source: Text,
  /** UTC; the zone may be missing. */
  time: z
    .string()
    .refine(isTimestamp, { error: 'an ISO 8601 date and time, for example 2026-03-02T14:00:00.123456+00:00' }),
  /** Empty for somebody who is not signed in, and for work in the background. */
  username: z.string().max(255).nullish(),
  /** The site, `courses.example.org`; empty for work in the background. */
  host: z.string().max(255).nullish(),
  context: z
    .looseObject({
      user_id: UserId,
      course_id: Text,
      path: z.string().max(8192).nullish(),
      module: z.looseObject({ usage_key: Text }).nullish(),
    })
    .nullish(),
  /** An object, or JSON as text, or whatever a page sent. */
  event: z.unknown(),
})
export type TrackingEvent = z.infer<typeof TrackingEvent>
