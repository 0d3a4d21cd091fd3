import { setTimeout as wait } from 'node:timers/promises'
import { keyEnds } from '../infra/dead-letter-keys.ts'
import type { LogAdmin } from '../infra/log/event-log.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { cutOff, longestOfEvents, periodOf, type Policy } from './retention-policy.ts'
import { RETAINED, type Retained } from './retained-tables.ts'

/** A month of a table, or of one kind in it, or the beginning of a topic of the log. */
export type Removal = {
  /** As the policy calls it. */
  name: string
  /** Table, or topic of the log. */
  from: string
  /** YYYYMM; 0: of the log. */
  month: number
  /** Kind of event; empty: all. */
  kind: string
  /** Rows as stored, second versions included; messages of the log. */
  rows: number
  /** On the disk; null: not known beforehand, or a share of a partition. */
  bytes: number | null
  /** ISO 8601; empty: not known. */
  oldest: string
  newest: string
}

type Place = { warehouse: Warehouse; log: LogAdmin }
type LogTopic = keyof Policy['log']

/** Statements that began before a month was frozen have their parts in hand by then. */
const SETTLE_MS = 2000
const DAY_MS = 86_400_000

/**
 * What the policy would remove now, the oldest first; and the originals of dead letters whose keys have ended, policy or not.
 * @param policy null: none is set
 */
export async function plannedRemovals({ warehouse, log }: Place, policy: Policy | null, now: Date): Promise<Removal[]> {
  const removals: Removal[] = []
  const isPlanned = ({ from, month }: Removal): boolean =>
    removals.some(other => other.from === from && other.month === month)
  for (const retained of RETAINED) {
    const through = (kind: string): number => lastMonth(retained, policy, kind, now)
    if (through('') < 0 || !(await hasTable(warehouse, retained.table))) continue
    const found = await ofTable(warehouse, retained, through)
    removals.push(...found.filter(removal => removal.kind !== '' || !isPlanned(removal)))
  }
  for (const topic of Object.keys(policy?.log ?? {}) as LogTopic[]) {
    const before_ms = logBefore(policy!, topic, now)
    const { messages, bytes, oldest_ms, newest_ms } = await log.expiredBefore(topic, before_ms)
    const iso = (ms: number | null): string => (ms === null ? '' : new Date(ms).toISOString())
    if (messages > 0)
      removals.push({
        name: 'log',
        from: topic,
        month: 0,
        kind: '',
        rows: messages,
        bytes,
        oldest: iso(oldest_ms),
        newest: iso(newest_ms),
      })
  }
  return removals.sort((a, b) => (a.month || Infinity) - (b.month || Infinity))
}

/**
 * Remove what was planned. First it is written down, so that a replay brings none of it back and that the figures of weeks
 * without events stay; a run that was cut off anywhere is finished by the next.
 */
export async function remove(
  { warehouse, log }: Place,
  policy: Policy | null,
  removals: readonly Removal[],
  now: Date,
): Promise<void> {
  const tables = removals.filter(({ name }) => name !== 'log')
  await writeDown(warehouse, tables, now)
  if (tables.some(({ name }) => name === 'events')) await wait(SETTLE_MS)
  for (const { from, month, kind } of tables) await removeMonth(warehouse, from, month, kind)
  // The log last: what is in no table any more is not missed by a replay.
  for (const { name, from } of removals) {
    if (name === 'log') await log.removeBefore(from as LogTopic, logBefore(policy!, from as LogTopic, now))
  }
}

/** Remove again what was removed once: a replay has taken it from the log. */
export async function removeAgain(warehouse: Warehouse): Promise<void> {
  const found = await warehouse.query<{ name: string; month: number; kind: string }>(
    'select distinct name, month, kind from retired order by month, name, kind',
  )
  for (const { name, month, kind } of found) {
    for (const retained of RETAINED.filter(retained => retained.name === name)) {
      if (await hasTable(warehouse, retained.table)) await removeMonth(warehouse, retained.table, month, kind)
    }
  }
}

/** The last month (YYYYMM) that goes as a whole, with the weeks that begin in it; −1: none. */
function lastMonth({ name }: Retained, policy: Policy | null, kind: string, now: Date): number {
  if (name === 'endedKeys') return lastEndedKey(now)
  const period = name === 'events' ? periodForEvents(policy, kind) : policy?.[name]
  if (period === undefined || period === null) return -1
  return lastWhole(cutOff(period, now))
}

// Asked without a kind: is there any that goes?
function periodForEvents(policy: Policy | null, kind: string): string | null {
  if (policy?.events === undefined) return null
  if (kind !== '') return periodOf(policy, kind)
  return typeof policy.events === 'string' ? policy.events : (Object.values(policy.events)[0] ?? null)
}

