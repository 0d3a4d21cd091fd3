import { arrowStream, hexColumn, textColumn, type ArrowColumn } from '../infra/warehouse/arrow-batch.ts'
import { columnsOf, uint64Column, uint8Column } from '../infra/warehouse/columns-of.ts'
import type { Delivered } from '../infra/log/event-log.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { IdentityEntry } from '../schemas/identity.ts'
import { NOBODY } from '../schemas/record.ts'

type Type = IdentityEntry['type']
/** An entry, or the tombstone that erases it. */
type Change = { id: string; ver: number; entry: IdentityEntry | null }

/**
 * Store names, agents and salts in the identity database; a tombstone erases.
 *
 * @param now version of tombstones: they carry no time of their own, and come after what they erase
 */
export async function storeIdentities(warehouse: Warehouse, batch: readonly Delivered[], now: Date): Promise<void> {
  const changes: Record<Type, Change[]> = { person: [], agent: [], salt: [] }
  for (const { key, value } of batch) {
    const [type = '', id = ''] = key.split('|', 2)
    if (type !== 'person' && type !== 'agent' && type !== 'salt') continue
    const entry = value === null ? null : IdentityEntry.parse(JSON.parse(value))
    changes[type].push({ id, ver: entry ? Date.parse(entry.storedAt) : now.getTime(), entry })
  }
  for (const type of Object.keys(changes) as Type[]) {
    const of = changes[type]
    if (of.length === 0) continue
    await warehouse.insertArrow(
      `${warehouse.identity}.${TABLES[type]}`,
      arrowStream(of.length, [...COLUMNS[type](of), ...versions(of)]),
    )
  }
}

const TABLES: Record<Type, string> = { person: 'people', agent: 'agents', salt: 'salts' }

const COLUMNS: Record<Type, (changes: readonly Change[]) => ArrowColumn[]> = {
  person: changes => {
    const column = columnsOf(changes)
    const text = (of: (person: Extract<IdentityEntry, { type: 'person' }>) => string) => (change: Change) =>
      change.entry?.type === 'person' ? of(change.entry) : ''
    return [
      column(hexColumn, 'person_id', change => change.id),
      column(
        textColumn,
        'given_name',
        text(person => person.givenName),
      ),
      column(
        textColumn,
        'family_name',
        text(person => person.familyName),
      ),
      column(
        textColumn,
        'email',
        text(person => person.email),
      ),
      column(
        textColumn,
        'sourced_id',
        text(person => person.sourcedId),
      ),
    ]
  },
  agent: changes => {
    const column = columnsOf(changes)
    return [
      column(textColumn, 'token', change => change.id),
      column(hexColumn, 'identifier', ({ entry }) => (entry?.type === 'agent' ? (entry.identifier ?? NOBODY) : NOBODY)),
      column(textColumn, 'agent', ({ entry }) => (entry?.type === 'agent' ? entry.agent : '')),
    ]
  },
  salt: changes => {
    const column = columnsOf(changes)
    return [
      column(textColumn, 'salt_id', change => change.id),
      column(hexColumn, 'identifier', ({ entry }) => (entry?.type === 'salt' ? entry.identifier : NOBODY)),
      column(textColumn, 'salt', ({ entry }) => (entry?.type === 'salt' ? entry.salt : '')),
    ]
  },
}

function versions(changes: readonly Change[]): ArrowColumn[] {
  const column = columnsOf(changes)
  return [
    column(uint64Column, 'ver', change => BigInt(change.ver)),
    column(uint8Column, 'deleted', change => change.entry === null),
  ]
}
