import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { ROSTER_TOUCH, type PendingWeek } from './touched.ts'

/** What waits: whose answers, and aggregates of weeks. */
export type PendingSkills = {
  /** Touched identifiers and the persons that they belong to now, without the roster's. */
  people: string[]
  /** Mondays, ascending. */
  weeks: string[]
  /** Those whose aggregates wait, ascending. */
  aggregates: string[]
  touches: bigint[]
}

/**
 * Hand the touches of a recomputed week on to whoever computes skills. Of people with records in the week only those go on who
 * answered items or asked for help; who has none in it may have had some.
 */
export async function touchSkills(warehouse: Warehouse, { week, touches }: PendingWeek): Promise<void> {
  await warehouse.command(
    `insert into touched_skills
     with
       (select count() from (select 1 from events where week = {week:Date} and notEmpty(skills) limit 1)) as answers,
       (select count() from (select 1 from student_skill_weeks where week = {week:Date} limit 1)) as computed
     select week, person_id, touch, now(), 0
     from (select week, person_id, touch from touched final where week = {week:Date} and touch in {touches:Array(UInt64)} and done = 0) as t
     left any join (
       select person_id, true as known, max(notEmpty(skills) or kind = 'asked-help') as answered
       from events where week = {week:Date} group by person_id
     ) as e on e.person_id = t.person_id
     where answers + computed > 0 and (answered or not known)`,
    { week, touches },
  )
}

/** The aggregates of weeks wait, whosever answers changed. @param weeks Mondays */
export async function touchSkillWeeks(warehouse: Warehouse, weeks: readonly string[], touch: bigint): Promise<void> {
  await warehouse.command(
    `insert into touched_skills select toDate(arrayJoin({weeks:Array(String)})), unhex({roster:String}), {touch:UInt64}, now(), 0`,
    { weeks, roster: ROSTER_TOUCH, touch },
  )
}

export async function pendingSkills(warehouse: Warehouse): Promise<PendingSkills> {
  const weeks = await warehouse.query<{ week: string; roster: boolean; touches: string[] }>(
    `select toString(week) as week, max(person_id = unhex({roster:String}))::Bool as roster, groupUniqArray(toString(touch)) as touches
     from touched_skills final where done = 0 group by week order by week`,
    { roster: ROSTER_TOUCH },
  )
  const touches = [...new Set(weeks.flatMap(row => row.touches))].map(BigInt)
  const people =
    touches.length === 0
      ? []
      : await warehouse.query<{ person: string }>(
          `select distinct lower(hex(arrayJoin([person_id, if(known, person, person_id)]))) as person
           from (select distinct person_id from touched_skills final where done = 0 and touch in {touches:Array(UInt64)}) as touched
           left any join (select identifier, person_id as person, true as known from person_of final) as p
             on p.identifier = touched.person_id
           where touched.person_id != unhex({roster:String}) order by person`,
          { roster: ROSTER_TOUCH, touches },
        )
  return {
    people: people.map(({ person }) => person),
    weeks: weeks.map(({ week }) => week),
    aggregates: weeks.filter(({ roster }) => roster).map(({ week }) => week),
    touches,
  }
}

/** Clear exactly the touches that a computation has seen, after its figures are stored. */
export async function clearSkills(warehouse: Warehouse, touches: readonly bigint[]): Promise<void> {
  await warehouse.command(
    `insert into touched_skills select week, person_id, touch, at, 1 from touched_skills final
     where touch in {touches:Array(UInt64)} and done = 0`,
    { touches },
  )
}
