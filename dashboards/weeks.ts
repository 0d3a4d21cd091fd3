import type { Day } from '../schemas/record.ts'

const DAY_MS = 86_400_000

/** Half-open [from, to) of a school year: the Mondays from 1 August to 31 July. */
export type SchoolYear = { from: Day; to: Day; label: string }

/** The week of a page: its Monday, and whether it was asked for by address. */
export type KnownWeek = { week: Day; ok: boolean }

/** `2026-W10` → its Monday `2026-03-02`; null if it is no ISO week. */
export function mondayOf(period: string): Day | null {
  const match = /^(\d{4})-W(\d{2})$/.exec(period)
  if (!match) return null
  const [year, number] = [Number(match[1]), Number(match[2])]
  // 4 January lies in week 1.
  const fourth = Date.UTC(year, 0, 4)
  const monday = fourth - weekday(fourth) * DAY_MS + (number - 1) * 7 * DAY_MS
  const day = toDay(monday)
  return periodOf(day) === period ? day : null
}

/** A Monday `2026-03-02` → `2026-W10`. */
export function periodOf(monday: Day): string {
  const thursday = Date.parse(monday) + 3 * DAY_MS
  const year = new Date(thursday).getUTCFullYear()
  const number = Math.floor((thursday - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) + 1
  return `${year}-W${String(number).padStart(2, '0')}`
}

export function schoolYearOf(week: Day): SchoolYear {
  const begins = Number(week.slice(0, 4)) - (week.slice(5, 7) < '08' ? 1 : 0)
  return { from: `${begins}-08-01`, to: `${begins + 1}-08-01`, label: `${begins}–${String(begins + 1).slice(2)}` }
}

/** Every Monday from the first to the last of `weeks`, those without figures too. */
export function allWeeks(weeks: readonly Day[]): Day[] {
  const [first, last] = [weeks[0], weeks.at(-1)]
  if (!first || !last) return []
  const count = Math.round((Date.parse(last) - Date.parse(first)) / (7 * DAY_MS)) + 1
  return Array.from({ length: count }, (_, i) => addDays(first, 7 * i))
}

/**
 * The week that a page opens on when none is asked for: the last one with figures that was over by `asOf`; failing
 * that, the last one with figures; failing that, the last one.
 * @param asOf local date up to which records had arrived
 */
export function openingWeek(weeks: readonly KnownWeek[], asOf: Day): Day | undefined {
  const good = weeks.filter(known => known.ok)
  return (good.findLast(known => addDays(known.week, 7) <= asOf) ?? good.at(-1) ?? weeks.at(-1))?.week
}

export function addDays(day: Day, days: number): Day {
  return toDay(Date.parse(day) + days * DAY_MS)
}

const toDay = (ms: number): Day => new Date(ms).toISOString().slice(0, 10)

/** Monday 0 … Sunday 6. */
const weekday = (ms: number): number => (new Date(ms).getUTCDay() + 6) % 7
