import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { ActionEntry } from '../schemas/action.ts'
import { storeAlarms, storeAnswers, storeNotices } from './alarms/store-alarms.ts'
import type { LocalTime } from './local-time.ts'
import { storeAnnotations, takeAnnotationsBack } from './store-annotations.ts'
import { storeConversations, takeConversationsBack } from './store-conversations.ts'

type EntryOf<T extends ActionEntry['type']> = Extract<ActionEntry, { type: T }>

/** Store entries of the topic `actions`, each type in tables of its own. Safe to repeat: an entry has one row, by its id. */
export async function storeActions(
  warehouse: Warehouse,
  batch: readonly ActionEntry[],
  local: LocalTime,
): Promise<void> {
  const of = <T extends ActionEntry['type']>(type: T): EntryOf<T>[] =>
    batch.filter((entry): entry is EntryOf<T> => entry.type === type)
  await storeAlarms(warehouse, of('alarm'))
  await storeAnswers(warehouse, of('alarm-answer'), local)
  await storeNotices(warehouse, of('notified'))
  await storeConversations(warehouse, of('conversation'), local)
  await takeConversationsBack(warehouse, of('conversation-taken-back'))
  await storeAnnotations(warehouse, of('annotation'))
  await takeAnnotationsBack(warehouse, of('annotation-taken-back'))
}
