import {
  arrowStream,
  boolColumn,
  dictionaryColumn,
  dictionaryListColumn,
  hexColumn,
  hexListColumn,
  millisecondsColumn,
  numberColumn,
  uuidColumn,
} from '../infra/warehouse/arrow-batch.ts'
import { columnsOf, daysColumn, uint64Column, uint8Column } from '../infra/warehouse/columns-of.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { MeetingEntry, MeetingListEntry } from '../schemas/meeting.ts'
import type { RosterEntry } from '../schemas/roster.ts'
import { mondayOf } from './local-time.ts'
import { rosterVersion } from './roster-version.ts'

/** Rows inserted at once: a series may have thousands of times. */
const ROWS = 20_000

type Row = { meeting: MeetingEntry; ver: bigint; beginMs: number; day: number }

export const isMeeting = (entry: RosterEntry): entry is MeetingEntry | MeetingListEntry =>
  entry.type === 'meeting' || entry.type === 'meeting-list'

/**
 * Store what calendars plan: one row for each time of a meeting. Which of them still stand in their calendars,
 * `planned_meetings` says, in whatever order the entries come.
 */
export async function storeMeetings(
  warehouse: Warehouse,
  entries: readonly (MeetingEntry | MeetingListEntry)[],
): Promise<void> {
  const rows = entries.flatMap(entry => (entry.type === 'meeting' ? rowsOf(entry) : []))
  for (let from = 0; from < rows.length; from += ROWS)
    await warehouse.insertArrow('scheduled_meetings', meetingsStream(rows.slice(from, from + ROWS)))
  const lists = entries.filter(entry => entry.type === 'meeting-list')
  if (lists.length > 0) await warehouse.insertArrow('scheduled_calendars', calendarsStream(lists))
}

function rowsOf(meeting: MeetingEntry): Row[] {
  const ver = rosterVersion(meeting)
  return meeting.times.map(({ at, day }) => ({
    meeting,
    ver,
    beginMs: Date.parse(at),
    day: Date.parse(`${day}T00:00:00Z`) / 86_400_000,
  }))
}

function meetingsStream(rows: readonly Row[]): Uint8Array {
  const column = columnsOf(rows)
  return arrowStream(rows.length, [
    column(dictionaryColumn, 'source', ({ meeting }) => meeting.source),
    column(hexColumn, 'calendar', ({ meeting }) => meeting.calendar),
    column(uuidColumn, 'meeting_id', ({ meeting }) => meeting.id),
    column(millisecondsColumn, 'begin_at', ({ beginMs }) => beginMs),
    column(daysColumn, 'week', ({ day }) => mondayOf(day)),
    column(daysColumn, 'local_day', ({ day }) => day),
    numberColumn(
      'minutes',
      'UInt16',
      Uint16Array.from(rows, ({ meeting }) => meeting.minutes),
    ),
    column(dictionaryColumn, 'section', ({ meeting }) => meeting.section),
    column(dictionaryColumn, 'school_id', ({ meeting }) => meeting.school),
    column(dictionaryColumn, 'purpose', ({ meeting }) => meeting.purpose),
    column(boolColumn, 'tentative', ({ meeting }) => meeting.tentative),
    column(hexListColumn, 'people', ({ meeting }) => meeting.people.map(({ id }) => id)),
    column(dictionaryListColumn, 'roles', ({ meeting }) => meeting.people.map(({ role }) => role)),
    column(millisecondsColumn, 'stored_at', ({ meeting }) => Date.parse(meeting.storedAt)),
    column(uint64Column, 'ver', ({ ver }) => ver),
    column(uint8Column, 'deleted', ({ meeting }) => meeting.status === 'deleted'),
  ])
}

function calendarsStream(lists: readonly MeetingListEntry[]): Uint8Array {
  const column = columnsOf(lists)
  return arrowStream(lists.length, [
    column(dictionaryColumn, 'source', ({ source }) => source),
    column(hexColumn, 'calendar', ({ calendar }) => calendar),
    column(millisecondsColumn, 'since', ({ since }) => Date.parse(since)),
    column(uint64Column, 'ver', ({ since }) => BigInt(Date.parse(since))),
  ])
}
