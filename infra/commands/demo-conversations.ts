import type { Said } from '../../dashboards/relationships/conversation-form.ts'
import { recordConversation, type Recording } from '../../dashboards/relationships/record-conversation.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { NextStep, Topic } from '../../schemas/conversation.ts'
import { conversations, type District, type Talk } from '../demo/index.ts'
import { staffId, studentId } from '../demo/district.ts'
import { CONVERSATION_WORDS as WORDS } from '../demo/phrases.ts'
import { uuid5 } from '../uuid5.ts'
import { WrittenWords } from '../written-words.ts'
import type { Runtime } from './runtime.ts'

/** So many are recorded at once: each waits until it is durable. */
const TOGETHER = 50

/**
 * Record the demo's conversations as their advisers' form does; recording them again changes nothing.
 * @returns how many there are
 */
export async function recordDemoConversations(
  { log, secrets, config }: Pick<Runtime, 'log' | 'secrets' | 'config'>,
  plan: District,
): Promise<number> {
  const now = () => new Date()
  const written = new WrittenWords(log, secrets, now)
  const recording: Recording = { log, secrets, written, timeZone: config.timeZone, now }
  const pseudonym = pseudonymiser(secrets.pseudonymKey, config.district)
  const talks = conversations(plan)
  for (let from = 0; from < talks.length; from += TOGETHER) {
    await Promise.all(
      talks.slice(from, from + TOGETHER).map(talk => {
        const adviser = pseudonym('sourcedId', staffId(talk.adviser))
        const student = pseudonym('sourcedId', studentId(talk.student))
        return recordConversation(recording, { adviser, student }, saidIn(plan, talk))
      }),
    )
  }
  return talks.length
}

function saidIn(plan: District, talk: Talk): Said {
  const pick = (list: readonly string[], places: readonly number[]): string[] => places.map(place => list[place]!)
  const { step, words } = WORDS.steps[talk.step]!
  return {
    number: uuid5(`demo conversation|${plan.seed}|${talk.student}|${talk.number}`),
    day: plan.year.dates[talk.day]!,
    minutes: talk.minutes,
    topics: pick(WORDS.topics, talk.topics).map(topic => Topic.parse(topic)),
    tags: {
      strength: pick(WORDS.strengths, talk.strengths),
      interest: pick(WORDS.interests, talk.interests),
      need: pick(WORDS.needs, talk.needs),
    },
    nextSteps: [NextStep.parse(step)],
    words: { nextStep: words },
    goal: talk.goal < 0 ? null : { text: WORDS.goals[talk.goal]!, horizon: 'short', due: null },
    goalsNow: [],
    note: talk.note < 0 ? '' : WORDS.notes[talk.note]!,
  }
}
