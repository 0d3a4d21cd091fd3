import type { ErrorCode } from '../infra/errors.ts'
import { isKeepable, keepable } from '../schemas/formats.ts'
import type { Door } from './dead-letters.ts'
import { fault, faultsSentence, type Fault } from './faults.ts'
import type { Batch, Intake } from './intake.ts'

/** One event of a learning platform in its own form, from a file or from a request. */
export type ForeignEvent = {
  index: number
  /** Name of the event in messages: `tracking.log line 18`, `events[7]`. */
  place: string
  value: unknown
  /** What stands there cannot be read at all. */
  unreadable?: string
  /** The text that goes to the dead letters if the event cannot be used. */
  original: () => string
}

/** What became of an event: a record; nothing, because it is about no person, and why; or a dead letter, for these faults. */
export type Accepted = 'stored' | { nobody: string } | Fault[]

/** How a door speaks of faults. */
export type Manner = { door: Door; code: ErrorCode; join: string; next: string }
export const IN_FILE = { code: 'ROW_INVALID', join: ' field ', next: 'load the file again' } as const
export const IN_REQUEST = { code: 'RECORD_INVALID', join: '.', next: 'send it again' } as const

const MAX_DEPTH = 64

/** What is wrong with an event before any of its fields is looked at. */
export function formFaults(event: ForeignEvent): Fault[] {
  const { index, place, value, unreadable } = event
  if (unreadable !== undefined) return [fault(index, place, unreadable, 'a JSON object')]
  if (isKeepable(value, MAX_DEPTH)) return []
  return [fault(index, place, 'JSON that nests deeper, is wider or has a larger number', keepable(MAX_DEPTH))]
}

/** A dead letter for an event that cannot be used. @returns the faults */
export function buryEvent(
  intake: Intake,
  batch: Batch,
  event: ForeignEvent,
  faults: readonly Fault[],
  manner: Manner,
): Fault[] {
  const { door, code, next } = manner
  intake.addDead(batch, {
    door,
    place: faults[0]?.path ?? event.place,
    code,
    reason: `${code}: ${faultsSentence(faults)}. This event is in dead-letters and counts in no number, the good ones are stored; correct it and ${next}.`,
    original: event.original(),
  })
  return [...faults]
}
