import { HomeroomError } from '../../infra/errors.ts'
import type { Params, Settings, Warehouse } from '../../infra/warehouse/warehouse.ts'
import { publishedCells } from '../../schemas/catalogue.ts'

/** A row of `indicators` as a computation gives it, without when it was computed. */
export type Computed = {
  indicator: string
  version: number
  unit_type: string
  unit_id: string
  slice: string
  period: string
  week: string
  value: number | null
  se: number | null
  lo95: number | null
  hi95: number | null
  n: number
  n_eff: number
  status: string
  reason: string
  enrolled: number
  members: string
}

/** Which figure a row is of. */
export const placeOf = ({
  indicator,
  unit_type,
  unit_id,
  slice,
  period,
}: Pick<Computed, 'indicator' | 'unit_type' | 'unit_id' | 'slice' | 'period'>): string =>
  [indicator, unit_type, unit_id, slice, period].join('|')

/** SQL: the columns of `Computed`, each in the type in which it is compared. */
export const COMPUTED_COLUMNS = `toString(indicator) as indicator, toUInt16(version) as version, toString(unit_type) as unit_type, unit_id,
  toString(slice) as slice, toString(period) as period, toString(week) as week, value, se, lo95, hi95, toFloat64(n) as n, toFloat64(n_eff) as n_eff,
  toString(status) as status, toString(reason) as reason, toFloat64(enrolled) as enrolled, toString(members) as members`

/**
 * A warehouse on which computations run as ever and nothing is written: what one would store in `indicators` about units that are
 * published is kept in `rows`, whatever else it would store is left out. So the same code, with the same SQL, says what it gives now.
 */
export function dryWarehouse(warehouse: Warehouse): { dry: Warehouse; rows: Computed[] } {
  const rows: Computed[] = []
  const units: readonly string[] = publishedCells.units
  const command = async (sql: string, params: Params = {}, settings?: Settings): Promise<void> => {
    const [, table, select] = /^insert into (\w+)(?: \([^)]*\))?\s+([^]*)$/.exec(sql) ?? []
    if (table === undefined || select === undefined) {
      throw new HomeroomError(
        'INTERNAL',
        `a computation that is only compared would run ${sql.slice(0, 80)}; expected inserts alone`,
      )
    }
    // What takes back rows that are not made again has nothing to take back here.
    if (table !== 'indicators' || select.startsWith('select * replace')) return
    const shown = `select ${COMPUTED_COLUMNS} from (${select}\n) where unit_type in {units:Array(String)} and deleted = 0`
    rows.push(...(await warehouse.query<Computed>(shown, { ...params, units }, settings)))
  }
  const insert = async (table: string, found: readonly object[]): Promise<void> => {
    if (table !== 'indicators') return
    for (const row of found as readonly (Computed & { deleted: number })[]) {
      if (units.includes(row.unit_type) && row.deleted === 0) rows.push({ ...row })
    }
  }
  const dry: Warehouse = {
    client: warehouse.client,
    url: warehouse.url,
    database: warehouse.database,
    identity: warehouse.identity,
    query: (sql, params, settings) => warehouse.query(sql, params, settings),
    command,
    insert,
    insertArrow: async () => undefined,
    close: async () => undefined,
  }
  return { dry, rows }
}
