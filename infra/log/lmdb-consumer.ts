import { backoff, bell } from './bell.ts'
import type { ConsumeOptions, Consumption } from './event-log.ts'
import { RENEW_MS, STANDBY_MS } from './lmdb-lease.ts'
import type { Lease } from './lmdb-lease.ts'
import type { News } from './lmdb-news.ts'
import { readBatch } from './lmdb-read.ts'
import type { Batch } from './lmdb-read.ts'
import { committedOf, partitionsOf } from './lmdb-store.ts'
import type { Store } from './lmdb-store.ts'
import type { Writer } from './lmdb-writer.ts'

export const DEFAULT_MAX_ENTRIES = 20_000

type Source = { store: Store; writer: Writer; news: News; lease: Lease; name: string; report: (error: unknown) => void }

/** Deliver from the group's offsets on, one batch at a time, while the lease is held, until stopped. */
export function startConsumer(source: Source, options: ConsumeOptions): Consumption {
  const { store, writer, lease, name, report } = source
  const { topic, group, handle, maxEntries = DEFAULT_MAX_ENTRIES } = options
  const news = bell()
  const leave = source.news.listen(topic, news)
  const renewal = setInterval(() => void writer.write(() => lease.held() && lease.claim(), 0).catch(report), RENEW_MS)
  let stopping = false
  const done = run().finally(() => {
    leave()
    clearInterval(renewal)
  })

  async function run(): Promise<void> {
    for (let failures = 0; !stopping;) {
      try {
        if (lease.looksFree() && (await writer.write(lease.claim, 0))) await deliverAll()
        else await pause(STANDBY_MS)
        failures = 0
      } catch (error) {
        report(error)
        await pause(backoff(++failures))
      }
    }
    await writer.write(lease.release, 0)
  }

  /** Until stopped, or until somebody else holds the lease. */
  async function deliverAll(): Promise<void> {
    let next = partitionsOf(topic).map(p => committedOf(store, name, group, p))
    while (!stopping) {
      const batch = await readBatch(store, name, next, maxEntries)
      next = batch.next
      if (batch.entries.length === 0) await news.wait()
      else if (!(await deliver(batch))) return
    }
  }

  /** True when the batch is handled and its offsets are committed. */
  async function deliver(batch: Batch): Promise<boolean> {
    for (let attempt = 1; !stopping; attempt++) {
      try {
        await handle(batch.entries)
      } catch (error) {
        report(error)
        await pause(backoff(attempt))
        continue
      }
      // Store first, commit second: a crash here repeats the batch and never loses it.
      return writer.write(() => lease.held() && commit(batch.next), 0)
    }
    return false
  }

  function commit(next: readonly number[]): true {
    next.forEach((offset, p) => void store.groups.put([name, group, p], offset))
    return true
  }

  /** Waits the whole time, though appends ring the bell, unless stopped. */
  async function pause(ms: number): Promise<void> {
    const until = performance.now() + ms
    while (!stopping && performance.now() < until) await news.wait(until - performance.now())
  }

  return {
    stop() {
      stopping = true
      news.ring()
      return done
    },
  }
}
