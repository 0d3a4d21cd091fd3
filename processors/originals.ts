import {
  arrowStream,
  dictionaryColumn,
  dictionaryListColumn,
  hexColumn,
  hexListColumn,
  millisecondsColumn,
  textColumn,
  uuidColumn,
} from '../infra/warehouse/arrow-batch.ts'
import { columnsOf } from '../infra/warehouse/columns-of.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { ERASED } from '../schemas/erasure.ts'
import type { LearningRecord } from '../schemas/record.ts'

/** Stands for "none" in a column of UUIDs. */
const NO_ID = '00000000-0000-0000-0000-000000000000'

type Given = { value: LearningRecord }

/** Store the sealed originals, and what a statement can be found by; nothing of an erased actor. Safe to repeat. */
export async function storeOriginals(warehouse: Warehouse, given: readonly Given[]): Promise<void> {
  const batch = given.filter(({ value }) => value.actor.id !== ERASED)
  if (batch.length === 0) return
  const refs = batch.flatMap(({ value }) =>
    value.lookup?.refersTo === undefined ? [] : [{ refers_to: value.lookup.refersTo, record_id: value.id }],
  )
  await Promise.all([
    warehouse.insertArrow('originals', originalsStream(batch)),
    refs.length > 0 && warehouse.insert('statement_refs', refs),
  ])
}

function originalsStream(batch: readonly Given[]): Uint8Array {
  const column = columnsOf(batch)
  return arrowStream(batch.length, [
    column(millisecondsColumn, 'stored_at', ({ value }) => Date.parse(value.storedAt)),
    column(uuidColumn, 'record_id', ({ value }) => value.id),
    column(dictionaryColumn, 'source', ({ value }) => value.source),
    column(dictionaryColumn, 'standard', ({ value }) => value.standard),
    column(hexColumn, 'actor', ({ value }) => value.actor.id),
    column(dictionaryColumn, 'verb', ({ value }) => value.verb),
    column(hexListColumn, 'agents', ({ value }) => value.lookup?.agents ?? [value.actor.id]),
    column(hexListColumn, 'related_agents', ({ value }) => value.lookup?.relatedAgents ?? []),
    column(textColumn, 'activity', ({ value }) => value.lookup?.activity ?? ''),
    column(dictionaryListColumn, 'related_activities', ({ value }) => value.lookup?.relatedActivities ?? []),
    column(uuidColumn, 'registration', ({ value }) => value.lookup?.registration ?? NO_ID),
    column(uuidColumn, 'refers_to', ({ value }) => value.lookup?.refersTo ?? NO_ID),
    column(dictionaryListColumn, 'defines', ({ value }) => value.lookup?.defines ?? []),
    column(textColumn, 'raw', ({ value }) => value.raw),
  ])
}
