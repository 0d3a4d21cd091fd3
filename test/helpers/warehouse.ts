import { randomBytes } from 'node:crypto'
import { afterAll, inject } from 'vitest'
import { migrate } from '../../infra/warehouse/migrate.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'

const opened: Warehouse[] = []

afterAll(async () => {
  for (const warehouse of opened) {
    // Its own database last: every statement begins in it.
    const research = await warehouse.query<{ name: string }>(
      "SELECT name FROM system.databases WHERE startsWith(name, concat(currentDatabase(), '_research'))",
    )
    for (const database of [...research.map(({ name }) => name), warehouse.identity, warehouse.database]) {
      await warehouse.command('DROP DATABASE IF EXISTS {database:Identifier} SYNC', { database })
    }
    await warehouse.close()
  }
})

/** The place and a district of its own, for tests that open the warehouse themselves. Nothing is created. */
export function freshConfig(): { data: string; district: string; clickhouse: string | null } {
  return { data: inject('engineData'), district: `t_${randomBytes(6).toString('hex')}`, clickhouse: null }
}

/** A new, migrated district database on the engine of this run; dropped after the test file. */
export async function freshWarehouse(options: { migrated?: boolean; clickhouse?: string } = {}): Promise<Warehouse> {
  const warehouse = await openWarehouse({ ...freshConfig(), clickhouse: options.clickhouse ?? null })
  opened.push(warehouse)
  if (options.migrated ?? true) await migrate(warehouse)
  return warehouse
}
