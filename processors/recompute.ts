import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { sql } from '../infra/warehouse/sql.ts'
import { frozenMonths, monthOf } from './retired.ts'
import { STAGE_NAMES } from './stages.ts'
import { touchSkills } from './touched-skills.ts'
import { touchStages } from './touched-stages.ts'
import { clearTouches, pendingWeeks, type PendingWeek } from './touched.ts'
import { Versions } from './versions.ts'
import { WEEK_SETTINGS } from './week-settings.ts'

const studentWeek = sql(new URL('./engagement/student-week.sql', import.meta.url))
const weekAggregates = sql(new URL('./engagement/week-aggregates.sql', import.meta.url))

/** Above this many touched people the whole week is cheaper than a set of them (measured at 20,000 students). */
const WHOLE_WEEK_ABOVE = 5000

/** Weeks recomputed at once: planning a statement takes one core, and is half of the work for an ordinary week. */
const LANES = 2

/** One district's recomputation: the live tables follow from events and rosters by the SQL beside each definition. */
export class Recompute {
  readonly #warehouse: Warehouse
  readonly #timeZone: string
  readonly #district: string
  readonly #versions: Versions

  constructor(warehouse: Warehouse, settings: { timeZone: string; district: string }) {
    this.#warehouse = warehouse
    this.#timeZone = settings.timeZone
    this.#district = settings.district
    this.#versions = new Versions(warehouse, ['student_week', 'indicators'])
  }

  /**
   * Recompute everything that waits, week by week, and clear what was recomputed.
   *
   * @param shouldStop asked between weeks
   * @returns number of weeks recomputed; 0 = nothing waited
   */
  async run(shouldStop: () => boolean = () => false): Promise<number> {
    const pending = await pendingWeeks(this.#warehouse)
    let weeks = 0
    const lane = async () => {
      for (let next = pending.shift(); next && !shouldStop(); next = pending.shift()) {
        await this.#week(next)
        weeks++
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    return weeks
  }

  async #week(pending: PendingWeek): Promise<void> {
    const { week, touches } = pending
    // Asked for each week anew: retention may have come since the list was made.
    if ((await frozenMonths(this.#warehouse)).has(monthOf(week))) return clearTouches(this.#warehouse, pending)
    const computed = String(await this.#versions.next())
    if (pending.people > 0) {
      const whole = pending.people > WHOLE_WEEK_ABOVE
      await this.#warehouse.command(
        `insert into student_week ${studentWeek}`,
        { week, touches, whole, computed, time_zone: this.#timeZone },
        WEEK_SETTINGS,
      )
    }
    await this.#warehouse.command(
      `insert into indicators ${weekAggregates}`,
      { week, computed, district: this.#district },
      WEEK_SETTINGS,
    )
    await touchSkills(this.#warehouse, pending)
    await touchStages(this.#warehouse, STAGE_NAMES, [week])
    // Cleared last: a crash before this line repeats the week, and the repetition gives the same rows.
    await clearTouches(this.#warehouse, pending)
  }
}
