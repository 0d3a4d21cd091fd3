import { MAX_PEOPLE, type MeetingEntry } from '../../schemas/meeting.ts'
import { Role, type Day, type Participant } from '../../schemas/record.ts'
import { fault, type Fault } from '../faults.ts'
import { pseudonymOfParticipant } from '../map/from-interaction.ts'
import type { SourceFile } from './file-set.ts'
import { entryOf, type CalendarEntry } from './icalendar-entry.ts'
import type { CalendarBlock } from './icalendar-mapping.ts'
import { calendarText } from './icalendar-text.ts'
import { STEPS, timesOf, type Budget, type Span } from './icalendar-times.ts'
import { zonesOf } from './icalendar-zones.ts'
import type { Loader, RowOutcome } from './loader.ts'
import { compile, type Compiled, type Values } from './template.ts'

const DAY_MS = 86_400_000
/** What is kept of a calendar around the day on which it is loaded. */
const PAST_DAYS = 5 * 366
const FUTURE_DAYS = 400
/** A longer one is a trip or a holiday. */
const MAX_MINUTES = 1440

const CONSEQUENCE = 'This meeting is not planned anywhere'

type Person = { id: Compiled; idType: string; role: Compiled }
type Reading = Record<'calendar' | 'leaveOut' | 'section' | 'school' | 'purpose', Compiled> & {
  people: Person[]
  invited: Person | null
}

/**
 * Load one file of a calendar. When it is stored, what an earlier load said of the same calendar, and this one did not, is
 * taken back: a load that is cut off takes nothing back.
 * @param begun by name, when this load began with a calendar: it may lie in several files
 */
export async function loadCalendar(
  file: SourceFile,
  block: CalendarBlock,
  begun: Map<string, string>,
  loader: Loader,
): Promise<void> {
  const { source, storedAt: now } = loader.batch
  const name = await loadFile(file, readingOf(block), loader)
  const since = begun.get(name) ?? now
  begun.set(name, since)
  await loader.flush()
  const { storedAt } = loader.batch
  const calendar = pseudonymOfCalendar(name, loader)
  loader.intake.addRoster(loader.batch, {
    type: 'meeting-list',
    source,
    storedAt,
    status: 'active',
    calendar,
    since,
  })
  await loader.flush()
}

function readingOf(block: CalendarBlock): Reading {
  const compiled = ({ id, idType, role }: CalendarBlock['people'][number]): Person => ({
    id: compile(id),
    idType,
    role: compile(role),
  })
  return {
    calendar: compile(block.calendar),
    leaveOut: compile(block.leaveOut),
    section: compile(block.section),
    school: compile(block.school),
    purpose: compile(block.purpose),
    people: block.people.map(compiled),
    invited: block.invited && compiled(block.invited),
  }
}

/** @returns the calendar's name */
async function loadFile(file: SourceFile, reading: Reading, loader: Loader): Promise<string> {
  const calendar = await calendarText(file)
  const zones = zonesOf(calendar.zones, loader.intake.config.timeZone)
  const summary = loader.file(file.label)
  const around = { '#file': file.name, '#calendar': calendar.name }
  const name = reading.calendar(around) ?? file.name
  const entries: CalendarEntry[] = []
  for (const component of calendar.events) {
    const read = entryOf(component, file.label, zones)
    if ('uid' in read) entries.push(read)
    else await loader.counted(summary, bury(component.text, read, loader), read.path)
  }
  const latest = newestOf(entries)
  const moved = movedIn(latest)
  const context: Context = {
    reading,
    span: spanAt(loader.batch.storedMs),
    budget: { steps: STEPS },
    dayAt: localDays(loader.intake.config.timeZone),
    loader,
  }
  for (const entry of entries) {
    const isNewest = latest.get(keyOf(entry)) === entry
    const outcome = isNewest
      ? addMeeting({ ...entry, values: { ...entry.values, ...around } }, name, moved, context)
      : { nobody: 'older versions of entries' }
    await loader.counted(summary, outcome, entry.place)
  }
  for (let i = 0; i < calendar.others; i++) await loader.counted(summary, { nobody: 'tasks, journals and free times' })
  await loader.finished(summary)
  return name
}

const spanAt = (nowMs: number): Span => ({
  fromMs: nowMs - PAST_DAYS * DAY_MS,
  toMs: nowMs + FUTURE_DAYS * DAY_MS,
})

function localDays(timeZone: string): (ms: number) => Day {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  return ms => format.format(ms)
}

const keyOf = ({ uid, replacesMs }: CalendarEntry): string => `${uid}|${replacesMs ?? ''}`

/** Of entries that say the same time of the same series, the newest. */
function newestOf(entries: readonly CalendarEntry[]): Map<string, CalendarEntry> {
  const newest = new Map<string, CalendarEntry>()
  for (const entry of entries) {
    const other = newest.get(keyOf(entry))
    if (other === undefined || isNewer(entry, other)) newest.set(keyOf(entry), entry)
  }
  return newest
}

