import { setTimeout as wait } from 'node:timers/promises'
import { plannedRemovals } from '../../processors/retention.ts'
import { tidyStudies } from './research-tidy.ts'
import { applyRetention, policyOf } from './retention.ts'
import type { Runtime } from './runtime.ts'

const FIRST_AFTER_MS = 60_000
const EVERY_MS = 24 * 3_600_000

/**
 * End studies whose last day is over, and apply the policy if one is set: a minute after the start and every day, until the
 * signal is aborted.
 * @throws HomeroomError CONFIG_INVALID at once, if the policy cannot be understood
 */
export function retentionDaily(runtime: Runtime, signal: AbortSignal): Promise<void> {
  return daily(runtime, policyOf(runtime), signal)
}

async function daily(runtime: Runtime, policy: ReturnType<typeof policyOf>, signal: AbortSignal): Promise<void> {
  const { logger } = runtime
  for (let due = FIRST_AFTER_MS; await passed(due, signal); due = EVERY_MS) {
    const now = new Date()
    try {
      const ended = await tidyStudies(runtime, now)
      if (ended.length > 0) logger.info({ ended }, 'studies were over, and their extracts were deleted')
    } catch (error) {
      logger.warn({ err: error }, 'extracts of studies that are over were not deleted; it is tried again tomorrow')
    }
    if (policy === null) continue
    try {
      const removals = await plannedRemovals(runtime, policy, now)
      const { since } = await applyRetention(runtime, policy, removals, now)
      const rows = removals.reduce((sum, removal) => sum + removal.rows, 0)
      logger.info({ removals: removals.length, rows, keysSince: since }, 'retention was applied')
    } catch (error) {
      // The next day begins with what was left.
      logger.warn({ err: error }, 'retention was not applied; it is tried again tomorrow')
    }
  }
}

/** False: it was aborted before. */
const passed = (ms: number, signal: AbortSignal): Promise<boolean> =>
  wait(ms, true, { signal, ref: false }).catch(() => false)
