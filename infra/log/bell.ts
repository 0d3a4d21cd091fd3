/** Lets a loop wait for news: `wait` ends when the bell has rung since the last wait, or after `ms`. */
export type Bell = { ring(): void; wait(ms?: number): Promise<void> }

export function bell(): Bell {
  let rung = false
  let wake = () => {}
  return {
    ring() {
      rung = true
      wake()
    },
    async wait(ms) {
      if (!rung) {
        await new Promise<void>(resolve => {
          const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      rung = false
    },
  }
}

/** Milliseconds before try number `attempt` (1, 2, …): 100, 200, 400 … 5,000. */
export function backoff(attempt: number): number {
  return Math.min(5_000, 100 * 2 ** (attempt - 1))
}
