import type { Topic } from '../infra/log/topics.ts'
import { Intake, type Batch } from './intake.ts'

/** An intake that keeps back what its doors store, until it is released: whoever tries a door first looks at what comes of it. */
export class HeldIntake extends Intake {
  #held: Batch[] = []
  #stamped_ms: number | null = null

  /** What is begun from now on is stamped with this time, milliseconds since 1970; null: with the time when it is begun. */
  stampWith(ms: number | null): void {
    this.#stamped_ms = ms
  }

  override begin(source: string, storedMs = this.#stamped_ms ?? this.now()): Batch {
    return super.begin(source, storedMs)
  }

  override async store(batch: Batch): Promise<void> {
    this.#held.push(batch)
  }

  /** What the doors have stored since the last time. */
  take(): Batch[] {
    const taken = this.#held
    this.#held = []
    return taken
  }

  /**
   * Store what was held, all of it at once: a sync for each would take longer than everything else.
   * @throws HomeroomError LOG_UNAVAILABLE
   */
  async release(batches: readonly Batch[]): Promise<void> {
    const [first] = batches
    if (first === undefined) return
    const topics = [...new Set(batches.flatMap(({ others }) => Object.keys(others) as Topic[]))]
    await super.store({
      ...first,
      records: batches.flatMap(({ records }) => records),
      rosters: batches.flatMap(({ rosters }) => rosters),
      others: Object.fromEntries(topics.map(topic => [topic, batches.flatMap(({ others }) => others[topic] ?? [])])),
      dead: batches.flatMap(({ dead }) => dead),
      mark: Math.min(...batches.map(({ mark }) => mark)),
    })
  }
}
