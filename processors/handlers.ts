import { setTimeout as wait } from 'node:timers/promises'
import type { z } from 'zod'
import { Erased } from '../infra/erased.ts'
import { HomeroomError } from '../infra/errors.ts'
import type { Delivered } from '../infra/log/event-log.ts'
import type { Topic } from '../infra/log/topics.ts'
import { asStored } from '../infra/vocabulary/as-stored.ts'
import { NO_VOCABULARY } from '../infra/vocabulary/vocabulary.ts'
import { ActionEntry } from '../schemas/action.ts'
import { AuditEntry } from '../schemas/audit.ts'
import { DeadLetterEntry, type DeadLetter } from '../schemas/dead-letter.ts'
import { PlanEntry } from '../schemas/plan.ts'
import { LearningRecord } from '../schemas/record.ts'
import { RosterEntry } from '../schemas/roster.ts'
import { ScoreEntry } from '../schemas/score.ts'
import { SurveyEntry } from '../schemas/survey.ts'
import { touchMarks } from './alarms/touched-marks.ts'
import { withoutErased } from './erased-entries.ts'
import { localTime } from './local-time.ts'
import { parseEntries, type Placed } from './parse-entries.ts'
import { openDeaths } from './poison-deaths.ts'
import { isolating } from './poison.ts'
import type { ProcessorDeps, ProcessorStats } from './run.ts'
import { storeActions } from './store-actions.ts'
import { storeAudit } from './store-audit.ts'
import { storeDeadLetters } from './store-dead-letters.ts'
import { identitiesOfOthers, storeErasures } from './store-erasures.ts'
import { storeIdentities } from './store-identities.ts'
import { storePlans } from './store-plans.ts'
import { storeRosters } from './store-rosters.ts'
import { storeScores } from './store-scores.ts'
import { storeSurveys } from './store-surveys.ts'
import { prepareRecords, storeRecords, type Stored } from './store.ts'

export const PROCESSED_TOPICS = [
  'identities',
  'rosters',
  'records',
  'surveys',
  'scores',
  'plans',
  'actions',
  'audit',
  'dead-letters',
] as const satisfies readonly Topic[]
type ProcessedTopic = (typeof PROCESSED_TOPICS)[number]

/** Entries handed over at once. */
export const MAX_RECORDS = 40_000
/** While caught up a store waits this long after it began, so that what arrives meanwhile is stored together. */
const STORE_EVERY_MS = 300
/** Topics of which entry after entry comes in while people read and work. */
const TOGETHER: ReadonlySet<ProcessedTopic> = new Set(['records', 'audit', 'dead-letters'])
/** While one chunk is being stored the next is made ready. */
const CHUNK = 10_000
/** A batch of this size means that more is waiting. */
const BEHIND_FROM = 5_000

/** What is done with the entries of each topic. Each is stored when its promise resolves, and may be repeated. */
export type Handlers = Record<ProcessedTopic, (batch: Delivered[]) => Promise<void>>

