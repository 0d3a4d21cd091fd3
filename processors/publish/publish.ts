import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'

const publishable = sql(new URL('./publish.sql', import.meta.url))

export type Snapshot = { snapshot: string; publishedAt: string; cells: number; suppressed: number }

/**
 * Freeze the live aggregates as a new snapshot, suppressed as `publish.sql` says.
 *
 * Readers take the newest complete snapshot: it becomes complete after its last row is stored, and is never edited.
 *
 * @returns the snapshot, or null if there is nothing to publish yet
 */
export async function publish(warehouse: Warehouse, clock: () => Date = () => new Date()): Promise<Snapshot | null> {
  const now = clock()
  const [last] = await warehouse.query<{ last: string }>('select toString(max(snapshot)) as last from snapshots')
  const snapshot = String(Math.max(now.getTime(), Number(last?.last ?? 0) + 1))
  await warehouse.command(`insert into published ${publishable}`, { snapshot })
  const [counts] = await warehouse.query<{ cells: number; suppressed: number; as_of: string }>(
    `select toFloat64(count()) as cells, toFloat64(countIf(status = 'suppressed')) as suppressed, toString(max(as_of)) as as_of
     from published where snapshot = {snapshot:UInt64}`,
    { snapshot },
  )
  if (!counts || counts.cells === 0) return null
  const publishedAt = now.toISOString()
  await warehouse.insert('snapshots', [
    {
      snapshot,
      published_at: publishedAt,
      as_of: counts.as_of,
      cells: String(counts.cells),
      suppressed: String(counts.suppressed),
      complete: true,
    },
  ])
  return { snapshot, publishedAt, cells: counts.cells, suppressed: counts.suppressed }
}
