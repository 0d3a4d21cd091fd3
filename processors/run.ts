import { setTimeout as wait } from 'node:timers/promises'
import type { Config } from '../infra/config.ts'
import { lagOf, type Consumption, type Delivered, type EventLog } from '../infra/log/event-log.ts'
import { PROCESSORS_GROUP, type Topic } from '../infra/log/topics.ts'
import { asStored } from '../infra/vocabulary/as-stored.ts'
import { NO_VOCABULARY, type Vocabulary } from '../infra/vocabulary/vocabulary.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { DeadLetterEntry, type DeadLetter } from '../schemas/dead-letter.ts'
import { LearningRecord } from '../schemas/record.ts'
import { RosterEntry } from '../schemas/roster.ts'
import { ScoreEntry } from '../schemas/score.ts'
import { SurveyEntry } from '../schemas/survey.ts'
import { localTime } from './local-time.ts'
import { parseEntries } from './parse-entries.ts'
import { Recompute } from './recompute.ts'
import { storeDeadLetters } from './store-dead-letters.ts'
import { storeIdentities } from './store-identities.ts'
import { storeRosters } from './store-rosters.ts'
import { storeScores } from './store-scores.ts'
import { storeSurveys } from './store-surveys.ts'
import { prepareRecords, storeRecords, type Stored } from './store.ts'
import { dropClearedHours, pendingWeeks } from './touched.ts'

export const PROCESSED_TOPICS = [
  'identities',
  'rosters',
  'records',
  'surveys',
  'scores',
  'dead-letters',
] as const satisfies readonly Topic[]

/** While caught up a store waits this long after it began, so that what arrives meanwhile is stored together. */
const STORE_EVERY_MS = 300
const RECOMPUTE_EVERY_MS = 500
/** While behind, recomputing waits for more: the same weeks would be computed again and again. */
const RECOMPUTE_BEHIND_EVERY_MS = 10_000
const MAX_RECORDS = 40_000
/** While one chunk is being stored the next is made ready. */
const CHUNK = 10_000
/** A batch of this size means that more is waiting. */
const BEHIND_FROM = 5_000
const STILL_BEHIND_MS = 1500
const HOUR_MS = 3_600_000

export type ProcessorStats = {
  /** Counts since the start of this process. */
  stored: number
  duplicates: number
  conflicts: number
  unreadable: number
  recomputedWeeks: number
  /** Seconds of the last recomputation. */
  recomputeSeconds: number
  /** The last batch was so large that more is waiting. */
  behind: boolean
  /** Milliseconds since 1970. */
  lastBatchAt: number
}

