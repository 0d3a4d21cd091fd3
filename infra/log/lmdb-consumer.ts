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

const DEFAULT_MAX_ENTRIES = 20_000

type Source = { store: Store; writer: Writer; news: News; lease: Lease; name: string; report: (error: unknown) => void }

/** Delivers from the group's offsets on, one batch at a time, while the lease is held, until stopped. */
export class LmdbConsumer implements Consumption {
  readonly #source: Source
  readonly #options: ConsumeOptions
  readonly #news = bell()
  readonly #done: Promise<void>
  #stopping = false

  constructor(source: Source, options: ConsumeOptions) {
    this.#source = source
    this.#options = options
    this.#done = this.#run()
  }

  stop(): Promise<void> {
    this.#stopping = true
    this.#news.ring()
    return this.#done
  }

  async #run(): Promise<void> {
    const { writer, lease, report, news } = this.#source
    const leave = news.listen(this.#options.topic, this.#news)
    const renew = () => void writer.write(() => lease.held() && lease.claim(), 0).catch(report)
    const renewal = setInterval(renew, RENEW_MS)
    for (let failures = 0; !this.#stopping;) {
      try {
        if (lease.looksFree() && (await writer.write(() => lease.claim(), 0))) await this.#deliverAll()
        else await this.#pause(STANDBY_MS)
        failures = 0
      } catch (error) {
        report(error)
        await this.#pause(backoff(++failures))
      }
    }
    clearInterval(renewal)
    leave()
    await writer.write(() => lease.release(), 0)
  }

  /** Until stopped, or until somebody else holds the lease. */
  async #deliverAll(): Promise<void> {
    const { store, name } = this.#source
    const { topic, group, maxEntries = DEFAULT_MAX_ENTRIES } = this.#options
    let next = partitionsOf(topic).map(p => committedOf(store, name, group, p))
    while (!this.#stopping) {
      const batch = await readBatch(store, name, next, maxEntries)
      next = batch.next
      if (batch.entries.length === 0) await this.#news.wait()
      else if (!(await this.#deliver(batch))) return
    }
  }

  /** True when the batch is handled and its offsets are committed. */
  async #deliver(batch: Batch): Promise<boolean> {
    const { writer, lease, report } = this.#source
    for (let attempt = 1; !this.#stopping; attempt++) {
      try {
        await this.#options.handle(batch.entries)
      } catch (error) {
        report(error)
        await this.#pause(backoff(attempt))
        continue
      }
      // Store first, commit second: a crash here repeats the batch and never loses it.
      return writer.write(() => lease.held() && this.#commit(batch.next), 0)
    }
    return false
  }

  #commit(next: readonly number[]): true {
    const { store, name } = this.#source
    next.forEach((offset, p) => void store.groups.put([name, this.#options.group, p], offset))
    return true
  }

  /** Waits the whole time, though appends ring the bell, unless stopped. */
  async #pause(ms: number): Promise<void> {
    const until = performance.now() + ms
    while (!this.#stopping && performance.now() < until) await this.#news.wait(until - performance.now())
  }
}
