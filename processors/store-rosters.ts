import {
  arrowStream,
  boolColumn,
  dictionaryColumn,
  dictionaryListColumn,
  hexColumn,
  textColumn,
  type ArrowColumn,
} from '../infra/warehouse/arrow-batch.ts'
import { columnsOf, daysColumn, uint64Column, uint8Column, wideDaysColumn } from '../infra/warehouse/columns-of.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { RosterEntry } from '../schemas/roster.ts'
import { storeAliases } from './person-of-store.ts'
import { isMeeting, storeMeetings } from './store-meetings.ts'
import { rosterVersion } from './roster-version.ts'
import { touchSurveys } from './touched-surveys.ts'
import { touchRoster } from './touched.ts'

type Type = RosterEntry['type']
type EntryOf<T extends Type> = Extract<RosterEntry, { type: T }>
type Stored = Exclude<Type, 'alias' | 'meeting' | 'meeting-list'>

const OPEN_END = '2299-12-31'

/**
 * Store roster entries and touch what they change. The last stored entry about a thing wins, in whatever order they come.
 *
 * An identifier that changes hands touches the weeks of the person whom it leaves and of the one it joins; anything else
 * touches the aggregates of every week that has any. What calendars plan is in no figure, and touches nothing.
 */
export async function storeRosters(warehouse: Warehouse, entries: readonly RosterEntry[]): Promise<void> {
  await storeAliases(
    warehouse,
    entries.filter(entry => entry.type === 'alias'),
  )
  for (const type of Object.keys(TABLES) as Stored[]) {
    const of = entries.filter(entry => entry.type === type)
    if (of.length > 0) await warehouse.insertArrow(TABLES[type], streamOf(type, of))
  }
  await storeMeetings(warehouse, entries.filter(isMeeting))
  if (entries.some(entry => entry.type !== 'alias' && !isMeeting(entry))) {
    await touchRoster(warehouse)
    await touchSurveys(warehouse)
  }
}

const TABLES: Record<Stored, string> = {
  school: 'schools',
  session: 'sessions',
  class: 'classes',
  person: 'persons',
  enrolment: 'enrolments',
  day: 'calendar',
}

function streamOf(type: Stored, entries: readonly RosterEntry[]): Uint8Array {
  const column = columnsOf(entries)
  return arrowStream(entries.length, [
    ...(COLUMNS[type] as (entries: readonly RosterEntry[]) => ArrowColumn[])(entries),
    column(dictionaryColumn, 'source', entry => entry.source),
    column(uint64Column, 'ver', rosterVersion),
    column(uint8Column, 'deleted', entry => entry.status === 'deleted'),
  ])
}

const COLUMNS: { [T in Stored]: (entries: readonly EntryOf<T>[]) => ArrowColumn[] } = {
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

function dayOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 86_400_000
}
