import { ClickHouseError } from '@clickhouse/client'
import { HomeroomError } from '../infra/errors.ts'
import type { Delivered } from '../infra/log/event-log.ts'
import type { Topic } from '../infra/log/topics.ts'
import { uuid5 } from '../infra/uuid5.ts'
import type { DeadLetter } from '../schemas/dead-letter.ts'
import type { Deaths } from './poison-deaths.ts'

type Handle = (batch: Delivered[]) => Promise<void>

/**
 * Numbers under which ClickHouse refuses a value, whatever the table and the moment (src/Common/ErrorCodes.cpp): text that cannot be
 * parsed (6, 26, 27, 38, 41, 72), out of range (69, 321, 407), null where none may be (349), too long (131).
 */
const REFUSES_VALUE: ReadonlySet<string> = new Set('6 26 27 38 41 69 72 131 321 349 407'.split(' '))

/**
 * A handler that one entry cannot hold up: if a batch fails, its halves are tried, and theirs, until the entries are found that fail
 * alone. These become dead letters, all others are stored; only then does it resolve, so that the offset may be committed.
 * Handlers may be repeated, and so may this.
 *
 * A fault that is not an entry's (nobody answers, a disk is full, a table is missing) is thrown at once: the batch is delivered again,
 * and nothing becomes a dead letter because of it.
 *
 * @param deaths what is known of batches in which this process died; null: not watched
 */
export function isolating(
  topic: Topic,
  handle: Handle,
  bury: (letters: readonly DeadLetter[]) => Promise<void>,
  deaths: Deaths | null,
  now: () => Date,
): (batch: Delivered[]) => Promise<{ buried: number }> {
  return async batch => {
    const { pieces, deadly } = deaths?.plan(topic, batch) ?? { pieces: [batch], deadly: [] }
    const why = 'the process that stores it dies of it'
    const erasure = deadly.find(entry => isErasure(topic, entry))
    if (erasure !== undefined)
      throw waiting(topic, erasure, `${why}; after an update remove handling/${topic}.json in HOMEROOM_DATA`)
    const letters = deadly.map(entry => letterOf(topic, entry, why, now()))
    for (const piece of pieces) {
      const work = () => failing(topic, piece, handle)
      for (const { entry, error } of await (deaths?.during(topic, piece, work) ?? work()))
        letters.push(letterOf(topic, entry, `storing it fails by ${nameOf(error)}`, now()))
    }
    await bury(letters)
    return { buried: letters.length }
  }
}

type Failing = { entry: Delivered; error: unknown }

/** Handle all of a batch but the entries that fail alone. @returns these */
async function failing(topic: Topic, batch: Delivered[], handle: Handle): Promise<Failing[]> {
  try {
    await handle(batch)
    return []
  } catch (error) {
    if (!isOfEntry(error)) throw error
    const [only] = batch
    if (only === undefined) throw error
    if (batch.length === 1 && isErasure(topic, only))
      throw waiting(topic, only, `storing it fails by ${nameOf(error)}`, error)
    if (batch.length === 1) return [{ entry: only, error }]
    const middle = Math.ceil(batch.length / 2)
    // One after the other: entries of a partition keep their order.
    const first = await failing(topic, batch.slice(0, middle), handle)
    return [...first, ...(await failing(topic, batch.slice(middle), handle))]
  }
}

/** A person's erasure is never passed over, though a newer version wrote it that this one cannot read: the log waits. */
const isErasure = (topic: Topic, { key }: Delivered): boolean => topic === 'identities' && key.startsWith('erasure|')

function waiting(topic: Topic, entry: Delivered, why: string, cause?: unknown): HomeroomError {
  return new HomeroomError(
    'RECORD_POISON',
    `the erasure at ${positionOf(entry)} of topic ${topic} is not carried out: ${why}. What comes behind it in this topic waits for it`,
    { cause },
  )
}

/** Whether a fault may be that of an entry: an exception of our code on it, or a value that ClickHouse does not take. */
export function isOfEntry(error: unknown): boolean {
  if (!(error instanceof HomeroomError)) return error instanceof Error && !isOfSystem(error) && !isOfSystem(error.cause)
  if (error.code === 'WAREHOUSE_REFUSED')
    return error.cause instanceof ClickHouseError && REFUSES_VALUE.has(error.cause.code)
  return NOT_OUTSIDE.has(error.code)
}

/** Of files, sockets and libraries: these have codes. */
const isOfSystem = (error: unknown): boolean => error instanceof Error && 'code' in error

/** Of our own errors, those that say something of what is being stored. */
const NOT_OUTSIDE: ReadonlySet<string> = new Set([
  'RECORD_INVALID',
  'RECORD_FROM_FUTURE',
  'RECORD_CONFLICT',
  'ROW_INVALID',
  'BODY_TOO_LARGE',
  'INTERNAL',
])

/** The original stays where it is, in the log: the letter names the place. */
function letterOf(topic: Topic, entry: Delivered, why: string, now: Date): DeadLetter {
  const position = positionOf(entry)
  return {
    id: uuid5(`poison|${topic}|${position}`),
    source: 'log',
    door: 'processor',
    storedAt: now.toISOString(),
    place: `${topic} ${position}`,
    code: 'RECORD_POISON',
    reason:
      `RECORD_POISON: entry ${position} of topic ${topic} cannot be stored: ${why}, alone, expected to be stored like its neighbours. ` +
      'It counts in no number; its neighbours do. Tell who makes Homeroom; after an update that mends it, run homeroom replay.',
    original: '',
  }
}

const positionOf = ({ partition, offset, index }: Delivered): string => `${partition}/${offset}/${index}`

/** Where it was thrown, without its message: that may quote what was to be stored. */
function nameOf(error: unknown): string {
  if (error instanceof HomeroomError && error.cause instanceof ClickHouseError)
    return `ClickHouse ${error.cause.code} ${error.cause.type ?? ''}`.trim()
  if (error instanceof HomeroomError) return error.code
  const { name, message, stack = '' } = error as Error
  // The stack begins with the message, which may be of many lines: only the places behind it are looked at.
  const places = stack.includes(message) ? stack.slice(stack.indexOf(message) + message.length) : ''
  const at = /^ {4}at .*\/((?:processors|infra|schemas|ingest)\/[\w./-]+:\d+)/m.exec(places)?.[1]
  return at === undefined ? name : `${name} at ${at}`
}
