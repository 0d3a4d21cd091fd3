import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { freshWarehouse } from './warehouse.ts'

/** One warehouse for the tests of a file, empty each time it is asked for: making the tables takes most of a short test. */
export function emptiedWarehouse(): () => Promise<Warehouse> {
  let shared: Promise<Warehouse> | undefined
  return async () => {
    const warehouse = await (shared ??= freshWarehouse())
    const filled = await warehouse.query<{ name: string }>(
      `select concat(database, '.', name) as name from system.tables
       where database in (currentDatabase(), {identity:String}) and total_rows > 0 and name != 'migrations'`,
      { identity: warehouse.identity },
    )
    for (const { name } of filled) await warehouse.command(`truncate table ${name}`)
    return warehouse
  }
}
