import { HomeroomError } from '../errors.ts'
import { openGroupQueue } from './group-queue.ts'
import { follow, isMoving } from './lmdb-moves.ts'
import type { Store } from './lmdb-store.ts'
import { closedError } from './log-errors.ts'

/** All writes of one process, in order, in as few synced transactions as possible. */
export type Writer = {
  /**
   * Run `change` inside a write transaction; resolves with its result after the transaction is synced to disk.
   * @param bytes what the change keeps in memory until then
   * @throws HomeroomError LOG_UNAVAILABLE if the change may not be durable; a HomeroomError that `change` throws as it is
   */
  write<T>(change: () => T, bytes: number): Promise<T>
  /** Bytes of the changes that are not synced yet. */
  pendingBytes(): number
  /** Refuses further changes and resolves when those before are synced or rejected. */
  close(): Promise<void>
}

/** A transaction is copied on the main thread: this much takes a few milliseconds. */
const TRANSACTION_BYTES = 16 * 1024 * 1024

export function openWriter(store: Store): Writer {
  let closed = false
  const queue = openGroupQueue<() => unknown, unknown>(TRANSACTION_BYTES, async changes => {
    try {
      for (;;) {
        // A change that throws is not undone: changes move the ends last, so that it leaves nothing to be read.
        const outcomes = await store.root.transaction(() => (isMoving(store) ? null : changes.map(outcomeOf)))
        if (outcomes !== null) return outcomes
        await follow(store)
      }
    } catch (cause) {
      throw failed(cause)
    }
  })
  return {
    write<T>(change: () => T, bytes: number): Promise<T> {
      return closed ? Promise.reject(closedError()) : (queue.add(change, bytes) as Promise<T>)
    },
    pendingBytes: () => queue.pending(),
    close() {
      closed = true
      return queue.idle()
    },
  }
}

function outcomeOf(change: () => unknown): PromiseSettledResult<unknown> {
  try {
    return { status: 'fulfilled', value: change() }
  } catch (cause) {
    return { status: 'rejected', reason: failed(cause) }
  }
}

function failed(cause: unknown): HomeroomError {
  if (cause instanceof HomeroomError) return cause
  const what = `the embedded log refused a write: ${String(cause)}. It may not be stored`
  return new HomeroomError('LOG_UNAVAILABLE', what, { cause })
}
