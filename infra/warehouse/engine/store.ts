import { exception, fromNative } from './exception.ts'
import type { Native, NativeResult } from './native.ts'
import { cancelled, inSession, runInSession, type Ask, type Classify, type Session, type Statement } from './session.ts'

/** The open data directory. Only this process may have it open; chdb holds a lock on it that dies with the process. */
export interface Store {
  /** True from `close` on: statements are refused or cancelled, and answers are not to be trusted. */
  readonly closing: boolean
  /** @throws Exception with ClickHouse's number; 394 if the signal was aborted, 236 when closing */
  run(statement: Statement, signal: AbortSignal): Promise<NativeResult>
  /** Several statements in one session; takes one place of those at once. */
  use<T>(session: Session, signal: AbortSignal, use: (ask: Ask, classify: Classify) => Promise<T>): Promise<T>
  /** Waits for running statements; those that still run after the grace period are cancelled. */
  close(grace_ms: number): Promise<void>
}

/**
 * Statements at once. libuv's pool has 16 threads (UV_THREADPOOL_SIZE in start-engine.ts); the rest is left to files,
 * compression and KILL QUERY, which must never wait behind the statement that it is to end.
 */
const AT_ONCE = 12

/** @throws Exception if it cannot be opened; chdb writes the reason (Code 76: another process has it) to standard error */
export function openStore(native: Native, directory: string, options: string[]): Store {
  const root = open(native, directory, options)
  const running = new Map<Promise<unknown>, AbortController>()
  const turns = takeTurns(AT_ONCE)
  let closing = false

  function inTurn<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    // Opening a session now would open the whole directory again.
    if (closing) return Promise.reject(exception(236, 'ABORTED', 'The engine is shutting down'))
    const stop = new AbortController()
    const either = AbortSignal.any([signal, stop.signal])
    const done = turns(() => {
      if (either.aborted) throw cancelled()
      return work(either)
    }).finally(() => running.delete(done))
    running.set(done, stop)
    return done
  }

  return {
    get closing() {
      return closing
    },
    run: (statement, signal) => inTurn(signal, either => runInSession(native, directory, statement, either)),
    use: (session, signal, use) => inTurn(signal, either => inSession(native, directory, session, either, use)),
    async close(grace_ms) {
      closing = true
      const late = setTimeout(() => running.forEach(stop => stop.abort()), grace_ms)
      await Promise.allSettled(running.keys())
      clearTimeout(late)
      native.CloseConnection(root)
    },
  }
}

function open(native: Native, directory: string, options: string[]) {
  try {
    return native.CreateConnection(directory, options)
  } catch (error) {
    throw fromNative(error)
  }
}

/** Runs what it is given, at most `atOnce` at a time, in the order in which it came. */
export function takeTurns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let free = atOnce
  return async work => {
    if (free > 0) free--
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
