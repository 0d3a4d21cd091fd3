import type { Config } from '../../infra/config.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'
import { frozenMonths, monthOf } from '../retired.ts'
import { clearSkills, pendingSkills, type PendingSkills } from '../touched-skills.ts'
import { newTouch } from '../touched.ts'
import { Versions } from '../versions.ts'
import { skillLists } from './mastery-lists.ts'
import { masteryResponses, type StoredResponses } from './mastery-responses.ts'
import { traced } from './mastery.ts'
import { releasesOf, storedReleases, storeReleases, type Release } from './release-parameters.ts'
import { storeMastery, type GainedSkill, type KnownSkill, type Scope } from './store-mastery.ts'

const aggregates = sql(new URL('./skill-aggregates.sql', import.meta.url))

const TABLES = ['skill_parameters', 'student_mastery', 'student_skill_weeks', 'indicators']
/** The first Monday of 1970: weeks of records outside the kept range are before it. */
const FROM = '1970-01-05'
/** Students read at once: some hundred responses each. */
const STUDENTS_AT_ONCE = 500
/** Records of skills that are read at once: some hundred megabytes. */
const RECORDS_AT_ONCE = 1_000_000
/** Above this many students every list of every skill is read anew. */
const WHOLE_ABOVE = 5000

/** What one computation goes by: the newest week, the releases as far as they are made, and its touch. */
type Pass = { upTo: Day; releases: Map<string, Release>; touch: bigint }

/** One district's skills: whose answers changed is traced again from the first answer; parameters are released once a week. */
export class MasteryRecompute {
  readonly #warehouse: Warehouse
  readonly #district: string
  readonly #versions: Versions

  constructor(warehouse: Warehouse, { district }: Pick<Config, 'district'>) {
    this.#warehouse = warehouse
    this.#district = district
    this.#versions = new Versions(warehouse, TABLES)
  }

