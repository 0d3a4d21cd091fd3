import { MASTERED_AT, MASTERED_RESPONSES, type Traced } from './mastery.ts'

/** What one student knows of one skill, with the weeks in which that changed. */
export type SkillList = {
  /** By its number in the responses. */
  student: number
  skill: number
  value: number
  responses: number
  mastered: boolean
  last_ms: number
  weeks: SkillWeek[]
}

export type SkillWeek = {
  /** Monday, days since 1970. */
  week: number
  /** Change of the probability of knowing the skill; the first response changes it from the skill's initial one. */
  gained: number
  responses: number
  /** storedAt of the newest of them, ms since 1970. */
  newest_ms: number
}

type Of = { week: Float64Array; stored_ms: Float64Array }

/**
 * Every list of one student and skill, week by week. The changes of a list add up to its last probability less the initial one.
 * @param of.week Monday of the local day of every response, days since 1970 · `of.stored_ms` its storedAt
 */
export function skillLists({ responses, begin, posterior, parameters }: Traced, { week, stored_ms }: Of): SkillList[] {
  return Array.from({ length: begin.length - 1 }, (_, list) => {
    const [first, end] = [begin[list]!, begin[list + 1]!]
    const last = end - 1
    const [value, count] = [posterior[last]!, end - first]
    const weeks: SkillWeek[] = []
    let before = parameters[responses.skill[first]!]!.initial
    for (let from = first; from < end;) {
      let to = from + 1
      while (to < end && week[to] === week[from]) to++
      weeks.push({
        week: week[from]!,
        gained: posterior[to - 1]! - before,
        responses: to - from,
        newest_ms: stored_ms.subarray(from, to).reduce((a, b) => Math.max(a, b)),
      })
      before = posterior[to - 1]!
      from = to
    }
    return {
      student: responses.student[first]!,
      skill: responses.skill[first]!,
      value,
      responses: count,
      mastered: value >= MASTERED_AT && count >= MASTERED_RESPONSES,
      last_ms: responses.at_ms[last]!,
      weeks,
    }
  })
}
