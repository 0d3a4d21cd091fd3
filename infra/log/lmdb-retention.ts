import type { Expired, Retention } from './event-log.ts'
import { partitionsOf, stateOf } from './lmdb-store.ts'
import type { PartitionState, Store } from './lmdb-store.ts'
import type { Writer } from './lmdb-writer.ts'
import { appendedAt } from './message.ts'
import { TOPICS } from './topics.ts'
import type { Topic } from './topics.ts'

export const TRIM_EVERY_MS = 60_000

/** Removed per transaction, so that appends are not held up. */
const CHUNK_MESSAGES = 500

/**
 * Remove the oldest messages of a topic: those older than `maxAge_ms`, and as many more as bring it down to `maxBytes`; but
 * **never one that a known group has not handled**. A group is known once it has started; a topic that no group knows, and a
 * compacted topic, keep everything. What is removed is gone for new and rewound groups: they begin at the oldest message kept.
 *
 * @returns the number of messages removed
 */
export async function trimTopic(
  { store, writer, name }: { store: Store; writer: Writer; name: string },
  topic: Topic,
  rule: NonNullable<Retention[Topic]>,
  now_ms: number,
): Promise<number> {
  if (TOPICS[topic].compacted) return 0
  let total = 0
  let removed: number
  do {
    removed = await writer.write(() => trimChunk(store, name, topic, rule, now_ms), 0)
    total += removed
  } while (removed === CHUNK_MESSAGES)
  return total
}

/** What `trimTopic` would remove of all that was appended before a time. */
export function expiredIn(store: Store, name: string, topic: Topic, before_ms: number): Expired {
  const expired: Expired = { messages: 0, bytes: null, oldest_ms: null, newest_ms: null }
  if (TOPICS[topic].compacted) return expired
  store.root.resetReadTxn()
  for (const partition of partitionsOf(topic)) {
    const { first, next, bytes } = stateOf(store, name, partition)
    const at_ms = (offset: number): number => {
      const buffer = store.messages.getBinary([name, partition, offset])
      return buffer ? appendedAt(buffer) : 0
    }
    const end = firstFrom(
      first,
      Math.min(next, handledByAll(store, name, partition)),
      offset => at_ms(offset) >= before_ms,
    )
    if (end <= first) continue
    expired.messages += end - first
    expired.bytes = (expired.bytes ?? 0) + Math.round((bytes * (end - first)) / (next - first))
    expired.oldest_ms = Math.min(expired.oldest_ms ?? Infinity, at_ms(first))
    expired.newest_ms = Math.max(expired.newest_ms ?? 0, at_ms(end - 1))
  }
  return expired
}

/** The first offset in [from, to) that `is` true of, `to` if none: appended in order of time, so that halving finds it. */
function firstFrom(from: number, to: number, is: (offset: number) => boolean): number {
  let [low, high] = [from, Math.max(from, to)]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (is(middle)) high = middle
    else low = middle + 1
  }
  return low
}

type Head = { partition: number; state: PartitionState; bytes: number; at_ms: number }

function trimChunk(
  store: Store,
  name: string,
  topic: Topic,
  rule: NonNullable<Retention[Topic]>,
  now_ms: number,
): number {
  const handled = partitionsOf(topic).map(p => handledByAll(store, name, p))
  const states = partitionsOf(topic).map(p => ({ ...stateOf(store, name, p) }))
  let size = states.reduce((sum, { bytes }) => sum + bytes, 0)
  let removed = 0
  for (; removed < CHUNK_MESSAGES; removed++) {
    const oldest = states
      .flatMap((state, partition) => (state.first < handled[partition]! ? [headOf(store, name, partition, state)] : []))
      .reduce<Head | null>((a, b) => (a && a.at_ms <= b.at_ms ? a : b), null)
    if (!oldest) break
    const tooOld = rule.maxAge_ms !== undefined && oldest.at_ms < now_ms - rule.maxAge_ms
    const tooMuch = rule.maxBytes !== undefined && size > rule.maxBytes
    if (!tooOld && !tooMuch) break
    void store.messages.remove([name, oldest.partition, oldest.state.first])
    oldest.state.first++
    oldest.state.bytes -= oldest.bytes
    size -= oldest.bytes
  }
  if (removed) states.forEach((state, p) => void store.partitions.put([name, p], state))
  return removed
}

/** The offset before which every known group has handled everything; 0 when no group is known. */
function handledByAll(store: Store, name: string, partition: number): number {
  const offsets: number[] = []
  for (const { key, value } of store.groups.getRange({ start: [name, '', 0], end: [name, '\uffff', 0] }))
    if (key[2] === partition) offsets.push(value)
  return offsets.length ? Math.min(...offsets) : 0
}

function headOf(store: Store, name: string, partition: number, state: PartitionState): Head {
  const buffer = store.messages.getBinary([name, partition, state.first])
  return { partition, state, bytes: buffer?.length ?? 0, at_ms: buffer ? appendedAt(buffer) : 0 }
}
