import { z } from 'zod'
import { ConversationWords, GoalWord, NextStep, Tag, Topic } from '../../schemas/conversation.ts'
import { GoalHorizon, type Day } from '../../schemas/record.ts'
import type { TagKind } from '../pages/brief/conversation-words.ts'
import { addDays } from '../weeks.ts'

/** So far back a conversation can be recorded. */
const OLDEST_DAYS = 366
const LONGEST_NOTE = 4000
const LONGEST_GOAL = 1000
/** What the sum of both is kept to, so that sealed it fits the log's entry. */
const MOST_TAGS = 8

/** One tick or several: a form sends one as text. */
const many = z
  .union([z.string().transform(one => [one]), z.array(z.string())])
  .pipe(z.array(z.string().max(200)).max(60))
  .default([])
const text = z
  .string()
  .max(40_000)
  .default('')
  .transform(typed => typed.replace(/\r\n?/g, '\n').trim())

/** The form as it was sent; every field may be missing or wrong, but for its number. */
const Sent = z.object({
  /** Made with the form: who presses its button twice records once. */
  number: z.uuid(),
  topic: many,
  strength: many,
  interest: many,
  need: many,
  more_strength: text,
  more_interest: text,
  more_need: text,
  next: many,
  next_words: text,
  goal: text,
  horizon: text,
  due: text,
  /** `<goal id>=<status>`. */
  goal_now: many,
  minutes: text,
  day: text,
  note: text,
})
export type Sent = z.infer<typeof Sent>

/** What was said, checked; words are not sealed yet. */
export type Said = {
  number: string
  /** null: just now. */
  day: Day | null
  minutes: number | null
  topics: Topic[]
  tags: Record<TagKind, string[]>
  nextSteps: NextStep[]
  words: ConversationWords
  goal: { text: string; horizon: z.infer<typeof GoalHorizon> | null; due: Day | null } | null
  goalsNow: { goal: string; status: z.infer<typeof GoalWord> }[]
  note: string
}

/** What has to be corrected: the field, and how; never what was typed. */
export type Fault = { field: keyof Sent; message: string }

/**
 * @param body of the form
 * @returns null for what is no form of ours
 */
export function sentIn(body: unknown): Sent | null {
  const { success, data } = Sent.safeParse(body)
  return success ? data : null
}

/** An empty form. */
export const blank = (number: string): Sent => Sent.parse({ number })

/**
 * Check a form.
 * @param today the local day in the district
 * @param goals ids of the student's open goals: of others nothing can be said
 */
export function saidIn(sent: Sent, today: Day, goals: ReadonlySet<string>): { said: Said; faults: Fault[] } {
  const faults: Fault[] = []
  const fault = (field: keyof Sent, message: string): void => void faults.push({ field, message })
  const tags = { strength: tagsIn(sent, 'strength'), interest: tagsIn(sent, 'interest'), need: tagsIn(sent, 'need') }
  for (const kind of ['strength', 'interest', 'need'] as const) {
    if (tags[kind].length > MOST_TAGS) fault(`more_${kind}`, `at most ${MOST_TAGS}`)
    else if (tags[kind].some(tag => !Tag.safeParse(tag).success))
      fault(`more_${kind}`, 'a few words each, at most 40 characters')
  }
  if (sent.note.length > LONGEST_NOTE) fault('note', `at most ${LONGEST_NOTE} characters`)
  if (sent.goal.length > LONGEST_GOAL) fault('goal', `at most ${LONGEST_GOAL} characters`)
  if (!ConversationWords.safeParse({ nextStep: sent.next_words }).success) fault('next_words', 'at most 400 characters')
  const minutes = sent.minutes === '' ? null : Number(sent.minutes)
  if (minutes !== null && !(Number.isInteger(minutes) && minutes >= 1 && minutes <= 240))
    fault('minutes', 'whole minutes, 1 to 240')
  const day = sent.day === '' || sent.day === today ? null : sent.day
  if (day !== null && !(isDay(day) && day < today && day >= addDays(today, -OLDEST_DAYS)))
    fault('day', 'today or a day of the last year')
  if (sent.due !== '' && !(isDay(sent.due) && sent.due >= (day ?? today) && sent.due < addDays(today, 3660)))
    fault('due', 'a day that is still to come')
  const said: Said = {
    number: sent.number,
    day,
    minutes,
    topics: known(Topic, sent.topic),
    tags,
    nextSteps: known(NextStep, sent.next),
    words: { nextStep: sent.next_words },
    goal:
      sent.goal === ''
        ? null
        : { text: sent.goal, horizon: GoalHorizon.safeParse(sent.horizon).data ?? null, due: sent.due || null },
    goalsNow: goalsNow(sent.goal_now, goals),
    note: sent.note,
  }
  if (faults.length === 0 && isEmpty(said)) fault('topic', 'tick at least what you talked about')
  return { said, faults }
}

const isEmpty = ({ topics, tags, nextSteps, words, goal, goalsNow, note }: Said): boolean =>
  topics.length + nextSteps.length + goalsNow.length + Object.values(tags).flat().length === 0 &&
  words.nextStep === '' &&
  goal === null &&
  note === ''

/** Ticked ones and those that were typed, separated by commas or lines; of two that differ in case only the first. */
function tagsIn(sent: Sent, kind: TagKind): string[] {
  const typed = sent[`more_${kind}`].split(/[,;\n]/)
  const tags = [...sent[kind], ...typed].map(tag => tag.replace(/\s+/g, ' ').trim()).filter(Boolean)
  return distinct(tags)
}

/** Of texts that differ in case only the first. */
export const distinct = (texts: readonly string[]): string[] =>
  texts.filter((text, i) => texts.findIndex(other => other.toLowerCase() === text.toLowerCase()) === i)

function known<T extends string>(options: z.ZodEnum<Record<T, T>>, values: readonly string[]): T[] {
  return (options.options as T[]).filter(option => values.includes(option))
}

function goalsNow(values: readonly string[], goals: ReadonlySet<string>): Said['goalsNow'] {
  return values.flatMap(value => {
    const [goal = '', status] = value.split('=')
    const word = GoalWord.exclude(['open']).safeParse(status)
    return goals.has(goal) && word.success ? [{ goal, status: word.data }] : []
  })
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
