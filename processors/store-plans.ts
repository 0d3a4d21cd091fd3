import { versionOf } from '../infra/warehouse/entry-version.ts'
import { settingsFor, uuidSet } from '../infra/warehouse/uuid-set.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { PlanKind, type PlanEntry } from '../schemas/plan.ts'
import type { Placed } from './parse-entries.ts'
import { OPEN_END, planStream, TABLES, type PlanRow, type SaidOf } from './plan-rows.ts'
import { touchPlans } from './touched-plans.ts'
import { NOBODY } from '../schemas/record.ts'

type EntryOf<T extends PlanEntry['type']> = Extract<PlanEntry, { type: T }>

export type StoredPlans = {
  /** Rows that say something else than what was stored of the same thing. */
  stored: number
  /** Second deliveries of the same content. */
  duplicates: number
}

const WITHDRAWN = '0'.repeat(12)

/**
 * Store entries of the topic `plans` and touch the student-weeks that they reach, or reached before. The last stored entry
 * about a thing wins, in whatever order they come; a second delivery of the same content touches nothing. Safe to repeat: a
 * batch that was cut off anywhere gives the same rows and touches, because touches come last and every content that was ever
 * said is still there.
 */
export async function storePlans(warehouse: Warehouse, batch: readonly Placed<PlanEntry>[]): Promise<StoredPlans> {
  const done: StoredPlans = { stored: 0, duplicates: 0 }
  for (const kind of PlanKind.options) {
    const rows = batch.flatMap(({ value, position }) => {
      const row = value.type === 'list' ? null : rowOf(value, position)
      return row?.kind === kind ? [row] : []
    })
    const lists = batch.flatMap(({ value }) => (value.type === 'list' && value.of === kind ? [value] : []))
    const known = await newestOf(warehouse, kind, rows)
    await insertPlanRows(warehouse, rows)
    // Read after the rows are there, as `goneBy` reads after its list is: the two may come in any order, and at once, because
    // they stand in different partitions.
    const changed = changedIn(rows, known, await sincesOf(warehouse, kind, rows))
    if (lists.length > 0)
      await warehouse.insert(
        'plan_lists',
        lists.map(({ source, of, since }) => ({ source, kind: of, since: since.replace('T', ' ').replace('Z', '') })),
      )
    const gone = await goneBy(warehouse, kind, lists)
    await touchPlans(warehouse, kind, [...changed, ...gone])
    done.stored += changed.length
    done.duplicates += rows.length - changed.length
  }
  return done
}

/** Insert rows, each into the table of its kind. */
export async function insertPlanRows(warehouse: Warehouse, rows: readonly PlanRow[]): Promise<void> {
  for (const kind of PlanKind.options) {
    const of = rows.filter(row => row.kind === kind)
    if (of.length > 0) await warehouse.insertArrow(TABLES[kind].table, planStream(kind, of))
  }
}

function rowOf(entry: Exclude<PlanEntry, EntryOf<'list'>>, position: string): PlanRow {
  const { id, source, storedAt } = entry
  const isWithdrawn = entry.type === 'withdrawal'
  const hash = isWithdrawn ? WITHDRAWN : entry.hash
  const base = {
    id,
    record: null,
    source,
    saidMs: Date.parse(storedAt),
    storedMs: Date.parse(storedAt),
    content: hash.padStart(16, '0'),
    position,
    ver: versionOf(storedAt, hash),
    deleted: isWithdrawn,
  }
  if (isWithdrawn) return { ...base, kind: entry.of, student: NOBODY, subject: '', said: NOTHING[entry.of] } as PlanRow
  const { type: kind, student, subject } = entry
  return { ...base, kind, student, subject, said: saidIn(entry) } as PlanRow
}

