import { z } from 'zod'
import { Instant } from './record.ts'

/** Something that could not be used: who sent it, where in what was sent, why, and the original (sealed). */
export const DeadLetter = z.strictObject({
  /** UUIDv5 of source, door, place, reason code and content: the same fault delivered twice is one dead letter. */
  id: z.uuid(),
  source: z.string().max(64),
  /** The door it came through. */
  door: z.enum([
    'xapi',
    'caliper',
    'interactions',
    'oneroster',
    'calendar',
    'icalendar',
    'mapping',
    'survey',
    'canvas',
    'openedx',
    'edfi',
    'processor',
  ]),
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

/** What redrive has done with a letter, in the same topic under the letter's id. */
export const Redriven = z.strictObject({
  letter: z.uuid(),
  redrivenAt: Instant,
  /**
   * `begun`: what it becomes may be in the log already; `stored`: something new came of it; `duplicate`: all of it was known;
   * `nobody`: it is about no person.
   */
  outcome: z.enum(['begun', 'stored', 'duplicate', 'nobody']),
  /** Ids of the records that it became. */
  records: z.array(z.guid()),
  /** Ids of new letters for parts of it that still could not be used. */
  letters: z.array(z.uuid()),
})
export type Redriven = z.infer<typeof Redriven>

/** What the topic `dead-letters` holds. */
export const DeadLetterEntry = z.union([DeadLetter, Redriven])
export type DeadLetterEntry = z.infer<typeof DeadLetterEntry>

/**
 * The rule by which a letter was refused: the field and what was expected there, as the reason's first fault says; the
 * numbers of statements and rows left out, so that the same fault has the same rule. The code where no field is to blame.
 */
export function ruleOf({ code, reason }: Pick<DeadLetter, 'code' | 'reason'>): string {
  const said = /^[A-Z_]+: (.{1,2048}?) is .+?, expected (.+?)(?:; | and \d+ more|\. [A-Z]|$)/s.exec(reason)
  if (said === null) return code
  const [, field = '', expected = ''] = said
  const general = field.replace(/\[\d+\]/g, '[]').replace(/ (?:row|line) \d+( object \d+)?/, '')
  return `${general}: ${expected}`.slice(0, 512)
}
