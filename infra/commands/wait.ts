import { setTimeout as sleep } from 'node:timers/promises'
import { isCaughtUp, PROCESSED_TOPICS } from '../../processors/run.ts'
import { pendingWeeks } from '../../processors/touched.ts'
import { lagOf } from '../log/event-log.ts'
import { PROCESSORS_GROUP } from '../log/topics.ts'
import { progress, type Progress } from './progress.ts'
import type { Runtime } from './runtime.ts'

const LOOK_EVERY_MS = 250
const SILENT_MS = 2000

type Waiting = Pick<Runtime, 'log' | 'warehouse'>

/**
 * Resolves when all that the log holds is stored and recomputed. What takes longer than two seconds says how far it is.
 *
 * @param onWaiting called between looks, instead of the progress of its own
 */
export async function untilCaughtUp(runtime: Waiting, onWaiting?: () => void): Promise<void> {
  const began = Date.now()
  let shown: Progress | null = null
  while (!(await isCaughtUp(runtime.log, runtime.warehouse))) {
    if (onWaiting) onWaiting()
    else if (Date.now() - began > SILENT_MS) {
      shown ??= progress('Waiting for the processors', 0)
      const weeks = (await pendingWeeks(runtime.warehouse)).length
      shown.update(await messagesWaiting(runtime.log), `messages of the log to store, ${weeks} weeks to recompute`)
    }
    await sleep(LOOK_EVERY_MS)
  }
  shown?.end('done')
}

/** Stored messages of the log that wait for the processors. */
export async function messagesWaiting(log: Runtime['log']): Promise<number> {
  let waiting = 0
  for (const topic of PROCESSED_TOPICS) waiting += lagOf(await log.positions(topic, PROCESSORS_GROUP))
  return waiting
}
