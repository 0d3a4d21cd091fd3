import { createHash } from 'node:crypto'
import { uuid5 } from '../../infra/uuid5.ts'
import type { Conversation } from '../../schemas/conversation.ts'
import { person } from './records.ts'

/** When the conversations below were recorded, where nothing else is said: on a Tuesday, shortly after they took place. */
export const TALKED_AT = '2026-03-03T15:00:00.000Z'

/** `who` and `by` are names: ada and ms-lee, if none is given; `key` makes the id. */
export type ConversationSketch = Partial<Omit<Conversation, 'type' | 'id' | 'hash' | 'student' | 'adviser'>> & {
  key?: string
  who?: string
  by?: string
}

/** A conversation of adviser and student, of which only what is given was said. */
export function aConversation({
  key = 'k1',
  who = 'ada',
  by = 'ms-lee',
  ...rest
}: ConversationSketch = {}): Conversation {
  const said = {
    type: 'conversation' as const,
    id: uuid5(`conversation|${key}`),
    storedAt: rest.at ?? TALKED_AT,
    adviser: person(by),
    student: person(who),
    at: TALKED_AT,
    minutes: null,
    topics: [],
    strengths: [],
    interests: [],
    needs: [],
    nextSteps: [],
    goal: null,
    goalsNow: [],
    words: '',
    note: '',
    ...rest,
  }
  const { storedAt: _stored, ...content } = said
  return { ...said, hash: createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16) }
}