function saidIn(entry: EntryOf<PlanKind>): SaidOf[PlanKind] {
  switch (entry.type) {
    case 'plan': {
      const { unitsPerWeek, mix, begin, end, words = '' } = entry
      return { unitsPerWeek, mix, begin: daysOf(begin), end: end === null ? OPEN_END : daysOf(end), words }
    }
    case 'goal': {
      const { horizon, day, due, closed, status, level, expected, weight, words = '' } = entry
      const days = { day: daysOf(day), due: daysOf(due), closed: daysOf(closed) }
      return { act: 'goal-set', horizon: horizon ?? '', ...days, status, level, expected, weight, words }
    }
    case 'choice':
      return { day: daysOf(entry.day), offered: entry.offered, taken: entry.taken, choice: entry.choice }
    default:
      return { day: daysOf(entry.day), about: entry.about, words: entry.words ?? '' }
  }
}

/** What is stored of a kind where nothing of it was said. */
export const NOTHING: SaidOf = {
  plan: { unitsPerWeek: null, mix: null, begin: 0, end: 0, words: '' },
  goal: {
    act: 'goal-set',
    horizon: '',
    day: 0,
    due: 0,
    closed: 0,
    status: '',
    level: null,
    expected: null,
    weight: null,
    words: '',
  },
  choice: { day: 0, offered: [], taken: '', choice: 'chosen' },
  reflection: { day: 0, about: '', words: '' },
}

const daysOf = (day: string | null): number => (day === null ? 0 : Date.parse(`${day}T00:00:00Z`) / 86_400_000)

type Newest = { content: string; position: string; storedMs: number }

/** Ids of the rows that say something new, or bring back what a list had not any more; one for each such row. */
function changedIn(
  rows: readonly PlanRow[],
  known: Map<string, Newest>,
  sinces: ReadonlyMap<string, number>,
): string[] {
  const changed: string[] = []
  for (const { id, source, content, position, storedMs } of rows) {
    const before = known.get(id)
    // The same place in the log is a repeated batch: its touches may not have been stored.
    const isKnown = before?.content === content && before.position !== position
    if (isKnown && before.storedMs >= (sinces.get(source) ?? 0)) continue
    changed.push(id)
    known.set(id, { content, position, storedMs })
  }
  return changed
}

async function newestOf(warehouse: Warehouse, kind: PlanKind, rows: readonly PlanRow[]): Promise<Map<string, Newest>> {
  const ids = rows.map(({ id }) => id)
  if (ids.length === 0) return new Map()
  const { table, id } = TABLES[kind]
  const found = await warehouse.query<Newest & { id: string }>(
    `select toString(${id}) as id, leftPad(lower(hex(content)), 16, '0') as content, position,
       toFloat64(toUnixTimestamp64Milli(stored_at)) as storedMs
     from ${table} final where ${id} in ${uuidSet(ids)} order by ver desc, ${table}.content desc limit 1 by ${id}`,
    {},
    settingsFor(ids),
  )
  return new Map(found.map(({ id, ...newest }) => [id, newest]))
}

/** When sources gave all they have of a kind, milliseconds since 1970. */
async function sincesOf(warehouse: Warehouse, kind: PlanKind, rows: readonly PlanRow[]): Promise<Map<string, number>> {
  if (rows.length === 0) return new Map()
  const found = await warehouse.query<{ source: string; since: number }>(
    `select source, toFloat64(toUnixTimestamp64Milli(max(since))) as since from plan_lists
     where kind = {kind:String} group by source`,
    { kind },
  )
  return new Map(found.map(({ source, since }) => [source, since]))
}

/**
 * Ids of what lists given whole have not any more: stored before this list, and not gone by the list before it already. The
 * lists themselves are all kept, so that a repeated batch finds the same.
 */
async function goneBy(warehouse: Warehouse, kind: PlanKind, lists: readonly EntryOf<'list'>[]): Promise<string[]> {
  const gone: string[] = []
  const { table, id } = TABLES[kind]
  for (const { source, since } of lists) {
    const found = await warehouse.query<{ id: string }>(
      `with toDateTime64({since:String}, 3, 'UTC') as this,
         (select max(since) from plan_lists where source = {source:String} and kind = {kind:String} and since < this) as before
       select toString(${id}) as id from ${table} final
       where source = {source:String} and record_hash = 0
       group by ${id} having max(stored_at) < this and max(stored_at) >= before`,
      { source, kind, since: since.replace('T', ' ').replace('Z', '') },
    )
    gone.push(...found.map(row => row.id))
  }
  return gone
}
