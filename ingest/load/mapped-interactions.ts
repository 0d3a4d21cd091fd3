import { instantOf } from '../../schemas/formats.ts'
import type { Door } from '../dead-letters.ts'
import { acceptRow, buryRow } from '../interaction-rows.ts'
import { numberOf } from '../interaction-text.ts'
import type { Loader } from './loader.ts'
import type { RowReader } from './mapped.ts'
import type { InteractionMapping, Time } from './mapping.ts'
import { compile, type Values } from './template.ts'
import { dayAfter, zonedIn, type Zoned } from './zoned.ts'

const TEXTS = ['kind', 'mode', 'section', 'school', 'team', 'choice', 'subject', 'object', 'objectType'] as const
const NUMBERS = ['minutes', 'score', 'attempt'] as const
const TRUTHS = ['success', 'completion'] as const

const CONSEQUENCE = 'This row counts in no number'

/** Reads the rows of a block as interactions; the same row of the same source always becomes the same record. */
export function interactionReader(block: InteractionMapping, loader: Loader, door: Door = 'mapping'): RowReader {
  const interactionOf = compiled(block, zonedIn(loader.intake.config.timeZone))
  const key = block.naturalKey?.map(compile)
  return row => {
    const { place, row: index } = row
    const original = (): string => row.text
    if (row.unreadable) {
      buryRow(loader.intake, loader.batch, { place, original }, door, [row.unreadable])
      loader.tell([row.unreadable], CONSEQUENCE)
      return 'dead'
    }
    const value = interactionOf(row.values)
    const naturalKey = key && key.map(part => part(row.values) ?? '').join('|')
    const faults = acceptRow(loader.intake, loader.batch, { index, place, value, naturalKey, original }, door)
    loader.tell(faults, CONSEQUENCE)
    return faults.length === 0 ? 'stored' : 'dead'
  }
}

function compiled(block: InteractionMapping, zoned: Zoned): (values: Values) => Record<string, unknown> {
  const texts = TEXTS.map(field => [field, compile(block[field])] as const)
  const numbers = NUMBERS.map(field => [field, compile(block[field])] as const)
  const truths = TRUTHS.map(field => [field, compile(block[field])] as const)
  const seconds = compile(block.seconds)
  const skills = compile(block.skills)
  const people = block.participants.map(({ id, idType, role }) => ({ id: compile(id), idType, role: compile(role) }))
  const at = timeOf(block.time, zoned)
  return values => {
    const row: Record<string, unknown> = {}
    for (const [field, text] of texts) set(row, field, text(values))
    for (const [field, text] of numbers) set(row, field, numberIn(text(values)))
    for (const [field, text] of truths) set(row, field, truthIn(text(values)))
    const length = numberIn(seconds(values))
    if (length !== undefined) row.minutes = typeof length === 'number' ? length / 60 : length
    set(
      row,
      'skills',
      skills(values)
        ?.split(';')
        .map(skill => skill.trim())
        .filter(Boolean),
    )
    row.participants = people.map(({ id, idType, role }) => ({ id: id(values), idType, role: role(values) }))
    set(row, 'at', at(values, typeof row.minutes === 'number' ? row.minutes * 60_000 : 0))
    return row
  }
}

/** The end of a row as an instant, or what stands there if it is none: the schema then names it. */
function timeOf(time: Time, zoned: Zoned): (values: Values, durationMs: number) => string | undefined {
  const ends = endOf(time, zoned)
  return (values, durationMs) => {
    const end = ends(values)
    if (typeof end !== 'number') return end
    return isoOf(time.marks === 'begin' ? end + durationMs : end)
  }
}

function endOf(time: Time, zoned: Zoned): (values: Values) => number | string | undefined {
  if ('text' in time) {
    const text = compile(time.text)
    return values => {
      const found = text(values)
      const ms = found === undefined ? Number.NaN : instantOf(found)
      return Number.isNaN(ms) ? found : ms
    }
  }
  const origin = compile(time.origin)
  if ('seconds' in time) {
    const seconds = compile(time.seconds)
    return values => offset(seconds(values), count => originMs(origin(values), zoned) + count * 1000)
  }
  const days = compile(time.days)
  const at = compile(time.at)
  return values =>
    offset(days(values), count => {
      const day = origin(values)
      const ms = timeOfDay(at(values))
      return day === undefined || !/^\d{4}-\d\d-\d\d$/.test(day)
        ? Number.NaN
        : zoned(dayAfter(day, Math.trunc(count)), ms)
    })
}

function offset(text: string | undefined, atCount: (count: number) => number): number | string | undefined {
  const count = numberIn(text)
  const ms = typeof count === 'number' ? atCount(count) : Number.NaN
  return Number.isNaN(ms) ? text : ms
}

function originMs(text: string | undefined, zoned: Zoned): number {
  if (text === undefined || Number.isNaN(instantOf(text))) return Number.NaN
  if (/(?:Z|[+-]\d\d:?\d\d)$/.test(text)) return instantOf(text)
  const day = text.slice(0, 10)
  return zoned(day, instantOf(text) - Date.parse(`${day}T00:00:00.000Z`))
}

function timeOfDay(text: string | undefined): number {
  const [, hours, minutes, seconds = '0'] = /^(\d\d?):(\d\d)(?::(\d\d))?$/.exec(text ?? '') ?? []
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
}

function isoOf(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? `${ms} milliseconds` : date.toISOString()
}

const numberIn = (text: string | undefined): number | string | undefined =>
  text === undefined ? undefined : numberOf(text)

function truthIn(text: string | undefined): boolean | string | undefined {
  if (text === undefined) return undefined
  if (/^(?:true|1|yes)$/i.test(text)) return true
  return /^(?:false|0|no)$/i.test(text) ? false : text
}

function set(row: Record<string, unknown>, field: string, value: unknown): void {
  if (value !== undefined) row[field] = value
}
