import { setTimeout as sleep } from 'node:timers/promises'
import { isCaughtUp, PROCESSED_TOPICS } from '../../processors/run.ts'
import { weeksWaiting } from '../../processors/touched-stages.ts'
import { lagOf } from '../log/event-log.ts'
import { PROCESSORS_GROUP } from '../log/topics.ts'
import { HomeroomError } from '../errors.ts'
import { progress, type Progress } from './progress.ts'
import type { Runtime } from './runtime.ts'

const LOOK_EVERY_MS = 250
const SILENT_MS = 2000
/** Without a single message stored: nobody is at it. */
const PATIENCE_MS = 60_000

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
      const weeks = await weeksWaiting(runtime.warehouse)
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

/**
 * Resolves when the warehouse has everything that is in the log now.
 * @param consequence what was not done for that reason: `Nothing was redriven`
 * @throws HomeroomError WAREHOUSE_UNAVAILABLE if nobody stores it
 */
export async function untilStored({ log }: Pick<Waiting, 'log'>, consequence: string): Promise<void> {
  const ends = await endsOf(log)
  let least = Infinity
  let since = Date.now()
  for (let waiting = await messagesBefore(log, ends); waiting > 0; waiting = await messagesBefore(log, ends)) {
    if (waiting < least) [least, since] = [waiting, Date.now()]
    if (Date.now() - since > PATIENCE_MS)
      throw new HomeroomError(
        'WAREHOUSE_UNAVAILABLE',
        `${waiting} messages of the log are not stored, and none was for ${PATIENCE_MS / 1000} s: the processors do not run. ${consequence}; start homeroom all, or homeroom process`,
      )
    await sleep(LOOK_EVERY_MS)
  }
}

async function endsOf(log: Runtime['log']): Promise<Map<string, number>> {
  const ends = new Map<string, number>()
  for (const topic of PROCESSED_TOPICS)
    for (const { partition, end } of await log.positions(topic, PROCESSORS_GROUP))
      ends.set(`${topic}|${partition}`, end)
  return ends
}

async function messagesBefore(log: Runtime['log'], ends: ReadonlyMap<string, number>): Promise<number> {
  let waiting = 0
  for (const topic of PROCESSED_TOPICS)
    for (const { partition, committed } of await log.positions(topic, PROCESSORS_GROUP))
      waiting += Math.max(0, ends.get(`${topic}|${partition}`)! - committed)
  return waiting
}
