import type { Day } from '../../schemas/record.ts'
import type { WindowByDate } from './score-mapping.ts'

/** How dates are written: year, month and day in this order. A time behind the date is passed over. */
export const DATE_FORMATS = ['y-m-d', 'm/d/y', 'd/m/y', 'yyyymmdd', 'mmddyyyy'] as const
export type DateFormat = (typeof DATE_FORMATS)[number]

const PATTERNS: Record<DateFormat, RegExp> = {
  'y-m-d': /^(?<y>\d{4})[-/](?<m>\d\d?)[-/](?<d>\d\d?)(?!\d)/,
  'm/d/y': /^(?<m>\d\d?)[-/](?<d>\d\d?)[-/](?<y>\d{4}|\d\d)(?!\d)/,
  'd/m/y': /^(?<d>\d\d?)[-/.](?<m>\d\d?)[-/.](?<y>\d{4}|\d\d)(?!\d)/,
  yyyymmdd: /^(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)(?!\d)/,
  mmddyyyy: /^(?<m>\d\d)(?<d>\d\d)(?<y>\d{4})(?!\d)/,
}

/** The date that a text begins with; undefined if there is none, or the calendar does not have it. Years of two digits are of this century. */
export function dayIn(text: string, format: DateFormat): Day | undefined {
  const { y, m, d } = PATTERNS[format].exec(text)?.groups ?? {}
  if (y === undefined || m === undefined || d === undefined) return undefined
  const day = `${y.padStart(4, '20')}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`
  const date = new Date(`${day}T00:00:00.000Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day) ? day : undefined
}

/** The window that a date lies in, `2025-2026 fall`; undefined if it lies before the first season of its school year. */
export function windowAt(day: Day, { yearBegins, seasons }: WindowByDate): string | undefined {
  const [year, monthDay] = [Number(day.slice(0, 4)), day.slice(5)]
  const began = monthDay >= yearBegins ? year : year - 1
  const label = `${began}-${began + 1}`
  const names = Object.keys(seasons)
  if (names.length === 0) return label
  // Days before the year begins belong to its end.
  const place = (of: string): string => (of >= yearBegins ? '0' : '1') + of
  const begun = names.filter(name => place(seasons[name]!) <= place(monthDay))
  const season = begun.sort((a, b) => (place(seasons[a]!) < place(seasons[b]!) ? -1 : 1)).at(-1)
  return season === undefined ? undefined : `${label} ${season}`
}
