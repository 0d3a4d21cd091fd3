import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { catalogue, publishedCells } from '../../schemas/catalogue.ts'
import { openSolver } from './intervals.ts'
import { suppression, type Hidden, type Suppression } from './suppress.ts'
import { TableAudits, tablesOf, type Decision, type Table } from './tables.ts'

/** `kept`: indicator-weeks that stand as they were, because too few students came or went to show new figures. */
export type Snapshot = {
  snapshot: string
  publishedAt: string
  cells: number
  suppressed: number
  audits: number
  kept: number
}

export type Publication = {
  clock?: () => Date
  /** Other rules than those of `suppress.ts`: for tests that attack what they leave open. */
  suppress?: Suppression
  /** The district is made up, and still being sent: its snapshots are not held against each other. */
  madeUp?: boolean
}

/** A week is published from this day after its end, when what arrives late has mostly arrived. */
const AFTER_DAYS = 3
const DRAFT_LIVES_MS = 3_600_000
const TABLES_REMEMBERED = 2000
/** Cells of so many weeks are worked on at once. */
const CELLS_AT_ONCE = 50_000

/**
 * Freeze the live figures of the fixed list of cells as a new snapshot, suppressed as README.md says.
 *
 * Readers take the newest complete snapshot: it becomes complete after its last row is stored, and is never edited. A week
 * whose students changed by fewer than 10 since an earlier snapshot stands as it was.
 *
 * @returns the snapshot, or null if there is nothing to publish yet
 */
export async function publish(
  warehouse: Warehouse,
  { clock = () => new Date(), suppress, madeUp = false }: Publication = {},
): Promise<Snapshot | null> {
  const now = clock()
  const until = publishedUntil(now)
  const { last, previous } = rows(Latest, await warehouse.query(LATEST))[0]!
  const snapshot = String(Math.max(now.getTime(), Number(last) + 1))
  const audits = new TableAudits(warehouse, snapshot, suppress ?? (await rules()))
  const earlier = madeUp ? '0' : previous
  let kept = 0
  await dropDraftsBefore(warehouse, now)
  try {
    for (const weeks of await finishedWeeks(warehouse, until)) {
      const draft = { snapshot, previous: earlier, weeks }
      await warehouse.command(`insert into publishing ${DRAFT}`, { ...draft, until, ...publishedCells })
      const decisions = await decisionsOf(warehouse, draft)
      await audits.decide(decisions)
      await release(warehouse, draft, decisions)
      if (!madeUp) await warehouse.command(`insert into published_members ${MEMBERS}`, draft)
      kept += decisions.filter(({ decision }) => decision === 'kept').length
    }
  } finally {
    await warehouse.command(`alter table publishing drop partition ${snapshot}`)
  }
  const counts = await complete(warehouse, snapshot, now)
  return counts && { snapshot, publishedAt: now.toISOString(), ...counts, audits: audits.count, kept }
}

let loaded: Promise<Suppression> | undefined

/** One solver a process. Tables that it has seen lately are not audited again: most are the same in the next snapshot. */
async function rules(): Promise<Suppression> {
  loaded ??= openSolver().then(solver => remembered(suppression(solver)))
  return loaded
}

function remembered(suppress: Suppression): Suppression {
  const known = new LRUCache<string, Hidden[]>({ max: TABLES_REMEMBERED })
  return (cells, also = []) => {
    const listed = [...also]
    const key = createHash('sha256')
      .update(JSON.stringify([cells, listed]))
      .digest('base64')
    const found = known.get(key) ?? suppress(cells, listed)
    known.set(key, found)
    return found
  }
}

/** What a publication left behind that was killed. */
async function dropDraftsBefore(warehouse: Warehouse, now: Date): Promise<void> {
  const before = String(now.getTime() - DRAFT_LIVES_MS)
  for (const { left } of rows(Left, await warehouse.query(LEFT, { before }))) {
    await warehouse.command(`alter table publishing drop partition ${left}`)
  }
}

type Draft = { snapshot: string; previous: string; weeks: string[] }

/** Weeks that have ended long enough ago, in portions. */
async function finishedWeeks(warehouse: Warehouse, until: string): Promise<string[][]> {
  const found = rows(Week, await warehouse.query(WEEKS, { until, units: publishedCells.units }))
  const portions: string[][] = []
  let cells = Infinity
  for (const week of found) {
    cells += week.cells
    if (cells > CELLS_AT_ONCE) {
      portions.push([])
      cells = week.cells
    }
    portions.at(-1)!.push(week.week)
  }
  return portions
}

