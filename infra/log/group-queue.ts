/** Items that wait are worked on together: one group at a time, in the order in which they were added. */
export type GroupQueue<Item, Result> = {
  /** Resolves or rejects with the item's own outcome. */
  add(item: Item, size: number): Promise<Result>
  /** Sizes of the items that have no outcome yet. */
  pending(): number
  /** Gives an outcome to all that have not begun. */
  resolveWaiting(result: Result): void
  rejectWaiting(error: unknown): void
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>
}

type Waiting<Item, Result> = {
  item: Item
  size: number
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/**
 * @param limit sizes of a group together; a single larger item is a group of its own
 * @param gather waited for before a group is taken, so that items which are added in turn come together
 * @param work the outcomes of a group, in its order; when it throws, that is the outcome of each
 */
export function openGroupQueue<Item, Result>(
  limit: number,
  work: (group: Item[]) => Promise<PromiseSettledResult<Result>[]>,
  gather?: () => Promise<unknown>,
): GroupQueue<Item, Result> {
  let waiting: Waiting<Item, Result>[] = []
  let pending = 0
  let running: Promise<void> | null = null

  async function drain(): Promise<void> {
    while (waiting.length) {
      // Even without `gather` this lets what is added in the same turn come together.
      await gather?.()
      const group = takeGroup(waiting, limit)
      waiting = waiting.slice(group.length)
      const outcomes = group.length ? await outcomesOf(group) : []
      settle(group, (w, i) => {
        const outcome = outcomes[i]!
        if (outcome.status === 'fulfilled') w.resolve(outcome.value)
        else w.reject(outcome.reason)
      })
    }
    running = null
  }

  async function outcomesOf(group: Waiting<Item, Result>[]): Promise<PromiseSettledResult<Result>[]> {
    try {
      return await work(group.map(w => w.item))
    } catch (reason) {
      return group.map(() => ({ status: 'rejected', reason }))
    }
  }

  function settle(group: Waiting<Item, Result>[], end: (w: Waiting<Item, Result>, i: number) => void): void {
    for (const [i, w] of group.entries()) {
      pending -= w.size
      end(w, i)
    }
  }

  return {
    add(item, size) {
      pending += size
      return new Promise((resolve, reject) => {
        waiting.push({ item, size, resolve, reject })
        // Whatever is added while a group is worked on waits together and is the next group.
        running ??= drain()
      })
    },
    pending: () => pending,
    resolveWaiting: result => settle(waiting.splice(0), w => w.resolve(result)),
    rejectWaiting: error => settle(waiting.splice(0), w => w.reject(error)),
    idle: async () => void (await running),
  }
}

function takeGroup<T extends { size: number }>(waiting: readonly T[], limit: number): T[] {
  let sum = 0
  const over = waiting.findIndex(w => (sum += w.size) > limit)
  return over === -1 ? [...waiting] : waiting.slice(0, Math.max(1, over))
}
