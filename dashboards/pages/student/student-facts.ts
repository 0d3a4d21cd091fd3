import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import type { Day, Pseudonym } from '../../../schemas/record.ts'
import { learnerWords, type Words } from '../../people/learner-words.ts'
import type { OwnStudent } from '../../people/names.ts'
import { longDay } from '../../wording.ts'
import { capital } from '../brief/evidence.ts'
import type { Visit } from '../parts/visit.ts'

type Source = Pick<Visit, 'warehouse' | 'secrets'>

/** A goal of a student; `title`: its words, or what can be said in their place. */
export type GoalFact = z.infer<typeof Goal> & { title: string; isOpen: boolean }
export type ReflectionFact = z.infer<typeof Reflection> & { text: string }

/** The pseudonyms under which a student's records stand, the person's own first. */
export async function identifiersOf(
  { warehouse }: Pick<Visit, 'warehouse'>,
  { student }: Pick<OwnStudent, 'student'>,
): Promise<Pseudonym[]> {
  const [found] = rows(Identifiers, await warehouse.query(IDENTIFIERS, { student }))
  return found!.identifiers
}

/** Every goal that stands, open ones first, then the newest. */
export async function goalsOf(source: Source, identifiers: readonly Pseudonym[]): Promise<GoalFact[]> {
  const found = rows(Goal, await source.warehouse.query(GOALS, { identifiers }))
  const words = await learnerWords(source, found)
  return found.map((goal, i) => ({
    ...goal,
    title: titleOf(words[i]!, goal.subject, goal.set_day),
    isOpen: goal.status === 'open' || goal.status === '',
  }))
}

/** The latest reflections that have words, the newest first. */
export async function reflectionsOf(source: Source, identifiers: readonly Pseudonym[]): Promise<ReflectionFact[]> {
  const found = rows(Reflection, await source.warehouse.query(REFLECTIONS, { identifiers }))
  const words = await learnerWords(source, found)
  return found.flatMap((one, i) => (words[i]!.text === '' ? [] : [{ ...one, text: words[i]!.text }]))
}

function titleOf({ text, title }: Words, subject: string, day: Day): string {
  return text || title || `${subject === '' ? 'A goal' : `A goal in ${capital(subject)}`} of ${longDay(day)}`
}

const Identifiers = z.object({ identifiers: z.array(z.string()) })
const said = { record_id: z.string(), record_ms: z.number(), words: z.string() }
const Goal = z.object({
  ...said,
  goal_id: z.string(),
  subject: z.string(),
  horizon: z.string(),
  set_day: z.string(),
  due_day: z.string(),
  closed_day: z.string(),
  status: z.string(),
})
const Reflection = z.object({ ...said, day: z.string(), subject: z.string() })

const IDENTIFIERS = sql(new URL('./student-identifiers.sql', import.meta.url))
const GOALS = sql(new URL('./student-goals.sql', import.meta.url))
const REFLECTIONS = sql(new URL('./student-reflections.sql', import.meta.url))
