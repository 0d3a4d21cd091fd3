import type { ConsumeOptions, Consumption, Entry, EventLog, LogAdmin, Position, Retention } from './event-log.ts'
import { startConsumer } from './lmdb-consumer.ts'
import { isAlive, openLease } from './lmdb-lease.ts'
import { openNews } from './lmdb-news.ts'
import { TRIM_EVERY_MS, trimTopic } from './lmdb-retention.ts'
import { committedOf, openStore, partitionsOf, prepare, putMessages, stateOf } from './lmdb-store.ts'
import { openWriter } from './lmdb-writer.ts'
import { closedError, runningError } from './log-errors.ts'
import { packEntries } from './message.ts'
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

export type LmdbLog = EventLog &
  LogAdmin & {
    /** Apply the retention now (it is applied every minute anyway); returns the number of messages removed. */
    trim(now_ms?: number): Promise<number>
  }

/** A message is read whole: this bounds how far a batch can exceed `maxEntries`. */
const LIMITS = { entries: 1_000, bytes: 1024 * 1024 }

/**
 * The embedded log: one LMDB file, synced before an append resolves. Several processes may open it.
 * @throws HomeroomError LOG_UNAVAILABLE if the file cannot be opened
 */
export function openLmdbLog({ path, district, retention = {}, onError }: LmdbLogOptions): LmdbLog {
  const store = openStore(path)
  const writer = openWriter(store.root)
  const nameOf = (topic: Topic) => `${district}.${topic}`
  const news = openNews(store, nameOf)
  const running = new Set<Consumption>()
  const upkeep = setInterval(() => void keepUp().catch(onError), TRIM_EVERY_MS).unref()
  let closing: Promise<void> | null = null

  async function append(topic: Topic, entries: readonly Entry[]): Promise<void> {
    if (closing) throw closedError()
    if (entries.length === 0) return
    const now_ms = Date.now()
    const prepared = packEntries(topic, entries, LIMITS).map(message => prepare(topic, message, now_ms))
    const bytes = prepared.reduce((sum, { buffer }) => sum + buffer.length, 0)
    await writer.write(() => putMessages(store, nameOf(topic), prepared), bytes)
    news.ring(topic)
  }

  async function consume(options: ConsumeOptions): Promise<Consumption> {
    if (closing) throw closedError()
    const { topic, group } = options
    const name = nameOf(topic)
    const register = (p: number) => store.groups.put([name, group, p], committedOf(store, name, group, p))
    // A group is known from its first start: retention keeps what it has not handled.
    await writer.write(() => partitionsOf(topic).forEach(p => void register(p)), 0)
    const source = {
      store,
      writer,
      news,
      name,
      lease: openLease(store, name, group),
      report: options.onError ?? onError,
    }
    const consumer = startConsumer(source, options)
    const consumption = { stop: () => consumer.stop().finally(() => running.delete(consumption)) }
    running.add(consumption)
    return consumption
  }

  async function positions(topic: Topic, group: string): Promise<Position[]> {
    if (closing) throw closedError()
    const name = nameOf(topic)
    store.root.resetReadTxn()
    return partitionsOf(topic).map(partition => ({
      topic,
      partition,
      committed: committedOf(store, name, group, partition),
      end: stateOf(store, name, partition).next,
    }))
  }

  function createTopics(): Promise<{ created: Topic[] }> {
    return writer.write(() => {
      const created = (Object.keys(TOPICS) as Topic[]).filter(t => store.partitions.get([nameOf(t), 0]) === undefined)
      for (const topic of created)
        for (const p of partitionsOf(topic))
          void store.partitions.put([nameOf(topic), p], stateOf(store, nameOf(topic), p))
      return { created }
    }, 0)
  }

  function rewind(topic: Topic, group: string): Promise<void> {
    const name = nameOf(topic)
    return writer.write(() => {
      const owner = store.owners.get([name, group])
      if (owner && isAlive(owner)) throw runningError(name, group, `process ${owner.pid} on ${owner.host}`)
      for (const p of partitionsOf(topic)) void store.groups.put([name, group, p], 0)
    }, 0)
  }

  async function trim(now_ms = Date.now()): Promise<number> {
    let removed = 0
    for (const [topic, rule] of Object.entries(retention) as [Topic, { maxAge_ms?: number; maxBytes?: number }][])
      removed += await trimTopic({ store, writer, name: nameOf(topic) }, topic, rule, now_ms)
    return removed
  }

  async function keepUp(): Promise<void> {
    // The place of a reader that was killed keeps freed pages from being reused.
    store.root.readerCheck()
    await trim()
  }

  async function close(): Promise<void> {
    clearInterval(upkeep)
    await Promise.all([...running].map(consumption => consumption.stop()))
    await writer.close()
    await store.root.close()
  }

  return {
    append,
    consume,
    positions,
    createTopics,
    rewind,
    trim,
    pendingBytes: writer.pendingBytes,
    close: () => (closing ??= close()),
  }
}
