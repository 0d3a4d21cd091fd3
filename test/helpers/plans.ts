import { createHash } from 'node:crypto'
import { uuid5 } from '../../infra/uuid5.ts'
import type { Placed } from '../../processors/parse-entries.ts'
import type { Choice, Goal, Plan, PlanEntry, PlanKind, Reflection } from '../../schemas/plan.ts'
import { person } from './records.ts'

/** When the entries below were stored, where nothing else is said. */
export const PLANNED_AT = '2026-01-05T12:00:00.000Z'

/** `key` is the natural key, `who` a name: ada, if none is given. */
type Sketch<T> = Partial<Omit<T, 'type' | 'hash' | 'student'>> & { key?: string; who?: string }

function said<T extends object>(type: string, { key = 'k1', who = 'ada', ...rest }: Sketch<object>, content: T) {
  const all = { subject: '', ...content, ...rest, student: person(who) }
  const { storedAt = PLANNED_AT, ...hashed } = { ...all, source: 'planner' } as typeof all & { storedAt?: string }
  const hash = createHash('sha256').update(JSON.stringify(hashed)).digest('hex').slice(0, 12)
  return { type, id: uuid5(`${type}|${key}`), source: 'planner', storedAt, ...all, hash }
}
/** Entries of the topic `plans`; what is not said is ordinary. */
export const aPlan = (sketch: Sketch<Plan> = {}): Plan =>
  said('plan', sketch, { unitsPerWeek: 3, mix: null, begin: '2025-09-01', end: '2025-12-01' }) as unknown as Plan
export const aGoal = (sketch: Sketch<Goal> = {}): Goal => {
  const nothing = { horizon: null, due: null, closed: null, level: null, expected: null, weight: null }
  return said('goal', sketch, { ...nothing, day: '2025-09-08', status: 'open' }) as unknown as Goal
}
export const aChoice = (sketch: Sketch<Choice> = {}): Choice =>
  said('choice', sketch, { day: '2025-09-09', offered: ['a', 'b'], taken: 'a', choice: 'chosen' }) as unknown as Choice
export const aReflection = (sketch: Sketch<Reflection> = {}): Reflection =>
  said('reflection', sketch, { day: '2025-09-12', about: '' }) as unknown as Reflection
export const withdrawalOf = (of: PlanKind, key = 'k1', storedAt = '2026-02-02T12:00:00.000Z'): PlanEntry => ({
  type: 'withdrawal',
  of,
  id: uuid5(`${of}|${key}`),
  source: 'planner',
  storedAt,
})
export const listOf = (of: PlanKind, since: string): PlanEntry => ({
  type: 'list',
  of,
  source: 'planner',
  storedAt: since,
  since,
})

let position = 0
export const placed = (entries: readonly PlanEntry[]): Placed<PlanEntry>[] =>
  entries.map(value => ({ value, position: `0/${position++}/0` }))
