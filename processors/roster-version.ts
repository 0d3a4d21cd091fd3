import { createHash } from 'node:crypto'
import type { RosterEntry } from '../schemas/roster.ts'

/** Later storage is greater; of one moment, the content decides, alike on every replay. */
export function rosterVersion(entry: RosterEntry): bigint {
  const { storedAt, ...content } = entry
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex')
  return (BigInt(Date.parse(storedAt)) << 20n) + BigInt(`0x${hash.slice(0, 5)}`)
}
