import { isErasedIdentity, type Erased, type IsErased } from '../infra/erased.ts'
import type { Delivered, Entry } from '../infra/log/event-log.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { Erasure } from '../schemas/erasure.ts'
import { eraseLetters, eraseRows } from './erase.ts'

/**
 * Store erasures among the entries of `identities`. What this warehouse has of a person of whose erasure it did not know, as
 * one that was restored from a backup, goes with it.
 */
export async function storeErasures(warehouse: Warehouse, batch: readonly Delivered[], erased: Erased): Promise<void> {
  const given = batch.flatMap(({ key, value }) =>
    key.startsWith('erasure|') && value !== null ? [Erasure.parse(JSON.parse(value))] : [],
  )
  if (given.length === 0) return
  const done = new Set((await storedErasures(warehouse)).flatMap(({ id, doneAt }) => (doneAt === null ? [] : [id])))
  for (const erasure of given.filter(({ id }) => !done.has(id))) {
    // In force before anything goes, stored after it: what is cut off is repeated.
    erased.learn(erasure.identifiers, erasure.letters)
    await eraseRows(warehouse, erasure.identifiers)
    await eraseLetters(warehouse, erasure.letters)
  }
  await insertErasures(warehouse, given)
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