export function handlersOf(deps: ProcessorDeps, stats: ProcessorStats): Handlers {
  const { warehouse, log, erased = new Erased(warehouse), clock = () => new Date() } = deps
  const bury = burierOf(deps)
  const local = localTime(deps.config.timeZone)
  /** Entries that fit this version's schema are stored, a dead letter tells of each other one. */
  const stored =
    <T>(topic: ProcessedTopic, schema: z.ZodType<T>, store: (good: Placed<T>[]) => Promise<void>) =>
    async (batch: Delivered[]): Promise<void> => {
      const { good, bad } = parseEntries(topic, batch, schema, clock())
      await store(good)
      await bury(bad)
      stats.unreadable += bad.length
    }
  const handlers: Handlers = {
    records: recordsHandler(deps, stats, bury),
    rosters: stored('rosters', RosterEntry, good => storeRosters(warehouse, valuesOf(good))),
    surveys: stored('surveys', SurveyEntry, good => storeSurveys(warehouse, valuesOf(good))),
    scores: stored('scores', ScoreEntry, async good => {
      const done = await storeScores(warehouse, good)
      await touchMarks(warehouse, valuesOf(good))
      stats.stored += done.stored
      stats.duplicates += done.duplicates
    }),
    audit: stored('audit', AuditEntry, good => storeAudit(warehouse, valuesOf(good))),
    plans: stored('plans', PlanEntry, async good => {
      const done = await storePlans(warehouse, good)
      stats.stored += done.stored
      stats.duplicates += done.duplicates
    }),
    actions: stored('actions', ActionEntry, good => storeActions(warehouse, valuesOf(good), local)),
    identities: async batch => {
      await storeErasures(warehouse, batch, erased)
      const { kept, tombstones } = identitiesOfOthers(batch, erased)
      await log.append('identities', tombstones)
      await storeIdentities(warehouse, kept, clock())
    },
    'dead-letters': async batch => {
      // One that cannot be read is not buried again: it would come back for ever.
      const { good, bad } = parseEntries('dead-letters', batch, DeadLetterEntry, clock())
      await storeDeadLetters(warehouse, [...valuesOf(good), ...bad])
    },
  }
  const deaths = deps.config.data === undefined ? null : openDeaths(deps.config.data)
  return Object.fromEntries(
    (Object.entries(handlers) as [ProcessedTopic, Handlers[ProcessedTopic]][]).map(([topic, handle]) => {
      const handleOthers = (batch: Delivered[]) => handle(withoutErased(topic, batch, erased))
      // A letter on a letter would come back as the next one, for ever.
      const isolated = isolating(topic, handleOthers, topic === 'dead-letters' ? teller(deps) : bury, deaths, clock)
      return [
        topic,
        async (batch: Delivered[]) => {
          const began = Date.now()
          if (topic === 'records') stats.behind = batch.length >= BEHIND_FROM
          // Asked before each batch: what is stored of it knows of every erasure of a moment ago.
          await erased.fresh()
          stats.unreadable += (await isolated(batch)).buried
          if (TOGETHER.has(topic) && (topic === 'audit' || !stats.behind))
            await wait(Math.max(0, STORE_EVERY_MS - (Date.now() - began)))
        },
      ]
    }),
  ) as Handlers
}

type Bury = (letters: readonly DeadLetter[]) => Promise<void>

function burierOf({ log }: ProcessorDeps): Bury {
  return async letters => {
    if (letters.length === 0) return
    await log.append(
      'dead-letters',
      letters.map(letter => ({ key: letter.id, value: JSON.stringify(letter) })),
    )
  }
}

/** For what cannot be buried: whoever runs this hears of it, and it stays in the log. */
function teller({ onError }: ProcessorDeps): Bury {
  return async letters => {
    for (const { place, reason } of letters)
      onError(new HomeroomError('RECORD_POISON', `the dead letter at ${place} is not listed: ${reason}`))
  }
}

function recordsHandler(deps: ProcessorDeps, stats: ProcessorStats, bury: Bury): Handlers['records'] {
  const { warehouse, config, vocabulary = NO_VOCABULARY, clock = () => new Date() } = deps
  const local = localTime(config.timeZone)
  const settle = async (done: Stored): Promise<void> => {
    await bury(done.conflicts)
    stats.stored += done.stored
    stats.duplicates += done.duplicates
    stats.conflicts += done.conflicts.length
  }
  return async batch => {
    let storing: Promise<Stored> | null = null
    const chunk = Math.ceil(batch.length / Math.ceil(batch.length / CHUNK))
    try {
      for (let from = 0; from < batch.length; from += chunk) {
        const { good, bad } = parseEntries('records', batch.slice(from, from + chunk), LearningRecord, clock())
        const mapped = good.map(placed => ({ ...placed, value: asStored(placed.value, vocabulary) }))
        const prepared = prepareRecords(mapped, local)
        // A dead letter is durable before the offset that it explains is committed.
        await bury(bad)
        stats.unreadable += bad.length
        if (storing) await settle(await storing)
        storing = storeRecords(warehouse, prepared, local)
      }
      if (storing) await settle(await storing)
    } finally {
      // What was begun ends before the same entries are tried again, in smaller pieces.
      await Promise.allSettled([storing])
    }
    stats.lastBatchAt = Date.now()
  }
}

const valuesOf = <T>(placed: readonly Placed<T>[]): T[] => placed.map(({ value }) => value)