  /**
   * Compute everything that waits, and clear what was computed.
   *
   * @param shouldStop asked between skills, batches of students and weeks
   * @returns whether all of it was computed
   */
  async run(shouldStop: () => boolean = () => false): Promise<boolean> {
    const pending = await pendingSkills(this.#warehouse)
    if (pending.touches.length === 0) return true
    const touch = newTouch()
    for await (const _ of this.#lists(pending, touch)) if (shouldStop()) return false
    // Those that the lists have changed too.
    const { aggregates: weeks } = await pendingSkills(this.#warehouse)
    await this.#aggregate(weeks)
    // Cleared last: a crash before this line repeats the computation, and the repetition gives the same rows.
    await clearSkills(this.#warehouse, [...pending.touches, touch])
    return true
  }

  /** Part after part of what waits; weeks that change by it are touched. */
  async *#lists({ people, weeks }: PendingSkills, touch: bigint): AsyncGenerator<void> {
    const releases = await storedReleases(this.#warehouse)
    const upTo = await this.#newestWeek()
    const isKnown = releases.size > 0 && [...releases.values()].every(release => release.upTo === upTo)
    // Without any release there may be answers that nothing has touched since there are tables for them.
    const isDue = !isKnown || weeks.some(week => week < upTo)
    const isWhole = people.length > WHOLE_ABOVE
    if (isDue || isWhole) {
      for (const skills of await this.#skills(releases))
        yield await this.#release(skills, { upTo, releases, isWhole, touch })
    }
    for (let from = 0; from < people.length && !isWhole; from += STUDENTS_AT_ONCE) {
      yield await this.#students(people.slice(from, from + STUDENTS_AT_ONCE), { upTo, releases, touch })
    }
  }

  /** Release parameters of some skills; where they are others than before, trace everybody who answered. */
  async #release(asked: string[], { upTo, releases, isWhole, touch }: Pass & { isWhole: boolean }): Promise<void> {
    const stored = await masteryResponses(this.#warehouse, { from: FROM, skills: asked })
    const found = releasesOf(stored, upTo, releases)
    const made = new Map(stored.skills.map((skill, at) => [skill, found[at]!]))
    const gone = new Map([...releases].filter(([skill]) => asked.includes(skill) && !made.has(skill)))
    const isOther = (skill: string): boolean => made.get(skill)?.inputs !== releases.get(skill)?.inputs
    const skills = asked.filter(skill => isWhole || isOther(skill))
    const computed = String(await this.#versions.next())
    if (skills.length > 0) await this.#store({ skills }, stored, found, { computed, touch })
    // After the lists: a crash in between fits and traces again.
    await storeReleases(this.#warehouse, made, { computed, deleted: false })
    await storeReleases(this.#warehouse, gone, { computed, deleted: true })
    for (const [skill, release] of made) releases.set(skill, release)
    for (const skill of gone.keys()) releases.delete(skill)
  }

  async #students(students: string[], { upTo, releases, touch }: Pass): Promise<void> {
    const stored = await masteryResponses(this.#warehouse, { from: FROM, students })
    const computed = String(await this.#versions.next())
    // A skill without a release was never answered before this week: there is nothing to fit it to.
    const fresh = stored.skills.filter(skill => !releases.has(skill))
    const made = releasesOf({ ...NOTHING, skills: fresh }, upTo, releases)
    fresh.forEach((skill, at) => releases.set(skill, made[at]!))
    const ofSkills = stored.skills.map(skill => releases.get(skill)!)
    await this.#store({ students }, stored, ofSkills, { computed, touch })
    await storeReleases(this.#warehouse, new Map(fresh.map((skill, at) => [skill, made[at]!])), {
      computed,
      deleted: false,
    })
  }

  async #store(
    scope: Scope,
    stored: StoredResponses,
    releases: readonly Release[],
    under: { computed: string; touch: bigint },
  ): Promise<void> {
    const { responses, students, skills } = stored
    const tracedLists = traced(
      responses,
      releases.map(({ parameters }) => parameters),
    )
    const isIn = (skill: string): boolean => !('skills' in scope) || scope.skills.includes(skill)
    const named = ({ student, skill }: { student: number; skill: number }) => ({
      student_id: students[student]!,
      skill: skills[skill]!,
    })
    const lists = skillLists(tracedLists, stored).filter(({ skill }) => isIn(skills[skill]!))
    const known = lists.map((list): KnownSkill => ({ ...list, ...named(list) }))
    const gained = lists.flatMap(list => list.weeks.map((row): GainedSkill => ({ ...row, ...named(list) })))
    const frozen = await frozenMonths(this.#warehouse)
    await storeMastery(this.#warehouse, scope, { known, gained, frozen, ...under })
  }

  async #aggregate(weeks: readonly Day[]): Promise<void> {
    const frozen = await frozenMonths(this.#warehouse)
    for (const week of weeks) {
      if (frozen.has(monthOf(week))) continue
      const computed = String(await this.#versions.next())
      const params = { week, district: this.#district, computed }
      await this.#warehouse.command(`insert into indicators ${aggregates}`, params)
      await this.#warehouse.command(
        `insert into indicators select * replace ({computed:UInt64} as computed, 1 as deleted) from indicators as old final
         where old.computed < {computed:UInt64} and indicator = 'skills_gained' and week = {week:Date}`,
        params,
      )
    }
  }

  /** Monday of the newest week with an answer; parameters are fitted to the weeks before it. */
  async #newestWeek(): Promise<Day> {
    const [found] = await this.#warehouse.query<{ week: Day }>(
      `select toString(week) as week from events where notEmpty(skills) order by events.week desc limit 1`,
    )
    return found?.week ?? FROM
  }

  /** All skills, as many at a time as are read at once. */
  async #skills(releases: ReadonlyMap<string, Release>): Promise<string[][]> {
    const found = await this.#warehouse.query<{ skill: string; records: number }>(
      `select toString(arrayJoin(skills)) as skill, toFloat64(count()) as records from events where is_actor and notEmpty(skills)
       group by skill order by skill`,
    )
    const known = new Set(found.map(({ skill }) => skill))
    const parts: string[][] = [[...releases.keys()].filter(skill => !known.has(skill))]
    let room = RECORDS_AT_ONCE
    for (const { skill, records } of found) {
      room -= records
      if (room < 0) parts.push([])
      if (room < 0) room = RECORDS_AT_ONCE - records
      parts.at(-1)!.push(skill)
    }
    // An empty part would stand for every skill.
    return parts.filter(part => part.length > 0)
  }
}

const NOTHING: StoredResponses = {
  responses: {
    student: new Int32Array(),
    skill: new Int32Array(),
    correct: new Uint8Array(),
    at_ms: new Float64Array(),
  },
  week: new Float64Array(),
  stored_ms: new Float64Array(),
  students: [],
  skills: [],
}
