import { ERASED } from '../schemas/erasure.ts'
import type { Pseudonym } from '../schemas/record.ts'

/** One thing that was said of two identifiers: an alias entry of the log. */
export type Fact = {
  id: Pseudonym
  /** `is`: the person that `id` is said to be; else another identifier of whoever `id` is. */
  person: Pseudonym
  link: 'is' | 'same' | 'decided'
  source: string
  contested: boolean
  /** false: taken back; of a decision: the two are not one person. */
  active: boolean
  ver: bigint
}

export type PersonMap = {
  /** The person of every identifier that is somebody's. */
  of: Map<Pseudonym, Pseudonym>
  /** Persons that count as another one. */
  merged: Map<Pseudonym, Pseudonym>
  /** Identifiers that lead to several persons, sorted. They are nobody's, unless `of` has them. */
  contested: Map<Pseudonym, Pseudonym[]>
}

/**
 * Whose every identifier is. A function of the set of facts: their order, repetition and batches do not matter.
 *
 * 1. The last fact of each source about each pair counts, and of the decisions about a pair the last one. A decision that
 *    two are not one person takes back what sources say of the two.
 * 2. Persons are those that some fact of the link `is` names. Two of them are merged where a decision or a source says that
 *    their own identifiers are one person's, and where the one is claimed to be the other and nobody else. They count as the
 *    one at the end of the arrows; of several ends, or in a circle, as that of the newest decision, then the smallest.
 * 3. Any other identifier is the person that a decision says; else the person that claims it; else the person that is reached
 *    over the pairs it stands in. If there are two, it is nobody's.
 *
 * Facts about one thing hang together: what facts connect can be resolved apart from the rest, with the same result.
 */
export function personOf(facts: readonly Fact[]): PersonMap {
  const links = inForce(facts)
  const persons = new Set(links.flatMap(({ link, person }) => (link === 'is' ? [person] : [])))
  const claims = claimsIn(links)
  const contested = new Map<Pseudonym, Pseudonym[]>()
  const countsAs = mergersOf(links, persons, claims, contested)
  const owners = ownersOf(links, persons, claims, countsAs)
  spread(links, persons, countsAs, owners)

  const map: PersonMap = { of: new Map(), merged: new Map(), contested }
  for (const person of persons) {
    const into = countsAs(person)
    map.of.set(person, into)
    if (into !== person) map.merged.set(person, into)
  }
  for (const [id, found] of owners) {
    if (found.size === 1) map.of.set(id, [...found][0]!)
    else contested.set(id, [...found].sort())
  }
  // What only an erased person claims is nobody's; with another claimant it stays contested.
  for (const [id, person] of map.of) if (person === ERASED) map.of.delete(id)
  for (const [id, found] of contradictions(links, map.of)) if (!contested.has(id)) contested.set(id, [...found].sort())
  return map
}

/** What a fact says the last word about. */
export function factKey({ id, person, link, source }: Fact): string {
  return link === 'decided' ? pairOf(id, person) : `${id}|${person}|${link}|${source}`
}

const pairOf = (one: string, two: string): string => (one < two ? `${one}|${two}` : `${two}|${one}`)

/** The last fact about each thing. */
export function lastOf(facts: readonly Fact[]): Fact[] {
  const last = new Map<string, Fact>()
  for (const fact of facts) {
    const known = last.get(factKey(fact))
    if (known === undefined || known.ver < fact.ver) last.set(factKey(fact), fact)
  }
  return [...last.values()]
}

function inForce(facts: readonly Fact[]): Fact[] {
  const last = lastOf(facts)
  const parted = new Set(
    last.flatMap(({ link, active, id, person }) => (link === 'decided' && !active ? [pairOf(id, person)] : [])),
  )
  return last.filter(fact => fact.active && (fact.id === fact.person || !parted.has(pairOf(fact.id, fact.person))))
}

/** Who claims each identifier; what one file itself calls contested counts only where there is nothing better. */
function claimsIn(links: readonly Fact[]): Map<Pseudonym, Set<Pseudonym>> {
  const certain = new Map<Pseudonym, Set<Pseudonym>>()
  const doubtful = new Map<Pseudonym, Set<Pseudonym>>()
  for (const { id, person, link, contested } of links) {
    if (link === 'is') setIn(contested ? doubtful : certain, id).add(person)
  }
  for (const [id, found] of doubtful) if (!certain.has(id)) certain.set(id, found)
  return certain
}

type Arrow = { from: Pseudonym; to: Pseudonym; decided: bigint }

/** @returns the person that a person counts as */
function mergersOf(
  links: readonly Fact[],
  persons: ReadonlySet<Pseudonym>,
  claims: ReadonlyMap<Pseudonym, ReadonlySet<Pseudonym>>,
  contested: Map<Pseudonym, Pseudonym[]>,
): (person: Pseudonym) => Pseudonym {
  const groups = grouping()
  const arrows = links
    .filter(({ id, person, link }) => link !== 'is' && id !== person && persons.has(id) && persons.has(person))
    .map(({ id, person, link, ver }): Arrow => ({ from: id, to: person, decided: link === 'decided' ? ver : 0n }))
  for (const { from, to } of arrows) groups.join(from, to)
  // All are judged by what was merged before any of them is, or their order would matter.
  const claimed: Arrow[] = []
  for (const person of persons) {
    const others = [...(claims.get(person) ?? [])].filter(other => groups.of(other) !== groups.of(person))
    if (new Set(others.map(groups.of)).size === 1) {
      claimed.push(...others.map((to): Arrow => ({ from: person, to, decided: 0n })))
    } else if (others.length > 1) contested.set(person, others.sort())
  }
  for (const { from, to } of claimed) groups.join(from, to)
  const ends = endsOf([...arrows, ...claimed], groups.of)
  return person => ends.get(groups.of(person)) ?? person
}

