/** How many statements are handled before other requests get a turn. */
export const SLICE = 50

/**
 * One request at a time through the work that needs the processor. Many at once would each take as long as all together,
 * hold all their parsed bodies at once, and keep the health check waiting. Waiting for the disk is *not* part of it:
 * appends of several requests share one sync.
 */
export class Pipe {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => undefined)
    return result
  }
}

/** Let everything else that waits for the event loop have its turn. */
export const yieldTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** Does `handle` with each item, in order. */
export type Pace = <T>(items: readonly T[], handle: (item: T, index: number) => void) => Promise<void>

/** Giving way after every slice. */
export const inSlices: Pace = async (items, handle) => {
  for (let i = 0; i < items.length; i++) {
    if (i > 0 && i % SLICE === 0) await yieldTurn()
    handle(items[i]!, i)
  }
}

/** Without a pause: for a thread that nobody else waits for. */
export const atOnce: Pace = async (items, handle) => items.forEach(handle)
