import { z } from 'zod'
import { Day, Instant, Participant, Pseudonym } from './record.ts'

const said = { source: z.string().min(1).max(64), storedAt: Instant, status: z.enum(['active', 'deleted']) }

/** Times of one series that are kept: every school day of six years. */
export const MAX_TIMES = 2400
/** People of one meeting: a whole school is not invited to an advisory. */
export const MAX_PEOPLE = 500

/**
 * A meeting that a calendar plans, at one or more times. It is no contact: that it took place, only a log of interactions
 * says. Neither title nor description nor place is in it.
 */
export const MeetingEntry = z.strictObject({
  type: z.literal('meeting'),
  ...said,
  /** Of source, calendar, UID and RECURRENCE-ID. */
  id: z.guid(),
  /** Pseudonym of the calendar's name. */
  calendar: Pseudonym,
  section: z.string().max(256),
  school: z.string().max(256),
  /** `advisory`, `mentoring` … */
  purpose: z.string().min(1).max(64),
  tentative: z.boolean(),
  /** Planned length; 0: none is said. */
  minutes: z.int().min(0).max(1440),
  people: z.array(Participant).max(MAX_PEOPLE),
  /** When it is to begin, and that day in the district's time zone. */
  times: z
    .array(z.strictObject({ at: Instant, day: Day }))
    .min(1)
    .max(MAX_TIMES),
})
export type MeetingEntry = z.infer<typeof MeetingEntry>

/** A calendar was loaded whole: its meetings that were stored before `since`, and not again, are not in it any more. */
export const MeetingListEntry = z.strictObject({
  type: z.literal('meeting-list'),
  ...said,
  calendar: Pseudonym,
  since: Instant,
})
export type MeetingListEntry = z.infer<typeof MeetingListEntry>