/** Which tables of a draft may be shown anew: those with the students of an earlier release, or with at least 10 others. */
async function decisionsOf(warehouse: Warehouse, draft: Draft): Promise<Decision[]> {
  const tables = await tablesOf(warehouse, draft)
  const keyOf = ({ indicator, week }: Pick<Table, 'indicator' | 'week'>) => `${indicator} ${week}`
  const changes =
    draft.previous === '0'
      ? new Map<string, z.infer<typeof Change>[]>()
      : Map.groupBy(rows(Change, await warehouse.query(CHANGES, draft)), keyOf)
  return tables.map(table => {
    const releases = changes.get(keyOf(table)) ?? []
    if (releases.some(({ same }) => same)) return { table, decision: 'same' }
    return { table, decision: releases.every(({ apart }) => apart) ? 'new' : 'kept' }
  })
}

async function release(warehouse: Warehouse, draft: Draft, decisions: readonly Decision[]): Promise<void> {
  await warehouse.command(`insert into published ${FRESH}`, { ...draft, draft: draft.snapshot, ...KINDS })
  if (decisions.every(({ decision }) => decision !== 'kept')) return
  await warehouse.command(`insert into published ${KEPT}`, draft)
  await warehouse.command(`insert into published_hidden ${KEPT_HIDDEN}`, draft)
}

async function complete(
  warehouse: Warehouse,
  snapshot: string,
  now: Date,
): Promise<Pick<Snapshot, 'cells' | 'suppressed'> | null> {
  const [counts] = rows(Counts, await warehouse.query(COUNTS, { snapshot }))
  if (!counts || counts.cells === 0) return null
  const { cells, suppressed, as_of } = counts
  await warehouse.insert('snapshots', [
    {
      snapshot,
      published_at: now.toISOString(),
      as_of,
      cells: String(cells),
      suppressed: String(suppressed),
      complete: true,
    },
  ])
  return { cells, suppressed }
}

/** A publication at this time takes weeks that have ended before this day. */
export const publishedUntil = (at: Date): string =>
  new Date(at.getTime() - AFTER_DAYS * 86_400_000).toISOString().slice(0, 10)

/** Which indicators are shares, and which may be negative: `publish.sql` treats them so. */
export const KINDS = {
  shares: catalogue.filter(({ unit }) => unit.startsWith('share ')).map(({ id }) => id),
  signed: catalogue.filter(({ range }) => range[0] < 0).map(({ id }) => id),
}

const Latest = z.object({ last: z.string(), previous: z.string() })
const Left = z.object({ left: z.string().regex(/^\d+$/) })
const Week = z.object({ week: z.string(), cells: z.int() })
const Change = z.object({ indicator: z.string(), week: z.string(), same: z.boolean(), apart: z.boolean() })
const Counts = z.object({ cells: z.int(), suppressed: z.int(), as_of: z.string() })

const DRAFT = sql(new URL('./draft.sql', import.meta.url))
const CHANGES = sql(new URL('./changes.sql', import.meta.url))
const FRESH = sql(new URL('./publish.sql', import.meta.url))

/** SQL: the series of a published row, as `series.sql` names it. */
const SERIES = `concat(indicator, if(match(slice, '(?:subject|informant)='), '|', ''), extract(slice, '(?:(?:from=[^,]*,)?subject=|informant=).*'))`
const LATEST = `select toString(greatest((select max(snapshot) from snapshots), (select max(snapshot) from published))) as last,
  toString(maxIf(snapshot, complete)) as previous from snapshots final`
const LEFT = 'select distinct toString(snapshot) as left from publishing where snapshot < {before:UInt64}'
const WEEKS = `select week, toFloat64(count()) as cells from indicators
  where week + 7 <= {until:Date} and unit_type in {units:Array(String)} group by week order by week`
const KEPT = `select {snapshot:UInt64} as snapshot, * except (snapshot) from published as p
  where p.snapshot = {previous:UInt64} and week in {weeks:Array(Date)} and (${SERIES}, week) in
    (select indicator, week from published_tables where snapshot = {snapshot:UInt64} and decision = 'kept')`
const KEPT_HIDDEN = `select {snapshot:UInt64} as snapshot, * except (snapshot) from published_hidden as h
  where h.snapshot = {previous:UInt64} and table_id in
    (select arrayJoin([table_id, enrolled_id]) from published_tables
     where snapshot = {snapshot:UInt64} and decision = 'kept' and week in {weeks:Array(Date)})`
const MEMBERS = `select d.snapshot, d.indicator, d.week, d.unit_type, d.unit_id, d.slice, d.n, d.enrolled, d.members
  from publishing as d
  where d.snapshot = {snapshot:UInt64} and d.week in {weeks:Array(Date)} and (d.indicator, d.week) in
    (select indicator, week from published_tables
     where snapshot = {snapshot:UInt64} and week in {weeks:Array(Date)} and decision = 'new')`
const COUNTS = `select toFloat64(count()) as cells, toFloat64(countIf(status = 'suppressed')) as suppressed,
  toString(max(as_of)) as as_of from published where snapshot = {snapshot:UInt64}`
