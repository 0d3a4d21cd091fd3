import type { RootDatabase } from 'lmdb'
import { HomeroomError } from '../errors.ts'
import { closedError } from './log-errors.ts'

/** All writes of one process, in order, as few synced transactions as possible. */
export type Writer = {
  /**
   * Run `change` inside a write transaction; resolves with its result after the transaction is synced to disk.
   * @param bytes what the change keeps in memory until then
   * @throws HomeroomError LOG_UNAVAILABLE if the change may not be durable
   */
  write<T>(change: () => T, bytes: number): Promise<T>
  /** Bytes of the changes that are not synced yet. */
  pendingBytes(): number
  /** Refuses further changes and resolves when those before are synced or rejected. */
  close(): Promise<void>
}

type Waiting = {
  change: () => unknown
  bytes: number
  resolve: (result: never) => void
  reject: (error: unknown) => void
}

/** A transaction is copied on the main thread: this much takes a few milliseconds. */
const TRANSACTION_BYTES = 16 * 1024 * 1024

export function openWriter(root: RootDatabase): Writer {
  let waiting: Waiting[] = []
  let pending = 0
  let closed = false
  let running: Promise<void> | null = null

  async function drain(): Promise<void> {
    while (waiting.length) {
      const group = takeGroup(waiting)
      waiting = waiting.slice(group.length)
      await commit(root, group)
      for (const { bytes } of group) pending -= bytes
    }
    running = null
  }

  return {
    write<T>(change: () => T, bytes: number): Promise<T> {
      if (closed) return Promise.reject(closedError())
      pending += bytes
      return new Promise<T>((resolve, reject) => {
        waiting.push({ change, bytes, resolve, reject })
        // Whatever arrives while a transaction is being synced waits together and shares the next sync.
        running ??= drain()
      })
    },
    pendingBytes: () => pending,
    async close() {
      closed = true
      await running
    },
  }
}

function takeGroup(waiting: readonly Waiting[]): Waiting[] {
  let bytes = 0
  const over = waiting.findIndex(w => (bytes += w.bytes) > TRANSACTION_BYTES)
  return over === -1 ? [...waiting] : waiting.slice(0, Math.max(1, over))
}

async function commit(root: RootDatabase, group: readonly Waiting[]): Promise<void> {
  let outcomes: PromiseSettledResult<unknown>[]
  try {
    // One change that throws is undone by nobody: changes move the ends last, so that it leaves nothing to be read.
    outcomes = await root.transaction(() => group.map(({ change }) => settle(change)))
  } catch (cause) {
    const error = failed(cause)
    for (const { reject } of group) reject(error)
    return
  }
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') group[i]!.resolve(outcome.value as never)
    else group[i]!.reject(failed(outcome.reason))
  }
}

function settle(change: () => unknown): PromiseSettledResult<unknown> {
  try {
    return { status: 'fulfilled', value: change() }
  } catch (reason) {
    return { status: 'rejected', reason }
  }
}

function failed(cause: unknown): HomeroomError {
  if (cause instanceof HomeroomError) return cause
  return new HomeroomError(
    'LOG_UNAVAILABLE',
    `the embedded log refused a write: ${String(cause)}. It may not be stored`,
    {
      cause,
    },
  )
}
