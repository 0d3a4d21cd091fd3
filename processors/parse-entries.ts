import type { z } from 'zod'
import { sentenceOf } from '../infra/errors.ts'
import { uuid5 } from '../infra/uuid5.ts'
import type { Delivered } from '../infra/log/event-log.ts'
import type { Topic } from '../infra/log/topics.ts'
import type { DeadLetter } from '../schemas/dead-letter.ts'

/** An entry that is what its topic promises, with its place in the log. */
export type Placed<T> = { value: T; position: string }

/**
 * Take a batch apart: what fits the schema, and a dead letter for each entry that does not.
 * Tombstones (null values) are left out here; the topics that have them look at the batch themselves.
 */
export function parseEntries<T>(
  topic: Topic,
  batch: readonly Delivered[],
  schema: z.ZodType<T>,
  now: Date,
): { good: Placed<T>[]; bad: DeadLetter[] } {
  const good: Placed<T>[] = []
  const bad: DeadLetter[] = []
  for (const entry of batch) {
    if (entry.value === null) continue
    const position = `${entry.partition}/${entry.offset}/${entry.index}`
    const parsed = parse(entry.value, schema)
    if (parsed.ok) good.push({ value: parsed.value, position })
    else bad.push(unreadable(topic, position, parsed.reason, now))
  }
  return { good, bad }
}

function parse<T>(text: string, schema: z.ZodType<T>): { ok: true; value: T } | { ok: false; reason: string } {
  try {
    const result = schema.safeParse(JSON.parse(text))
    if (result.success) return { ok: true, value: result.data }
    const [issue] = result.error.issues
    return { ok: false, reason: `${issue?.path.join('.') || 'entry'}: ${issue?.message ?? 'not as expected'}` }
  } catch (cause) {
    return { ok: false, reason: sentenceOf(cause) }
  }
}

/** The original stays where it is, in the log: the dead letter names the place. */
function unreadable(topic: Topic, position: string, reason: string, now: Date): DeadLetter {
  return {
    id: uuid5(`processor|${topic}|${position}`),
    source: 'log',
    door: 'processor',
    storedAt: now.toISOString(),
    place: `${topic} ${position}`,
    code: 'RECORD_FROM_FUTURE',
    reason:
      `RECORD_FROM_FUTURE: entry ${position} of topic ${topic} does not fit this version's schema: ${reason}. ` +
      'It counts in no number; its neighbours do. Update this Homeroom, then run homeroom replay.',
    original: '',
  }
}
