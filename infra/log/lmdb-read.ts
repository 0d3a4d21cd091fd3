import { setImmediate } from 'node:timers/promises'
import type { Delivered } from './event-log.ts'
import { stateOf } from './lmdb-store.ts'
import type { Store } from './lmdb-store.ts'
import { decodeMessage } from './message.ts'

/** Entries to hand over, and the offsets (one per partition) to commit and to read on from. */
export type Batch = { entries: Delivered[]; bytes: number; next: number[] }

/** A batch is cut at this size too, so that a topic of large entries cannot fill the memory. */
export const MAX_BATCH_BYTES = 64 * 1024 * 1024
/** Read without a pause: about 2 ms of decoding. */
const SLICE_BYTES = 1024 * 1024

/**
 * What is stored from `from` (one offset per partition) on: a slice of each partition in turn, so that partitions advance
 * together and the event loop breathes in between.
 *
 * @returns no entries when nothing is stored there
 * @throws HomeroomError LOG_UNAVAILABLE if what is stored cannot be read
 */
export async function readBatch(
  store: Store,
  name: string,
  from: readonly number[],
  maxEntries: number,
): Promise<Batch> {
  const batch: Batch = { entries: [], bytes: 0, next: [...from] }
  store.root.resetReadTxn()
  let open = from.flatMap((offset, p) => (offset < stateOf(store, name, p).next ? [p] : []))
  while (open.length) {
    const more: number[] = []
    for (const partition of open) {
      if (batch.entries.length >= maxEntries || batch.bytes >= MAX_BATCH_BYTES) return batch
      if (readSlice(store, name, partition, batch, maxEntries)) more.push(partition)
      await setImmediate()
    }
    open = more
  }
  return batch
}

/** True if the slice ended before the partition did. */
function readSlice(store: Store, name: string, partition: number, batch: Batch, maxEntries: number): boolean {
  const { next: end } = stateOf(store, name, partition)
  let sliceBytes = 0
  const range = { start: key(name, partition, batch.next[partition]!), end: key(name, partition, end) }
  for (const [, , offset] of store.messages.getKeys(range)) {
    if (sliceBytes >= SLICE_BYTES || batch.entries.length >= maxEntries) return true
    // getBinary, not the cursor's value and not getBinaryFast: those lend a shared buffer whose length is wrong.
    const buffer = store.messages.getBinary(key(name, partition, offset))
    if (buffer) {
      decodeMessage(buffer, { partition, offset }, batch.entries)
      sliceBytes += buffer.length
      batch.bytes += buffer.length
    }
    batch.next[partition] = offset + 1
  }
  batch.next[partition] = end
  return false
}

function key(name: string, partition: number, offset: number): [string, number, number] {
  return [name, partition, offset]
}
