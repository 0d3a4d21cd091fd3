import { HomeroomError } from '../../errors.ts'
import type { Warehouse } from '../warehouse.ts'

/**
 * The end of a study's last day, UTC: nobody is let in for longer.
 * @throws HomeroomError NOT_FOUND for a study that was not recorded, or has ended
 */
export async function endOf(warehouse: Warehouse, study: string): Promise<Date> {
  const [found] = await warehouse.query<{ ends: string }>(
    `select toString(ends_on) as ends from {identity:Identifier}.studies final
     where study = {study:String} and deleted_at = toDateTime64(0, 3)`,
    { study },
  )
  if (found) return new Date(`${found.ends}T23:59:59.999Z`)
  throw new HomeroomError(
    'NOT_FOUND',
    `there is no study ${JSON.stringify(study)}, or it has ended; homeroom research list shows those there are. Nothing was changed`,
  )
}
