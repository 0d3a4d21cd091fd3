import { isErasedIdentity, type IsErased } from '../infra/erased.ts'
import type { Delivered, Entry } from '../infra/log/event-log.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { Erasure } from '../schemas/erasure.ts'

/** Store erasures among the entries of `identities`. @returns whether there were any */
export async function storeErasures(warehouse: Warehouse, batch: readonly Delivered[]): Promise<boolean> {
  const erasures = batch.flatMap(({ key, value }) =>
    key.startsWith('erasure|') && value !== null ? [Erasure.parse(JSON.parse(value))] : [],
  )
  await insertErasures(warehouse, erasures)
  return erasures.length > 0
}

export async function insertErasures(warehouse: Warehouse, erasures: readonly Erasure[]): Promise<void> {
  await warehouse.insert(`${warehouse.identity}.erasures`, erasures.map(rowOf))
}

function rowOf({ id, storedAt, identifiers, letters, doneAt, counts, signature }: Erasure): object {
  const isDone = doneAt !== null
  const ver = String(Date.parse(storedAt) * 2 + Number(isDone))
  const done_at = doneAt ?? new Date(0).toISOString()
  return { erasure_id: id, stored_at: storedAt, identifiers, letters, done_at, counts, signature, ver }
}

/** Every erasure, the oldest first. */
export async function storedErasures(warehouse: Warehouse): Promise<Erasure[]> {
  const found = await warehouse.query<Omit<Erasure, 'type' | 'counts'> & { counts: Record<string, string | number> }>(
    `select toString(erasure_id) as id, concat(replaceOne(toString(stored_at), ' ', 'T'), 'Z') as storedAt,
       identifiers, arrayMap(x -> toString(x), letters) as letters,
       if(toUnixTimestamp64Milli(done_at) = 0, null, concat(replaceOne(toString(done_at), ' ', 'T'), 'Z')) as doneAt,
       counts, signature
     from {identity:Identifier}.erasures final order by stored_at, erasure_id`,
  )
  return found.map(row => {
    const counts = Object.fromEntries(Object.entries(row.counts).map(([name, count]) => [name, Number(count)]))
    return { type: 'erasure', ...row, counts }
  })
}

/**
 * Take the names, agents and salts of erased people out of a batch.
 * @returns what is left, and tombstones: the log shall not keep them either
 */
export function identitiesOfOthers(
  batch: readonly Delivered[],
  erased: IsErased,
): { kept: Delivered[]; tombstones: Entry[] } {
  const kept = batch.filter(({ key }) => !key.startsWith('erasure|'))
  if (erased.isEmpty) return { kept, tombstones: [] }
  const isTheirs = ({ value }: Delivered): boolean => value !== null && isErasedIdentity(value, erased)
  // Of a person's own tombstone not even the pseudonym is stored.
  const isTombstone = ({ key, value }: Delivered): boolean =>
    value === null && key.startsWith('person|') && erased.has(key.slice('person|'.length))
  return {
    kept: kept.filter(entry => !isTheirs(entry) && !isTombstone(entry)),
    tombstones: kept.filter(isTheirs).map(({ key }) => ({ key, value: null })),
  }
}
