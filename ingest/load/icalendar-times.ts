import ICAL from 'ical.js'
import { MAX_TIMES } from '../../schemas/meeting.ts'
import type { CalendarEntry } from './icalendar-entry.ts'
import { utcMs, type WallClock } from './icalendar-zones.ts'

/** What is kept of a calendar: [from, to), milliseconds. */
export type Span = { fromMs: number; toMs: number }

/** What one file may cost, about a minute: 5,000 weekly series of four years. */
export type Budget = { steps: number }
export const STEPS = 1_000_000

/** From the first meeting of a series to the end of what is kept: daily for 54 years. */
const MAX_STEPS = 20_000
const DAY_MS = 86_400_000
const RHYTHMS: readonly unknown[] = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY']
const MAX_INTERVAL = 1000

/** Why a rule gives no times. */
export type Trouble = { got: string; expected: string }

/**
 * When the meetings of an entry begin, in milliseconds, sorted: its own time or those of its rules, and those of RDATE,
 * without those of EXDATE. Rules are followed on the clock of the entry's own zone: 9:00 stays 9:00 when the clock is put
 * forward.
 *
 * @param moved times of the series that have an entry of their own
 * @returns or what is wrong with a rule: one that no meeting has, or that leads further than a calendar does
 */
export function timesOf(
  entry: CalendarEntry,
  moved: ReadonlySet<number>,
  span: Span,
  budget: Budget,
): number[] | Trouble {
  const times = new Set(entry.rules.length === 0 ? [entry.beginMs] : [])
  for (const ms of entry.extraMs) times.add(ms)
  for (const rule of entry.rules) {
    const found = followed(rule, entry, span, budget)
    if (!Array.isArray(found)) return found
    for (const ms of found) times.add(ms)
  }
  const stands = [...times].filter(
    ms =>
      ms >= span.fromMs &&
      ms < span.toMs &&
      !moved.has(ms) &&
      !entry.exceptMs.has(ms) &&
      !entry.exceptDays.has(dayOn(entry, ms)),
  )
  if (stands.length > MAX_TIMES) return { got: `${stands.length} times`, expected: `at most ${MAX_TIMES}` }
  return stands.sort((a, b) => a - b)
}

function followed(rule: ICAL.Recur, entry: CalendarEntry, span: Span, budget: Budget): number[] | Trouble {
  if (!RHYTHMS.includes(rule.freq)) return { got: `FREQ ${String(rule.freq)}`, expected: RHYTHMS.join(', ') }
  if (rule.interval > MAX_INTERVAL) return { got: 'a very long INTERVAL', expected: `at most ${MAX_INTERVAL}` }
  const untilMs = untilOf(rule, entry.clock)
  // The library searches as far as UNTIL: a day behind the end of what is kept is far enough in every zone.
  rule.until = wallAt(Math.min(untilMs, span.toMs) + DAY_MS)
  const times: number[] = []
  try {
    const next = guarded(rule, wallAt(utcMs(entry.begin)), budget)
    for (let wall = next(); wall; wall = next()) {
      const ms = entry.clock(wall)
      if (ms > untilMs || ms >= span.toMs) break
      if (ms >= span.fromMs && isMeant(rule, entry.begin, wall)) times.push(ms)
    }
    return times
  } catch {
    // The library's own words repeat what stands there, which may be anything.
    return { got: 'a rule that contradicts itself or has no end', expected: `a rule of RFC 5545 of ${MAX_STEPS} steps` }
  }
}

/** The library carries a 29 February of each year over to March, where RFC 5545 passes over years that have none. */
function isMeant({ freq, parts }: ICAL.Recur, begin: ICAL.Time, wall: ICAL.Time): boolean {
  if (freq !== 'YEARLY') return true
  const months = parts.BYMONTH ?? (Object.keys(parts).length === 0 ? [begin.month] : null)
  return months === null || (months as number[]).includes(wall.month)
}

/** The library's iterator, which has no end of its own for a day that never comes (each 30 February, daily). */
function guarded(rule: ICAL.Recur, begin: ICAL.Time, budget: Budget): () => ICAL.Time | null {
  let steps = 0
  const step = (): void => {
    if (++steps > MAX_STEPS || --budget.steps < 0) throw new RangeError('too many steps')
  }
  const iterator = rule.iterator(begin) as ICAL.RecurIterator & { check_contracting_rules: () => boolean }
  const check = iterator.check_contracting_rules.bind(iterator)
  iterator.check_contracting_rules = () => {
    step()
    return check()
  }
  return () => {
    step()
    return iterator.next()
  }
}

/** The last instant that a rule has; of a date its whole day, as calendars that write one mean it. */
function untilOf({ until }: ICAL.Recur, clock: WallClock): number {
  if (!until) return Number.POSITIVE_INFINITY
  if (until.isDate) return clock(wallAt(utcMs(until) + DAY_MS)) - 1
  return until.zone === ICAL.Timezone.utcTimezone ? utcMs(until) : clock(until)
}

function wallAt(ms: number): ICAL.Time {
  const at = new Date(ms)
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()]
  const [hour, minute, second] = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()]
  return ICAL.Time.fromData({ year, month, day, hour, minute, second, isDate: false }, ICAL.Timezone.localTimezone)
}

/** The date on the entry's own clock: that clock is at most a day from Greenwich, and shows the begin's hour of the day. */
function dayOn({ exceptDays, clock }: CalendarEntry, ms: number): string {
  if (exceptDays.size === 0) return ''
  const utcDay = Math.floor(ms / DAY_MS) * DAY_MS
  for (const dayMs of [utcDay - DAY_MS, utcDay, utcDay + DAY_MS]) {
    const [from, to] = [clock(wallAt(dayMs)), clock(wallAt(dayMs + DAY_MS))]
    if (ms >= from && ms < to) return new Date(dayMs).toISOString().slice(0, 10)
  }
  return ''
}
