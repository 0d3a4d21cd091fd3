import { z } from 'zod'
import { Day, Instant, Pseudonym } from './record.ts'

const Id = z.string().min(1).max(256)
const entry = {
  /** The source that delivered it, for example `map-growth`. */
  source: z.string().min(1).max(64),
  storedAt: Instant,
}

/** `assessment`: a test that many take on one scale, which growth is computed from; `grade`: a mark in a class. */
export const ScoreKind = z.enum(['assessment', 'grade'])
export type ScoreKind = z.infer<typeof ScoreKind>

/** One score of one sitting. The last stored entry with its id stands: a correction at the source replaces what it said. */
export const Score = z.strictObject({
  type: z.literal('score'),
  /** UUIDv5 of source and natural key, made under the pseudonym key. */
  id: z.guid(),
  ...entry,
  kind: ScoreKind,
  student: Pseudonym,
  /** Local date of the sitting. */
  date: Day,
  /** `map-growth`, `sat`; '' where `item` says it. */
  test: z.string().max(128),
  subject: z.string().max(128),
  /** When everybody takes it, `2025-2026 fall`; '' where `item` says it, or nobody does. */
  window: z.string().max(64),
  /** Grade in which it was taken, two digits where a number; '' = not said: one cohort for all. */
  grade: z.string().max(16),
  /** On the test's own scale; null where only a level is known. */
  score: z.number().nullable(),
  /** Conditional standard error of measurement, in points of the scale. */
  csem: z.number().positive().optional(),
  /** Rank among the test's norm group, 0..100. */
  percentile: z.number().min(0).max(100).optional(),
  /** Performance level or letter, as the source words it. */
  level: z.string().max(128).optional(),
  /** False: the source says that this sitting does not count (practice, invalidated, rushed). */
  counts: z.boolean(),
  /** School that the row itself names; the school of enrolment on `date` decides. */
  school: z.string().max(256).optional(),
  teacher: Pseudonym.optional(),
  /** OneRoster line item that was scored. */
  item: z.string().max(256).optional(),
  /** Scale of `level`, where it is another than the line item's. */
  scale: z.string().max(256).optional(),
  /** The list of its source that it stands in (`ScoreList`); '' = none. */
  list: z.string().max(512),
})
export type Score = z.infer<typeof Score>

/** The source takes a score back. */
export const Withdrawal = z.strictObject({ type: z.literal('withdrawal'), id: z.guid(), ...entry })

/**
 * A source gave a list of scores whole: what stands in the list and was stored before `since` is not in it any more. Says
 * nothing of what comes later, so that it may be read before, between or after the scores.
 */
export const ScoreList = z.strictObject({ type: z.literal('list'), id: z.string().max(512), ...entry, since: Instant })

const status = z.enum(['active', 'deleted'])

/** What is scored, where scores only refer to it: a OneRoster line item or assessment line item. */
export const ScoreItem = z.strictObject({
  type: z.literal('item'),
  id: Id,
  ...entry,
  status,
  kind: ScoreKind,
  title: z.string().max(256),
  category: z.string().max(256),
  class: z.string().max(256),
  /** Academic session. */
  period: z.string().max(256),
  scale: z.string().max(256),
  min: z.number().nullable(),
  max: z.number().nullable(),
})

/** A category of line items, or a scale that gives letters a number. */
export const ScoreTerm = z.strictObject({
  type: z.literal('term'),
  of: z.enum(['category', 'scale']),
  id: Id,
  ...entry,
  status,
  title: z.string().max(256),
  /** A scale's letters and what each is worth. */
  values: z.record(z.string().max(64), z.string().max(64)),
})

/** What the topic `scores` holds. */
export const ScoreEntry = z.discriminatedUnion('type', [Score, Withdrawal, ScoreList, ScoreItem, ScoreTerm])
export type ScoreEntry = z.infer<typeof ScoreEntry>

/** The key under which an entry is appended: entries about one thing stay in order. */
export function scoreKey(entry: ScoreEntry): string {
  if (entry.type === 'score' || entry.type === 'withdrawal') return entry.id
  return `${entry.type}|${entry.source}|${entry.id}`
}
