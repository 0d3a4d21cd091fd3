import type { LearningRecord } from '../schemas/record.ts'

/** Row version in ReplacingMergeTree: earlier storage is greater, ties are settled by content; alike on every replay. */
export function versionOf(record: Pick<LearningRecord, 'hash' | 'storedAt'>): bigint {
  const storedMs = BigInt(Date.parse(record.storedAt))
  return (((1n << 42n) - storedMs) << 20n) + BigInt(`0x${record.hash.slice(0, 5)}`)
}
