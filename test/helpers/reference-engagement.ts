import { CONTACT_KINDS, LEARNING_KINDS, type LearningRecord } from '../../schemas/record.ts'
import { ZONE } from './records.ts'

// An independent computation of B1 and B2, minute by obvious minute: it shares no code and no method with the SQL. Local
// days come from Intl, intervals are kept as sets of milliseconds' ranges and merged pairwise.

const MINUTE = 60_000

type Interval = { from: number; to: number }
type Week = {
  week: string
  student: string
  learning: Map<string, Interval[]>
  contact: Map<string, Interval[]>
  learned: Set<string>
  met: Set<string>
  /** By day and section what was said of it; '' is the day itself. */
  said: Map<string, Map<string, LearningRecord[]>>
}

const format = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, dateStyle: 'short' })
const localDay = (ms: number): string => format.format(ms)

function mondayOf(day: string): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7))
  return date.toISOString().slice(0, 10)
}

/** The first millisecond of the local day in which `ms` lies, by bisection over the day's name. */
function midnightBefore(ms: number): number {
  const day = localDay(ms)
  let [outside, inside] = [ms - 26 * 60 * MINUTE, ms]
  while (inside - outside > 1) {
    const middle = Math.floor((inside + outside) / 2)
    if (localDay(middle) === day) inside = middle
    else outside = middle
  }
  return inside
}

export function referenceWeeks(records: readonly LearningRecord[], personOf: Map<string, string>): object[] {
  const weeks = new Map<string, Week>()
  for (const record of records) {
    const everybody = [record.actor, ...record.counterparts]
    for (const [index, { id }] of everybody.entries()) {
      const student = personOf.get(id) ?? id
      const isLearning =
        (LEARNING_KINDS as readonly string[]).includes(record.kind) && (index === 0 || record.kind === 'collaborated')
      const isContact = everybody.length > 1 && (CONTACT_KINDS as readonly string[]).includes(record.kind)
      const isPresence = record.kind === 'attended' && record.standard === 'interaction'
      if (index === 0 && (record.kind === 'absent' || isPresence)) addAttendance(weeks, student, record)
      if (isLearning || isContact) addPieces(weeks, student, record, { isLearning, isContact })
    }
  }
  return [...weeks.values()]
    .filter(week => !isEmpty(week))
    .map(summary)
    .sort((a, b) => (a.week + a.student < b.week + b.student ? -1 : 1))
}

function weekOf(weeks: Map<string, Week>, student: string, day: string): Week {
  const week = mondayOf(day)
  const key = `${week}|${student}`
  const found = weeks.get(key) ?? {
    week,
    student,
    learning: new Map(),
    contact: new Map(),
    learned: new Set(),
    met: new Set(),
    said: new Map(),
  }
  weeks.set(key, found)
  return found
}

function addAttendance(weeks: Map<string, Week>, student: string, record: LearningRecord): void {
  const day = localDay(Date.parse(record.occurredAt))
  const { said } = weekOf(weeks, student, day)
  const sections = said.get(day) ?? new Map<string, LearningRecord[]>()
  said.set(day, sections)
  const section = record.section ?? ''
  sections.set(section, [...(sections.get(section) ?? []), record])
}

function addPieces(
  weeks: Map<string, Week>,
  student: string,
  record: LearningRecord,
  is: { isLearning: boolean; isContact: boolean },
): void {
  const to = Date.parse(record.occurredAt)
  const cap = is.isLearning ? 60 * MINUTE : 480 * MINUTE
  const from = to - Math.min(record.durationMs ?? 0, cap)
  const midnight = midnightBefore(to)
  const parts =
    from < midnight
      ? [
          { from, to: midnight, day: localDay(midnight - 1) },
          { from: midnight, to, day: localDay(to) },
        ]
      : [{ from, to, day: localDay(to) }]
  for (const { day, ...interval } of parts) {
    const found = weekOf(weeks, student, day)
    if (is.isLearning) found.learned.add(record.id)
    if (is.isContact) found.met.add(record.id)
    if (is.isLearning) found.learning.set(day, [...(found.learning.get(day) ?? []), interval])
    if (is.isContact) found.contact.set(day, [...(found.contact.get(day) ?? []), interval])
  }
}

function merged(intervals: readonly Interval[]): Interval[] {
  const result: Interval[] = []
  for (const next of [...intervals].sort((a, b) => a.from - b.from || a.to - b.to)) {
    const last = result.at(-1)
    if (last && next.from <= last.to) last.to = Math.max(last.to, next.to)
    else result.push({ ...next })
  }
  return result
}

function effort(intervals: readonly Interval[]): { ms: number; sessions: number } {
  const union = merged(intervals)
  let ms = MINUTE
  let sessions = 1
  for (const [index, { from, to }] of union.entries()) {
    ms += to - from
    const next = union[index + 1]
    if (!next) continue
    const gap = next.from - to
    if (gap > 30 * MINUTE) {
      ms += MINUTE
      sessions++
    } else ms += Math.min(gap, 10 * MINUTE)
  }
  return { ms, sessions }
}

/** Absent by what was stored last; of what was stored in one moment an absence decides. */
function isMissed(said: readonly LearningRecord[]): boolean {
  const last = said
    .map(({ storedAt }) => storedAt)
    .sort()
    .at(-1)
  return said.some(({ storedAt, kind }) => storedAt === last && kind === 'absent')
}

function attendance({ said }: Week) {
  const days = [...said.keys()].sort()
  const byClass = days.filter(day => !said.get(day)!.has(''))
  return {
    absent_days: days.filter(day => said.get(day)!.has('') && isMissed(said.get(day)!.get('')!)),
    class_days: byClass,
    class_absences: byClass.map(day => [...said.get(day)!.values()].filter(isMissed).length),
    classes_taken: byClass.map(day => said.get(day)!.size),
  }
}

function isEmpty({ learned, met, said }: Week): boolean {
  return learned.size === 0 && met.size === 0 && [...said.values()].every(of => of.has('') && !isMissed(of.get('')!))
}

function summary(of: Week) {
  const { week, student, learning, contact, learned, met } = of
  const days = [...learning.keys()].sort()
  const efforts = days.map(day => effort(learning.get(day)!))
  const contactDays = [...contact.keys()].sort()
  return {
    week,
    student,
    days,
    day_ms: efforts.map(e => e.ms),
    effort_ms: efforts.reduce((sum, e) => sum + e.ms, 0),
    sessions: efforts.reduce((sum, e) => sum + e.sessions, 0),
    events: learned.size,
    contact_days: contactDays,
    contact_ms: contactDays.flatMap(day => merged(contact.get(day)!)).reduce((sum, { from, to }) => sum + to - from, 0),
    contacts: met.size,
    ...attendance(of),
  }
}
