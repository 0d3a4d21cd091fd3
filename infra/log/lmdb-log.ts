import type { ConsumeOptions, Consumption, Entry, EventLog, Expired } from './event-log.ts'
import type { LogAdmin, Position, Retention, Rewriting, Rewritten } from './event-log.ts'
import { LmdbConsumer } from './lmdb-consumer.ts'
import { isAlive, openLease } from './lmdb-lease.ts'
import { hasMoved, openCurrent } from './lmdb-moves.ts'
import { openNews } from './lmdb-news.ts'
import type { News } from './lmdb-news.ts'
import { expiredIn, TRIM_EVERY_MS, trimTopic } from './lmdb-retention.ts'
import { rewriteStore } from './lmdb-rewrite.ts'
import { committedOf, partitionsOf, prepare, putMessages, stateOf } from './lmdb-store.ts'
import type { Prepared, Store } from './lmdb-store.ts'
import { openWriter } from './lmdb-writer.ts'
import type { Writer } from './lmdb-writer.ts'
import { closedError, runningError } from './log-errors.ts'
import { packEntries, refuseIfCompacted } from './message.ts'
import type { Packed } from './message.ts'
import { TOPICS } from './topics.ts'
import type { Topic } from './topics.ts'

export type LmdbLogOptions = {
  /** Folder of the file. */
  path: string
  district: string
  retention?: Retention
  /** Told of trouble that no consumer's `onError` takes. */
  onError: (error: unknown) => void
}

/** A message is read whole: this bounds how far a batch can exceed `maxEntries`. */
const LIMITS = { entries: 1_000, bytes: 1024 * 1024 }

/** The embedded log: one LMDB file, synced before an append resolves. Several processes may open it. */
export class LmdbLog implements EventLog, LogAdmin {
  readonly packing = LIMITS
  readonly #options: LmdbLogOptions
  readonly #store: Store
  readonly #writer: Writer
  readonly #news: News
  readonly #running = new Set<Consumption>()
  readonly #upkeep: NodeJS.Timeout
  #closing: Promise<void> | null = null

  /** @throws HomeroomError LOG_UNAVAILABLE if the file cannot be opened */
  constructor(options: LmdbLogOptions) {
    this.#options = options
    this.#store = openCurrent(options.path)
    this.#writer = openWriter(this.#store)
    this.#news = openNews(
      this.#store,
      topic => this.#nameOf(topic),
      () => void this.#follow().catch(options.onError),
    )
    this.#upkeep = setInterval(() => void this.#keepUp().catch(options.onError), TRIM_EVERY_MS).unref()
  }

  async append(topic: Topic, entries: readonly Entry[]): Promise<void> {
    this.#refuseIfClosed()
    if (entries.length === 0) return
    const now_ms = Date.now()
    await this.#put(
      topic,
      packEntries(topic, entries, LIMITS).map(message => prepare(topic, message, now_ms)),
    )
  }

  async appendMessages(topic: Topic, messages: readonly Packed[]): Promise<void> {
    this.#refuseIfClosed()
    refuseIfCompacted(topic)
    if (messages.length === 0) return
    await this.#put(
      topic,
      messages.map(({ partition, buffer }) => ({ partition, buffer, keyHash: null })),
    )
  }

  async consume(options: ConsumeOptions): Promise<Consumption> {
    this.#refuseIfClosed()
    const { topic, group, onError: report = this.#options.onError } = options
    const name = this.#nameOf(topic)
    const store = this.#store
    const register = (p: number) => store.groups.put([name, group, p], committedOf(store, name, group, p))
    // A group is known from its first start: retention keeps what it has not handled.
    await this.#writer.write(() => partitionsOf(topic).forEach(p => void register(p)), 0)
    const lease = openLease(store, name, group)
    const source = { store, writer: this.#writer, news: this.#news, lease, name, report }
    const consumer = new LmdbConsumer(source, options)
    this.#running.add(consumer)
    return { stop: () => consumer.stop().finally(() => this.#running.delete(consumer)) }
  }

  async positions(topic: Topic, group: string): Promise<Position[]> {
    this.#refuseIfClosed()
    const name = this.#nameOf(topic)
    this.#store.root.resetReadTxn()
    if (hasMoved(this.#store)) await this.#follow()
    return partitionsOf(topic).map(partition => ({
      topic,
      partition,
      committed: committedOf(this.#store, name, group, partition),
      end: stateOf(this.#store, name, partition).next,
    }))
  }

  createTopics(): Promise<{ created: Topic[] }> {
    const { partitions } = this.#store
    const isNew = (topic: Topic) => partitions.get([this.#nameOf(topic), 0]) === undefined
    return this.#writer.write(() => {
      const created = (Object.keys(TOPICS) as Topic[]).filter(isNew)
      for (const name of created.map(topic => this.#nameOf(topic)))
        void partitions.put([name, 0], stateOf(this.#store, name, 0))
      return { created }
    }, 0)
  }

  rewind(topic: Topic, group: string): Promise<void> {
    const name = this.#nameOf(topic)
    const { owners, groups } = this.#store
    return this.#writer.write(() => {
      const owner = owners.get([name, group])
      if (owner && isAlive(owner)) throw runningError(name, group, `process ${owner.pid} on ${owner.host}`)
      for (const p of partitionsOf(topic)) void groups.put([name, group, p], 0)
    }, 0)
  }

  async expiredBefore(topic: Topic, before_ms: number): Promise<Expired> {
    this.#refuseIfClosed()
    return expiredIn(this.#store, this.#nameOf(topic), topic, before_ms)
  }

  removeBefore(topic: Topic, before_ms: number): Promise<number> {
    this.#refuseIfClosed()
    const place = { store: this.#store, writer: this.#writer, name: this.#nameOf(topic) }
    return trimTopic(place, topic, { maxAge_ms: 0 }, before_ms)
  }

  /** Apply the retention now (it is applied every minute anyway); returns the number of messages removed. */
  async trim(now_ms = Date.now()): Promise<number> {
    let removed = 0
    for (const [topic, rule] of Object.entries(this.#options.retention ?? {}) as [Topic, Retention[Topic]][]) {
      const place = { store: this.#store, writer: this.#writer, name: this.#nameOf(topic) }
      if (rule) removed += await trimTopic(place, topic, rule, now_ms)
    }
    return removed
  }

  async rewrite(rewriting: Rewriting): Promise<Rewritten> {
    this.#refuseIfClosed()
    // Wherever it lies now.
    await this.#follow()
    return rewriteStore(this.#store, rewriting)
  }

  pendingBytes(): number {
    return this.#writer.pendingBytes()
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #put(topic: Topic, prepared: readonly Prepared[]): Promise<void> {
    const bytes = prepared.reduce((sum, { buffer }) => sum + buffer.length, 0)
    await this.#writer.write(() => putMessages(this.#store, this.#nameOf(topic), prepared), bytes)
    this.#news.ring(topic)
  }

  async #close(): Promise<void> {
    clearInterval(this.#upkeep)
    await Promise.all([...this.#running].map(consumption => consumption.stop()))
    await this.#writer.close()
    await this.#store.root.close()
  }

  async #keepUp(): Promise<void> {
    // The place of a reader that was killed keeps freed pages from being reused.
    this.#store.root.readerCheck()
    await this.trim()
  }

  /** The writer goes along when the file was written anew. */
  async #follow(): Promise<void> {
    await this.#writer.write(() => undefined, 0)
  }

  #nameOf(topic: Topic): string {
    return `${this.#options.district}.${topic}`
  }

  #refuseIfClosed(): void {
    if (this.#closing) throw closedError()
  }
}
