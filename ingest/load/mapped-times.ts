import { instantOf } from '../../schemas/formats.ts'
import { numberOf } from '../interaction-text.ts'
import type { Time } from './interaction-mapping.ts'
import { dayIn } from './score-dates.ts'
import { compile, type Values } from './template.ts'
import { dayAfter, type Zoned } from './zoned.ts'

/** Milliseconds since 1970; what stands there if it is no time; undefined if nothing does. */
export type TimeOf = (values: Values) => number | string | undefined

const NOON = '12:00'
/** Characters; looking for the time behind a day takes their square. */
const LONGEST_TIME = 100
const HAS_ZONE = /(?:Z|[+-]\d\d:?(?:\d\d)?)$/i

/** Reads when a row ended, or began, as a mapping file says. */
export function timeOf(time: Time, zoned: Zoned): TimeOf {
  if ('text' in time) return textTime(time)
  if ('date' in time) return localTime(time, zoned)
  return 'seconds' in time ? secondsTime(time, zoned) : daysTime(time, zoned)
}

type Kind<Field extends string> = Extract<Time, { [F in Field]: unknown }>

function textTime({ text }: Kind<'text'>): TimeOf {
  const read = compile(text)
  return values => {
    const found = read(values)
    if (found === undefined) return undefined
    const ms = instantOf(found)
    if (Number.isNaN(ms)) return found
    // Without a zone it would be read as UTC, hours from when it was.
    return HAS_ZONE.test(found) ? ms : `${found} (no zone)`
  }
}

function localTime({ date, dateFormat, at = '' }: Kind<'date'>, zoned: Zoned): TimeOf {
  const [read, readTime] = [compile(date), compile(at)]
  return values => {
    const found = read(values)
    const day = found === undefined ? undefined : dayIn(found, dateFormat)
    if (found === undefined || day === undefined) return found
    const behind = /^\S+?(?:T|[,\s]\s*)(\S.*)$/.exec(found.slice(0, LONGEST_TIME))?.[1]
    const time = readTime(values) ?? behind ?? NOON
    const ms = zoned(day, timeOfDay(time))
    return Number.isNaN(ms) ? `${found} ${time}` : ms
  }
}

function secondsTime({ origin, seconds }: Kind<'seconds'>, zoned: Zoned): TimeOf {
  const [from, read] = [compile(origin), compile(seconds)]
  return values =>
    offset(read(values), count => {
      const begin = from(values)
      const ms = originMs(begin, zoned) + count * 1000
      return Number.isNaN(ms) ? begin : ms
    })
}

function daysTime({ origin, days, at }: Kind<'days'>, zoned: Zoned): TimeOf {
  const [from, read, readTime] = [compile(origin), compile(days), compile(at)]
  return values =>
    offset(read(values), count => {
      const day = from(values)
      if (day === undefined || !/^\d{4}-\d\d-\d\d$/.test(day)) return day
      const time = readTime(values)
      const ms = zoned(dayAfter(day, Math.trunc(count)), timeOfDay(time))
      return Number.isNaN(ms) ? `${day} ${time ?? ''}`.trim() : ms
    })
}

/** @param atCount the instant; or what stands there, where that is what is wrong */
function offset(text: string | undefined, atCount: (count: number) => ReturnType<TimeOf>): ReturnType<TimeOf> {
  const count = text === undefined ? undefined : numberOf(text)
  return typeof count === 'number' ? atCount(count) : text
}

function originMs(text: string | undefined, zoned: Zoned): number {
  if (text === undefined || Number.isNaN(instantOf(text))) return Number.NaN
  if (/(?:Z|[+-]\d\d:?\d\d)$/.test(text)) return instantOf(text)
  const day = text.slice(0, 10)
  return zoned(day, instantOf(text) - Date.parse(`${day}T00:00:00.000Z`))
}

/** `14:30`, `14:30:15`, `2:30 PM`; NaN for anything else. */
function timeOfDay(text: string | undefined): number {
  const found = /^(\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?:\s*([ap])\.?m\.?)?$/i.exec(text ?? '')
  const [, hour, minutes, seconds = '0', half] = found ?? []
  if (half !== undefined && (Number(hour) < 1 || Number(hour) > 12)) return Number.NaN
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toLowerCase() === 'p' ? 12 : 0)
  if (hours > 24 || Number(minutes) > 59 || Number(seconds) > 59) return Number.NaN
  return ((hours * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
}
