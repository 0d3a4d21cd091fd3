/** Formats that several standards share. Best-effort where the standards allow it; never slower than one pass. */

const UUID = /^[\dA-Fa-f]{8}-[\dA-Fa-f]{4}-[\dA-Fa-f]{4}-[\dA-Fa-f]{4}-[\dA-Fa-f]{12}$/
// A scheme of RFC 3987, then anything but blanks, control characters and the characters that no IRI holds.
// oxlint-disable-next-line no-control-regex
const IRI = /^[a-z][a-z0-9+.-]*:[^\s\u0000-\u001f\u007f<>"{}|\\^`]+$/i
const MAILTO = /^mailto:[^\s@:/?#]+@[^\s@:/?#]+$/i
const SHA1 = /^[0-9a-f]{40}$/i
const SHA2 = /^(?:[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;\s*[\w!#$&^.+-]+=(?:[\w!#$&^.+:/-]+|"[^"\r\n]*"))*\s*;?$/
// RFC 5646, 2.1: the sequence of the lengths of its parts.
const LANGUAGE_TAG =
  /^(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?|x(?:-[a-z\d]{1,8})+|i-[a-z]{2,8}|[a-z]{2,3}(?:-[a-z\d]{1,8}){1,2})$/i
// ISO 8601:2004, 4.4.3.2; a fraction is allowed in the smallest part only.
const DURATION =
  /^P(?=[\dT])(?:(\d+(?:[.,]\d+)?)W|(?:(\d+(?:[.,]\d+)?)Y)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)D)?(?:T(?=\d)(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?)$/
const FRACTION_BEFORE_END = /[.,]\d+[A-Z].*\d/
// ISO 8601, extended format, date and time; the zone may be missing (then UTC); "-00:00" is refused, as xAPI 1.0.3 demands.
const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:Z|([+-])(\d\d)(?::?(\d\d))?)?$/
// RFC 3339, section 5.6, as xAPI 2.0.0 demands it; whether the date exists, instantOf knows.
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/** Properties of one object. */
const WIDEST = 10_000
/** Characters of a language tag or media type: what follows a longer one's rules step by step runs out of stack. */
const LONGEST = 1024

const FIRST = Date.parse('0000-01-01T00:00:00.000Z')
const LAST = Date.parse('9999-12-31T23:59:59.999Z')
// The common case, recognised without parsing: UTC with milliseconds, up to the 28th, which every month has.
const INSTANT = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/

const isInstant = (text: string): boolean => INSTANT.test(text)

export const isUuid = (text: string): boolean => UUID.test(text)
export const isIri = (text: string): boolean => IRI.test(text)
export const isMailto = (text: string): boolean => MAILTO.test(text)
export const isSha1 = (text: string): boolean => SHA1.test(text)
export const isSha2 = (text: string): boolean => SHA2.test(text)
export const isMediaType = (text: string): boolean => text.length <= LONGEST && MEDIA_TYPE.test(text)
export const isDuration = (text: string): boolean => DURATION.test(text) && !FRACTION_BEFORE_END.test(text)

export const isTimestamp = (text: string): boolean => isInstant(text) || !Number.isNaN(instantOf(text))
export const isRfc3339 = (text: string): boolean =>
  isInstant(text) || (RFC_3339.test(text) && !Number.isNaN(instantOf(text)))

/** The same time as a UTC instant with milliseconds, `2026-03-02T14:00:00.000Z`; the years 0000 and 9999 are the bounds. */
export function utcInstant(timestamp: string): string {
  if (isInstant(timestamp)) return timestamp
  return new Date(Math.min(Math.max(instantOf(timestamp), FIRST), LAST)).toISOString()
}

/** The same time in UTC, with all digits of its fraction; a time in UTC stays as it is. */
export function utcTimestamp(timestamp: string): string {
  if (timestamp.endsWith('Z')) return timestamp
  const finer = /[.,](\d{4,})/.exec(timestamp)?.[1]
  return finer === undefined ? utcInstant(timestamp) : `${utcInstant(timestamp).slice(0, 20)}${finer}Z`
}

/** A well-formed RFC 5646 tag; an extension letter stands at most once. */
export function isLanguageTag(text: string): boolean {
  if (text.length > LONGEST) return false
  if (text.length === 2 || text.length === 5) return /^[a-z]{2}(?:-[a-z]{2})?$/i.test(text) || LANGUAGE_TAG.test(text)
  if (!LANGUAGE_TAG.test(text)) return false
  const singletons = text
    .toLowerCase()
    .split('-x-')[0]!
    .split('-')
    .slice(1)
    .filter(part => part.length === 1)
  return new Set(singletons).size === singletons.length
}

/**
 * Milliseconds since 1970 of an ISO 8601 date and time; NaN if it is none, names no real date, or has the zone "-00:00".
 * Without a zone it is UTC. A leap second is the last millisecond of its minute.
 */
export function instantOf(text: string): number {
  const part = TIMESTAMP.exec(text)
  if (part === null) return Number.NaN
  const [year, month, day] = [Number(part[1]), Number(part[2]), Number(part[3])]
  const [hour, minute, second] = [Number(part[4]), Number(part[5]), part[6] === undefined ? 0 : Number(part[6])]
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return Number.NaN
  if (hour > 23 || minute > 59 || second > 60) return Number.NaN
  const milliseconds = second === 60 ? 999 : part[7] === undefined ? 0 : Number(part[7].slice(0, 3).padEnd(3, '0'))
  const utc = utcOf(year, month, day, hour, minute, Math.min(second, 59), milliseconds)
  if (part[8] === undefined) return utc
  const [zoneHours, zoneMinutes] = [Number(part[9]), part[10] === undefined ? 0 : Number(part[10])]
  if (zoneHours > 23 || zoneMinutes > 59 || (part[8] === '-' && zoneHours + zoneMinutes === 0)) return Number.NaN
  return utc - (part[8] === '-' ? -1 : 1) * (zoneHours * 60 + zoneMinutes) * 60_000
}

/**
 * Milliseconds of an ISO 8601 duration, rounded; NaN if it is none. A year counts 365.25 days and a month a twelfth of it
 * (the standard leaves both open).
 */
export function durationOf(text: string): number {
  const part = DURATION.exec(text)
  if (part === null || FRACTION_BEFORE_END.test(text)) return Number.NaN
  const n = (i: number): number => (part[i] === undefined ? 0 : Number(part[i].replace(',', '.')))
  const days = n(1) * 7 + n(2) * 365.25 + n(3) * (365.25 / 12) + n(4)
  return Math.round(((days * 24 + n(5)) * 60 + n(6)) * 60_000 + n(7) * 1000)
}

/** True if the JSON value is at most `levels` objects or arrays deep. */
export function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0) return false
  const values: unknown[] = Array.isArray(value) ? value : Object.values(value)
  return values.every(inner => isShallow(inner, levels - 1))
}

/**
 * True if the JSON value can be written again as it was read, at a cost that its length tells: at most `levels` objects or
 * arrays deep, no object with very many properties, and no number beyond what a double holds, which would become null.
 */
export function isKeepable(value: unknown, levels: number): boolean {
  return isModest(value, levels, Number.isFinite)
}

/** As `isKeepable`, whatever its numbers. */
export function isModest(value: unknown, levels: number, isNumber: (value: number) => boolean = () => true): boolean {
  if (typeof value === 'number') return isNumber(value)
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0) return false
  if (Array.isArray(value)) return value.every(inner => isModest(inner, levels - 1, isNumber))
  const keys = Object.keys(value)
  if (keys.length > WIDEST) return false
  return keys.every(key => isModest((value as Record<string, unknown>)[key], levels - 1, isNumber))
}

/** What `isKeepable` wants, in words. */
export const keepable = (levels: number): string =>
  `JSON at most ${levels} levels deep, without numbers beyond 1.8e308 and objects of more than ${WIDEST} properties`

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

// Date.UTC takes the years 0 to 99 for 1900 to 1999.
function utcOf(year: number, month: number, day: number, h: number, m: number, s: number, ms: number): number {
  const utc = Date.UTC(year, month - 1, day, h, m, s, ms)
  return year < 100 ? new Date(utc).setUTCFullYear(year) : utc
}
