import type { IsErased } from '../infra/erased.ts'
import type { Delivered } from '../infra/log/event-log.ts'
import type { Topic } from '../infra/log/topics.ts'
import type { Conversation, ConversationTakenBack } from '../schemas/conversation.ts'
import { ERASED } from '../schemas/erasure.ts'
import type { LearningRecord } from '../schemas/record.ts'
import type { Json } from '../schemas/json.ts'

/** Fields that say whose an entry is, in the topics other than `records`. */
const OWNERS = ['id', 'person', 'student', 'respondent'] as const
const PSEUDONYM = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g

/**
 * What is left of a batch when the entries of erased people are passed over, and what others' entries say of them is said
 * of nobody (`ERASED`). The log's own entries are the same however it is asked: what is stored does not depend on when.
 */
export function withoutErased(topic: Topic, batch: Delivered[], erased: IsErased): Delivered[] {
  if (erased.isEmpty) return batch
  return batch.flatMap(entry => {
    const value = entry.value === null ? null : entryWithoutErased(topic, entry.value, erased)
    if (value === entry.value) return [entry]
    return value === null ? [] : [{ ...entry, value }]
  })
}

/** @returns the same text if it names nobody who was erased; null if it is an erased person's own */
export function entryWithoutErased(topic: Topic, text: string, erased: IsErased): string | null {
  if (topic === 'dead-letters') return letterWithoutErased(text, erased)
  if (topic === 'identities') return text
  const isNamed = text.match(PSEUDONYM)?.some(found => erased.has(found)) ?? false
  if (!isNamed) return text
  const entry = JSON.parse(text) as Json
  const kept = text.replace(PSEUDONYM, found => (erased.has(found) ? ERASED : found))
  if (topic === 'records') return recordWithoutErased(entry as LearningRecord, kept, erased)
  if (CONVERSATIONS.has(entry.type)) return conversationWithoutErased(entry as Conversation, kept, erased)
  // "This identifier is that erased person" stays where the identifier is also somebody else's: it remains contested.
  const owners = entry.type === 'alias' ? (['id'] as const) : OWNERS
  const isOwn = owners.some(field => typeof entry[field] === 'string' && erased.has(entry[field]))
  return isOwn ? null : kept
}

/**
 * A record stays known by its id, so that it is refused with other content, counted once, and still voids what it voids.
 * What it tells stays as far as it is told of somebody else too.
 */
function recordWithoutErased(record: LearningRecord, kept: string, erased: IsErased): string {
  if (!erased.has(record.actor.id)) return kept
  if (record.counterparts.some(({ id }) => !erased.has(id)))
    return JSON.stringify({ ...(JSON.parse(kept) as LearningRecord), raw: '' })
  const { id, source, standard, storedAt, voids, hash } = record
  const shell: LearningRecord = {
    id,
    source,
    standard,
    occurredAt: storedAt,
    storedAt,
    timely: false,
    actor: { id: ERASED, role: 'unknown' },
    counterparts: [],
    kind: voids === undefined ? 'other' : 'voided',
    verb: '',
    object: '',
    ...(voids !== undefined && { voids }),
    hash,
    raw: '',
  }
  return JSON.stringify(shell)
}

const CONVERSATIONS: ReadonlySet<unknown> = new Set(['conversation', 'conversation-taken-back'])

/** The adviser's own contact stays, with nobody; whatever was said of an erased student goes. */
function conversationWithoutErased({ student, adviser }: Conversation, kept: string, erased: IsErased): string | null {
  if (!erased.has(student)) return kept
  if (erased.has(adviser)) return null
  const entry = JSON.parse(kept) as Conversation | ConversationTakenBack
  if (entry.type === 'conversation-taken-back') return kept
  const nothing = { topics: [], strengths: [], interests: [], needs: [], nextSteps: [], goal: null, goalsNow: [] }
  return JSON.stringify({ ...entry, ...nothing, words: '', note: '' } satisfies Conversation)
}

function letterWithoutErased(text: string, erased: IsErased): string {
  const letter = JSON.parse(text) as { id?: string; original?: string }
  if (letter.id === undefined || !letter.original || !erased.hasLetter(letter.id)) return text
  return JSON.stringify({ ...letter, original: '' })
}
