import { knownRecords, type KnownRecord } from '../infra/warehouse/record-index.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { DeadLetter } from '../schemas/dead-letter.ts'
import type { LearningRecord } from '../schemas/record.ts'
import { uuid5 } from '../infra/uuid5.ts'
import { eventRows, eventsStream, indexStream, touchStream, type EventRow, type PlacedRecord } from './event-rows.ts'
import type { LocalTime } from './local-time.ts'
import { storeRecordPlans } from './plan-records.ts'
import { storeOriginals } from './originals.ts'
import { versionOf } from './record-index.ts'
import { newTouch, REACHED_WEEKS } from './touched.ts'

export type Stored = { stored: number; duplicates: number; conflicts: DeadLetter[] }

/** Records with what storing them needs, made beforehand: making it costs this process, storing it costs the engine. */
export type Prepared = { batch: readonly PlacedRecord[]; rows: EventRow[]; events: Uint8Array }

export function prepareRecords(batch: readonly PlacedRecord[], local: LocalTime): Prepared {
  const rows = eventRows(batch, local)
  return { batch, rows, events: eventsStream(rows) }
}

/**
 * Store a batch of records and the keys it touches. Safe to repeat: a batch that was cut off anywhere gives the same rows.
 *
 * Second deliveries are stored like first ones (the first stored wins whenever rows are read), so that nothing waits for
 * the look-up of known ids; it serves to count them and to find conflicts. The index is written last: an id that stands in
 * it has its events and touches stored.
 *
 * @returns counts, and a dead letter for each second content of a known id (the first stored wins)
 */
export async function storeRecords(warehouse: Warehouse, prepared: Prepared, local: LocalTime): Promise<Stored> {
  const { batch, rows, events } = prepared
  if (batch.length === 0) return { stored: 0, duplicates: 0, conflicts: [] }
  const [known] = await Promise.all([
    knownRecords(
      warehouse,
      batch.map(({ value }) => value.id),
    ),
    warehouse.insertArrow('events', events),
  ])
  const sorted = sortOut(batch, known)
  const indexed = [...sorted.fresh, ...sorted.earlier, ...sorted.rivals.map(rival => rival.record)]
  await Promise.all([storeOriginals(warehouse, indexed), storeVoids(warehouse, sorted)])
  // Every insert has a number of its own: clearing a number that was seen must not clear rows that come with it later.
  await warehouse.insertArrow('touched', touchStream(rows, newTouch()))
  await storeRecordPlans(warehouse, batch, local)
  if (sorted.duplicates.length > 0) await warehouse.insert('duplicates', sorted.duplicates.map(duplicateRow))
  if (indexed.length > 0) await warehouse.insertArrow('record_index', indexStream(indexed, local))
  return {
    stored: sorted.fresh.length,
    duplicates: sorted.duplicates.length,
    conflicts: sorted.rivals.map(rival => conflictLetter(rival)),
  }
}

/** A record whose id is known with other content; `loser` is the content that was stored later. */
type Rival = { record: PlacedRecord; known: Pick<KnownRecord, 'hash' | 'storedAt' | 'source'>; loserHash: string }

type Delivery = Pick<LearningRecord, 'id'> & KnownRecord

/** `earlier`: known already, but stored before the delivery that is known, which then is the duplicate. */
type Sorted = { fresh: PlacedRecord[]; earlier: PlacedRecord[]; duplicates: Delivery[]; rivals: Rival[] }

function sortOut(batch: readonly PlacedRecord[], known: Map<string, KnownRecord>): Sorted {
  const sorted: Sorted = { fresh: [], earlier: [], duplicates: [], rivals: [] }
  const seen = new Map<string, KnownRecord>(known)
  for (const placed of batch) {
    const { id, hash, storedAt, source } = placed.value
    const delivery = { hash, storedAt, source, position: placed.position }
    const before = seen.get(id)
    if (!before) {
      seen.set(id, delivery)
      sorted.fresh.push(placed)
    } else if (before.hash !== hash) {
      const laterHash = versionOf(placed.value) > versionOf(before) ? before.hash : hash
      sorted.rivals.push({ record: placed, known: before, loserHash: laterHash })
    } else if (before.position !== placed.position) {
      // The same place again is a repeated batch, not a second delivery.
      const isEarlier = versionOf(placed.value) > versionOf(before)
      sorted.duplicates.push({ id, ...(isEarlier ? before : delivery) })
      if (!isEarlier) continue
      seen.set(id, delivery)
      sorted.earlier.push(placed)
    }
  }
  return sorted
}

async function storeVoids(warehouse: Warehouse, sorted: Sorted): Promise<void> {
  const voids = sorted.fresh.flatMap(({ value }) =>
    value.voids ? [{ record_id: value.voids, hash: '0', reason: 'voided', by_id: value.id }] : [],
  )
  const conflicts = sorted.rivals.map(({ record, loserHash }) => ({
    record_id: record.value.id,
    hash: String(BigInt(`0x${loserHash}`)),
    reason: 'conflict',
    by_id: record.value.id,
  }))
  const rows = [...voids, ...conflicts]
  if (rows.length === 0) return
  await warehouse.insert('voided', rows)
  // A target that is not stored yet touches its own week when it comes.
  await warehouse.command(
    `insert into touched
     select distinct ${REACHED_WEEKS}, person_id, {touch:UInt64}, now(), 0 from events
     where (week, record_id) in (select week, record_id from record_index where record_id in {ids:Array(UUID)})`,
    { touch: String(newTouch()), ids: [...new Set(rows.map(row => row.record_id))] },
  )
}

function duplicateRow({ id, position, source, storedAt }: Delivery): object {
  return { position, record_id: id, source, stored_at: storedAt }
}

function conflictLetter({ record, known }: Rival): DeadLetter {
  const { id, storedAt, source, hash }: LearningRecord = record.value
  return {
    id: uuid5(`conflict|${id}|${[hash, known.hash].sort().join('|')}`),
    source,
    door: 'processor',
    storedAt,
    place: `record ${id}`,
    code: 'RECORD_CONFLICT',
    reason:
      `RECORD_CONFLICT: record ${id} came twice with different content: from ${known.source} at ${known.storedAt} and from ` +
      `${source} at ${storedAt}. The one stored first counts, the other in no number. Give the changed record an id of its own.`,
    original: '',
  }
}
