import { arrowStream, hexColumn, numberColumn, textColumn, type ArrowColumn } from '../infra/warehouse/arrow-batch.ts'
import type { Delivered } from '../infra/log/event-log.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { IdentityEntry } from '../schemas/identity.ts'

type Type = IdentityEntry['type']
/** An entry, or the tombstone that erases it. */
type Change = { id: string; ver: number; entry: IdentityEntry | null }

const NOBODY = '0'.repeat(64)

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
  person: c => [
    hexColumn(
      'person_id',
      c.map(x => x.id),
    ),
    textColumn(
      'given_name',
      c.map(x => (x.entry?.type === 'person' ? x.entry.givenName : '')),
    ),
    textColumn(
      'family_name',
      c.map(x => (x.entry?.type === 'person' ? x.entry.familyName : '')),
    ),
    textColumn(
      'email',
      c.map(x => (x.entry?.type === 'person' ? x.entry.email : '')),
    ),
    textColumn(
      'sourced_id',
      c.map(x => (x.entry?.type === 'person' ? x.entry.sourcedId : '')),
    ),
  ],
  agent: c => [
    textColumn(
      'token',
      c.map(x => x.id),
    ),
    hexColumn(
      'identifier',
      c.map(x => (x.entry?.type === 'agent' ? (x.entry.identifier ?? NOBODY) : NOBODY)),
    ),
    textColumn(
      'agent',
      c.map(x => (x.entry?.type === 'agent' ? x.entry.agent : '')),
    ),
  ],
  salt: c => [
    textColumn(
      'salt_id',
      c.map(x => x.id),
    ),
    hexColumn(
      'identifier',
      c.map(x => (x.entry?.type === 'salt' ? x.entry.identifier : NOBODY)),
    ),
    textColumn(
      'salt',
      c.map(x => (x.entry?.type === 'salt' ? x.entry.salt : '')),
    ),
  ],
}

function versions(changes: readonly Change[]): ArrowColumn[] {
  return [
    numberColumn(
      'ver',
      'UInt64',
      BigUint64Array.from(changes, change => BigInt(change.ver)),
    ),
    numberColumn(
      'deleted',
      'UInt8',
      Uint8Array.from(changes, change => Number(change.entry === null)),
    ),
  ]
}
