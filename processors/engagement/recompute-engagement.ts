import type { Config } from '../../infra/config.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'
import { frozenMonths, monthOf } from '../retired.ts'
import { Versions } from '../versions.ts'
import { WEEK_SETTINGS } from '../week-settings.ts'

const query = (file: string): string => sql(new URL(file, import.meta.url))
const WEEKS_REACHED = query('./weeks-reached.sql')
const STUDENTS = query('./student-engagement.sql')
const REFERENCE = query('./engagement-reference.sql')
const AGGREGATES = query('./engagement-aggregates.sql')
const YEARS = query('./engagement-years.sql')
const SENSITIVITY = query('./effort-sensitivity.sql')

const TABLES = ['student_engagement', 'engagement_references', 'effort_sensitivity', 'indicators']

/** What follows from the weeks of a district for engagement over several weeks (B3 to B7), agency and minutes by mode. */
export class EngagementRecompute {
  readonly #warehouse: Warehouse
  readonly #config: Pick<Config, 'timeZone' | 'district'>
  readonly #versions: Versions

  constructor({ warehouse, config }: { warehouse: Warehouse; config: Pick<Config, 'timeZone' | 'district'> }) {
    this.#warehouse = warehouse
    this.#config = config
    this.#versions = new Versions(warehouse, TABLES)
  }

  /**
   * Compute these weeks and the later ones that they reach; then the references of the index that change by it, and the
   * aggregates of every week whose values have changed.
   *
   * @param weeks Mondays, ascending
   * @param shouldStop asked between weeks
   * @returns whether all of it was stored
   */
  async run(weeks: readonly Day[], shouldStop: () => boolean = () => false): Promise<boolean> {
    const reached = await this.#open(await this.#weeks(WEEKS_REACHED, { weeks }))
    // One after the other: a week is compared with the one before it.
    for (const week of reached) {
      if (shouldStop()) return false
      await this.#students(week)
    }
    const stale = new Set(reached)
    for (const year of await this.#yearsAfter(reached)) {
      if (await this.#reference(year)) for (const week of await this.#open(await this.#weeksOf(year))) stale.add(week)
    }
    for (const week of [...stale].sort()) {
      if (shouldStop()) return false
      await this.#store('indicators', AGGREGATES, { week, district: this.#config.district })
    }
    for (const year of new Set([...stale].map(yearOf))) await this.#year(year)
    for (const week of await this.#toCompare(reached)) {
      if (shouldStop()) return false
      await this.#rows('effort_sensitivity', SENSITIVITY, 'week = {week:Date}', {
        week,
        time_zone: this.#config.timeZone,
      })
    }
    return true
  }

  #students(week: Day): Promise<void> {
    return this.#rows('student_engagement', STUDENTS, 'week = {week:Date}', { week, time_zone: this.#config.timeZone })
  }

  /** A year of which retention has removed weeks keeps the figures that it had. */
  async #year(year: number): Promise<void> {
    const weeks = [mondayOfYear(year), ...(await this.#weeksOf(year))]
    if ((await this.#open(weeks)).length < weeks.length) return
    await this.#store('indicators', YEARS, { year, district: this.#config.district })
  }

  /**
   * Release what the index of a school year is held against. It follows from weeks that are over: what comes late to them
   * changes it, what retention has removed of them does not.
   *
   * @returns whether it is another release than before
   */
  async #reference(year: number): Promise<boolean> {
    const before = await this.#release(year)
    if ((await this.#open(before.weeks)).length < before.weeks.length) return false
    await this.#rows('engagement_references', REFERENCE, 'school_year = {year:UInt16}', { year })
    return (await this.#release(year)).version !== before.version
  }

  /** @property weeks every Monday from the first to the last that went in */
  async #release(year: number): Promise<{ version: string; weeks: Day[] }> {
    const [found] = await this.#warehouse.query<{ version: string; weeks: Day[] }>(
      `select toString(any(version)) as version,
         if(count() = 0, [], arrayMap(i -> toString(any(first_week) + 7 * i), range(toUInt32(intDiv(any(last_week) - any(first_week), 7)) + 1))) as weeks
       from engagement_references final where school_year = {year:UInt16}`,
      { year },
    )
    return found!
  }

  /** Store what a query gives, and take back the stored rows of the same scope that it does not give any more. */
  async #rows(table: string, select: string, scope: string, params: Record<string, unknown>): Promise<void> {
    const computed = await this.#store(table, select, params)
    await this.#warehouse.command(
      `insert into ${table} select * replace ({computed:UInt64} as computed, 1 as deleted) from ${table} as old final
       where ${scope} and old.computed < {computed:UInt64}`,
      { ...params, computed },
    )
  }

  async #store(table: string, select: string, params: Record<string, unknown>): Promise<string> {
    const computed = String(await this.#versions.next())
    await this.#warehouse.command(`insert into ${table} ${select}`, { ...params, computed }, WEEK_SETTINGS)
    return computed
  }

  #weeksOf(year: number): Promise<Day[]> {
    return this.#weeks(
      `select distinct toString(week) as week from student_engagement final where toYear(student_engagement.week + interval 5 month) = {year:UInt16} order by week`,
      { year },
    )
  }

  /** School years with figures whose reference these weeks may change: their own, and the one after. */
  async #yearsAfter(weeks: readonly Day[]): Promise<number[]> {
    const known = await this.#warehouse.query<{ year: number }>(
      'select distinct toUInt16(toYear(week + interval 5 month)) as year from student_engagement order by year',
    )
    const changed = new Set(weeks.flatMap(week => [yearOf(week), yearOf(week) + 1]))
    return known.map(({ year }) => year).filter(year => changed.has(year))
  }

  /** Weeks of the 15th of a month, once a later one has begun: a running week would be compared again and again. */
  #toCompare(weeks: readonly Day[]): Promise<Day[]> {
    return this.#weeks(
      `with (select max(week) from student_week) as newest
       select distinct toString(week) as week
       from (select arrayJoin(arrayConcat({weeks:Array(Date)}, arrayMap(w -> w - 7, {weeks:Array(Date)}))) as week) as given
       where given.week < newest and (given.week in {weeks:Array(Date)} or given.week not in (select week from effort_sensitivity))
         and toDayOfMonth(given.week) between 9 and 15
       order by week`,
      { weeks },
    ).then(found => this.#open(found))
  }

  async #weeks(select: string, params: Record<string, unknown>): Promise<Day[]> {
    return (await this.#warehouse.query<{ week: Day }>(select, params)).map(({ week }) => week)
  }

  /** Without those that retention has frozen. */
  async #open(weeks: readonly Day[]): Promise<Day[]> {
    const frozen = await frozenMonths(this.#warehouse)
    return weeks.filter(week => !frozen.has(monthOf(week)))
  }
}

/** The year in which the school year of a day ends: it begins on 1 August. */
const yearOf = (day: Day): number => Number(day.slice(0, 4)) + (day.slice(5) >= '08-01' ? 1 : 0)

function mondayOfYear(year: number): Day {
  const august = Date.UTC(year - 1, 7, 1)
  return new Date(august - ((new Date(august).getUTCDay() + 6) % 7) * 86_400_000).toISOString().slice(0, 10)
}
