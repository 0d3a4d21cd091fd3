import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { LearningRecord } from '../schemas/record.ts'

export type KnownRecord = {
  /** Hash of the content that is stored, 16 hexadecimal digits. */
  hash: string
  storedAt: string
  source: string
  /** partition/offset/index of the delivery that was stored. */
  position: string
}

/** Row version in ReplacingMergeTree: earlier storage is greater, ties are settled by content; alike on every replay. */
export function versionOf(record: Pick<LearningRecord, 'hash' | 'storedAt'>): bigint {
  const storedMs = BigInt(Date.parse(record.storedAt))
  return (((1n << 42n) - storedMs) << 20n) + BigInt(`0x${record.hash.slice(0, 5)}`)
}

/**
 * Which of these ids are stored already.
 *
 * The ids go as one text literal, which the engine splits: 20,000 separate literals would cost it more than the look-up.
 */
export async function knownRecords(
  warehouse: Warehouse,
  batch: readonly { value: Pick<LearningRecord, 'id'> }[],
): Promise<Map<string, KnownRecord>> {
  if (batch.length === 0) return new Map()
  const ids = batch.map(({ value }) => value.id).join(',')
  const found = await warehouse.query<{
    id: string
    hash: string
    source: string
    position: string
    stored_ms: number
  }>(
    `select toString(record_id) as id, leftPad(lower(hex(hash)), 16, '0') as hash, source, position,
       toFloat64(toUnixTimestamp64Milli(stored_at)) as stored_ms
     from record_index final
     where record_id in (select toUUID(arrayJoin(splitByChar(',', '${ids}'))))`,
    {},
    { max_query_size: ids.length + 10_000 },
  )
  return new Map(
    found.map(({ id, hash, source, position, stored_ms }) => [
      id,
      { hash, source, position, storedAt: new Date(stored_ms).toISOString() },
    ]),
  )
}
