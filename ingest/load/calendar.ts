import { z } from 'zod'
import type { RosterEntry } from '../../schemas/roster.ts'
import { faultsOf, fault } from '../faults.ts'
import { DateText } from './oneroster-rows.ts'
import type { SourceFile } from './file-set.ts'
import type { Loader } from './loader.ts'
import { tableRows, type TableRow } from './table.ts'

const CalendarRow = z.object({
  schoolSourcedId: z.string().max(256).default(''),
  date: DateText,
  schoolDay: z.enum(['true', 'false']),
  reason: z.string().max(128).default(''),
})

/**
 * `calendar.csv`: schoolSourcedId (empty: the whole district), date, schoolDay (true or false), reason. Days that no row
 * names are school days from Monday to Friday.
 * @param schools the roster's schools, if it was loaded with it: a calendar of an unknown school is refused
 */
export async function loadCalendar(
  file: SourceFile,
  loader: Loader,
  schools: ReadonlySet<string> | null,
): Promise<void> {
  const summary = loader.file(file.label)
  for await (const row of tableRows(file, { required: ['date', 'schoolDay'] })) {
    await loader.counted(summary, loadDay(row, loader, schools) ? 'stored' : 'dead')
  }
  await loader.finished(summary)
}

function loadDay(row: TableRow, loader: Loader, schools: ReadonlySet<string> | null): boolean {
  const parsed = CalendarRow.safeParse(row.values)
  const faults = row.unreadable
    ? [row.unreadable]
    : parsed.success
      ? []
      : faultsOf(parsed.error.issues, row.values, row.row, row.place, ' field ')
  const school = parsed.data?.schoolSourcedId ?? ''
  if (faults.length === 0 && school !== '' && schools?.has(school) === false) {
    const place = `${row.place} field schoolSourcedId`
    const found = fault(row.row, place, 'a school that orgs.csv does not have', 'the sourcedId of a school')
    faults.push({ ...found, rule: 'reference' })
  }
  if (faults.length > 0 || !parsed.success) {
    loader.bury('calendar', row.place, row.text, faults, DAY_UNUSED, 'ROW_INVALID', row.values)
    return false
  }
  const { date, schoolDay, reason } = parsed.data
  addDay(loader, { school, day: date, schoolDay: schoolDay === 'true', reason })
  return true
}

/** What follows where a row about a day cannot be used. */
export const DAY_UNUSED = 'This day keeps what was said of it before, or counts as any other of its weekday'

/** @param day of a school; of the whole district where `school` is empty */
export function addDay(
  { intake, batch }: Loader,
  day: Pick<Extract<RosterEntry, { type: 'day' }>, 'school' | 'day' | 'schoolDay' | 'reason'>,
): void {
  const { source, storedAt } = batch
  intake.addRoster(batch, { type: 'day', source, storedAt, status: 'active', ...day })
}
