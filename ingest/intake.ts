import type { IsErased } from '../infra/erased.ts'
import type { Entry, EventLog } from '../infra/log/event-log.ts'
import type { Packed } from '../infra/log/message.ts'
import type { Topic } from '../infra/log/topics.ts'
import { DurableIdentities } from './durable-identities.ts'
import { RecordMaker, type Batch, type MakerDeps } from './record-maker.ts'

export type { Batch } from './record-maker.ts'

/** No request takes longer from its stamp to the log. */
const LONGEST_REQUEST_MS = 10 * 60_000

export type IntakeDeps = MakerDeps & {
  log: EventLog
  /** Of whom nothing is kept any more; default: nobody. */
  erased?: IsErased
}

/** What every door needs to make records of originals, and its one way into the log. */
export class Intake extends RecordMaker {
  readonly log: EventLog
  readonly durable: DurableIdentities
  /** Stamped and not yet in the log, with the time of the stamp. */
  readonly #open = new Map<Batch, number>()
  readonly #newest = new Map<string, number>()

  constructor(deps: IntakeDeps) {
    super(deps)
    this.log = deps.log
    this.durable = new DurableIdentities(deps.log, deps.erased)
    deps.erased?.onMore(() => this.identities.forgetAll())
  }

  /** A batch is open until it is stored or ended. */
  begin(source: string, storedMs = this.now()): Batch {
    const batch = { ...this.batchOf(source, storedMs), mark: this.durable.mark() }
    this.#open.set(batch, storedMs)
    return batch
  }

  /** A batch with what `fill` has put into it; if it fails, nothing of the batch will be stored. */
  async filled<T>(source: string, fill: (batch: Batch) => Promise<T>): Promise<{ batch: Batch; answer: T }> {
    const batch = this.begin(source)
    try {
      return { batch, answer: await fill(batch) }
    } catch (error) {
      // Agents that were handed out for it count as written from now on.
      this.writeIdentities()
      this.end(batch)
      throw error
    }
  }

  /** Nothing (more) of the batch will be stored. */
  end(batch: Batch): void {
    this.#open.delete(batch)
  }

  /** Milliseconds since 1970: everything that was stamped before is in the log, or never will be. */
  stampedBefore(): number {
    const now = this.now()
    let oldest = now
    for (const [batch, stamped] of this.#open) {
      // What failed between its stamp and `store` is never stored.
      if (stamped < now - LONGEST_REQUEST_MS) this.#open.delete(batch)
      else oldest = Math.min(oldest, stamped)
    }
    return oldest
  }

  /** When the newest batch of a source was stamped that is in the log; 0: none of this process. */
  newestOf(source: string): number {
    return this.#newest.get(source) ?? 0
  }

  /**
   * Resolves when everything of the batch is durable. Agents and salts first: a record whose agent was lost could never
   * be given back whole.
   * @throws HomeroomError LOG_UNAVAILABLE; the sender sends the batch again, and what was written twice counts once
   */
  async store(batch: Batch): Promise<void> {
    try {
      this.writeIdentities()
      await this.durable.settled(batch.mark)
      await Promise.all([
        batch.rosters.length > 0 && this.log.append('rosters', batch.rosters),
        batch.records.length > 0 && this.log.append('records', batch.records),
        ...(Object.keys(batch.others) as Topic[]).map(topic => this.log.append(topic, batch.others[topic]!)),
        this.bury(batch.dead),
      ])
      if (batch.records.length > 0) this.#newest.set(batch.source, batch.storedMs)
    } finally {
      this.end(batch)
    }
  }

  /** As `store`, of records that are packed already, perhaps by another thread. */
  async storePacked(batch: Batch, messages: readonly Packed[]): Promise<void> {
    await this.durable.settled(batch.mark)
    await this.log.appendMessages('records', messages)
    if (messages.length > 0) this.#newest.set(batch.source, batch.storedMs)
  }

  /** Begin to write the agents and salts that were handed out on this thread. */
  writeIdentities(): void {
    this.durable.write(this.identities.takeFresh(), () => this.identities.forgetAll())
  }

  /** Resolves when the dead letters are durable. */
  async bury(dead: readonly Entry[]): Promise<void> {
    if (dead.length > 0) await this.log.append('dead-letters', dead)
  }
}
