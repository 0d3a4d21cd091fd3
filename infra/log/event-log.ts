import type { Packed, PackLimits } from './message.ts'
import type { Topic } from './topics.ts'

/** One entry: a key that decides the partition, and a value. null is a tombstone, in compacted topics only. */
export type Entry = { key: string; value: string | null }

/**
 * An entry as delivered: `offset` and `index` name its place (several entries may share one stored message). `trace`: the trace
 * context of the request that it came with (`infra/tracing/`), where that is traced.
 */
export type Delivered = Entry & { partition: number; offset: number; index: number; trace?: string }

export type ConsumeOptions = {
  topic: Topic
  group: string
  /** Upper bound of entries handed over at once, exceeded only by the rest of one stored message. Default 20,000. */
  maxEntries?: number
  /**
   * Called with one batch at a time, entries of a partition in order. The offsets behind it are committed after the
   * promise resolves: **store first, commit second**. If it rejects, the same entries are delivered again.
   */
  handle: (batch: Delivered[]) => Promise<void>
  /** Told of a rejected batch and of trouble with the log, before the next try. */
  onError?: (error: unknown) => void
}

export interface Consumption {
  /** Resolves when the running handler has ended and its offsets are committed; nothing is delivered afterwards. */
  stop(): Promise<void>
}

/** How far a group is in one partition: it has handled everything before `committed`; `end` is the next offset written. */
export type Position = { topic: Topic; partition: number; committed: number; end: number }

/**
 * How long a topic keeps what every group has handled: the oldest go first. Not named: without limit. `maxBytes` is of the
 * whole topic, as stored. Compacted topics keep the newest of every key whatever is said here.
 */
export type Retention = Partial<Record<Topic, { maxAge_ms?: number; maxBytes?: number }>>

/**
 * The event log: what is appended is durable when the promise resolves, and is delivered at least once, in order within a
 * partition, until its offsets are committed. The embedded log (`lmdb`) and Kafka keep the same contract
 * (`test/contract/event-log.test.ts`).
 */
export interface EventLog {
  /** Resolves after all entries are durable (fsync, or acks=all); rejects if they may not be. Order within a key is kept. */
  append(topic: Topic, entries: readonly Entry[]): Promise<void>
  /** How `packMessages` has to cut what `appendMessages` is given. */
  readonly packing: PackLimits
  /** As `append`, of messages that `packMessages` has made, perhaps on another thread; not for compacted topics. */
  appendMessages(topic: Topic, messages: readonly Packed[]): Promise<void>
  /** Deliver from the group's committed offsets on (a new group: from the beginning) until stopped. */
  consume(options: ConsumeOptions): Promise<Consumption>
  /** Positions of a group in all partitions of a topic; lag is the sum of end − committed, in stored messages. */
  positions(topic: Topic, group: string): Promise<Position[]>
  /** Bytes of appends that are not durable yet, held in memory: what ingest's back-pressure looks at. */
  pendingBytes(): number
  /** Stops all consumers, waits for what was appended; afterwards every call rejects with LOG_UNAVAILABLE. */
  close(): Promise<void>
}

/** What only `migrate`, `replay`, `retention` and `erase` need. */
export interface LogAdmin {
  /** Create the topics that are missing, with their settings. Idempotent. */
  createTopics(): Promise<{ created: Topic[] }>
  /** Forget the group's offsets: it starts at the beginning. The group must not be running. */
  rewind(topic: Topic, group: string): Promise<void>
  /** What was appended to a topic before a time and is handled by every group that is known: what `removeBefore` would remove. */
  expiredBefore(topic: Topic, before_ms: number): Promise<Expired>
  /** Remove it: new and rewound groups begin behind it. Compacted topics keep everything. @returns messages removed */
  removeBefore(topic: Topic, before_ms: number): Promise<number>
  /**
   * Write all of the log anew without what `rewriting` takes out of it, so that no file holds that any more, nor anything else
   * that was removed before. Appends of every process wait while the last of it is written; nothing changes its place.
   * @returns null: this log's files cannot be written anew (Kafka)
   */
  rewrite(rewriting: Rewriting): Promise<Rewritten | null>
}

export type Rewriting = {
  /** Asked first, of a message as it is stored: false where nothing of it can change. */
  concerns(message: Buffer): boolean
  /**
   * What stands in the place of an entry; a null value is delivered and says nothing. null, of a compacted topic only: it
   * goes, its tombstone too.
   */
  change(topic: Topic, entry: Entry): Entry | null
}

/** Bytes of the file before and after. */
export type Rewritten = { changed: number; bytesBefore: number; bytesAfter: number }

/** Stored messages at the beginning of a topic; `bytes` by their share of the partition; null: not known, or there are none. */
export type Expired = {
  messages: number
  bytes: number | null
  oldest_ms: number | null
  newest_ms: number | null
}

export function lagOf(positions: readonly Position[]): number {
  return positions.reduce((sum, p) => sum + Math.max(0, p.end - p.committed), 0)
}
