import type { CatalogueEntry } from '../schemas/catalogue.ts'
import type { IndicatorRow } from '../schemas/indicator.ts'
import type { Day } from '../schemas/record.ts'

/** What is needed to say a figure. */
export type Figure = Pick<IndicatorRow, 'value' | 'lo95' | 'hi95' | 'n' | 'status' | 'reason'>

/** `62 to 66%`, `184 to 196`; one number where both ends round alike; null unless the figure has an interval. */
export function range(entry: CatalogueEntry, figure: Figure | undefined): string | null {
  if (!figure || figure.status !== 'ok' || figure.lo95 === null || figure.hi95 === null) return null
  const [low, high] = [number(entry, figure.lo95), number(entry, figure.hi95)]
  return (low === high ? low : `${low} to ${high}`) + (isShare(entry) ? '%' : '')
}

/** The best single estimate, `64%` or `190`; null unless the figure has a value. */
export function estimate(entry: CatalogueEntry, figure: Figure | undefined): string | null {
  if (!figure || figure.status !== 'ok' || figure.value === null) return null
  return number(entry, figure.value) + (isShare(entry) ? '%' : '')
}

/**
 * The unit after a range: `of school days enrolled`, `minutes per student and week`.
 * @param said the range, if it may be exactly 1: `minute per student and week`
 */
export function unitAfter(entry: CatalogueEntry, said = ''): string {
  if (isShare(entry)) return entry.unit.replace(/^share /, '')
  return said === '1' ? entry.unit.replace(/^(\w+)s\b/, '$1') : entry.unit
}

/** What stands where a number would: short, and never 0 for unknown. */
export function insteadOf(figure: Figure | undefined): string {
  if (!figure) return 'no figure'
  switch (figure.status) {
    case 'suppressed':
      return isBracket(figure) ? figure.reason : (FEW.exec(figure.reason)?.[0] ?? 'not shown')
    case 'not_applicable':
      return 'no school week'
    case 'insufficient':
      return 'not enough data'
    case 'stale':
      return 'not up to date'
    default:
      return 'no figure'
  }
}

/** Why there is no number, as a sentence's end; '' where the short form says it all. */
export function whyNot(figure: Figure | undefined): string {
  if (!figure) return 'there was no school, or nothing has been computed for it'
  if (figure.status !== 'suppressed') return figure.reason
  if (isBracket(figure)) return `${figure.reason}; of so many students, the exact share could tell of single ones`
  if (FEW.test(figure.reason)) return `figures of ${figure.reason} are not shown`
  return figure.reason || 'it is hidden to protect students in small groups'
}

/** Is a share so near 0 or 1 that only this much is published of it: `at most 20%`? */
export const isBracket = ({ status, reason }: Figure): boolean => status === 'suppressed' && BRACKET.test(reason)

/** A reason given for one week, said of several or beside the week's name. */
export const withoutWeek = (reason: string): string => reason.replace(/ in this week$/, '')

/** Below 20 students a published value is drawn towards the district's; it says more about chance than about a school. */
export function isSmall(figure: Figure | undefined): boolean {
  return figure?.status === 'ok' && figure.n !== null && figure.n < 20
}

/**
 * Compared only by intervals: above or below when the two do not overlap, which is stricter than a test of the
 * difference; otherwise nothing can be said.
 */
export function comparison(
  figure: Figure | undefined,
  district: Figure | undefined,
): 'above' | 'below' | 'not distinguishable' | null {
  if (!known(figure) || !known(district)) return null
  if (figure.lo95 > district.hi95) return 'above'
  if (figure.hi95 < district.lo95) return 'below'
  return 'not distinguishable'
}

/** `2 March 2026`. */
export function longDay(day: Day): string {
  return LONG.format(new Date(day))
}

/** `2 Mar`. */
export function shortDay(day: Day): string {
  return SHORT.format(new Date(day))
}

/** `6 March 2026, 17:05` in the district's zone. */
export function moment(instant: Date, timeZone: string): string {
  const format = MOMENTS.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', { ...MOMENT, timeZone })
  MOMENTS.set(timeZone, format)
  return format.format(instant).replace(' at ', ', ')
}

const MOMENT = { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' } as const
const MOMENTS = new Map<string, Intl.DateTimeFormat>()

/** `6,512`. */
export const count = (n: number): string => COUNT.format(n)

/** `1 school`, `24 schools`. */
export const counted = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`

/** Does a share of 0..1 stand behind it, said in percent? */
export const isShare = (entry: CatalogueEntry): boolean => entry.unit.startsWith('share ')

type Interval = Figure & { lo95: number; hi95: number }

function known(figure: Figure | undefined): figure is Interval {
  return figure !== undefined && figure.status === 'ok' && figure.lo95 !== null && figure.hi95 !== null
}

/** By hand: pages say thousands of numbers, and Intl takes twenty times as long for one. */
function number(entry: CatalogueEntry, value: number): string {
  const said = isShare(entry) ? (value * 100).toFixed(Math.max(0, entry.decimals - 2)) : value.toFixed(entry.decimals)
  return value < 1000 ? said : said.replace(/\d(?=(\d{3})+(\.|$))/g, '$&,')
}

/** How publishing begins its reason where the unit itself is small; other figures are hidden to protect such ones. */
const FEW = /^fewer than \d+/
const BRACKET = /^at (most|least) \d+%$/
const LONG = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
const SHORT = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const COUNT = new Intl.NumberFormat('en-US')

/** `9` for the roster's `09`; letters as they are. */
export const gradeName = (grade: string): string => grade.replace(/^0(?=\d)/, '')

const SEASONS: readonly string[] = ['fall', 'winter', 'spring', 'summer']
export const seasonInEnglish = (season: string, year: string): string | null =>
  SEASONS.includes(season) ? `${season} ${year}` : null

/** `winter 2025-2026` of `2025-2026 winter`, `spring 2026` of `2026-spring`; other names of windows as they are. */
export function windowName(
  name: string,
  said: (season: string, year: string) => string | null = seasonInEnglish,
): string {
  const [, year, season] = /^(\d{4}(?:-\d{4})?)[ -]([a-z]+)$/.exec(name) ?? []
  return (year && season && said(season, year)) || name
}
