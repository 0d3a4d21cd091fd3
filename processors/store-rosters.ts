import {
  arrowStream,
  boolColumn,
  dictionaryColumn,
  dictionaryListColumn,
  hexColumn,
  textColumn,
  type ArrowColumn,
} from '../infra/warehouse/arrow-batch.ts'
import { createHash } from 'node:crypto'
import { columnsOf, daysColumn, uint64Column, uint8Column, wideDaysColumn } from '../infra/warehouse/columns-of.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { RosterEntry } from '../schemas/roster.ts'
import { newTouch, REACHED_WEEKS, ROSTER_TOUCH } from './touched.ts'

type Type = RosterEntry['type']
type EntryOf<T extends Type> = Extract<RosterEntry, { type: T }>

const OPEN_END = '2299-12-31'

/**
 * Store roster entries and touch what they change. The last stored entry about a thing wins, in whatever order they come.
 *
 * An alias that changes touches the weeks of the person whom it leaves and of the one it joins; anything else touches the
 * aggregates of every week that has any.
 */
export async function storeRosters(warehouse: Warehouse, entries: readonly RosterEntry[]): Promise<void> {
  const touch = String(newTouch())
  const moves = await changedAliases(
    warehouse,
    entries.filter(entry => entry.type === 'alias'),
  )
  for (const type of Object.keys(TABLES) as Type[]) {
    const of = entries.filter(entry => entry.type === type)
    if (of.length > 0) await warehouse.insertArrow(TABLES[type], streamOf(type, of))
  }
  if (moves.length > 0) await touchMoves(warehouse, moves, touch)
  if (entries.some(entry => entry.type !== 'alias')) {
    await warehouse.command(
      `insert into touched select distinct week, unhex({roster:String}), {touch:UInt64}, now(), 0 from student_week`,
      { roster: ROSTER_TOUCH, touch },
    )
  }
}

const TABLES: Record<Type, string> = {
  school: 'schools',
  session: 'sessions',
  class: 'classes',
  person: 'persons',
  alias: 'person_of',
  enrolment: 'enrolments',
  day: 'calendar',
}

function streamOf(type: Type, entries: readonly RosterEntry[]): Uint8Array {
  const column = columnsOf(entries)
  return arrowStream(entries.length, [
    ...(COLUMNS[type] as (entries: readonly RosterEntry[]) => ArrowColumn[])(entries),
    column(dictionaryColumn, 'source', entry => entry.source),
    column(uint64Column, 'ver', versionOf),
    column(uint8Column, 'deleted', entry => entry.status === 'deleted'),
  ])
}

const COLUMNS: { [T in Type]: (entries: readonly EntryOf<T>[]) => ArrowColumn[] } = {
  school: entries => {
    const column = columnsOf(entries)
    return [column(textColumn, 'school_id', x => x.id), column(textColumn, 'name', x => x.name)]
  },
  session: entries => {
    const column = columnsOf(entries)
    return [
      column(textColumn, 'session_id', x => x.id),
      column(textColumn, 'title', x => x.title),
      column(dictionaryColumn, 'kind', x => x.kind),
      column(dictionaryColumn, 'school_year', x => x.schoolYear),
      column(daysColumn, 'begin_day', x => dayOf(x.begin)),
      column(daysColumn, 'end_day', x => dayOf(x.end)),
    ]
  },
  class: entries => {
    const column = columnsOf(entries)
    return [
      column(textColumn, 'class_id', x => x.id),
      column(textColumn, 'school_id', x => x.school),
      column(textColumn, 'label', x => x.label),
      column(dictionaryColumn, 'class_type', x => x.classType),
      column(dictionaryListColumn, 'subjects', x => x.subjects),
      column(dictionaryListColumn, 'grades', x => x.grades),
    ]
  },
  person: entries => {
    const column = columnsOf(entries)
    return [
      column(hexColumn, 'person_id', x => x.id),
      column(dictionaryColumn, 'role', x => x.role),
      column(dictionaryColumn, 'grade', x => x.grade),
      column(textColumn, 'groups', x => JSON.stringify(x.groups)),
    ]
  },
  alias: entries => {
    const column = columnsOf(entries)
    return [column(hexColumn, 'identifier', x => x.id), column(hexColumn, 'person_id', x => x.person)]
  },
  enrolment: entries => {
    const column = columnsOf(entries)
    return [
      column(hexColumn, 'person_id', x => x.person),
      column(textColumn, 'enrolment_id', x => x.id),
      column(textColumn, 'class_id', x => x.class),
      column(textColumn, 'school_id', x => x.school),
      column(dictionaryColumn, 'role', x => x.role),
      column(wideDaysColumn, 'begin_day', x => dayOf(x.begin)),
      column(wideDaysColumn, 'end_day', x => dayOf(x.end ?? OPEN_END)),
    ]
  },
  day: entries => {
    const column = columnsOf(entries)
    return [
      column(textColumn, 'school_id', x => x.school),
      column(daysColumn, 'day', x => dayOf(x.day)),
      column(boolColumn, 'school_day', x => x.schoolDay),
      column(dictionaryColumn, 'reason', x => x.reason),
    ]
  },
}

/** An identifier that becomes, or ceases to be, somebody's: every person whose weeks change with it. */
type Move = { identifier: string; person: string }

async function changedAliases(warehouse: Warehouse, aliases: readonly EntryOf<'alias'>[]): Promise<Move[]> {
  if (aliases.length === 0) return []
  const ids = aliases.map(alias => alias.id).join('')
  const known = await warehouse.query<{ id: string; person: string }>(
    `select lower(hex(identifier)) as id, lower(hex(person_id)) as person from person_of final
     where identifier in (select unhex(arrayJoin(extractAll('${ids}', '.{64}'))))`,
    {},
    { max_query_size: ids.length + 10_000 },
  )
  const before = new Map(known.map(row => [row.id, row.person]))
  return aliases.flatMap(({ id, person, status }) => {
    const old = before.get(id) ?? id
    const now = status === 'active' ? person : id
    return old === now ? [] : [old, now].map(who => ({ identifier: id, person: who }))
  })
}

async function touchMoves(warehouse: Warehouse, moves: readonly Move[], touch: string): Promise<void> {
  const pairs = moves.map(({ identifier, person }) => identifier + person).join('')
  await warehouse.command(
    `insert into touched
     select distinct ${REACHED_WEEKS}, move.2, {touch:UInt64}, now(), 0 from events
     inner join (
       select (unhex(substring(pair, 1, 64)), unhex(substring(pair, 65, 64))) as move, toFixedString(move.1, 32) as identifier
       from (select arrayJoin(extractAll('${pairs}', '.{128}')) as pair)
     ) as moves on moves.identifier = events.person_id`,
    { touch },
    { max_query_size: pairs.length + 10_000 },
  )
}

/** Later storage is greater; of one moment, the content decides, alike on every replay. */
function versionOf(entry: RosterEntry): bigint {
  const { storedAt, ...content } = entry
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex')
  return (BigInt(Date.parse(storedAt)) << 20n) + BigInt(`0x${hash.slice(0, 5)}`)
}

function dayOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 86_400_000
}
