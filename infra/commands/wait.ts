import { setTimeout as sleep } from 'node:timers/promises'
import { isCaughtUp } from '../../processors/run.ts'
import type { Runtime } from './runtime.ts'

const LOOK_EVERY_MS = 250

/**
 * Resolves when all that the log holds is stored and recomputed.
 *
 * @param onWaiting called between looks
 */
export async function untilCaughtUp(
  { log, warehouse }: Pick<Runtime, 'log' | 'warehouse'>,
  onWaiting: () => void = () => undefined,
): Promise<void> {
  while (!(await isCaughtUp(log, warehouse))) {
    onWaiting()
    await sleep(LOOK_EVERY_MS)
  }
}
