import { setTimeout as wait } from 'node:timers/promises'
import type { Config } from '../infra/config.ts'
import type { Erased } from '../infra/erased.ts'
import { lagOf, type Consumption, type EventLog } from '../infra/log/event-log.ts'
import { PROCESSORS_GROUP } from '../infra/log/topics.ts'
import type { Tracing } from '../infra/tracing/tracing.ts'
import type { Vocabulary } from '../infra/vocabulary/vocabulary.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { openAwaited, type Awaited } from './awaited.ts'
import { endedWindows } from './climate/ended-windows.ts'
import { percentilesOfCohorts } from './growth/percentile-workers.ts'
import { GrowthRecompute } from './growth/recompute-growth.ts'
import { MasteryRecompute } from './growth/recompute-mastery.ts'
import { handlersOf, MAX_RECORDS, PROCESSED_TOPICS } from './handlers.ts'
import { Recompute } from './recompute.ts'
import { Stages } from './stages.ts'
import { pendingScores } from './touched-scores.ts'
import { pendingSkills } from './touched-skills.ts'
import { isStageWaiting } from './touched-stages.ts'
import { dropClearedHours, pendingWeeks } from './touched.ts'

export { PROCESSED_TOPICS } from './handlers.ts'

const RECOMPUTE_EVERY_MS = 500
/** While behind, recomputing waits for more: the same weeks would be computed again and again. */
const RECOMPUTE_BEHIND_EVERY_MS = 10_000
const STILL_BEHIND_MS = 1500
const HOUR_MS = 3_600_000
/** One beside the thread that stores. */
const GROWTH_THREADS = 1
/**
 * What is computed beside the weeks rests as long as it took, and while records come in so many times as long, at most a minute:
 * late ones wake the same skills and weeks again and again. Where none comes any more there is nothing to leave the engine to.
 */
const RESTS_WHILE_STORING = 4
const REST_AT_MOST_MS = 60_000
const QUIET_MS = 5000
/** While so many weeks are recomputed at once a year is being loaded: what follows from weeks is computed once, after it. */
const MANY_WEEKS = 6

export type ProcessorStats = {
  /** Counts since the start of this process. */
  stored: number
  duplicates: number
  conflicts: number
  unreadable: number
  recomputedWeeks: number
  /** Seconds of the last recomputation. */
  recomputeSeconds: number
  /** Recomputations of weeks, and how long they took together. */
  recomputations: number
  recomputingSeconds: number
  /** Seconds from the acceptance of a record to the figures with it, of the oldest that the last recomputation included. */
  freshnessSeconds: number
  /** Tries that failed and were made again. */
  failures: number
  /** The last batch was so large that more is waiting. */
  behind: boolean
  /** Milliseconds since 1970. */
  lastBatchAt: number
}

export type ProcessorDeps = {
  log: EventLog
  warehouse: Warehouse
  /** `data`: where it is written down what this process dies of; not given: nowhere. */
  config: Pick<Config, 'timeZone' | 'district'> & Partial<Pick<Config, 'data'>>
  /** The district's own lines; default: none. */
  vocabulary?: Vocabulary
  /** Who was erased; default: asked of the warehouse. */
  erased?: Erased
  /** Where requests are traced: what is stored and computed belongs to their traces. Default: nothing is traced. */
  tracing?: Tracing | null
  /** Hears of every failed try; the same work is tried again. */
  onError: (error: unknown) => void
  clock?: () => Date
}

export type Processor = {
  stats: () => ProcessorStats
  /** Ends after the running store and recomputation. */
  stop: () => Promise<void>
}

/**
 * Consume, store, recompute until stopped.
 *
 * Every number is right after any number of repeats: offsets are committed after the events and the keys they touched are
 * stored, and a touched key is cleared after its indicators are.
 */
export async function startProcessor(given: ProcessorDeps): Promise<Processor> {
  const stats: ProcessorStats = {
    stored: 0,
    duplicates: 0,
    conflicts: 0,
    unreadable: 0,
    recomputedWeeks: 0,
    recomputeSeconds: 0,
    recomputations: 0,
    recomputingSeconds: 0,
    freshnessSeconds: 0,
    failures: 0,
    behind: false,
    lastBatchAt: 0,
  }
  const deps: ProcessorDeps = {
    ...given,
    onError: error => {
      stats.failures++
      given.onError(error)
    },
  }
  const awaited = openAwaited(deps.tracing ?? null)
  const handlers = handlersOf(deps, stats)
  const consumptions: Consumption[] = []
  for (const topic of PROCESSED_TOPICS) {
    consumptions.push(
      await deps.log.consume({
        topic,
        group: PROCESSORS_GROUP,
        maxEntries: MAX_RECORDS,
        handle: batch => awaited.storing(topic, batch, handlers[topic]),
        onError: deps.onError,
      }),
    )
  }
  const stopping = new AbortController()
  const load: Load = { weeksAtOnce: Number.POSITIVE_INFINITY }
  const recomputing = Promise.all([
    recomputeUntil(stopping.signal, deps, stats, { load, awaited }),
    recomputeGrowthUntil(stopping.signal, deps, stats, load),
  ])
  return {
    stats: () => ({ ...stats }),
    stop: async () => {
      stopping.abort()
      await Promise.all(consumptions.map(consumption => consumption.stop()))
      await recomputing
    },
  }
}

