import { addDays } from '../../weeks.ts'
import { count, counted, longDay, shortDay } from '../../wording.ts'
import type { BriefFacts } from './brief-facts.ts'
import { NEXT_STEPS } from './conversation-words.ts'

/** A question worth asking, and what in the records it stands on. */
export type Question = { ask: string; because: string; rule: string }

type Rule = (facts: BriefFacts) => Omit<Question, 'rule'> | null

/** A goal comes up so long before it is due, and until so long after. */
const [BEFORE_DUE_DAYS, AFTER_DUE_DAYS] = [7, 60]
/** School days in a row without any logged contact (C8). */
const LONG_RUN = 5
/** Weeks in a row away from the own plan (C8). */
const WEEKS_OFF_PLAN = 2
/** School days enrolled from which on a missing peer tie says anything (C4). */
const LEAST_DAYS = 20

/**
 * The question that a brief suggests: that of the first rule that finds something in the records. Every rule asks and none
 * answers: what lies behind a figure only the student knows. The rules are listed in relationships.md.
 */
export function questionOf(facts: BriefFacts): Question {
  for (const [rule, find] of Object.entries(RULES)) {
    const found = find(facts)
    if (found) return { ...found, rule }
  }
  return {
    ask: 'What went well since we last talked?',
    because: 'None of the rules behind this line found anything in the records that a question could start from.',
    rule: 'none',
  }
}

export const RULES: Readonly<Record<string, Rule>> = {
  agreed: ({ talks: [last] }) => {
    if (!last || (last.next_steps.length === 0 && !last.nextStep)) return null
    const agreed = last.nextStep || last.next_steps.map(step => NEXT_STEPS[step].toLowerCase()).join('; ')
    return {
      ask: `Last time you agreed: “${short(agreed).replace(/\.$/, '')}”. How did that go?`,
      because: `Recorded on ${longDay(last.day)}`,
    }
  },
  due: ({ goals, day }) => {
    const due = goals.find(
      ({ isOpen, due_day }) =>
        isOpen &&
        due_day !== '' &&
        due_day <= addDays(day, BEFORE_DUE_DAYS) &&
        due_day >= addDays(day, -AFTER_DUE_DAYS),
    )
    if (!due) return null
    const when = due.due_day < day ? `was due on ${longDay(due.due_day)}` : `is due on ${longDay(due.due_day)}`
    return { ask: `What would bring “${short(due.title)}” a step further?`, because: `The goal ${when} and is open` }
  },
  'without contact': ({ ties: [now] }) => {
    if (!now || now.run_days < LONG_RUN || !(now.adults_known || now.peers_known)) return null
    return {
      ask: 'With whom do you like to be and to work at the moment?',
      because: `${counted(now.run_days, 'school day')} in a row without any logged contact; contact that nobody logs is not seen`,
    }
  },
  'less than usual': ({ weeks }) => {
    const [last, before] = weeks
    if (!last || !before || !isBelow(last) || !isBelow(before)) return null
    return {
      ask: 'What were the last two weeks like for you?',
      because: `${minutes(before)} and ${minutes(last)} in the weeks of ${shortDay(before.week)} and ${shortDay(last.week)}; usual for this student is ${count(Math.round(last.usual!.low))} to ${count(Math.round(last.usual!.high))}`,
    }
  },
  'off plan': ({ ties: [now] }) => {
    if (!now || now.weeks_off_plan < WEEKS_OFF_PLAN) return null
    return {
      ask: 'Is the way you planned your week still the right one?',
      because: `For ${counted(now.weeks_off_plan, 'week')} in a row time alone, with adults and with others was spent otherwise than planned`,
    }
  },
  'no tie': ({ ties: [now] }) => {
    if (!now || !now.peers_known || now.peer_ties > 0 || now.seen_days < LEAST_DAYS) return null
    return {
      ask: 'Who would you like to work with?',
      because: `No logged peer tie in the last eight weeks; others of the school have some. Friends outside the tools are not seen`,
    }
  },
  reached: ({ goals, since }) => {
    const reached = goals.find(({ status, closed_day }) => status === 'attained' && closed_day >= since)
    if (!reached) return null
    return {
      ask: `What helped you to reach “${short(reached.title)}”?`,
      because: `Reached on ${longDay(reached.closed_day)}`,
    }
  },
  reflection: ({ reflections, since }) => {
    const latest = reflections.find(({ day }) => day >= since)
    if (!latest) return null
    return {
      ask: 'Would you tell me more about what you wrote?',
      because: `“${short(latest.text)}”, ${longDay(latest.day)}`,
    }
  },
  interest: ({ talks }) => {
    const talk = talks.find(({ interests }) => interests.length > 0)
    if (!talk) return null
    return {
      ask: `What are you doing with ${talk.interests[0]!} at the moment?`,
      because: `Named as an interest on ${longDay(talk.day)}`,
    }
  },
  'no goal': ({ goals }) => {
    if (goals.some(({ isOpen }) => isOpen)) return null
    return {
      ask: 'What would you like to be able to do by the end of the term?',
      because: 'No goal of the student is open',
    }
  },
}

type Week = BriefFacts['weeks'][number]

const isBelow = ({ value, usual }: Week): boolean => value !== null && usual !== null && value < usual.low
const minutes = ({ value }: Week): string => `${count(Math.round(value!))} minutes`

/** At most so much of somebody's words. */
export const short = (text: string, most = 120): string =>
  text.length <= most
    ? text
    : `${text.slice(0, text.lastIndexOf(' ', most) > 60 ? text.lastIndexOf(' ', most) : most)} …`