const isNewer = ({ version: [sequence, stamp] }: CalendarEntry, { version }: CalendarEntry): boolean =>
  sequence > version[0] || (sequence === version[0] && stamp >= version[1])

/** By UID: times of a series that have an entry of their own, moved or called off. */
function movedIn(entries: ReadonlyMap<string, CalendarEntry>): Map<string, Set<number>> {
  const moved = new Map<string, Set<number>>()
  for (const { uid, replacesMs } of entries.values()) {
    if (replacesMs === null) continue
    const times = moved.get(uid) ?? new Set()
    moved.set(uid, times.add(replacesMs))
  }
  return moved
}

type Context = { reading: Reading; span: Span; budget: Budget; dayAt: (ms: number) => Day; loader: Loader }

function addMeeting(
  entry: CalendarEntry,
  calendar: string,
  moved: ReadonlyMap<string, Set<number>>,
  { reading, span, budget, dayAt, loader }: Context,
): RowOutcome {
  const { values, component, place, minutes } = entry
  if (entry.isCancelled) return { nobody: 'cancelled' }
  if (entry.isAllDay) return { nobody: 'entries of whole days' }
  if (minutes > MAX_MINUTES) return { nobody: 'longer than a day' }
  const reason = reading.leaveOut(values)
  if (reason !== undefined) return { nobody: reason }
  const told = toldOf(entry, reading, loader)
  if ('reason' in told) return bury(component.text, told, loader)
  if (told.people.length === 0 && told.section === '') return { nobody: 'no class, and nobody invited' }
  const times = timesOf(entry, (entry.replacesMs === null && moved.get(entry.uid)) || new Set(), span, budget)
  if (!Array.isArray(times)) {
    const { got, expected } = times
    return bury(component.text, fault(component.line, `${place} field RRULE`, got, expected), loader)
  }
  if (times.length === 0) return { nobody: 'at no time that is kept' }
  const { source, storedAt } = loader.batch
  const meeting: MeetingEntry = {
    type: 'meeting',
    source,
    storedAt,
    status: 'active',
    id: loader.intake.derivedId(source, `meeting|${calendar}|${keyOf(entry)}`),
    calendar: pseudonymOfCalendar(calendar, loader),
    ...told,
    tentative: entry.isTentative,
    minutes,
    times: times.map(ms => ({ at: new Date(ms).toISOString(), day: dayAt(ms) })),
  }
  loader.intake.addRoster(loader.batch, meeting)
  return 'stored'
}

/** For whom the meeting is. @returns or what is wrong with that */
function toldOf(
  { values, place, component, invited }: CalendarEntry,
  reading: Reading,
  loader: Loader,
): Pick<MeetingEntry, 'section' | 'school' | 'purpose' | 'people'> | Fault {
  const bad = (field: string, got: string, expected: string): Fault =>
    fault(component.line, `${place} field ${field}`, got, expected)
  const [section = '', school = '', purpose = 'advisory'] = [
    reading.section(values),
    reading.school(values),
    reading.purpose(values),
  ]
  for (const [field, text, most] of [
    ['section', section, 256],
    ['school', school, 256],
    ['purpose', purpose, 64],
  ] as const)
    if (text.length > most) return bad(field, `a text of ${text.length} characters`, `at most ${most}`)
  const people = new Map<string, Participant>()
  const add = ({ id, idType, role }: Person, from: Values): Fault | null => {
    const [text, as] = [id(from)?.trim(), role(from)]
    if (!text || as === undefined) return null
    const known = Role.safeParse(as)
    if (!known.success) return bad('role', `a string of ${as.length} characters`, Role.options.join(', '))
    const pseudonym = pseudonymOfParticipant({ id: text, idType }, loader.intake.pseudonymise)
    if (!people.has(pseudonym)) people.set(pseudonym, { id: pseudonym, role: known.data })
    return null
  }
  for (const person of reading.people) {
    const wrong = add(person, values)
    if (wrong !== null) return wrong
  }
  for (const { address, as } of reading.invited === null ? [] : invited) {
    const [user = '', domain = ''] = address.split('@')
    const wrong = add(reading.invited!, { ...values, address, user, domain, '#as': as })
    if (wrong !== null) return wrong
  }
  if (people.size > MAX_PEOPLE) return bad('ATTENDEE', `${people.size} people`, `at most ${MAX_PEOPLE}`)
  return { section, school, purpose, people: [...people.values()].sort((a, b) => (a.id < b.id ? -1 : 1)) }
}

/** Files of calendars are named after people. */
const pseudonymOfCalendar = (name: string, { intake, batch }: Loader): string =>
  intake.pseudonymise('calendar', `${batch.source}|${name}`)

function bury(text: string, found: Fault, loader: Loader): 'dead' {
  loader.bury('icalendar', found.path, text, [found], CONSEQUENCE)
  return 'dead'
}
