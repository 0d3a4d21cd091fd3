const DAY_MS = 86_400_000

/** Days without school in the whole district, both ends included. */
const CLOSED = [
  ['2025-09-01', '2025-09-01', 'Labor Day'],
  ['2025-10-13', '2025-10-13', 'Indigenous Peoples Day'],
  ['2025-11-04', '2025-11-04', 'staff development'],
  ['2025-11-11', '2025-11-11', 'Veterans Day'],
  ['2025-11-26', '2025-11-28', 'Thanksgiving recess'],
  ['2025-12-22', '2026-01-02', 'winter recess'],
  ['2026-01-19', '2026-01-19', 'Martin Luther King Jr. Day'],
  ['2026-02-16', '2026-02-17', 'midwinter recess'],
  ['2026-04-02', '2026-04-03', 'spring holidays'],
  ['2026-04-06', '2026-04-10', 'spring recess'],
  ['2026-05-25', '2026-05-25', 'Memorial Day'],
] as const

const FIRST_MONDAY = '2025-08-25'
/** The first day after the year (OneRoster end dates are exclusive). */
const YEAR_END = '2026-06-13'
const WEEKS = 42
/** The three holiday weeks of the model, by their Mondays: in session for two or three days, effort far down. */
const HOLIDAY_WEEKS = ['2025-11-24', '2026-02-16', '2026-03-30']

export type Closed = { day: number; reason: string }

/** One school year in the district's time zone. A day is counted from the first Monday (0), a week likewise. */
export type SchoolYear = {
  timeZone: string
  begin: string
  end: string
  weeks: number
  /** Dates, `2025-08-25`, of weeks × 7 days. */
  dates: string[]
  /** UTC milliseconds of local 00:00 of each day by the offset at noon, and of the day after the last. */
  midnightMs: Float64Array
  /** Offset of each day at noon, `-04:00`. */
  offsets: string[]
  /** Days, Monday to Friday, on which the whole district is closed. */
  closed: Closed[]
  /** Per week: is there school at all? */
  open: boolean[]
  /** Per week: one of the three holiday weeks? */
  holiday: boolean[]
  /** Weeks with school, in order. */
  openWeeks: number[]
}

/** The school year 2025/26 with its holidays, in a time zone. */
export function schoolYear(timeZone: string): SchoolYear {
  const first = Date.parse(FIRST_MONDAY)
  const dates = Array.from({ length: WEEKS * 7 }, (_, day) => dateAt(first + day * DAY_MS))
  const dayOf = new Map(dates.map((date, day) => [date, day]))
  const zone = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  const offsetMs = Array.from({ length: WEEKS * 7 + 1 }, (_, day) => noonOffset(zone, first + day * DAY_MS))
  const closed = closedDays(dayOf)
  const open = Array.from({ length: WEEKS }, (_, week) => closed.filter(c => Math.floor(c.day / 7) === week).length < 5)
  const holidays = HOLIDAY_WEEKS.map(monday => dayOf.get(monday)! / 7)
  return {
    timeZone,
    begin: FIRST_MONDAY,
    end: YEAR_END,
    weeks: WEEKS,
    dates,
    midnightMs: Float64Array.from(offsetMs, (offset, day) => first + day * DAY_MS - offset),
    offsets: offsetMs.map(offsetText),
    closed,
    open,
    holiday: open.map((_, week) => holidays.includes(week)),
    openWeeks: open.flatMap((isOpen, week) => (isOpen ? [week] : [])),
  }
}

/** The day on which an instant of the year lies, clamped to the year's days. */
export function dayAt(year: SchoolYear, ms: number): number {
  const day = Math.floor((ms - year.midnightMs[0]!) / DAY_MS)
  const clamped = Math.min(Math.max(day, 0), year.dates.length - 1)
  // The change of summer time moves midnight by an hour against a plain count of days.
  if (clamped > 0 && ms < year.midnightMs[clamped]!) return clamped - 1
  return ms >= year.midnightMs[clamped + 1]! && clamped + 1 < year.dates.length ? clamped + 1 : clamped
}

/** The week in which an instant of the year lies, clamped to the year's weeks. */
export function weekAt(year: SchoolYear, ms: number): number {
  return Math.floor(dayAt(year, ms) / 7)
}

function closedDays(dayOf: Map<string, number>): Closed[] {
  return CLOSED.flatMap(([from, to, reason]) => {
    const days: Closed[] = []
    for (let day = dayOf.get(from)!; day <= dayOf.get(to)!; day++) if (day % 7 < 5) days.push({ day, reason })
    return days
  })
}

/** Offset from UTC at local noon of the day that begins at this UTC date; noon is never inside a change of summer time. */
function noonOffset(zone: Intl.DateTimeFormat, dateMs: number): number {
  const guess = offsetAt(zone, dateMs + DAY_MS / 2)
  return offsetAt(zone, dateMs + DAY_MS / 2 - guess)
}

function offsetAt(zone: Intl.DateTimeFormat, ms: number): number {
  const name = zone.formatToParts(ms).find(part => part.type === 'timeZoneName')!.value
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? []
  return sign ? (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000 : 0
}

function offsetText(offsetMs: number): string {
  const minutes = Math.abs(offsetMs) / 60_000
  const two = (n: number) => String(n).padStart(2, '0')
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

const dateAt = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
