import { deadLetterKey, keyEnds } from '../infra/dead-letter-keys.ts'
import { sentenceOf, type ErrorCode } from '../infra/errors.ts'
import type { Entry } from '../infra/log/event-log.ts'
import type { Secrets } from '../infra/secrets.ts'
import { uuid5 } from '../infra/uuid5.ts'
import type { DeadLetter } from '../schemas/dead-letter.ts'
import { hmacOf } from './pseudonymise.ts'
import { decrypt, encrypt } from '../infra/seal.ts'

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
export const MAX_ORIGINAL = 262_144

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
  secrets: Pick<Secrets, 'pseudonymKey' | 'deadLetterSecret' | 'deadLetterSince'>,
): (refused: Refused, storedAt: string) => Entry {
  const keys = new Map<string, Buffer>()
  const hmac = hmacOf(secrets.pseudonymKey)
  return (refused, storedAt) => {
    const month = storedAt.slice(0, 7)
    let key = keys.get(month)
    if (key === undefined) {
      key = deadLetterKey(secrets.deadLetterSecret, month, secrets.deadLetterSince)
      keys.set(month, key)
    }
    const { source, door, place, code, original } = refused
    // Under a key, which must last: a plain hash of a short row could be guessed.
    const content = hmac(`v1|dead-letter|${original}`, 'hex')
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

/** An original as it was sent, or why nobody can read it any more. */
export type Opened = { text: string; closed?: undefined } | { text?: undefined; closed: string }

/** Opens the originals of dead letters, whose keys live 90 days beyond their month. */
export function letterOpener(
  secrets: Pick<Secrets, 'deadLetterSecret' | 'deadLetterSince'>,
  now: () => number = Date.now,
): (original: string) => Opened {
  return original => {
    if (original === '')
      return { closed: 'it was kept without an original: what it is about stands where its place says' }
    const [month = '', sealed = ''] = original.split('.', 2)
    const ends = keyEnds(month)
    if (ends.getTime() <= now() || (secrets.deadLetterSince !== undefined && month < secrets.deadLetterSince))
      return { closed: `the key of ${month} ended on ${ends.toISOString().slice(0, 10)}` }
    try {
      return { text: decrypt(deadLetterKey(secrets.deadLetterSecret, month, secrets.deadLetterSince), sealed) }
    } catch (error) {
      return { closed: sentenceOf(error) }
    }
  }
}
