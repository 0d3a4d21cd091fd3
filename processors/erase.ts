import { setTimeout as wait } from 'node:timers/promises'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { ERASED } from '../schemas/erasure.ts'
import { PERSON_COLUMNS, type PersonColumn } from './erase-tables.ts'
import { newTouch, ROSTER_TOUCH } from './touched.ts'
import { EVERY_STUDENT, touchScores } from './touched-scores.ts'
import { touchSurveys } from './touched-surveys.ts'

/** Rows by table: those that go, and those in which somebody else's row says so. */
export type Held = { table: string; own: number; named: number }

/** Whose: hashes of `erasedHash`, so that no statement, and no file that a statement leaves behind, names a pseudonym. */
type Hashes = readonly string[]

/** Where a person stands in the warehouse, table by table; rows as stored, older versions included. Changes nothing. */
export async function heldIn(warehouse: Warehouse, hashes: Hashes): Promise<Held[]> {
  const tables = Map.groupBy(await presentColumns(warehouse), nameOf)
  const held: Held[] = []
  for (const [table, columns] of tables) {
    const any = (own: boolean): string =>
      columns.flatMap(of => (isOwn(of) === own ? [namesAny(of, hashes)] : [])).join(' or ') || 'false'
    const [found] = await warehouse.query<{ own: number; named: number }>(
      `select toFloat64(countIf(${any(true)})) as own, toFloat64(countIf(not (${any(true)}) and (${any(false)}))) as named
       from ${fullName(columns[0]!)}`,
    )
    if (found!.own + found!.named > 0) held.push({ table, own: found!.own, named: found!.named })
  }
  return held
}

/**
 * Delete the rows of erased people, let others' rows name nobody in their place, and have every aggregate that they were
 * part of computed anew. Safe to repeat. The processors must know of the erasure before, or would store what goes.
 */
export async function eraseRows(warehouse: Warehouse, hashes: Hashes): Promise<void> {
  const held = new Set((await heldIn(warehouse, hashes)).map(({ table }) => table))
  if (held.size === 0) return
  await keepContested(warehouse, hashes)
  const cohorts = await cohortsOf(warehouse, hashes)
  await touchCohorts(warehouse, cohorts)
  for (const [table, columns] of Map.groupBy(await presentColumns(warehouse), nameOf)) {
    if (held.has(table)) await eraseIn(warehouse, columns, hashes)
  }
  await forgetWeeks(warehouse)
  // Once more: what was touched before may have been computed, and cleared, before the scores went.
  await touchCohorts(warehouse, cohorts)
  await touchRenamed(warehouse)
  await touchEveryWeek(warehouse)
  await touchSurveys(warehouse)
}

/** Delete the originals of dead letters. */
export async function eraseLetters(warehouse: Warehouse, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const listed = ids.map(id => `'${id}'`).join(',')
  const isTheirs = `id in (${listed})`
  const [found] = await warehouse.query<{ n: number }>(
    `select toFloat64(count()) as n from dead_letter_originals where ${isTheirs}`,
  )
  if (found!.n === 0) return
  await warehouse.command(`alter table dead_letter_originals delete where ${isTheirs}`, {}, SYNCHRONOUS)
}

/** A part that was replaced is deleted after this many seconds instead of eight minutes; it was synced before. */
const LIFETIME_S = 1
/** Longer than their lifetime. */
const LOOK_EVERY_MS = 1200
const PATIENCE_MS = 180_000

/** The tables that an erasure may change. */
export async function erasedTables(warehouse: Warehouse): Promise<string[]> {
  return [...new Set((await presentColumns(warehouse)).map(nameOf)), 'dead_letter_originals']
}

/** Before rows are changed, so that `removeOldFiles` need not wait ten minutes: what takes the place of old parts is synced first. */
export async function hasten(warehouse: Warehouse, tables: readonly string[]): Promise<void> {
  const settings = Object.entries(HASTE).map(([name, value]) => `${name} = ${value}`)
  for (const table of tables)
    await warehouse.command(`alter table ${placeOf(table)} modify setting ${settings.join(', ')}`)
}

