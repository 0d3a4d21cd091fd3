import type { Zoned } from './zoned.ts'

/** When a response was given: its local date, and the instant if a time is told. */
export type SurveyTime = { day: string; ms: number | null }

/** Hours from UTC of the names that form tools write in North America; names mean several zones elsewhere. */
const ZONES: Record<string, number> = {
  Z: 0,
  UTC: 0,
  GMT: 0,
  AST: -4,
  ADT: -3,
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
  AKST: -9,
  AKDT: -8,
  HST: -10,
}

const DATE = String.raw`(?:(\d{4})[-/](\d{1,2})[-/](\d{1,2})|(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2}))`
const TIME = String.raw`(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:\s*([AP])\.?M\.?)?`
const ZONE = String.raw`(?:([A-Z]{1,4})?([+-]\d{1,2})(?::?(\d\d))?|([A-Z]{1,4}))`
const FORM = new RegExp(`^${DATE}(?:,?(?:T|\\s+)${TIME}(?:\\s*${ZONE})?)?$`, 'i')

/**
 * Reads times as form tools export them: `2025-10-14 09:03:12` (Qualtrics), `2025/10/14 9:03:12 AM EST` (Google Forms),
 * `10/14/2025 9:03:12` (Google Sheets), `10/14/25 09:03:12` (Microsoft Forms), ISO 8601, dates alone. Without a zone they are
 * in the district's.
 *
 * @param zoned of the district's time zone
 * @returns null for what is no date or time
 */
export function surveyTimes(
  timeZone: string,
  zoned: Zoned,
  dates: 'month-first' | 'day-first',
): (text: string) => SurveyTime | null {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  return text => {
    const part = FORM.exec(text.trim())
    if (part === null) return null
    const day = dayOf(part, dates)
    if (day === null) return null
    if (part[7] === undefined) return { day, ms: null }
    const sinceMidnight = timeOf(part)
    if (Number.isNaN(sinceMidnight)) return null
    if (part[12] === undefined && part[13] === undefined && part[15] === undefined)
      return { day, ms: zoned(day, sinceMidnight) }
    const offset_minutes = offsetOf(part)
    if (offset_minutes === null) return null
    const ms = Date.parse(`${day}T00:00:00.000Z`) + sinceMidnight - offset_minutes * 60_000
    return { day: format.format(ms), ms }
  }
}

function dayOf(part: RegExpExecArray, dates: 'month-first' | 'day-first'): string | null {
  const [, y, m, d, first, second, last] = part
  const [year, month, day] =
    y !== undefined
      ? [y, m, d]
      : [last!.length === 2 ? `20${last}` : last, ...(dates === 'month-first' ? [first, second] : [second, first])]
  const text = `${year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}`
  const ms = Date.parse(`${text}T00:00:00.000Z`)
  // 31 February is rolled over by some parsers and refused by others: only a date that comes back the same exists.
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text) ? text : null
}

function timeOf(part: RegExpExecArray): number {
  const [hour, minute, second] = [Number(part[7]), Number(part[8]), Number(part[9] ?? 0)]
  const half = part[11]?.toUpperCase()
  if (minute > 59 || second > 59 || (half === undefined ? hour > 23 : hour < 1 || hour > 12)) return Number.NaN
  const hours = half === undefined ? hour : (hour % 12) + (half === 'P' ? 12 : 0)
  return ((hours * 60 + minute) * 60 + second) * 1000 + Number((part[10] ?? '').slice(0, 3).padEnd(3, '0'))
}

/** Minutes from UTC: `+02:00`, `GMT-5`, `EST`; null for a name that is not known. */
function offsetOf(part: RegExpExecArray): number | null {
  const name = (part[12] ?? part[15])?.toUpperCase()
  const base = name === undefined ? 0 : ZONES[name]
  if (base === undefined) return null
  if (part[13] === undefined) return base * 60
  if (base !== 0) return null
  const sign = part[13].startsWith('-') ? -1 : 1
  return sign * (Math.abs(Number(part[13])) * 60 + Number(part[14] ?? 0))
}