export type ProcessorDeps = {
  log: EventLog
  warehouse: Warehouse
  config: Pick<Config, 'timeZone' | 'district'>
  /** The district's own lines; default: none. */
  vocabulary?: Vocabulary
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
export async function startProcessor(deps: ProcessorDeps): Promise<Processor> {
  const stats: ProcessorStats = {
    stored: 0,
    duplicates: 0,
    conflicts: 0,
    unreadable: 0,
    recomputedWeeks: 0,
    recomputeSeconds: 0,
    behind: false,
    lastBatchAt: 0,
  }
  const handlers = handlersOf(deps, stats)
  const consumptions: Consumption[] = []
  for (const topic of PROCESSED_TOPICS) {
    consumptions.push(
      await deps.log.consume({
        topic,
        group: PROCESSORS_GROUP,
        maxEntries: MAX_RECORDS,
        handle: handlers[topic],
        onError: deps.onError,
      }),
    )
  }
  const stopping = new AbortController()
  const recomputing = recomputeUntil(stopping.signal, deps, stats)
  return {
    stats: () => ({ ...stats }),
    stop: async () => {
      stopping.abort()
      await Promise.all(consumptions.map(consumption => consumption.stop()))
      await recomputing
    },
  }
}

/** True when everything in the log is stored and everything that it touched is recomputed. */
export async function isCaughtUp(log: EventLog, warehouse: Warehouse): Promise<boolean> {
  for (const topic of PROCESSED_TOPICS) {
    if (lagOf(await log.positions(topic, PROCESSORS_GROUP)) > 0) return false
  }
  return (await pendingWeeks(warehouse)).length === 0
}

type Handlers = Record<(typeof PROCESSED_TOPICS)[number], (batch: Delivered[]) => Promise<void>>

function handlersOf(
  { log, warehouse, config, vocabulary = NO_VOCABULARY, clock = () => new Date() }: ProcessorDeps,
  stats: ProcessorStats,
): Handlers {
  const local = localTime(config.timeZone)
  const bury = async (letters: readonly DeadLetter[]) => {
    if (letters.length > 0)
      await log.append(
        'dead-letters',
        letters.map(letter => ({ key: letter.id, value: JSON.stringify(letter) })),
      )
  }
  const settle = async (done: Stored) => {
    await bury(done.conflicts)
    stats.stored += done.stored
    stats.duplicates += done.duplicates
    stats.conflicts += done.conflicts.length
  }
  return {
    records: async batch => {
      const began = Date.now()
      stats.behind = batch.length >= BEHIND_FROM
      let storing: Promise<Stored> | null = null
      const chunk = Math.ceil(batch.length / Math.ceil(batch.length / CHUNK))
      for (let from = 0; from < batch.length; from += chunk) {
        const { good, bad } = parseEntries('records', batch.slice(from, from + chunk), LearningRecord, clock())
        const prepared = prepareRecords(
          good.map(placed => ({ ...placed, value: asStored(placed.value, vocabulary) })),
          local,
        )
        // A dead letter is durable before the offset that it explains is committed.
        await bury(bad)
        stats.unreadable += bad.length
        if (storing) await settle(await storing)
        storing = storeRecords(warehouse, prepared, local)
      }
      if (storing) await settle(await storing)
      stats.lastBatchAt = Date.now()
      if (!stats.behind) await wait(Math.max(0, STORE_EVERY_MS - (Date.now() - began)))
    },
    rosters: async batch => {
      const { good, bad } = parseEntries('rosters', batch, RosterEntry, clock())
      await storeRosters(
        warehouse,
        good.map(placed => placed.value),
      )
      await bury(bad)
      stats.unreadable += bad.length
    },
    scores: async batch => bury(await takeScores(batch, warehouse, clock(), stats)),
    surveys: async batch => {
      const { good, bad } = parseEntries('surveys', batch, SurveyEntry, clock())
      await storeSurveys(
        warehouse,
        good.map(placed => placed.value),
      )
      await bury(bad)
      stats.unreadable += bad.length
    },
    identities: async batch => {
      await storeIdentities(warehouse, batch, clock())
    },
    'dead-letters': async batch => {
      // One that cannot be read is not buried again: it would come back for ever.
      const { good, bad } = parseEntries('dead-letters', batch, DeadLetterEntry, clock())
      await storeDeadLetters(warehouse, [...good.map(placed => placed.value), ...bad])
      if (!stats.behind) await wait(STORE_EVERY_MS)
    },
  }
}

/** @returns a dead letter for each entry that does not fit this version's schema */
async function takeScores(
  batch: Delivered[],
  warehouse: Warehouse,
  now: Date,
  stats: ProcessorStats,
): Promise<DeadLetter[]> {
  const { good, bad } = parseEntries('scores', batch, ScoreEntry, now)
  const { stored, duplicates } = await storeScores(warehouse, good)
  stats.stored += stored
  stats.duplicates += duplicates
  stats.unreadable += bad.length
  return bad
}

async function recomputeUntil(
  signal: AbortSignal,
  { warehouse, config, onError }: ProcessorDeps,
  stats: ProcessorStats,
): Promise<void> {
  const recompute = new Recompute(warehouse, config)
  let cleaned = Date.now()
  while (!signal.aborted) {
    const began = Date.now()
    try {
      const weeks = await recompute.run(() => signal.aborted)
      if (weeks > 0) stats.recomputeSeconds = (Date.now() - began) / 1000
      stats.recomputedWeeks += weeks
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

function isBehind(stats: ProcessorStats): boolean {
  return stats.behind && Date.now() - stats.lastBatchAt < STILL_BEHIND_MS
}
