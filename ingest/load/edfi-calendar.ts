import { z } from 'zod'
import { faultsOf } from '../faults.ts'
import { addDay, DAY_UNUSED } from './calendar.ts'
import { codeOf, type Descriptors } from './edfi-descriptors.ts'
import { each, unknownDescriptor } from './edfi-events.ts'
import { listed, type EdFiSet } from './edfi-objects.ts'
import { wrong } from './edfi-rows.ts'
import type { Loader, RowOutcome } from './loader.ts'
import { DateText } from './oneroster-rows.ts'
import type { TableRow } from './table.ts'

const CalendarDate = z.object({ date: DateText, 'calendarReference.schoolId': z.string().min(1).max(256) })

/**
 * Calendar dates → days of schools. A school may have a calendar for every grade: a day on which any of them has school is a
 * school day, so that days are made when all are read.
 *
 * @param schools the roster's, if it was loaded with it: a calendar of an unknown school is refused
 */
export async function loadEdFiCalendar(
  set: EdFiSet,
  descriptors: Descriptors,
  loader: Loader,
  schools: ReadonlySet<string> | null,
): Promise<void> {
  const days = new Map<string, { schoolDay: boolean; reason: string }>()
  await each(set, 'calendarDates', loader, row => readDay(row, descriptors, loader, schools, days))
  for (const [key, { schoolDay, reason }] of days) {
    const [day, school] = [key.slice(0, 10), key.slice(11)] as const
    addDay(loader, { school, day, schoolDay, reason })
  }
  await loader.flush()
}

function readDay(
  row: TableRow,
  descriptors: Descriptors,
  loader: Loader,
  schools: ReadonlySet<string> | null,
  days: Map<string, { schoolDay: boolean; reason: string }>,
): RowOutcome {
  const found = CalendarDate.safeParse(row.values)
  const events = listed(row.values, 'calendarEvents', 'calendarEventDescriptor')
  const unknown = events.find(uri => descriptors.meaning('CalendarEvent', uri) === undefined)
  const faults = row.unreadable
    ? [row.unreadable]
    : found.success
      ? []
      : faultsOf(found.error.issues, row.values, row.row, row.place, ' field ')
  const school = found.data?.['calendarReference.schoolId'] ?? ''
  if (faults.length === 0 && (events.length === 0 || unknown !== undefined))
    faults.push(unknownDescriptor(row, 'calendarEventDescriptor', unknown).unreadable!)
  if (faults.length === 0 && schools?.has(school) === false)
    faults.push(
      wrong(
        row,
        'calendarReference.schoolId',
        'a school that schools does not have',
        'the schoolId of a school',
        'reference',
      ),
    )
  if (faults.length > 0 || !found.success) {
    loader.bury('edfi', row.place, row.text, faults, DAY_UNUSED, 'ROW_INVALID', row.values)
    return 'dead'
  }
  const key = `${found.data.date}|${school}`
  const schoolDay = events.some(uri => descriptors.meaning('CalendarEvent', uri) === 'school')
  if (schoolDay || !days.has(key)) days.set(key, { schoolDay, reason: codeOf(events[0]!).slice(0, 128) })
  return 'stored'
}
