import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { Pseudonym } from '../schemas/record.ts'
import { lastOf, personOf, type Fact, type PersonMap } from './person-of.ts'
import { connected } from './person-of-store.ts'

/** "These two are, or are not, one person." */
export type Link = { id: Pseudonym; person: Pseudonym; status: 'active' | 'deleted' }

/** What a decision would write; or why there is nothing to decide. */
export type Proposal = { links: Link[]; nothing?: string }

/**
 * What has to be decided so that two identifiers are one person's: their persons become one, the first counting as the
 * second; an identifier that is nobody's becomes the other's.
 *
 * @param one all forms of an identifier, itself first
 */
export async function joining(
  warehouse: Warehouse,
  one: readonly Pseudonym[],
  two: readonly Pseudonym[],
): Promise<Proposal> {
  const map = personOf(await connected(warehouse, [...one, ...two]))
  const [a, b] = [personIn(map, one), personIn(map, two)]
  if (a !== null && a === b) return { links: [], nothing: 'The two are one person already' }
  const join = (ids: readonly Pseudonym[], person: Pseudonym): Link[] =>
    ids.filter(id => id !== person).map(id => ({ id, person, status: 'active' }))
  const free = (ids: readonly Pseudonym[]): Pseudonym[] => ids.filter(id => !map.of.has(id))
  if (a !== null && b !== null) return { links: join([a], b) }
  if (a !== null) return { links: join(free(two), a) }
  if (b !== null) return { links: join(free(one), b) }
  return { links: join([...two, ...one], two[0]!) }
}

/**
 * What has to be decided so that an identifier is not a person's: every link that leads from it to that person is parted.
 * A roster's own id that was merged takes what is claimed by it along.
 *
 * @param from all forms of an identifier of the person
 * @param identifier all forms of the identifier to part
 */
export async function parting(
  warehouse: Warehouse,
  from: readonly Pseudonym[],
  identifier: readonly Pseudonym[],
): Promise<Proposal> {
  const facts = await connected(warehouse, [...from, ...identifier])
  const map = personOf(facts)
  const person = personIn(map, from)
  if (person === null) return { links: [], nothing: 'The person is in no roster, or its identifier is contested' }
  const persons = new Set(lastOf(facts).flatMap(fact => (fact.link === 'is' && fact.active ? [fact.person] : [])))
  const links = identifier.flatMap(id => linksTo(person, id, facts, map, persons))
  if (links.length > 0) return { links }
  const nothing = 'Nothing links that identifier with that person, but that a roster has them as one by its own id'
  return { links, nothing }
}

/** The person of an identifier in any of its forms; null: nobody. */
function personIn(map: PersonMap, forms: readonly Pseudonym[]): Pseudonym | null {
  const found = forms.map(form => map.of.get(form)).find(person => person !== undefined)
  return found ?? null
}

function linksTo(
  person: Pseudonym,
  identifier: Pseudonym,
  facts: readonly Fact[],
  map: PersonMap,
  persons: ReadonlySet<Pseudonym>,
): Link[] {
  const links = new Map<Pseudonym, Link>()
  for (const { id, person: other, link, active } of lastOf(facts)) {
    if (!active || id === other || (id !== identifier && other !== identifier)) continue
    const far = id === identifier ? other : id
    // A person keeps what is claimed by its own id.
    const isOwn = persons.has(identifier) && (!persons.has(far) || (link === 'is' && far === id))
    if (!isOwn && map.of.get(far) === person) links.set(far, { id, person: other, status: 'deleted' })
  }
  return [...links.values()]
}
