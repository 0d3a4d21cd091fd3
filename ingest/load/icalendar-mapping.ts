import { z } from 'zod'
import { IdType } from '../../schemas/interaction.ts'
import { columnsIn, Template } from './template.ts'

/** What people write into calendars: it may decide (`from` of a choice), and is never kept. */
const WORDS = ['SUMMARY', 'DESCRIPTION', 'LOCATION', 'COMMENT', 'CONTACT']

const keptOf = (template: Template): Template =>
  typeof template === 'string' ? template : { from: '', map: {}, otherwise: template.otherwise ?? '' }

/** A text that is kept: of what people write nothing goes into it. */
const Kept = Template.refine(template => !columnsIn(keptOf(template)).some(column => WORDS.includes(column)), {
  error: `a text without ${WORDS.join(', ')}: these may only be what a choice is made from`,
})

const Person = z.strictObject({ id: Template, idType: IdType, role: Template })

/**
 * One kind of calendar. Templates read an entry's properties by their names (`{UID}`, `{CATEGORIES}`, `{X-CLASS}`, several
 * values of one joined by `;`), `{#file}`, and `{#calendar}`, the name that the calendar gives itself.
 */
export const CalendarBlock = z.strictObject({
  /** Paths beside the mapping file; `*` stands for any part of a name. */
  files: z.array(z.string().min(1)).min(1),
  /** Which calendar it is: a load replaces what the same one said before. */
  calendar: Template.default('{#file}'),
  /** Where it becomes a text, the entry is left out and counted under this reason. */
  leaveOut: Kept.optional(),
  /** The class that the meeting is for. */
  section: Kept.optional(),
  school: Kept.optional(),
  purpose: Kept.default('advisory'),
  /** People whom the entry does not invite: whose calendar it is. One without id or role is left out. */
  people: z.array(Person).default([]),
  /**
   * How those who are invited, and who invites, are known, by `{address}`, or `{user}` and `{domain}` before and behind its
   * @, and `{#as}`, attendee or organizer. Without a role they are left out; null: nobody is taken from the entry.
   */
  invited: Person.nullable().default({ id: '{address}', idType: 'email', role: 'unknown' }),
})
export type CalendarBlock = z.infer<typeof CalendarBlock>

/** A mapping file of calendars. */
export const CalendarMapping = z.strictObject({
  source: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, { error: 'lower-case letters, digits, dots and dashes, at most 64' }),
  about: z.string().optional(),
  calendars: z.array(CalendarBlock).min(1),
})
export type CalendarMapping = z.infer<typeof CalendarMapping>
