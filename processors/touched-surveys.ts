import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { newTouch } from './touched.ts'

/** An identifier that passes from one person to another; null: it is a person of its own. */
type Move = { identifier: string; from: string | null; to: string | null }

/** Identifiers in one statement. */
const MOVES_AT_ONCE = 20_000

/** SQL: the week of a window's last day, where its figures stand. */
const WINDOWS = `(select instrument, name as window, toMonday(day_after - 1) as week
  from survey_instruments final array join window.id as name, window.end_day as day_after)`

/** The roster has changed: who could have answered, and where, of every window of a survey. */
export async function touchSurveys(warehouse: Warehouse): Promise<void> {
  await warehouse.command(
    `insert into touched_stages select distinct 'climate', week, {touch:UInt64}, now(), 0 from ${WINDOWS}`,
    { touch: String(newTouch()) },
  )
}

/** Windows with answers of identifiers that change hands: one person's answers count once. */
export async function touchMovedAnswers(warehouse: Warehouse, moves: readonly Move[]): Promise<void> {
  const moved = moves.filter(({ identifier, from, to }) => (from ?? identifier) !== (to ?? identifier))
  // A roster of a large district moves hundreds of thousands: where nobody has answered, nothing is asked of them.
  if (moved.length === 0 || (await warehouse.query('select 1 from survey_responses limit 1')).length === 0) return
  for (let from = 0; from < moved.length; from += MOVES_AT_ONCE) {
    const listed = moved.slice(from, from + MOVES_AT_ONCE).map(({ identifier }) => identifier)
    const text = listed.join('')
    await warehouse.command(
      `insert into touched_stages
       with moved as (select toFixedString(unhex(one), 32) as id from (select arrayJoin(extractAll('${text}', '.{64}')) as one))
       select distinct 'climate', week, {touch:UInt64}, now(), 0 from ${WINDOWS} as w
       where (instrument, window) in (
         select instrument, window from survey_responses where person_id in (select id from moved) or student_id in (select id from moved))`,
      { touch: String(newTouch()) },
      { max_query_size: text.length + 10_000 },
    )
  }
}
