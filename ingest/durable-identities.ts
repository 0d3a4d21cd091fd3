import { isErasedIdentity, NOBODY_ERASED, type IsErased } from '../infra/erased.ts'
import { HomeroomError } from '../infra/errors.ts'
import type { Entry, EventLog } from '../infra/log/event-log.ts'

/**
 * Writes agents and salts, from whichever thread they come, and knows when they are durable. A record that names one is
 * written only afterwards. Those of erased people are not written at all: what is sealed under such a salt nobody can ever
 * open, and the agent is told as an erased one.
 */
export class DurableIdentities {
  readonly #log: EventLog
  readonly #erased: IsErased
  #durable: Promise<unknown> = Promise.resolve()
  #failures = 0
  #cause: unknown

  constructor(log: EventLog, erased: IsErased = NOBODY_ERASED) {
    this.#log = log
    this.#erased = erased
  }

  /** @param forget called if they may not be durable: who handed them out writes them anew when they are next needed */
  write(handedOut: readonly Entry[], forget: () => void): void {
    const entries = this.#erased.isEmpty
      ? handedOut
      : handedOut.filter(({ value }) => value === null || !isErasedIdentity(value, this.#erased))
    if (entries.length === 0) return
    const written = this.#log.append('identities', entries).catch((error: unknown) => {
      this.#failures++
      this.#cause = error
      forget()
    })
    this.#durable = Promise.all([this.#durable, written])
  }

  /** To be taken before the first token or salt of a request, and given to `settled`. */
  mark(): number {
    return this.#failures
  }

  /**
   * Resolves when all that was given to `write` is durable. A request that needs only what another one is writing waits
   * for that too, and fails with it.
   * @throws HomeroomError LOG_UNAVAILABLE if something since the mark may not be durable
   */
  async settled(mark: number): Promise<void> {
    await this.#durable
    if (this.#failures === mark) return
    const message = 'agents and salts of this request may not be durable, so none of its records was stored'
    throw new HomeroomError('LOG_UNAVAILABLE', message, { cause: this.#cause })
  }
}
