import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'
import { localTime } from '../local-time.ts'
import type { StageDeps } from '../stages.ts'
import { newTouch } from '../touched.ts'

const DAY_MS = 86_400_000

/**
 * Wakes the stage `climate` for windows that have ended without anything else coming: a district may be silent afterwards.
 *
 * @returns to be called often; asks the warehouse at the first call and once more on every local day
 */
export function endedWindows({
  warehouse,
  config,
  clock = () => new Date(),
}: Pick<StageDeps, 'warehouse' | 'config' | 'clock'>): () => Promise<void> {
  const local = localTime(config.timeZone)
  let asked = Number.NEGATIVE_INFINITY
  return async () => {
    const day = local.dayOf(clock().getTime())
    if (day === asked) return
    await touchEndedWindows(warehouse, new Date(day * DAY_MS).toISOString().slice(0, 10))
    // Only now: a warehouse that was away is asked again.
    asked = day
  }
}

/** Windows that ended on `today` or before and of which no figures stand, though retention would allow it, wait for the stage. */
async function touchEndedWindows(warehouse: Warehouse, today: Day): Promise<void> {
  await warehouse.command(
    `insert into touched_stages
     with windows as (
       select instrument, name as window, max(day_after) as end_day
       from survey_instruments final array join window.id as name, window.end_day as day_after group by instrument, name)
     select distinct 'climate', toMonday(end_day - 1), {touch:UInt64}, now(), 0 from windows
     where end_day <= {today:Date} and (instrument, window) not in (select instrument, window from climate_windows final)
       and toYYYYMM(toMonday(end_day - 1)) not in (select month from retired where name = 'events')`,
    { touch: String(newTouch()), today },
  )
}
