import {
  arrowStream,
  dictionaryColumn,
  hexColumn,
  hexListColumn,
  textColumn,
  type ArrowColumn,
} from '../infra/warehouse/arrow-batch.ts'
import { columnsOf, uint64Column, uint8Column } from '../infra/warehouse/columns-of.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { NOBODY, type Pseudonym } from '../schemas/record.ts'
import type { AliasEntry } from '../schemas/roster.ts'
import { factKey, lastOf, personOf, type Fact, type PersonMap } from './person-of.ts'
import { rosterVersion } from './roster-version.ts'
import { touchMovedPlans } from './touched-plans.ts'
import { touchMovedScores } from './touched-scores.ts'
import { touchMovedAnswers, touchSurveys } from './touched-surveys.ts'
import { newTouch, REACHED_WEEKS, touchRoster } from './touched.ts'

/** An identifier that changes hands; null: nobody's, which makes it a person of its own. */
export type Move = { identifier: Pseudonym; from: Pseudonym | null; to: Pseudonym | null }

/** What aliases change: the map of all that hangs together with them, without and with them. */
export type Change = { was: PersonMap; is: PersonMap; moves: Move[] }

/** The embedded engine takes statements of at most 4 MiB; an identifier has 64 digits. */
const IDS_AT_ONCE = 50_000
const PAIRS_AT_ONCE = 25_000
const MOVES_AT_ONCE = 15_000

/**
 * Store alias entries, bring `person_of` up to date, and touch every week and score of whom an identifier leaves and whom it
 * joins.
 *
 * The entries come last: until they stand in `aliases`, a repeated batch finds the same changes again, and touches again.
 */
export async function storeAliases(warehouse: Warehouse, entries: readonly AliasEntry[]): Promise<void> {
  if (entries.length === 0) return
  const facts = lastOf(entries.map(factOf))
  const news = await changing(warehouse, facts)
  if (news.length > 0) {
    const change = await changeBy(warehouse, news)
    await storeMap(warehouse, change)
    await touchMoves(warehouse, change.moves)
    for (const some of chunks(change.moves, MOVES_AT_ONCE)) await touchMovedScores(warehouse, some, newTouch())
    await touchMovedPlans(warehouse, change.moves)
    await touchMovedAnswers(warehouse, change.moves)
    if (hasMerged(change)) {
      await touchRoster(warehouse)
      await touchSurveys(warehouse)
    }
  }
  await storeFacts(warehouse, entries)
}

/** The fact that an entry states. */
export function factOf(entry: AliasEntry): Fact {
  const { id, person, source, status, contested = false, decision, link = 'is' } = entry
  return {
    id,
    person,
    link: decision ? 'decided' : link,
    source,
    contested,
    active: status === 'active',
    ver: rosterVersion(entry),
  }
}

/** What facts would change beside those that are stored. Changes nothing. */
export async function changeBy(warehouse: Warehouse, news: readonly Fact[]): Promise<Change> {
  const stored = await connected(
    warehouse,
    news.flatMap(({ id, person }) => [id, person]),
  )
  const [was, is] = [personOf(stored), personOf([...stored, ...news])]
  const moves: Move[] = []
  for (const identifier of new Set([...was.of.keys(), ...is.of.keys()])) {
    const [from, to] = [was.of.get(identifier) ?? null, is.of.get(identifier) ?? null]
    if (from !== to) moves.push({ identifier, from, to })
  }
  return { was, is, moves }
}

/** Every stored fact that hangs together with these identifiers, over what is said or decided now. */
export async function connected(warehouse: Warehouse, identifiers: readonly Pseudonym[]): Promise<Fact[]> {
  const facts = new Map<string, Fact>()
  const seen = new Set<Pseudonym>()
  let edge = [...new Set(identifiers)]
  while (edge.length > 0) {
    for (const id of edge) seen.add(id)
    const found = await factsOf(warehouse, edge, false)
    const ends = found.flatMap(({ id, person, active, link }) => (active || link === 'decided' ? [id, person] : []))
    for (const fact of found) facts.set(`${fact.id}|${factKey(fact)}|${fact.source}`, fact)
    edge = [...new Set(ends)].filter(id => !seen.has(id))
  }
  return [...facts.values()]
}

/** Those that say something else than what is stored: a roster that is loaded again says nothing new. */
async function changing(warehouse: Warehouse, facts: readonly Fact[]): Promise<Fact[]> {
  const ids = [...new Set(facts.map(({ id }) => id))]
  const known = new Map((await factsOf(warehouse, ids, true)).map(fact => [factKey(fact), fact]))
  return facts.filter(fact => {
    const before = known.get(factKey(fact))
    if (fact.link === 'decided' || before === undefined) return true
    return before.ver < fact.ver && (before.active !== fact.active || before.contested !== fact.contested)
  })
}

type StoredFact = { n: string; o: string; f: number; l: Fact['link']; s: string; c: number; v: string; d: number }

/** @param forward only those whose `id` is one of the identifiers */
async function factsOf(warehouse: Warehouse, ids: readonly Pseudonym[], forward: boolean): Promise<Fact[]> {
  const facts: Fact[] = []
  for (const some of chunks(ids, IDS_AT_ONCE)) {
    const text = some.join('')
    const rows = await warehouse.query<StoredFact>(
      `select lower(hex(node)) as n, lower(hex(other)) as o, forward as f, link as l, source as s, contested as c,
         toString(ver) as v, deleted as d
       from aliases final
       where node in (select toFixedString(unhex(arrayJoin(extractAll('${text}', '.{64}'))), 32)) and forward >= {forward:UInt8}`,
      { forward: Number(forward) },
      { max_query_size: text.length + 10_000 },
    )
    for (const row of rows) facts.push(factIn(row))
  }
  return facts
}

