import type { CatalogueEntry } from '../../schemas/catalogue.ts'
import type { Day } from '../../schemas/record.ts'
import { LOCALES, type Language } from '../language.ts'
import { isShare, type Figure } from '../wording.ts'

/** Numbers and days as a language writes them. */
export type Numbers = {
  /** `62 to 66%`, `62 a 66%`; one number where both ends round alike; null unless the figure has an interval. */
  range: (entry: CatalogueEntry, figure: Figure | undefined) => string | null
  /** `64%`; null unless the figure has a value. */
  estimate: (entry: CatalogueEntry, figure: Figure | undefined) => string | null
  count: (n: number) => string
  /** @param share 0..1 */
  percent: (share: number) => string
  /** `2 March 2026`, `2 de marzo de 2026`. */
  day: (day: Day) => string
  /** `2 Mar`, `2 mar`. */
  shortDay: (day: Day) => string
  /** `6 March 2026, 17:05` in a zone. */
  moment: (ms: number, timeZone: string) => string
  /** Short names of the months, from January. */
  months: readonly string[]
}

const MOMENT = {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
} as const
const TO: Readonly<Record<Language, string>> = { en: 'to', es: 'a' }

export const NUMBERS: Readonly<Record<Language, Numbers>> = { en: numbersIn('en'), es: numbersIn('es') }

function numbersIn(language: Language): Numbers {
  const { numbers, days } = LOCALES[language]
  const formats = new Map<number, Intl.NumberFormat>()
  const plain = (value: number, decimals: number): string => {
    const format =
      formats.get(decimals) ??
      new Intl.NumberFormat(numbers, { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    formats.set(decimals, format)
    return format.format(value)
  }
  const said = (entry: CatalogueEntry, value: number): string =>
    isShare(entry) ? plain(value * 100, Math.max(0, entry.decimals - 2)) : plain(value, entry.decimals)
  const unit = (entry: CatalogueEntry): string => (isShare(entry) ? '%' : '')
  const long = new Intl.DateTimeFormat(days, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
  const short = new Intl.DateTimeFormat(days, { day: 'numeric', month: 'short', timeZone: 'UTC' })
  const month = new Intl.DateTimeFormat(days, { month: 'short', timeZone: 'UTC' })
  return {
    range: (entry, figure) => {
      if (figure?.status !== 'ok' || figure.lo95 === null || figure.hi95 === null) return null
      const [low, high] = [said(entry, figure.lo95), said(entry, figure.hi95)]
      return (low === high ? low : `${low} ${TO[language]} ${high}`) + unit(entry)
    },
    estimate: (entry, figure) =>
      figure?.status !== 'ok' || figure.value === null ? null : said(entry, figure.value) + unit(entry),
    count: n => plain(n, 0),
    percent: share => `${plain(share * 100, 0)}%`,
    day: day => long.format(new Date(day)),
    shortDay: day => short.format(new Date(day)),
    moment: (ms, timeZone) => new Intl.DateTimeFormat(days, { ...MOMENT, timeZone }).format(ms).replace(' at ', ', '),
    months: Array.from({ length: 12 }, (_, i) => month.format(new Date(Date.UTC(2026, i, 1)))),
  }
}
