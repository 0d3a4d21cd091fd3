import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { AuditEntry } from '../schemas/audit.ts'

/** Store what people did and saw. An entry that comes twice has the same time and id, and is one row. */
export async function storeAudit(warehouse: Warehouse, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length > 0) await warehouse.insert('audit', entries.map(auditRow))
}

const auditRow = ({ account, ...entry }: AuditEntry): object => ({ ...entry, account_id: account })
