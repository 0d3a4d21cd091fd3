import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { Pseudonym } from '../schemas/record.ts'
import { personOf } from './person-of.ts'
import { connected } from './person-of-store.ts'

/** Every pseudonym of a person; or why it cannot be said whose these are. */
export type Identifiers = { pseudonyms: Pseudonym[] } | { several: number } | { contested: Pseudonym }

/**
 * All that is known to be one person's: what rosters, aliases and decisions join with what is given, persons that were merged,
 * and identifiers that nobody else claims.
 *
 * @param forms of what was typed: pseudonyms, of each identifier all its forms, itself first
 */
export async function identifiersOf(
  warehouse: Warehouse,
  forms: readonly (readonly Pseudonym[])[],
): Promise<Identifiers> {
  const map = personOf(await connected(warehouse, forms.flat()))
  const given = forms.flat()
  const persons = new Set(given.flatMap(form => map.of.get(form) ?? []))
  if (persons.size > 1) return { several: persons.size }
  // A shared address says of nobody whose it is; with another identifier of the person it does no harm.
  const isTheirs = (claimants: readonly Pseudonym[]): boolean =>
    claimants.every(id => persons.has(map.of.get(id) ?? id))
  const contested = given.find(form => map.contested.has(form) && !map.of.has(form))
  if (contested !== undefined && persons.size === 0) return { contested }
  const pseudonyms = new Set(given.filter(form => !map.contested.has(form)))
  for (const [id, person] of map.of) if (persons.has(person)) pseudonyms.add(id)
  for (const [id, into] of map.merged) if (persons.has(into)) pseudonyms.add(id)
  for (const [id, claimants] of map.contested) if (!map.of.has(id) && isTheirs(claimants)) pseudonyms.add(id)
  return { pseudonyms: [...pseudonyms].sort() }
}

/** What the identity database has of people, as text: addresses, names, login names, roster ids. */
export type Known = { people: KnownPerson[]; agents: string[] }
export type KnownPerson = { givenName: string; familyName: string; email: string; sourcedId: string }

export async function knownOf(warehouse: Warehouse, pseudonyms: readonly Pseudonym[]): Promise<Known> {
  const theirs = `(select toFixedString(unhex(arrayJoin(extractAll('${pseudonyms.join('')}', '.{64}'))), 32))`
  const people = await warehouse.query<KnownPerson>(
    `select given_name as givenName, family_name as familyName, email, sourced_id as sourcedId
     from {identity:Identifier}.people where person_id in ${theirs}`,
  )
  const agents = await warehouse.query<{ agent: string }>(
    `select distinct agent from {identity:Identifier}.agents where identifier in ${theirs} and agent != ''`,
  )
  return { people, agents: agents.map(({ agent }) => agent) }
}

/** Keys in the topic `identities` of all that is kept of erased people there. */
export async function identityKeysOf(warehouse: Warehouse, hashes: readonly string[]): Promise<string[]> {
  const isTheirs = (column: string): string =>
    `lower(hex(SHA256(concat('v1|erased|', lower(hex(${column})))))) in (${hashes.map(hash => `'${hash}'`).join(',')})`
  const found = await warehouse.query<{ key: string }>(
    `select concat('person|', lower(hex(person_id))) as key from {identity:Identifier}.people where ${isTheirs('person_id')}
     union distinct
     select concat('agent|', toString(token)) from {identity:Identifier}.agents where ${isTheirs('identifier')}
     union distinct
     select concat('salt|', toString(salt_id)) from {identity:Identifier}.salts where ${isTheirs('identifier')}`,
    {},
    { max_query_size: hashes.length * 400 + 20_000 },
  )
  return found.map(({ key }) => key)
}
