import { z } from 'zod'
import { rows } from './rows.ts'
import type { Warehouse } from './warehouse.ts'

/** Which letters; what is not said does not matter. */
export type LetterFilter = {
  /** Ids, or their first eight or more digits. */
  ids?: readonly string[]
  source?: string
  door?: string
  code?: string
  /** A part of the rule, whatever its case. */
  rule?: string
  /** Stored at or after, before: ISO 8601 in UTC. */
  since?: string
  before?: string
  /** `open`: redrive has not done with it. Default. */
  state?: 'open' | 'redriven' | 'all'
}

const Group = z.object({
  source: z.string(),
  door: z.string(),
  code: z.string(),
  rule: z.string(),
  letters: z.number(),
  oldest: z.string(),
  newest: z.string(),
  example: z.string(),
})
/** How many letters a source sent to a door break one rule; `example` is the id of the newest. */
export type LetterGroup = z.infer<typeof Group>

const Stored = z.object({
  id: z.string(),
  source: z.string(),
  door: z.string(),
  storedAt: z.string(),
  place: z.string(),
  code: z.string(),
  rule: z.string(),
  reason: z.string(),
  /** Sealed; empty: none is kept. */
  original: z.string(),
  /** When tries that were cut off began. */
  begun: z.array(z.string()),
  redrivenAt: z.string(),
  outcome: z.string(),
  records: z.array(z.string()),
  letters: z.array(z.string()),
})
/** A letter as it is stored, and what became of it; times ISO 8601 in UTC, `redrivenAt` empty while it is open. */
export type StoredLetter = z.infer<typeof Stored>

const isoOf = (column: string): string => `concat(replaceOne(toString(${column}), ' ', 'T'), 'Z')`

const MATCHING = `
  ({state:String} = 'all' or (id in (select letter_id from redriven where is_done)) = ({state:String} = 'redriven'))
  and (empty({ids:Array(String)}) or arrayExists(part -> startsWith(toString(id), part), {ids:Array(String)}))
  and ({source:String} = '' or source = {source:String})
  and ({door:String} = '' or door = {door:String})
  and ({code:String} = '' or code = {code:String})
  and ({rule:String} = '' or positionCaseInsensitiveUTF8(rule, {rule:String}) > 0)
  and stored_at >= parseDateTime64BestEffort({since:String}, 3, 'UTC')
  and stored_at < parseDateTime64BestEffort({before:String}, 3, 'UTC')`

const ALWAYS = { since: '1971-01-01T00:00:00.000Z', before: '2200-01-01T00:00:00.000Z' }

/** Counts of letters by source, door, code and rule, the most frequent first. */
export async function letterGroups(warehouse: Warehouse, filter: LetterFilter): Promise<LetterGroup[]> {
  const found = await warehouse.query(
    `select source, door, code, rule, toFloat64(count()) as letters, ${isoOf('min(stored_at)')} as oldest,
       ${isoOf('max(stored_at)')} as newest, toString(argMax(id, stored_at)) as example
     from dead_letters final where ${MATCHING}
     group by source, door, code, rule order by letters desc, source, door, code, rule`,
    paramsOf(filter),
  )
  return rows(Group, found)
}

/**
 * Letters with their sealed originals, the oldest first, in pages. A letter that changes its state meanwhile moves no other.
 */
export async function* storedLetters(
  warehouse: Warehouse,
  filter: LetterFilter,
  page = 500,
): AsyncGenerator<StoredLetter[]> {
  let after = { at: ALWAYS.since, id: '' }
  for (;;) {
    const found = rows(Stored, await warehouse.query(PAGE, { ...paramsOf(filter), ...after, page }))
    if (found.length > 0) yield found
    if (found.length < page) return
    const last = found.at(-1)!
    after = { at: last.storedAt, id: last.id }
  }
}

const PAGE = `
  with page as (
    select id, source, door, stored_at, place, code, rule, reason from dead_letters final
    where ${MATCHING}
      and (stored_at, toString(id)) > (parseDateTime64BestEffort({at:String}, 3, 'UTC'), {id:String})
    order by stored_at, toString(id) limit {page:UInt32}
  ),
  tries as (
    select letter_id, groupArrayIf(${isoOf('redriven_at')}, not is_done) as begun,
      maxIf(redriven_at, is_done) as done_at, argMaxIf(outcome, redriven_at, is_done) as outcome,
      argMaxIf(records, redriven_at, is_done) as records, argMaxIf(letters, redriven_at, is_done) as letters
    from redriven final where letter_id in (select id from page) group by letter_id
  )
  select toString(page.id) as id, source, door, ${isoOf('page.stored_at')} as storedAt, place, code, rule, reason,
    o.original as original, t.begun as begun,
    if(t.outcome = '', '', ${isoOf('t.done_at')}) as redrivenAt, t.outcome as outcome,
    arrayMap(x -> toString(x), t.records) as records, arrayMap(x -> toString(x), t.letters) as letters
  from page
  left any join (
    select id, original from dead_letter_originals final where id in (select id from page)
  ) as o on o.id = page.id
  left any join tries as t on t.letter_id = page.id
  order by page.stored_at, toString(page.id)`

function paramsOf(filter: LetterFilter): Record<string, unknown> {
  const { ids = [], source = '', door = '', code = '', rule = '', state = 'open' } = filter
  const { since = ALWAYS.since, before = ALWAYS.before } = filter
  return { ids: ids.map(id => id.toLowerCase()), source, door, code, rule, state, since, before }
}

const Month = z.object({ month: z.string(), letters: z.number() })

/** How many letters have a sealed original, by the month whose key opens it (`2026-03`), the oldest first. */
export async function sealedMonths(
  warehouse: Warehouse,
  filter: LetterFilter,
): Promise<{ month: string; letters: number }[]> {
  const found = await warehouse.query(
    `select formatDateTime(o.stored_at, '%Y-%m', 'UTC') as month, toFloat64(count()) as letters
     from dead_letter_originals as o final
     where o.id in (select id from dead_letters final where ${MATCHING})
     group by month order by month`,
    paramsOf(filter),
  )
  return rows(Month, found)
}
