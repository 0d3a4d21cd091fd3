import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { HomeroomError } from '../../errors.ts'
import type { EngineAddress } from './lock-file.ts'
import type { Order, Report } from './main.ts'

/** An engine that this process started, and starts again should it die. */
export interface Engine {
  readonly address: EngineAddress
  readonly pid: number
  /** False after `stop`, after too many deaths in a row, or when another process serves the data directory meanwhile. */
  readonly supervised: boolean
  /** Why the engine ended last, if it did. */
  readonly trouble: string | null
  /** Lets running statements end, then closes the data directory. */
  stop(): Promise<void>
}

const READY_WITHIN_MS = 60_000
const RESTARTS = 5
const RESTARTS_WITHIN_MS = 60_000
/** Longer than main.ts takes for an orderly end: such a process is stopped, or its machine hangs. */
const STUCK_MS = 30_000
const STDERR_KEPT = 4000
const LOCKED = /Code: 76\b.*Cannot lock file/

/**
 * Starts the embedded ClickHouse on `<data>/engine` in a child process, and again should it die.
 *
 * @param wanted address to serve at if it is free: that of the engine before
 * @param onDeath told each time the engine ended by itself
 * @returns null if another process serves this data directory
 * @throws HomeroomError ENGINE_UNSUPPORTED where chdb has no engine for the platform, WAREHOUSE_UNAVAILABLE if it does not start
 */
export async function startEngine(
  data: string,
  wanted: EngineAddress | null,
  onDeath?: (reason: string) => void,
): Promise<Engine | null> {
  const first = await launch(data, wanted)
  if (!first) return null
  let current = first
  let supervised = true
  let trouble: string | null = null
  let reviving: Promise<void> = Promise.resolve()
  const deaths: number[] = []

  const revive = async (code: number | null, signal: NodeJS.Signals | null): Promise<void> => {
    if (!supervised) return
    trouble =
      `the engine process ${current.child.pid} ended by ${signal ?? `exit code ${code}`}. ${current.stderr()}`.trim()
    onDeath?.(trouble)
    const now = Date.now()
    deaths.push(now)
    const recent = deaths.filter(at => now - at < RESTARTS_WITHIN_MS).length
    const next = recent > RESTARTS ? null : await launch(data, current.address)
    if (!next) supervised = false
    else if (supervised) watch(next)
    else await end(next.child)
  }
  const watch = (running: Running) => {
    current = running
    running.child.once('exit', (code, signal) => {
      reviving = revive(code, signal).catch((error: unknown) => {
        supervised = false
        trouble = (error as Error).message
      })
    })
  }
  watch(first)
  return {
    get address() {
      return current.address
    },
    get pid() {
      return current.child.pid!
    },
    get supervised() {
      return supervised
    },
    get trouble() {
      return trouble
    },
    async stop() {
      supervised = false
      await reviving
      await end(current.child)
    },
  }
}

type Running = { child: ChildProcess; address: EngineAddress; stderr: () => string }

async function launch(data: string, wanted: EngineAddress | null): Promise<Running | null> {
  const child = fork(new URL('./main.ts', import.meta.url), [], {
    // A clean environment: SQL can read the environment of its process, and no secret belongs there.
    env: { TZ: 'UTC', UV_THREADPOOL_SIZE: '16' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let stderr = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT)
  })
  child.on('error', error => {
    stderr = `${stderr} ${error.message}`
  })
  // Later than its exit: everything it wrote has been read.
  const closed = new Promise(resolve => child.once('close', resolve))
  const order: Order = { data, wanted }
  child.send(order)
  const report = await reportOf(child)
  if (report.state === 'ready') {
    // Nobody waits for the engine to end: a process that forgets to close still exits, and the engine with it.
    child.unref()
    child.channel?.unref()
    ;(child.stderr as unknown as { unref(): void }).unref()
    return { child, address: report.address, stderr: () => stderr.trim() }
  }
  await end(child)
  await closed
  // chdb keeps the reason of a refused connection to itself and writes it to standard error.
  if (LOCKED.test(stderr)) return null
  if (report.state === 'unsupported') {
    throw new HomeroomError(
      'ENGINE_UNSUPPORTED',
      `the embedded ClickHouse does not run on ${process.platform} ${process.arch}: ${report.reason}`,
    )
  }
  throw new HomeroomError(
    'WAREHOUSE_UNAVAILABLE',
    `the embedded ClickHouse did not start on ${data}: ${report.reason} ${stderr}`.trim(),
  )
}

async function reportOf(child: ChildProcess): Promise<Report> {
  const ended = new AbortController()
  try {
    return await Promise.race([
      once(child, 'message', { signal: ended.signal }).then(([message]) => message as Report),
      once(child, 'exit', { signal: ended.signal }).then(([code, signal]): Report => ({
        state: 'failed',
        reason: `it ended by ${signal ?? `exit code ${code}`}`,
      })),
      delay(READY_WITHIN_MS, undefined, { signal: ended.signal }).then((): Report => ({
        state: 'failed',
        reason: `no answer within ${READY_WITHIN_MS / 1000} s`,
      })),
    ])
  } catch (error) {
    return { state: 'failed', reason: (error as Error).message }
  } finally {
    ended.abort()
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.ref()
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), STUCK_MS)
  await exit
  clearTimeout(late)
}
