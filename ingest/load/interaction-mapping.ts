import { z } from 'zod'
import { IdType } from '../../schemas/interaction.ts'
import { Rows } from './mapping-rows.ts'
import { DATE_FORMATS } from './score-dates.ts'
import { Template } from './template.ts'

const marks = z.enum(['end', 'begin']).default('end')

/** When a row ended: a text with date, time and zone; a local date and time; or seconds or days from an origin. */
export const Time = z.union([
  z.strictObject({ text: Template, marks }),
  z.strictObject({
    /** Local date in the district's zone; a time may stand behind it: `3/5/2026 2:30 PM`. */
    date: Template,
    dateFormat: z.enum(DATE_FORMATS).default('y-m-d'),
    /** Local time of day, `14:30` or `2:30 PM`; where it is empty, what stands behind the date, else noon. */
    at: Template.optional(),
    marks,
  }),
  z.strictObject({
    /** Local date and time in the district's zone, `2026-03-05T00:00:00`, or with an offset of its own. */
    origin: Template,
    seconds: Template,
    marks,
  }),
  z.strictObject({
    /** Local date, `2025-10-06`. */
    origin: Template,
    /** Whole days, also negative. */
    days: Template,
    /** Time of day in the district's zone, `12:00`. */
    at: Template.default('12:00'),
    marks,
  }),
])
export type Time = z.infer<typeof Time>

const Participant = z.strictObject({
  id: Template,
  idType: IdType,
  role: Template,
  /** Several stand in the field, with this between them. */
  separator: z.string().min(1).max(8).optional(),
  /** The field may be empty: nobody then. */
  optional: z.boolean().default(false),
})

/** Rows as interactions: every field a template. */
export const InteractionMapping = z.strictObject({
  ...Rows,
  /** Where it becomes a text, the row is no event (a session that nobody came to), and is counted under this reason. */
  leaveOut: Template.optional(),
  /**
   * Rows that have these in common are one event, and their participants took part in it together: a team with a row for
   * each of its members. They lie in one file, no further apart than 200,000 rows; one that cannot be used keeps the others
   * of its event waiting for its correction.
   */
  together: z.array(Template).min(1).optional(),
  time: Time,
  /** Where begin and end stand in a row, its begin: the duration follows. */
  began: Time.optional(),
  kind: Template,
  participants: z.array(Participant).min(1),
  mode: Template.optional(),
  minutes: Template.optional(),
  seconds: Template.optional(),
  section: Template.optional(),
  school: Template.optional(),
  team: Template.optional(),
  choice: Template.optional(),
  subject: Template.optional(),
  /** Several separated by `;`. */
  skills: Template.optional(),
  object: Template.optional(),
  objectType: Template.optional(),
  score: Template.optional(),
  success: Template.optional(),
  completion: Template.optional(),
  attempt: Template.optional(),
  /**
   * What makes a row itself beside the source; not given: what `together` says, else everything that is mapped, so that
   * rows mapped alike are one record. `["{#file}", "{#row}"]` where they are different events: then a file must only grow at
   * its end, because a row that moved is taken for a contradiction and dead-lettered.
   */
  naturalKey: z.array(Template).min(1).optional(),
})
export type InteractionMapping = z.infer<typeof InteractionMapping>
