import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '../config.ts'
import type { ProcessorStats } from '../../processors/run.ts'
import type { Runtime } from './runtime.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const RESTART_AFTER_MS = 1000

export type SupervisedProcessor = {
  /** What the child said last; null before its first word and after its end. */
  stats: () => ProcessorStats | null
  /** Ends the child in its own time: after the running store. */
  stop: () => Promise<void>
}

/**
 * The processors in a process of their own: storing and encoding never hold up a request, and a processor that dies is
 * started again and goes on where its offsets are.
 */
export function superviseProcessor({ config, logger }: Pick<Runtime, 'config' | 'logger'>): SupervisedProcessor {
  let stats: ProcessorStats | null = null
  let stopping = false
  let child: ChildProcess
  const start = () => {
    child = fork(MAIN, ['process'], {
      execArgv: [],
      env: childEnvironment(config),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    child.on('message', (message: { type: string; stats: ProcessorStats }) => {
      if (message.type === 'stats') stats = message.stats
    })
    child.on('exit', (code, signal) => {
      // What it said last stands no longer, nor does a word that is still on its way.
      child.removeAllListeners('message')
      stats = null
      if (stopping) return
      logger.error({ code, signal }, 'the processor ended; it is started again')
      void sleep(RESTART_AFTER_MS).then(() => (stopping ? undefined : start()))
    })
  }
  start()
  return {
    stats: () => stats,
    stop: async () => {
      stopping = true
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}
