import type { Status } from '../../schemas/indicator.ts'
import { fitTracing } from '../statistics/knowledge-tracing-em.ts'
import { trace, type TracingParameters } from '../statistics/knowledge-tracing.ts'

/**
 * Responses in the order of `mastery-responses.sql`: by student, skill, time and id. One row per response and skill; students and
 * skills are numbers from 0, counted in that order.
 */
export type Responses = {
  student: Int32Array
  skill: Int32Array
  correct: Uint8Array
  /** When, ms since 1970. */
  at_ms: Float64Array
}

/** Parameters of one skill, frozen until the next release. */
export type SkillParameters = TracingParameters & {
  /** `fitted` from this district's responses, `default`, or `given` by who asks. */
  origin: 'fitted' | 'default' | 'given'
  students: number
  responses: number
  /** Why they are not fitted; '' = they are. */
  reason: string
}

/** One student and skill. */
export type Mastery = {
  student: number
  skill: number
  /** Probability of knowing the skill after the last response. */
  value: number
  responses: number
  mastered: boolean
  last_ms: number
  status: Extract<Status, 'ok' | 'stale'>
  reason: string
}

export const DEFAULTS: TracingParameters = { initial: 0.3, learn: 0.1, guess: 0.2, slip: 0.1 }
export const MASTERED_AT = 0.95
export const MASTERED_RESPONSES = 3
export const STALE_DAYS = 28
export const LEAST_STUDENTS = 200
export const LEAST_RESPONSES = 1000
const DAY_MS = 86_400_000

/** A filter run over all responses: what every figure about mastery is taken from. */
export type Traced = {
  responses: Responses
  /** Where each list of one student and skill begins, and after the last the number of responses. */
  begin: Uint32Array
  /** Probability of knowing the skill after each response. */
  posterior: Float64Array
  parameters: readonly SkillParameters[]
}

/**
 * Replay every list of one student and skill from its first response (indicators A6). A late response needs nothing else than
 * to stand at its place in the list: a list takes microseconds.
 * @param parameters one a skill, as frozen
 * @throws RangeError if the responses are not in order: the lists would be wrong
 */
export function traced(responses: Responses, parameters: readonly SkillParameters[]): Traced {
  const begin = listsOf(responses)
  const posterior = trace({ correct: responses.correct, begin }, list => parameters[responses.skill[begin[list]!]!]!)
  return { responses, begin, posterior, parameters }
}

/** What each student is known to know. @param now_ms after 28 days without a response a value is carried as stale */
export function mastery({ responses, begin, posterior }: Traced, now_ms: number): Mastery[] {
  return Array.from({ length: begin.length - 1 }, (_, list) => {
    const last = begin[list + 1]! - 1
    const value = posterior[last]!
    const count = begin[list + 1]! - begin[list]!
    const last_ms = responses.at_ms[last]!
    const days = Math.floor((now_ms - last_ms) / DAY_MS)
    const stale = days >= STALE_DAYS
    return {
      student: responses.student[last]!,
      skill: responses.skill[last]!,
      value,
      responses: count,
      mastered: value >= MASTERED_AT && count >= MASTERED_RESPONSES,
      last_ms,
      status: stale ? 'stale' : 'ok',
      reason: stale ? `no response for ${days} days` : '',
    }
  })
}

/**
 * Expected skills gained: by week, the sum over a student's skills of the change of the probability of knowing them. The first
 * response of a list changes it from the skill's initial probability. Below 0 where responses speak against what was believed.
 *
 * @param weekOf the week of an instant, for example its Monday
 * @returns student → week → skills gained; weeks without a response are not in it
 */
export function skillsGained<Week>(
  { responses, begin, posterior, parameters }: Traced,
  weekOf: (at_ms: number) => Week,
): Map<number, Map<Week, number>> {
  const gained = new Map<number, Map<Week, number>>()
  for (let list = 0; list + 1 < begin.length; list++) {
    const student = responses.student[begin[list]!]!
    let before = parameters[responses.skill[begin[list]!]!]!.initial
    const weeks = gained.get(student) ?? new Map<Week, number>()
    gained.set(student, weeks)
    for (let at = begin[list]!; at < begin[list + 1]!; at++) {
      const week = weekOf(responses.at_ms[at]!)
      weeks.set(week, (weeks.get(week) ?? 0) + posterior[at]! - before)
      before = posterior[at]!
    }
  }
  return gained
}

/** The next release of every skill's parameters. @param skills how many there are */
export function skillParameters(responses: Responses, skills: number): SkillParameters[] {
  const begin = listsOf(responses)
  const listsBySkill = Array.from({ length: skills }, () => [] as number[])
  for (let list = 0; list + 1 < begin.length; list++) listsBySkill[responses.skill[begin[list]!]!]!.push(list)
  return listsBySkill.map(lists => parametersOf(responses.correct, begin, lists))
}

function parametersOf(correct: Uint8Array, begin: Uint32Array, lists: readonly number[]): SkillParameters {
  const count = lists.reduce((sum, list) => sum + begin[list + 1]! - begin[list]!, 0)
  const known = { students: lists.length, responses: count }
  const defaults = (reason: string): SkillParameters => ({ ...DEFAULTS, origin: 'default', ...known, reason })
  if (lists.length < LEAST_STUDENTS)
    return defaults(`students who answered: ${lists.length}; ${LEAST_STUDENTS} are needed to fit`)
  if (count < LEAST_RESPONSES) return defaults(`responses: ${count}; ${LEAST_RESPONSES} are needed to fit`)
  const own = { correct: new Uint8Array(count), begin: new Uint32Array(lists.length + 1) }
  lists.forEach((list, at) => {
    const part = correct.subarray(begin[list], begin[list + 1])
    own.correct.set(part, own.begin[at])
    own.begin[at + 1] = own.begin[at]! + part.length
  })
  const rights = own.correct.reduce((sum, value) => sum + value, 0)
  if (rights === 0 || rights === count) return defaults(`every response is ${rights === 0 ? 'wrong' : 'right'}`)
  const fit = fitTracing(own)
  if (!fit.converged) return defaults('the search for the most likely parameters did not converge')
  return { ...fit.parameters, origin: 'fitted', ...known, reason: '' }
}

function listsOf({ student, skill, at_ms }: Responses): Uint32Array {
  const begin: number[] = []
  for (let row = 0; row < student.length; row++) {
    const step = row === 0 ? 1 : student[row]! - student[row - 1]! || skill[row]! - skill[row - 1]!
    if (step !== 0) begin.push(row)
    if (step < 0 || (step === 0 && at_ms[row]! < at_ms[row - 1]!))
      throw new RangeError(`response ${row + 1} comes before the one above it: expected by student, skill, time`)
  }
  return Uint32Array.from([...begin, student.length])
}
