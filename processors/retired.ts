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
  const years = new Set([...frozen].map(schoolYearOf))
  for (const { month } of months.filter(one => !frozen.has(one.month))) {
    // Figures of a school year stand in its first week, which is frozen with any of its months.
    const hasYears = table === 'indicators' && BEGINS.has(month % 100) && years.has(Math.trunc(month / 100))
    if (hasYears) await warehouse.command(NOT_OF_YEARS, { month }, { mutations_sync: 1 })
    else await warehouse.command(`alter table ${table} drop partition ${month}`)
  }
}

/** Months in which the Monday of 1 August lies. */
const BEGINS = new Set([7, 8])
const NOT_OF_YEARS = `alter table indicators delete where toYYYYMM(week) = {month:UInt32} and not match(period, '^[0-9]{4}-[0-9]{4}$')`

/** The year in which the school year of a month (YYYYMM) begins: on 1 August. */
const schoolYearOf = (month: number): number => Math.trunc(month / 100) - (month % 100 >= 8 ? 0 : 1)
