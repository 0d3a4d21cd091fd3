import { decoded } from '../../infra/csv.ts'
import { invalid, type SourceFile } from './file-set.ts'

/** A component of a calendar as it stands there, `BEGIN` and `END` included, attachments left out. */
export type Component = {
  name: string
  /** First line, from 1. */
  line: number
  text: string
  /** It stands in a calendar that calls off what is in it (`METHOD:CANCEL`). */
  isCancelled?: boolean
  /** Why it cannot be read. */
  unreadable?: string
}

/** A file of calendars: RFC 5545, one VCALENDAR or several. */
export type CalendarText = {
  /** The name that it gives itself; empty: none. */
  name: string
  zones: Component[]
  events: Component[]
  /** Tasks, journals, free and busy times: components that plan no meeting. */
  others: number
}

const MAX_BYTES = 64 * 1024 * 1024
const MAX_CHARACTERS = 256 * 1024
const MAX_EVENTS = 50_000
const MAX_ZONES = 200

/** What stands in a calendar by itself: where one begins, the one before is over. */
const WHOLE = new Set(['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY', 'VTIMEZONE'])
const ENDLESS = 'a component without an end'

/**
 * Take a calendar apart into its components, without looking into them: a bad one costs itself only.
 * @throws HomeroomError FILE_INVALID if it is no calendar, or larger than any
 */
export async function calendarText(file: SourceFile): Promise<CalendarText> {
  if (file.bytes > MAX_BYTES) throw invalid(file.label, `is larger than ${MAX_BYTES} bytes`)
  const parts = new Parts()
  let number = 0
  for await (const line of linesOf(file)) {
    number++
    if (line === null) continue
    const wrong = parts.add(line, number)
    if (wrong !== null) throw invalid(file.label, wrong)
  }
  const wrong = parts.end()
  if (wrong !== null) throw invalid(file.label, wrong)
  return parts.calendar
}

/** What was read of a calendar so far. */
class Parts {
  readonly calendar: CalendarText = { name: '', zones: [], events: [], others: 0 }
  #open: string[] = []
  #part: Component | null = null
  #isCancelling = false
  #isCalendar = false

  /** @returns why the file cannot be used */
  add(line: string, number: number): string | null {
    if (this.#open.length === 0 && line.trim() === '') return null
    const [, edge, word = ''] = /^(BEGIN|END):([\w-]+)\s*$/i.exec(line) ?? []
    const name = word.toUpperCase()
    const isBegin = edge?.toUpperCase() === 'BEGIN'
    if (this.#open.length === 0 && !(isBegin && name === 'VCALENDAR')) return 'is no calendar'
    if (isBegin) this.#begin(name, number)
    if (this.#part !== null) lengthen(this.#part, line)
    else if (edge === undefined) this.#header(line)
    if (edge !== undefined && !isBegin) this.#finish(name)
    if (this.calendar.events.length > MAX_EVENTS) return `has more than ${MAX_EVENTS} entries`
    return this.calendar.zones.length > MAX_ZONES ? `has more than ${MAX_ZONES} time zones` : null
  }

  end(): string | null {
    this.#close(ENDLESS)
    return this.#isCalendar ? null : 'is no calendar'
  }

  #begin(name: string, number: number): void {
    this.#isCalendar = true
    if (WHOLE.has(name)) {
      this.#close(ENDLESS)
      this.#open = ['VCALENDAR']
    }
    if (this.#open.length === 0) this.#isCancelling = false
    this.#open.push(name)
    if (this.#open.length === 2) this.#part = { name, line: number, text: '', isCancelled: this.#isCancelling }
  }

  #finish(name: string): void {
    // One that ends what is not open is a line as any other: what is broken by it is named when it is read.
    if (!this.#open.includes(name)) return
    this.#open = this.#open.slice(0, this.#open.lastIndexOf(name))
    if (this.#open.length === 1) this.#close()
    else if (this.#open.length === 0) this.#close(ENDLESS)
  }

  #close(unreadable?: string): void {
    const part = this.#part
    this.#part = null
    if (part === null) return
    if (unreadable !== undefined) part.unreadable ??= unreadable
    if (part.name === 'VEVENT') this.calendar.events.push(part)
    else if (part.name === 'VTIMEZONE') this.calendar.zones.push(part)
    else this.calendar.others++
  }

  #header(line: string): void {
    const [, name, value = ''] = /^(X-WR-CALNAME|METHOD)[^:]*:(.*)$/i.exec(line) ?? []
    if (name?.toUpperCase() === 'METHOD') this.#isCancelling = value.trim().toUpperCase() === 'CANCEL'
    else if (name !== undefined) this.calendar.name = value.trim()
  }
}

function lengthen(part: Component, line: string): void {
  if (part.text.length + line.length > MAX_CHARACTERS) part.unreadable = `longer than ${MAX_CHARACTERS} characters`
  else part.text += `${line}\r\n`
}

/** Lines; null for those of attachments, which may be whole files. */
async function* linesOf(file: SourceFile): AsyncGenerator<string | null> {
  let isAttached = false
  for await (const line of allLinesOf(file)) {
    isAttached = /^ATTACH[:;]/i.test(line) || (isAttached && /^[ \t]/.test(line))
    yield isAttached ? null : line
  }
}

async function* allLinesOf(file: SourceFile): AsyncGenerator<string> {
  let rest = ''
  for await (const text of decoded(await file.open())) {
    const [first = '', ...more] = text.split('\n')
    // Of a line without an end, no more is kept than shows that it is too long.
    if (rest.length <= MAX_CHARACTERS) rest += first
    for (const line of more) {
      yield rest.endsWith('\r') ? rest.slice(0, -1) : rest
      rest = line
    }
  }
  if (rest !== '') yield rest
}