/** True when everything in the log is stored; what follows from it may still be computed. */
export async function isStored(log: EventLog): Promise<boolean> {
  for (const topic of PROCESSED_TOPICS) {
    if (lagOf(await log.positions(topic, PROCESSORS_GROUP)) > 0) return false
  }
  return true
}

/** True when everything in the log is stored and everything that it touched is recomputed. */
export async function isCaughtUp(log: EventLog, warehouse: Warehouse): Promise<boolean> {
  if (!(await isStored(log))) return false
  // Skills and stages last: a week hands its touches on to them.
  if ((await pendingWeeks(warehouse)).length > 0 || (await pendingScores(warehouse)).touches.length > 0) return false
  return (await pendingSkills(warehouse)).touches.length === 0 && !(await isStageWaiting(warehouse))
}

/** Weeks of the last recomputation: 0 if nothing waited. */
type Load = { weeksAtOnce: number }

async function recomputeUntil(
  signal: AbortSignal,
  { warehouse, config, onError }: ProcessorDeps,
  stats: ProcessorStats,
  { load, awaited }: { load: Load; awaited: Awaited },
): Promise<void> {
  const recompute = new Recompute(warehouse, config)
  let cleaned = Date.now()
  while (!signal.aborted) {
    const began = Date.now()
    try {
      const freshness = await awaited.recomputing(async () => {
        load.weeksAtOnce = await recompute.run(() => signal.aborted)
        return !signal.aborted
      })
      noteRecomputed(stats, load.weeksAtOnce, (Date.now() - began) / 1000, freshness)
      if (Date.now() - cleaned > HOUR_MS) {
        await dropClearedHours(warehouse)
        cleaned = Date.now()
      }
    } catch (error) {
      onError(error)
    }
    // A long recomputation leaves the engine to the others for a while.
    const due = Math.max(RECOMPUTE_EVERY_MS, Math.min((Date.now() - began) / 2, RECOMPUTE_BEHIND_EVERY_MS / 2))
    await wait(due, undefined, { signal }).catch(() => undefined)
    while (!signal.aborted && isBehind(stats) && Date.now() - began < RECOMPUTE_BEHIND_EVERY_MS) {
      await wait(RECOMPUTE_EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
  }
}

function noteRecomputed(stats: ProcessorStats, weeks: number, seconds: number, freshness: number | null): void {
  if (weeks > 0) {
    stats.recomputeSeconds = seconds
    stats.recomputations++
    stats.recomputingSeconds += seconds
  }
  stats.recomputedWeeks += weeks
  if (freshness !== null) stats.freshnessSeconds = freshness
}

/**
 * Growth, skills and the stages are computed beside the weeks: a fit takes seconds, which no week waits for.
 */
async function recomputeGrowthUntil(
  signal: AbortSignal,
  { warehouse, config, log, clock, onError }: ProcessorDeps,
  stats: ProcessorStats,
  load: Load,
): Promise<void> {
  const growth = new GrowthRecompute(warehouse, config, cohorts =>
    percentilesOfCohorts(cohorts, { keepAll: true, threads: GROWTH_THREADS }),
  )
  const mastery = new MasteryRecompute(warehouse, config)
  const timed = { warehouse, config, ...(clock && { clock }) }
  const stages = new Stages({ ...timed, log })
  const windows = { run: endedWindows(timed) }
  while (!signal.aborted) {
    while (!signal.aborted && isLoading(stats, load))
      await wait(RECOMPUTE_EVERY_MS, undefined, { signal }).catch(() => undefined)
    const began = Date.now()
    for (const one of [windows, stages, mastery, growth]) {
      try {
        await one.run(() => signal.aborted)
      } catch (error) {
        onError(error)
      }
    }
    const took_ms = Date.now() - began
    const rested = (): boolean => {
      if (Date.now() - stats.lastBatchAt > QUIET_MS) return true
      const rests = isStoring(stats) ? RESTS_WHILE_STORING : 1
      return Date.now() - began - took_ms >= Math.min(rests * took_ms, REST_AT_MOST_MS)
    }
    do await wait(RECOMPUTE_EVERY_MS, undefined, { signal }).catch(() => undefined)
    while (!signal.aborted && !rested())
  }
}

function isLoading(stats: ProcessorStats, { weeksAtOnce }: Load): boolean {
  return isBehind(stats) || weeksAtOnce > MANY_WEEKS
}

function isStoring(stats: ProcessorStats): boolean {
  return Date.now() - stats.lastBatchAt < STILL_BEHIND_MS
}

function isBehind(stats: ProcessorStats): boolean {
  return stats.behind && isStoring(stats)
}