const factIn = (row: StoredFact): Fact => ({
  id: row.f === 1 ? row.n : row.o,
  person: row.f === 1 ? row.o : row.n,
  link: row.l,
  source: row.s,
  contested: row.c === 1,
  active: row.d === 0,
  ver: BigInt(row.v),
})

async function storeFacts(warehouse: Warehouse, entries: readonly AliasEntry[]): Promise<void> {
  const rows = entries.flatMap(entry => {
    const fact = factOf(entry)
    return [
      { node: fact.id, other: fact.person, forward: true, fact, decision: entry.decision },
      { node: fact.person, other: fact.id, forward: false, fact, decision: entry.decision },
    ]
  })
  const column = columnsOf(rows)
  const columns = [
    column(hexColumn, 'node', row => row.node),
    column(hexColumn, 'other', row => row.other),
    column(uint8Column, 'forward', row => row.forward),
    column(dictionaryColumn, 'link', row => row.fact.link),
    column(dictionaryColumn, 'source', row => row.fact.source),
    column(uint8Column, 'contested', row => row.fact.contested),
    column(hexColumn, 'decided_by', row => row.decision?.by ?? NOBODY),
    column(dictionaryColumn, 'why', row => row.decision?.why ?? ''),
    column(textColumn, 'ref', row => row.decision?.ref ?? ''),
    column(uint64Column, 'ver', row => row.fact.ver),
    column(uint8Column, 'deleted', row => !row.fact.active),
  ]
  await warehouse.insertArrow('aliases', arrowStream(rows.length, columns))
}

async function storeMap(warehouse: Warehouse, { was, is, moves }: Change): Promise<void> {
  const ver = await nextVersion(warehouse)
  if (moves.length > 0) {
    const column = columnsOf(moves)
    await insert(warehouse, 'person_of', moves.length, ver, [
      column(hexColumn, 'identifier', move => move.identifier),
      column(hexColumn, 'person_id', move => move.to ?? NOBODY),
      column(dictionaryColumn, 'source', () => ''),
      column(uint8Column, 'deleted', move => move.to === null),
    ])
  }
  const merged = differing(was.merged, is.merged)
  if (merged.length > 0) {
    const column = columnsOf(merged)
    await insert(warehouse, 'merged_persons', merged.length, ver, [
      column(hexColumn, 'person_id', id => id),
      column(hexColumn, 'into_id', id => is.merged.get(id) ?? NOBODY),
      column(uint8Column, 'deleted', id => !is.merged.has(id)),
    ])
  }
  const contested = differing(was.contested, is.contested)
  if (contested.length > 0) {
    const column = columnsOf(contested)
    await insert(warehouse, 'contested', contested.length, ver, [
      column(hexColumn, 'identifier', id => id),
      column(hexListColumn, 'persons', id => is.contested.get(id) ?? []),
      column(uint8Column, 'deleted', id => !is.contested.has(id)),
    ])
  }
}

function insert(
  warehouse: Warehouse,
  table: string,
  rows: number,
  ver: bigint,
  columns: readonly ArrowColumn[],
): Promise<void> {
  const version = uint64Column(
    'ver',
    Array.from({ length: rows }, () => ver),
  )
  return warehouse.insertArrow(table, arrowStream(rows, [...columns, version]))
}

/** A version above every stored one, also with the clock set back. */
async function nextVersion(warehouse: Warehouse): Promise<bigint> {
  const [row] = await warehouse.query<{ last: string }>(
    `select toString(greatest((select max(ver) from person_of), (select max(ver) from merged_persons),
       (select max(ver) from contested))) as last`,
  )
  const [last, now] = [BigInt(row?.last ?? 0), BigInt(Date.now()) << 20n]
  return now > last ? now : last + 1n
}

function differing<T>(was: ReadonlyMap<Pseudonym, T>, is: ReadonlyMap<Pseudonym, T>): Pseudonym[] {
  const ids = [...new Set([...was.keys(), ...is.keys()])]
  return ids.filter(id => String(was.get(id)) !== String(is.get(id)))
}

const hasMerged = ({ was, is }: Change): boolean => differing(was.merged, is.merged).length > 0

/**
 * Every week that has events of an identifier that changes hands: under its own pseudonym, which leads to whom it joins, and
 * for whom it leaves.
 */
async function touchMoves(warehouse: Warehouse, moves: readonly Move[]): Promise<void> {
  const touched = moves.flatMap(({ identifier, from, to }) => {
    if ((from ?? identifier) === (to ?? identifier)) return []
    const left = from === null || from === identifier ? [] : [identifier + from]
    return [identifier + identifier, ...left]
  })
  for (const some of chunks(touched, PAIRS_AT_ONCE)) {
    const pairs = some.join('')
    await warehouse.command(
      `insert into touched
       select distinct ${REACHED_WEEKS}, move.2, {touch:UInt64}, now(), 0 from events
       inner join (
         select (unhex(substring(pair, 1, 64)), unhex(substring(pair, 65, 64))) as move, toFixedString(move.1, 32) as identifier
         from (select arrayJoin(extractAll('${pairs}', '.{128}')) as pair)
       ) as moves on moves.identifier = events.person_id`,
      // A number of its own for every insert, as in store.ts.
      { touch: String(newTouch()) },
      { max_query_size: pairs.length + 10_000 },
    )
  }
}

function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size)
}
