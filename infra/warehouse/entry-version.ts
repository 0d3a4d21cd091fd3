import { hash } from 'node:crypto'
import type { Score } from '../../schemas/score.ts'

/**
 * Version of an entry of which the last stored one wins, as tables have it in `ver`: later storage is greater; of one
 * moment, the content decides, alike on every replay.
 * @param storedAt when ingest accepted it
 * @param content hash of what it says: hexadecimal, five digits or more
 */
export const versionOf = (storedAt: string, content: string): bigint =>
  (BigInt(Date.parse(storedAt)) << 20n) + BigInt(`0x${content.slice(0, 5)}`)

/** Hash of what an entry says, without when; 64 hexadecimal digits. The order of its properties is that of its schema. */
export function contentOf({ storedAt: _storedAt, ...said }: { storedAt: string }): string {
  return hash('sha256', JSON.stringify(said), 'hex')
}

/** As `contentOf`, of a score; one that was taken back says something else. */
export function scoreContent({ storedAt: _storedAt, ...said }: Score, isTakenBack = false): string {
  return hash('sha256', JSON.stringify([isTakenBack, said]), 'hex')
}
