import type { EventLog } from '../../infra/log/event-log.ts'
import { AuditEntry } from '../../schemas/audit.ts'
import { logWith } from '../helpers/log-with.ts'
import { aLog } from './an-app.ts'

/** A real log, and what was told to the audit on it. */
export type Told = { log: EventLog; all: () => readonly AuditEntry[]; last: () => AuditEntry }

export async function auditOf(): Promise<Told> {
  const log = await aLog()
  const entries: AuditEntry[] = []
  const heard = logWith(log, {
    append: async (topic, appended) => {
      await log.append(topic, appended)
      if (topic === 'audit') entries.push(...appended.map(({ value }) => AuditEntry.parse(JSON.parse(value!))))
    },
  })
  return { log: heard, all: () => entries, last: () => entries.at(-1)! }
}