/**
 * Resolves when the files with the rows as they were are deleted: every part that has been replaced by now, also by a run that
 * was cut off.
 * @returns tables whose old files were still there after three minutes
 */
export async function removeOldFiles(warehouse: Warehouse, tables: readonly string[]): Promise<string[]> {
  const deadline = Date.now() + PATIENCE_MS
  const [now] = await warehouse.query<{ at: string }>('select toString(now()) as at')
  let left = await replacedBefore(warehouse, tables, now!.at)
  while (left.length > 0 && Date.now() < deadline) {
    await wait(LOOK_EVERY_MS)
    // The engine looks for old parts after up to five minutes, or when a part is replaced by another one.
    for (const table of left) await warehouse.command(`alter table ${placeOf(table)} delete where 0`, {}, SYNCHRONOUS)
    left = await replacedBefore(warehouse, tables, now!.at)
  }
  for (const table of tables)
    await warehouse.command(`alter table ${placeOf(table)} reset setting ${Object.keys(HASTE).join(', ')}`)
  return left
}

async function replacedBefore(warehouse: Warehouse, tables: readonly string[], at: string): Promise<string[]> {
  const found = await warehouse.query<{ name: string }>(
    `select distinct if(database = {identity:String}, concat('identity.', table), table) as name from system.parts
     where not active and rows > 0 and remove_time <= toDateTime({at:String})
       and database in (currentDatabase(), {identity:String})`,
    { identity: warehouse.identity, at },
  )
  return found.map(({ name }) => name).filter(name => tables.includes(name))
}

const HASTE = {
  old_parts_lifetime: LIFETIME_S,
  min_rows_to_fsync_after_merge: 1,
  min_compressed_bytes_to_fsync_after_merge: 1,
  cleanup_delay_period: 1,
  max_cleanup_delay_period: 1,
  cleanup_delay_period_random_add: 0,
  cleanup_thread_preferred_points_per_iteration: 1,
}

const SYNCHRONOUS = { mutations_sync: 1 }
const ERASED_SQL = `toFixedString(unhex('${ERASED}'), 32)`

/** Whether a row goes with the person. */
const isOwn = ({ is }: PersonColumn): boolean => is === 'own' || is === 'scope'
const nameOf = ({ table, identity }: PersonColumn): string => (identity ? `identity.${table}` : table)
const placeOf = (name: string): string =>
  name.startsWith('identity.') ? `{identity:Identifier}.${name.slice('identity.'.length)}` : name
const fullName = (column: PersonColumn): string => placeOf(nameOf(column))

/** SQL: whether a pseudonym is an erased one. */
const isErased = (pseudonym: string, hashes: Hashes): string =>
  `lower(hex(SHA256(concat('v1|erased|', lower(hex(${pseudonym})))))) in (${hashes.map(hash => `'${hash}'`).join(',')})`
const isErasedUnit = (unit: string, hashes: Hashes): string =>
  `startsWith(${unit}, 'student:') and ${isErased(`unhex(substring(${unit}, 9))`, hashes)}`

function namesAny({ column, is }: PersonColumn, hashes: Hashes): string {
  if (is === 'listed') return `arrayExists(x -> ${isErased('x', hashes)}, ${column})`
  if (is === 'unit') return `arrayExists(x -> ${isErasedUnit('x', hashes)}, ${column})`
  if (is === 'text') return `(length(${column}) = 64 and ${isErased(`unhex(${column})`, hashes)})`
  return isErased(is === 'scope' ? `unhex(JSONExtractString(${column}, 'person'))` : column, hashes)
}

function withoutThem({ column, is }: PersonColumn, hashes: Hashes): string {
  if (is === 'listed') return `${column} = arrayMap(x -> if(${isErased('x', hashes)}, ${ERASED_SQL}, x), ${column})`
  if (is === 'unit')
    return `${column} = arrayMap(x -> if(${isErasedUnit('x', hashes)}, 'student:${ERASED}', x), ${column})`
  return `${column} = ${is === 'text' ? `'${ERASED}'` : ERASED_SQL}`
}

