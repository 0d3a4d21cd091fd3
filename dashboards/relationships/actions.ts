import type { EventLog } from '../../infra/log/event-log.ts'
import { ActionEntry, actionKey, type Author } from '../../schemas/action.ts'
import type { SignedIn } from '../access.ts'

/**
 * Append what people do here to the log, from where the processors store it. Durable when it resolves: **kept first, answered
 * second**.
 *
 * @throws HomeroomError LOG_UNAVAILABLE: then it may not have been kept, and has to be said so
 */
export async function tellActions(log: Pick<EventLog, 'append'>, entries: readonly ActionEntry[]): Promise<void> {
  await log.append(
    'actions',
    entries.map(entry => ({ key: actionKey(entry), value: JSON.stringify(ActionEntry.parse(entry)) })),
  )
}

/** Who acts, as entries name them. */
export const authorOf = ({ id, scope }: Pick<SignedIn, 'id' | 'scope'>): Author => ({
  account: id,
  person: scope.person ?? null,
})
