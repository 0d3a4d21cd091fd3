import { setTimeout as wait } from 'node:timers/promises'
import type { EventLog, Position } from '../../infra/log/event-log.ts'
import { PROCESSORS_GROUP, type Topic } from '../../infra/log/topics.ts'

/** An original can be given back when the processors have stored both it and the agents that it names. */
const TOPICS = ['records', 'identities'] as const satisfies readonly Topic[]
/** So often the log is asked where the processors are, at most. */
const LOOK_EVERY_MS = 25
const TICK_MS = 500
/** Marks that wait for the processors; further ones are taken when these are reached. */
const MAX_MARKS = 64
/** Another ingest process may still be appending what it stamped before: so long it is given. */
const OTHERS_MS = 5000

/** Everything stamped at or before `at` lies before these ends. */
type Mark = { at: number; ends: Map<string, number> }

/**
 * Up to which time of storage everything can be retrieved: `X-Experience-API-Consistent-Through`. Statements stored at or
 * before it have been appended, and the processors have stored them; nothing older comes later.
 */
export class Consistency {
  readonly #log: Pick<EventLog, 'positions'>
  readonly #stampedBefore: () => number
  #marks: Mark[] = []
  #through = 0
  #looked = 0
  #looking: Promise<void> | null = null
  #timer: NodeJS.Timeout | undefined

  /**
   * @param stampedBefore milliseconds since 1970: everything that this process stamped before it has been appended
   * @param hasOthers whether other processes put statements into the log too: theirs are waited for
   */
  constructor(log: Pick<EventLog, 'positions'>, stampedBefore: () => number, hasOthers: () => boolean) {
    this.#log = log
    // Asked first: who comes later stamps later.
    this.#stampedBefore = () => (hasOthers() ? stampedBefore() - OTHERS_MS : stampedBefore())
  }

  /** Look regularly, so that under steady load too there is always a mark that the processors have passed. */
  start(onError: (error: unknown) => void): void {
    this.#timer = setInterval(() => void this.through().catch(onError), TICK_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** As last seen, without asking the log. Milliseconds since 1970; 0: nothing is known yet. */
  known(): number {
    return this.#through
  }

  /** Milliseconds since 1970; it never goes back. */
  async through(): Promise<number> {
    if (Date.now() - this.#looked >= LOOK_EVERY_MS) {
      this.#looking ??= this.#look().finally(() => (this.#looking = null))
      await this.#looking
    }
    return this.#through
  }

  /** As `through`, after waiting up to `patience_ms` for that time to be reached. */
  async reached(at: number, patience_ms: number): Promise<number> {
    const end = performance.now() + patience_ms
    while ((await this.through()) < at && performance.now() + LOOK_EVERY_MS < end) await wait(LOOK_EVERY_MS)
    return this.#through
  }

  async #look(): Promise<void> {
    // The time first, the ends second: what was appended in between is behind the ends too.
    const at = this.#stampedBefore() - 1
    const positions = (await Promise.all(TOPICS.map(topic => this.#log.positions(topic, PROCESSORS_GROUP)))).flat()
    const committed = new Map(positions.map(position => [nameOf(position), position.committed]))
    this.#marks.push({ at, ends: new Map(positions.map(position => [nameOf(position), position.end])) })
    const isPassed = ({ ends }: Mark): boolean => [...ends].every(([name, end]) => (committed.get(name) ?? 0) >= end)
    const passed = this.#marks.findLastIndex(isPassed)
    if (passed >= 0) {
      this.#through = Math.max(this.#through, this.#marks[passed]!.at)
      this.#marks = this.#marks.slice(passed + 1)
    }
    if (this.#marks.length > MAX_MARKS) this.#marks.pop()
    this.#looked = Date.now()
  }
}

const nameOf = ({ topic, partition }: Position): string => `${topic}/${partition}`
