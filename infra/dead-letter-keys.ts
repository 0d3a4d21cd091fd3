import { createHmac } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { HomeroomError } from './errors.ts'

/** So long after its month's end a month's dead letters can be opened. */
export const KEY_DAYS = 90
/** The month to which a secret belongs that names none: no dead letter is older. */
export const FIRST_MONTH = '2020-01'

const DAY_MS = 86_400_000

/**
 * The key of one month's dead letters.
 *
 * Each month's secret is made of the one before by a step that cannot be undone. Whoever has only the secret of a later
 * month cannot make the keys of earlier ones: forgetting a key is writing down the next secret in its place.
 *
 * @param month `2026-03`
 * @param since the month to which the secret belongs
 * @returns 32 bytes
 * @throws HomeroomError INTERNAL if the month lies before: its key was forgotten
 */
export function deadLetterKey(secret: Buffer, month: string, since = FIRST_MONTH): Buffer {
  const own = advanced(secret, since, month)
  return createHmac('sha256', own).update(`v1|dead-letter|${month}`).digest()
}

/** When a month's key ends: nothing that was sealed under it can be opened from then on. */
export function keyEnds(month: string): Date {
  return new Date(Date.parse(`${monthAfter(month)}-01T00:00:00.000Z`) + KEY_DAYS * DAY_MS)
}

/** The oldest month whose key has not ended. */
export function oldestKeptMonth(now: Date): string {
  let month = now.toISOString().slice(0, 7)
  for (let before = monthBefore(month); keyEnds(before) > now; before = monthBefore(month)) month = before
  return month
}

/**
 * Make the keys that have ended impossible to make again: the secret in the file goes on to the oldest month that is kept.
 * To be done wherever the file lies; backups of the file keep what they have.
 *
 * @returns the month to which the secret belongs now, and whether this call has changed the file
 * @throws HomeroomError STORE_UNAVAILABLE if the file cannot be replaced; then it is as it was
 */
export function forgetEndedKeys(secretsFile: string, now: Date): { since: string; forgotten: boolean } {
  const file = JSON.parse(readFileSync(secretsFile, 'utf8')) as { deadLetterSecret: string; deadLetterSince?: string }
  const before = file.deadLetterSince ?? FIRST_MONTH
  const since = oldestKeptMonth(now)
  if (before >= since) return { since: before, forgotten: false }
  const secret = advanced(Buffer.from(file.deadLetterSecret, 'hex'), before, since)
  const changed = { ...file, deadLetterSecret: secret.toString('hex'), deadLetterSince: since }
  replace(secretsFile, `${JSON.stringify(changed, null, 2)}\n`)
  return { since, forgotten: true }
}

function advanced(secret: Buffer, from: string, to: string): Buffer {
  if (to < from)
    throw new HomeroomError(
      'INTERNAL',
      `the key of the dead letters of ${to} was forgotten: keys are kept from ${from} on`,
    )
  let own = secret
  for (let month = from; month < to; month = monthAfter(month))
    own = createHmac('sha256', own).update('v1|dead-letter|next').digest()
  return own
}

// The other keys of the file must survive a crash at any moment: the new file is whole on the disk before it takes the place.
function replace(path: string, content: string): void {
  const fresh = `${path}.${process.pid}.new`
  try {
    writeFileSync(fresh, content, { mode: 0o600 })
    const handle = openSync(fresh, 'r+')
    fsyncSync(handle)
    closeSync(handle)
    renameSync(fresh, path)
  } catch (cause) {
    throw new HomeroomError(
      'STORE_UNAVAILABLE',
      `secrets file ${path} cannot be replaced, so that dead letters older than ${KEY_DAYS} days can still be opened. Make it writable for this command, or run homeroom retention --apply where it lies`,
      { cause },
    )
  }
}

const monthAfter = (month: string): string => shifted(month, 1)
const monthBefore = (month: string): string => shifted(month, -1)

function shifted(month: string, by: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7)
}