function lastWhole(cut: Date): number {
  const week = new Date(cut.getTime() - 7 * DAY_MS)
  const before = new Date(Date.UTC(week.getUTCFullYear(), week.getUTCMonth() - 1, 1))
  return before.getUTCFullYear() * 100 + before.getUTCMonth() + 1
}

function lastEndedKey(now: Date): number {
  let last = lastWhole(now)
  for (;;) {
    const month = `${Math.floor(last / 100)}-${String(last % 100).padStart(2, '0')}`
    if (keyEnds(month) <= now) return last
    last = last % 100 === 1 ? last - 89 : last - 1
  }
}

/** The log keeps what any table keeps: tables go by whole months, and a record may be dated a day after its storage. */
function logBefore(policy: Policy, topic: LogTopic, now: Date): number {
  const others = {
    records: [longestOfEvents(policy), policy.originals],
    'dead-letters': [policy.deadLetters],
    audit: [policy.audit],
  }[topic].map(period => period!)
  const kept = others.map(period => firstAfter(lastWhole(cutOff(period, now))) - 2 * DAY_MS)
  return Math.min(cutOff(policy.log[topic]!, now).getTime(), ...kept)
}

const firstAfter = (month: number): number => Date.UTC(Math.floor(month / 100), month % 100, 1)

type MonthRow = { month: number; kind: string; rows: number; oldest: string; newest: string }

async function ofTable(
  warehouse: Warehouse,
  retained: Retained,
  through: (kind: string) => number,
): Promise<Removal[]> {
  const { name, table, month, time, kinds, partition } = retained
  const found = await warehouse.query<MonthRow>(
    `select toUInt32(${month}) as month, ${kinds ? 'toString(kind)' : "''"} as kind, toFloat64(count()) as rows,
       toString(min(${time})) as oldest, toString(max(${time})) as newest
     from ${table} group by 1, 2 order by 1, 2`,
  )
  const bytes = partition === null ? new Map<number, number>() : await bytesOf(warehouse, table)
  const removals: Removal[] = []
  for (const [monthNumber, rows] of Map.groupBy(found, row => row.month)) {
    const due = rows.filter(({ kind }) => monthNumber <= through(kind))
    if (due.length === rows.length)
      removals.push({ name, from: table, bytes: bytes.get(monthNumber) ?? null, ...together(rows) })
    else for (const row of due) removals.push({ name, from: table, bytes: null, ...row })
  }
  return removals
}

function together(rows: readonly MonthRow[]): MonthRow {
  const oldest = rows.map(row => row.oldest).sort()[0]!
  const newest = rows
    .map(row => row.newest)
    .sort()
    .at(-1)!
  return { month: rows[0]!.month, kind: '', rows: rows.reduce((sum, row) => sum + row.rows, 0), oldest, newest }
}

async function bytesOf(warehouse: Warehouse, table: string): Promise<Map<number, number>> {
  const found = await warehouse.query<{ month: string; bytes: number }>(
    `select partition as month, toFloat64(sum(bytes_on_disk)) as bytes from system.parts
     where database = currentDatabase() and table = {table:String} and active group by partition`,
    { table },
  )
  return new Map(found.map(({ month, bytes }) => [Number(month), bytes]))
}

async function hasTable(warehouse: Warehouse, table: string): Promise<boolean> {
  const sql = 'select 1 from system.tables where database = currentDatabase() and name = {table:String}'
  return (await warehouse.query(sql, { table })).length > 0
}

async function writeDown(warehouse: Warehouse, removals: readonly Removal[], now: Date): Promise<void> {
  const rows = removals
    .filter(({ name }) => name !== 'endedKeys')
    .map(({ name, month, kind, rows: count }) => ({
      name,
      month,
      kind,
      retired_at: now.toISOString(),
      row_count: count,
    }))
  if (rows.length > 0) await warehouse.insert('retired', rows)
}

async function removeMonth(warehouse: Warehouse, table: string, month: number, kind: string): Promise<void> {
  const { partition, month: monthOfRow, name } = RETAINED.find(one => one.table === table)!
  if (partition !== null && kind === '') await warehouse.command(`alter table ${table} drop partition ${month}`)
  // Where whole partitions are not enough: one kind of a month, undated events, tables without months.
  const within = [
    ...(partition === null ? [''] : kind === '' ? [] : [`in partition ${month}`]),
    ...(name === 'events' ? [`in partition ${UNDATED}`] : []),
  ]
  const condition = `${monthOfRow} = {month:UInt32}${kind === '' ? '' : ' and kind = {kind:String}'}`
  for (const where of within)
    await warehouse.command(
      `alter table ${table} delete ${where} where ${condition}`,
      { month, kind },
      { mutations_sync: 1 },
    )
}

/** The partition of events whose time lies outside the kept range. */
const UNDATED = 197001
