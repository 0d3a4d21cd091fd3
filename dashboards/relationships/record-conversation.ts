import { createHmac } from 'node:crypto'
import type { EventLog } from '../../infra/log/event-log.ts'
import type { Secrets } from '../../infra/secrets.ts'
import { uuid5 } from '../../infra/uuid5.ts'
import type { WrittenWords } from '../../infra/written-words.ts'
import type { Conversation } from '../../schemas/conversation.ts'
import type { LearnerWords } from '../../schemas/plan.ts'
import type { Day, Pseudonym } from '../../schemas/record.ts'
import { tellActions } from './actions.ts'
import type { Said } from './conversation-form.ts'

export type Recording = {
  log: Pick<EventLog, 'append'>
  secrets: Pick<Secrets, 'masterSecret'>
  written: WrittenWords
  timeZone: string
  now: () => Date
}

/**
 * Record a conversation. Its words are sealed here, and stand open nowhere else; it is durable when the promise resolves.
 *
 * @returns the id of the conversation: the same for the same form
 * @throws HomeroomError LOG_UNAVAILABLE: it may not have been kept
 */
export async function recordConversation(
  { log, secrets, written, timeZone, now }: Recording,
  { adviser, student }: { adviser: Pseudonym; student: Pseudonym },
  said: Said,
): Promise<string> {
  const { goal, note, words, tags } = said
  const storedAt = now().toISOString()
  const at = said.day === null ? storedAt : noonOf(said.day, timeZone)
  const goalWords: LearnerWords | null = goal && { text: goal.text }
  const entry: Conversation = {
    type: 'conversation',
    id: conversationId(adviser, student, said.number),
    storedAt,
    adviser,
    student,
    at,
    minutes: said.minutes,
    topics: said.topics,
    strengths: tags.strength,
    interests: tags.interest,
    needs: tags.need,
    nextSteps: said.nextSteps,
    goal: goal && {
      horizon: goal.horizon,
      due: goal.due,
      words: await written.seal(student, JSON.stringify(goalWords)),
    },
    goalsNow: said.goalsNow,
    words: words.nextStep === '' ? '' : await written.seal(student, JSON.stringify(words)),
    note: note === '' ? '' : await written.sealNote(adviser, student, note),
    // Under the key: nobody can try out what was written by what it gives.
    hash: createHmac('sha256', secrets.masterSecret)
      .update(`v1|conversation|${JSON.stringify([adviser, student, at, said])}`)
      .digest('hex')
      .slice(0, 16),
  }
  await tellActions(log, [entry])
  return entry.id
}

/** The adviser takes a conversation of their own back; durable when the promise resolves. */
export async function takeConversationBack(
  { log, now }: Pick<Recording, 'log' | 'now'>,
  { id, adviser, student }: { id: string; adviser: Pseudonym; student: Pseudonym },
): Promise<void> {
  await tellActions(log, [{ type: 'conversation-taken-back', id, storedAt: now().toISOString(), adviser, student }])
}

/** Made of who and whom too: no form can name the id of something else. */
export const conversationId = (adviser: Pseudonym, student: Pseudonym, number: string): string =>
  uuid5(`conversation|${adviser}|${student}|${number}`)

/** Of an earlier day the time is not asked: it is kept as its noon. */
export function noonOf(day: Day, timeZone: string): string {
  const noon = Date.parse(`${day}T12:00:00Z`)
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(noon)
  return new Date(2 * noon - Date.parse(`${local.replace(' ', 'T')}Z`)).toISOString()
}
