import { settingsFor, uuidSet } from '../infra/warehouse/uuid-set.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { PlanKind } from '../schemas/plan.ts'
import { TABLES } from './plan-rows.ts'
import { newTouch } from './touched.ts'

/**
 * SQL by kind: the first and the last day that a row reaches. A plan reaches its validity, a goal all days from the first to
 * the last that any row of it names.
 */
const REACH: Record<PlanKind, [first: string, last: string]> = {
  plan: ['begin_day', 'end_day - 1'],
  goal: ['day', 'toDate32(greatest(day, due_day, closed_day))'],
  choice: ['day', 'toDate32(day)'],
  reflection: ['day', 'toDate32(day)'],
}

/** Weeks that anything ever touched: others have no figures, and get none by a plan that reaches them. */
const WEEKS = 'select week from touched union distinct select week from student_week'

const IDS_AT_ONCE = 50_000
const MOVES_AT_ONCE = 15_000

/** One row per thing and student: the days that all it ever said reach, so that what it said before is computed again too. */
const spansOf = (kind: PlanKind, where: string): string => {
  const { table, id } = TABLES[kind]
  const [first, last] = REACH[kind]
  return `select student_id, toMonday(min(${first})) as first, max(${last}) as last from ${table} final
    where deleted = 0 and ${where} group by ${id}, student_id`
}

/** Touch every week that things of one kind reach, or ever reached. @param ids of what was stored, corrected or taken back */
export async function touchPlans(warehouse: Warehouse, kind: PlanKind, ids: readonly string[]): Promise<void> {
  for (const some of chunks([...new Set(ids)], IDS_AT_ONCE))
    await warehouse.command(
      `insert into touched
       select distinct week, student_id, {touch:UInt64}, now(), 0
       from (${spansOf(kind, `${TABLES[kind].id} in ${uuidSet(some)}`)}) as spans cross join (${WEEKS}) as weeks
       where week between first and last`,
      { touch: String(newTouch()) },
      settingsFor(some),
    )
}

/** As `touchPlans`, of what these records say: they were voided. */
export async function touchPlansOf(warehouse: Warehouse, records: readonly string[]): Promise<void> {
  if (records.length === 0) return
  for (const kind of PlanKind.options) {
    const { table, id } = TABLES[kind]
    const found = await warehouse.query<{ id: string }>(
      `select distinct toString(${id}) as id from ${table} where record_id in ${uuidSet(records)}`,
      {},
      settingsFor(records),
    )
    await touchPlans(
      warehouse,
      kind,
      found.map(row => row.id),
    )
  }
}

/** An identifier that passes from one person to another; null: it is a person of its own. */
type Move = { identifier: string; from: string | null; to: string | null }

/** Touch every week that plans of moved identifiers reach: for the identifier, which leads to whom it joins, and for whom it leaves. */
export async function touchMovedPlans(warehouse: Warehouse, moves: readonly Move[]): Promise<void> {
  const kinds = await kindsWithRows(warehouse)
  if (kinds.length === 0) return
  const listed = moves
    .filter(({ identifier, from, to }) => (from ?? identifier) !== (to ?? identifier))
    .map(({ identifier, from }) => identifier + (from ?? identifier))
  for (const some of chunks(listed, MOVES_AT_ONCE)) {
    const pairs = some.join('')
    await warehouse.command(
      `insert into touched
       with moves as (
         select toFixedString(unhex(substring(pair, 1, 64)), 32) as identifier, toFixedString(unhex(substring(pair, 65, 64)), 32) as left
         from (select arrayJoin(extractAll('${pairs}', '.{128}')) as pair)
       )
       select distinct week, arrayJoin([student_id, left]), {touch:UInt64}, now(), 0
       from (${kinds.map(kind => spansOf(kind, 'student_id in (select identifier from moves)')).join(' union all ')}) as spans
       inner join moves on moves.identifier = spans.student_id
       cross join (${WEEKS}) as weeks
       where week between first and last`,
      { touch: String(newTouch()) },
      { max_query_size: pairs.length + 10_000 },
    )
  }
}

/** A roster of a large district moves hundreds of thousands: where nobody plans, nothing is asked of them. */
async function kindsWithRows(warehouse: Warehouse): Promise<PlanKind[]> {
  const counts = PlanKind.options.map(kind => `select '${kind}' as kind, count() as n from ${TABLES[kind].table}`)
  const found = await warehouse.query<{ kind: PlanKind }>(
    `select kind from (${counts.join(' union all ')}) where n > 0 order by kind`,
  )
  return found.map(({ kind }) => kind)
}

function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size)
}