function endsOf(arrows: readonly Arrow[], groupOf: (id: Pseudonym) => Pseudonym): Map<Pseudonym, Pseudonym> {
  const hasLeft = new Set(arrows.map(({ from }) => from))
  const newest = new Map<Pseudonym, bigint>()
  for (const { from, to, decided } of arrows) {
    newest.set(from, newest.get(from) ?? 0n)
    if (decided >= (newest.get(to) ?? 0n)) newest.set(to, decided)
  }
  const rank = (id: Pseudonym): [boolean, bigint, string] => [!hasLeft.has(id), newest.get(id)!, id]
  const ends = new Map<Pseudonym, Pseudonym>()
  for (const id of newest.keys()) {
    const best = ends.get(groupOf(id))
    if (best === undefined || isBefore(rank(id), rank(best))) ends.set(groupOf(id), id)
  }
  return ends
}

function isBefore(a: [boolean, bigint, string], b: [boolean, bigint, string]): boolean {
  if (a[0] !== b[0]) return a[0]
  return a[1] !== b[1] ? a[1] > b[1] : a[2] < b[2]
}

/** Pairs whose two identifiers are two persons': neither changes hands, both are listed. */
function contradictions(links: readonly Fact[], of: ReadonlyMap<Pseudonym, Pseudonym>): Map<Pseudonym, Set<Pseudonym>> {
  const found = new Map<Pseudonym, Set<Pseudonym>>()
  for (const { id, person, link } of links) {
    const [one, two] = [of.get(id), of.get(person)]
    if (link === 'is' || one === undefined || two === undefined || one === two) continue
    for (const end of [id, person]) setIn(found, end).add(one).add(two)
  }
  return found
}

/** The persons of identifiers that a decision or a claim names one of. */
function ownersOf(
  links: readonly Fact[],
  persons: ReadonlySet<Pseudonym>,
  claims: ReadonlyMap<Pseudonym, ReadonlySet<Pseudonym>>,
  countsAs: (person: Pseudonym) => Pseudonym,
): Map<Pseudonym, Set<Pseudonym>> {
  const owners = new Map<Pseudonym, Set<Pseudonym>>()
  for (const fact of links) {
    if (fact.link !== 'decided') continue
    for (const [id, person] of bothWays(fact)) {
      if (!persons.has(id) && persons.has(person)) setIn(owners, id).add(countsAs(person))
    }
  }
  for (const [id, found] of claims) {
    if (!persons.has(id) && !owners.has(id)) owners.set(id, new Set([...found].map(countsAs)))
  }
  return owners
}

/** Identifiers that nobody claims get the persons that are reached over pairs of them. */
function spread(
  links: readonly Fact[],
  persons: ReadonlySet<Pseudonym>,
  countsAs: (person: Pseudonym) => Pseudonym,
  owners: Map<Pseudonym, Set<Pseudonym>>,
): void {
  const isFree = (id: Pseudonym): boolean => !persons.has(id) && !owners.has(id)
  const pairs = links.filter(({ link }) => link !== 'is').flatMap(bothWays)
  const groups = grouping()
  for (const [one, two] of pairs) if (isFree(one) && isFree(two)) groups.join(one, two)
  const reached = new Map<Pseudonym, Set<Pseudonym>>()
  for (const [one, two] of pairs) {
    if (!isFree(one) || isFree(two)) continue
    for (const person of owners.get(two) ?? [countsAs(two)]) setIn(reached, groups.of(one)).add(person)
  }
  for (const id of new Set(pairs.map(([one]) => one).filter(isFree))) {
    const found = reached.get(groups.of(id))
    if (found) owners.set(id, new Set(found))
  }
}

const bothWays = ({ id, person }: Fact): [Pseudonym, Pseudonym][] => [
  [id, person],
  [person, id],
]

function setIn(sets: Map<string, Set<string>>, key: string): Set<string> {
  const found = sets.get(key)
  if (found) return found
  const made = new Set<string>()
  sets.set(key, made)
  return made
}

/** Disjoint sets: `of` gives the same member for all that were joined, the identifier itself if it never was. */
function grouping(): { join: (one: string, two: string) => void; of: (id: string) => string } {
  const parents = new Map<string, string>()
  const of = (id: string): string => {
    let root = id
    for (let up = parents.get(root); up !== undefined; up = parents.get(root)) root = up
    for (let at = id; at !== root;) {
      const up = parents.get(at)!
      parents.set(at, root)
      at = up
    }
    return root
  }
  const join = (one: string, two: string): void => {
    const [a, b] = [of(one), of(two)]
    if (a !== b) parents.set(a, b)
  }
  return { join, of }
}
