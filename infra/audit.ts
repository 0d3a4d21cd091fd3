import { randomUUID } from 'node:crypto'
import { AuditEntry } from '../schemas/audit.ts'
import type { EventLog } from './log/event-log.ts'

/** What is told; what is not given is empty. */
export type AuditLine = Pick<AuditEntry, 'account' | 'role' | 'action' | 'route'> &
  Partial<Pick<AuditEntry, 'units' | 'code' | 'detail' | 'address'>>

/**
 * Tell the audit. Durable when it resolves: **what is told first is shown second**.
 * @throws HomeroomError LOG_UNAVAILABLE: then what it tells of must not be shown
 */
export async function tellAudit(log: Pick<EventLog, 'append'>, line: AuditLine, now: Date): Promise<void> {
  const empty = { units: [], code: '', detail: '', address: '' }
  const entry: AuditEntry = { id: randomUUID(), at: now.toISOString(), ...empty, ...line }
  await log.append('audit', [{ key: entry.id, value: JSON.stringify(AuditEntry.parse(entry)) }])
}
