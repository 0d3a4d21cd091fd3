import { decoded } from '../../infra/csv.ts'
import { invalid, type SourceFile } from './file-set.ts'

/** A component of a calendar as it stands there, `BEGIN` and `END` included. */
export type Component = {
  name: string
  /** First line, from 1. */
  line: number
  text: string
  /** Why it cannot be read. */
  unreadable?: string
}

/** A file of calendars: RFC 5545, one VCALENDAR or several. */
export type CalendarText = {
  /** The name that it gives itself; empty: none. */
  name: string
  /** `METHOD:CANCEL`: everything in it is called off. */
  isCancelling: boolean
  zones: Component[]
  events: Component[]
  /** Tasks, journals, free and busy times: components that plan no meeting. */
  others: number
}

const MAX_BYTES = 64 * 1024 * 1024
const MAX_CHARACTERS = 256 * 1024
const MAX_EVENTS = 50_000
const MAX_ZONES = 200

/**
 * Take a calendar apart into its components, without looking into them: a bad one costs itself only.
 * @throws HomeroomError FILE_INVALID if it is no calendar, or larger than any
 */
export async function calendarText(file: SourceFile): Promise<CalendarText> {
  if (file.bytes > MAX_BYTES) throw invalid(file.label, `is larger than ${MAX_BYTES} bytes`)
  const calendar: CalendarText = { name: '', isCancelling: false, zones: [], events: [], others: 0 }
  const open: string[] = []
  let part: Component | null = null
  let number = 0
  for await (const line of linesOf(file)) {
    number++
    const [, edge, name = ''] = /^(BEGIN|END):([\w-]+)\s*$/i.exec(line) ?? []
    if (number === 1 && !/^BEGIN:VCALENDAR\s*$/i.test(line)) throw invalid(file.label, 'is no calendar')
    if (edge?.toUpperCase() === 'BEGIN') {
      open.push(name.toUpperCase())
      if (open.length === 2) part = { name: name.toUpperCase(), line: number, text: '' }
    }
    if (part !== null) add(part, line)
    else if (edge === undefined) header(calendar, line)
    if (edge?.toUpperCase() !== 'END') continue
    // One that ends what is not open leaves the component broken, and is named by it.
    if (open.at(-1) === name.toUpperCase()) open.pop()
    if (open.length >= 2 || part === null) continue
    keep(calendar, part, file)
    part = null
  }
  if (part !== null) keep(calendar, { ...part, unreadable: 'a component without an end' }, file)
  return calendar
}

function add(part: Component, line: string): void {
  if (part.text.length + line.length > MAX_CHARACTERS) part.unreadable = `longer than ${MAX_CHARACTERS} characters`
  else part.text += `${line}\r\n`
}

function header(calendar: CalendarText, line: string): void {
  const [, name, value = ''] = /^(X-WR-CALNAME|METHOD)[^:]*:(.*)$/i.exec(line) ?? []
  if (name?.toUpperCase() === 'METHOD') calendar.isCancelling = value.trim().toUpperCase() === 'CANCEL'
  else if (name !== undefined) calendar.name = value.trim()
}

function keep(calendar: CalendarText, part: Component, file: SourceFile): void {
  if (part.name === 'VEVENT') calendar.events.push(part)
  else if (part.name === 'VTIMEZONE') calendar.zones.push(part)
  else calendar.others++
  if (calendar.events.length > MAX_EVENTS) throw invalid(file.label, `has more than ${MAX_EVENTS} entries`)
  if (calendar.zones.length > MAX_ZONES) throw invalid(file.label, `has more than ${MAX_ZONES} time zones`)
}

async function* linesOf(file: SourceFile): AsyncGenerator<string> {
  let rest = ''
  for await (const text of decoded(await file.open())) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line
    // Of a line without an end, no more is kept than shows that it is too long.
    if (rest.length > MAX_CHARACTERS) rest = rest.slice(0, MAX_CHARACTERS + 1)
  }
  if (rest !== '') yield rest
}