/** Those whose tables this database has: a part of Homeroom may not have made its own yet. */
async function presentColumns(warehouse: Warehouse): Promise<PersonColumn[]> {
  const found = await warehouse.query<{ name: string }>(
    `select if(database = {identity:String}, concat('identity.', table), table) as name, name as col
     from system.columns where database in (currentDatabase(), {identity:String})`,
    { identity: warehouse.identity },
  )
  const tables = new Set(found.map(({ name }) => name))
  return PERSON_COLUMNS.filter(column => tables.has(nameOf(column)))
}

async function eraseIn(warehouse: Warehouse, columns: readonly PersonColumn[], hashes: Hashes): Promise<void> {
  const place = fullName(columns[0]!)
  const own = columns.filter(isOwn).map(of => namesAny(of, hashes))
  if (own.length > 0)
    await warehouse.command(`alter table ${place} delete where ${own.join(' or ')}`, {}, { ...SYNCHRONOUS, ...LONG })
  for (const of of columns.filter(of => !isOwn(of))) {
    await warehouse.command(
      `alter table ${place} update ${withoutThem(of, hashes)} where ${namesAny(of, hashes)}`,
      {},
      { ...SYNCHRONOUS, ...LONG },
    )
  }
}

const LONG = { max_query_size: 4_000_000 }

/**
 * An identifier of somebody else that an erased person claimed too stays contested: without the claim, the records that
 * came under it would all become the other one's.
 */
async function keepContested(warehouse: Warehouse, hashes: Hashes): Promise<void> {
  const [node, other] = [isErased('node', hashes), isErased('other', hashes)]
  await warehouse.command(
    `insert into aliases (node, other, forward, link, source, contested, decided_by, why, ref, ver, deleted)
     select if(${node}, ${ERASED_SQL}, node), if(${other}, ${ERASED_SQL}, other), forward, link, source, contested,
       decided_by, why, ref, ver, deleted
     from aliases final
     where (forward = 1 and ${other} and not ${node}) or (forward = 0 and ${node} and not ${other})`,
    {},
    LONG,
  )
}

/** A record that told only of erased people is known by its id alone; as a replay stores it. */
async function forgetWeeks(warehouse: Warehouse): Promise<void> {
  const isAlone = `person_id = ${ERASED_SQL} and week != toDate(0)
    and record_id not in (select record_id from events where has(counterparts, ${ERASED_SQL}))`
  const [found] = await warehouse.query<{ n: number }>(
    `select toFloat64(count()) as n from record_index where ${isAlone}`,
  )
  if (found!.n > 0)
    await warehouse.command(`alter table record_index update week = toDate(0) where ${isAlone}`, {}, SYNCHRONOUS)
}

/** What growth and the like follow from: the others' figures of each test that the person took. */
async function cohortsOf(warehouse: Warehouse, hashes: Hashes): Promise<Cohort[]> {
  return warehouse.query<Cohort>(
    `select distinct test, subject, window from current_scores where ${isErased('student_id', hashes)}
       or ${isErased('teacher_id', hashes)}`,
    {},
    LONG,
  )
}

type Cohort = { test: string; subject: string; window: string }

async function touchCohorts(warehouse: Warehouse, cohorts: readonly Cohort[]): Promise<void> {
  await touchScores(
    warehouse,
    cohorts.map(cohort => ({ ...cohort, student: EVERY_STUDENT })),
    newTouch(),
  )
}

/** What others did with a person as its object: their weeks keep a hash of the object. */
async function touchRenamed(warehouse: Warehouse): Promise<void> {
  await warehouse.command(
    `insert into touched select distinct week, person_id, {touch:UInt64}, now(), 0 from events
     where object = '${ERASED}' and week > toDate(0)`,
    { touch: String(newTouch()) },
  )
}

/** Also weeks in which nobody is left: their aggregates go. */
async function touchEveryWeek(warehouse: Warehouse): Promise<void> {
  await warehouse.command(
    `insert into touched select week, unhex({roster:String}), {touch:UInt64}, now(), 0
     from (select week from student_week union distinct select week from indicators)`,
    { roster: ROSTER_TOUCH, touch: String(newTouch()) },
  )
}
