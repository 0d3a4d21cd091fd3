import type { ErrorCode } from '../infra/errors.ts'
import type { Entry } from '../infra/log/event-log.ts'
import type { Secrets } from '../infra/secrets.ts'
import { uuid5 } from '../infra/uuid5.ts'
import type { DeadLetter } from '../schemas/dead-letter.ts'
import { hmacOf } from './pseudonymise.ts'
import { deadLetterKey, encrypt } from './seal.ts'

export type Door = DeadLetter['door']

/** What could not be used, and why; `original` is sealed here. */
export type Refused = {
  source: string
  door: Door
  /** Where in what was sent: `statements[7]`, `users.csv row 18 field role`. */
  place: string
  code: ErrorCode
  /** The whole sentence; holds no identifier. */
  reason: string
  original: string
}

/** An original longer than this many characters is kept up to here: what follows rarely says more about the fault. */
const MAX_ORIGINAL = 262_144

/** JSON of what was sent, for a dead letter. What nests deeper than the stack allows is only described. */
export function originalText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'undefined'
  } catch (cause) {
    if (cause instanceof RangeError) return '"nested too deep to be kept"'
    throw cause
  }
}

/** Makes the entry of `dead-letters`. The key of a month's originals is made of the month and a secret outside every database. */
export function deadLetterMaker(
  secrets: Pick<Secrets, 'deadLetterSecret'>,
): (refused: Refused, storedAt: string) => Entry {
  const keys = new Map<string, Buffer>()
  const hmac = hmacOf(secrets.deadLetterSecret)
  return (refused, storedAt) => {
    const month = storedAt.slice(0, 7)
    let key = keys.get(month)
    if (key === undefined) {
      key = deadLetterKey(secrets.deadLetterSecret, month)
      keys.set(month, key)
    }
    const { source, door, place, code, original } = refused
    // Under a key: a plain hash of a short row could be guessed.
    const content = hmac(original, 'hex')
    const id = uuid5([source, door, place, code, content].join('|'))
    const letter: DeadLetter = {
      id,
      source,
      door,
      storedAt,
      place: place.slice(0, 2048),
      code,
      reason: refused.reason.slice(0, 8192),
      original: `${month}.${encrypt(key, original.slice(0, MAX_ORIGINAL))}`,
    }
    return { key: id, value: JSON.stringify(letter) }
  }
}
