import type { Warehouse } from '../infra/warehouse/warehouse.ts'

/** The months (YYYYMM) of whose events retention has removed any: the figures of their weeks stay as they were. */
export async function frozenMonths(warehouse: Warehouse): Promise<Set<number>> {
  const found = await warehouse.query<{ month: number }>("select distinct month from retired where name = 'events'")
  return new Set(found.map(({ month }) => month))
}

/** @param day `2026-03-02` */
export const monthOf = (day: string): number => Number(day.slice(0, 4)) * 100 + Number(day.slice(5, 7))

/** Empty a table by months of its weeks, those that are frozen aside. */
export async function emptyButFrozen(warehouse: Warehouse, table: string): Promise<void> {
  const frozen = await frozenMonths(warehouse)
  if (frozen.size === 0) return warehouse.command(`truncate table ${table}`)
  const months = await warehouse.query<{ month: number }>(`select distinct toYYYYMM(week) as month from ${table}`)
  for (const { month } of months) {
    if (!frozen.has(month)) await warehouse.command(`alter table ${table} drop partition ${month}`)
  }
}
