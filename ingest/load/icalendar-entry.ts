import ICAL from 'ical.js'
import { fault, type Fault } from '../faults.ts'
import type { Component } from './icalendar-text.ts'
import { utcMs, type WallClock, type Zones } from './icalendar-zones.ts'
import type { Values } from './template.ts'

/** An entry of a calendar (VEVENT): one meeting, a series, or one time of a series that is different. */
export type CalendarEntry = {
  component: Component
  /** `advisory.ics line 12` */
  place: string
  uid: string
  /** Of two of one UID and RECURRENCE-ID the greater counts. */
  version: readonly [sequence: number, stampMs: number]
  /** The time of the series that this one replaces, in milliseconds; null: it is the series itself. */
  replacesMs: number | null
  /** On the clock of its own zone. */
  begin: ICAL.Time
  beginMs: number
  clock: WallClock
  /** Of the day, not of a time: a holiday, a birthday. */
  isAllDay: boolean
  /** null: it ends before it begins. */
  minutes: number
  isCancelled: boolean
  isTentative: boolean
  rules: ICAL.Recur[]
  extraMs: number[]
  exceptMs: ReadonlySet<number>
  exceptDays: ReadonlySet<string>
  /** Addresses of who is invited and has not declined, and of who invites. */
  invited: readonly { address: string; as: 'attendee' | 'organizer' }[]
  /** Its properties by name, for templates. */
  values: Values
}

const MAX_DATES = 5000
const MAX_INVITED = 1000
/** Rooms, projectors and mailing lists are invited too. */
const PERSONS = new Set(['INDIVIDUAL', 'UNKNOWN'])

/** Read a component. @returns the entry, or what is wrong with it */
export function entryOf(component: Component, label: string, zones: Zones): CalendarEntry | Fault {
  const place = `${label} line ${component.line}`
  const bad = (field: string, got: string, expected: string): Fault =>
    fault(component.line, field === '' ? place : `${place} field ${field}`, got, expected)
  if (component.unreadable !== undefined) return bad('', component.unreadable, 'a component of RFC 5545')
  const event = eventIn(component.text)
  if (event === null) return bad('', 'no component that can be read', 'a component of RFC 5545')
  const uid = textOf(event, 'uid')
  if (uid === '') return bad('UID', 'missing', 'an id of its own')
  if (event.hasProperty('exrule')) return bad('EXRULE', 'a rule of exceptions', 'EXDATE')
  if (event.getFirstProperty('recurrence-id')?.getFirstParameter('range') === 'THISANDFUTURE')
    return bad('RECURRENCE-ID', 'RANGE=THISANDFUTURE', 'one time of the series')
  const read = timesIn(event, zones)
  if ('field' in read) return bad(read.field, read.got, read.expected)
  const status = textOf(event, 'status').toUpperCase()
  return {
    component,
    place,
    uid,
    version: [numberOf(event, 'sequence'), stampOf(event)],
    ...read,
    isCancelled: status === 'CANCELLED' || component.isCancelled === true,
    isTentative: status === 'TENTATIVE',
    invited: invitedTo(event),
    values: valuesOf(event),
  }
}

function eventIn(text: string): ICAL.Component | null {
  try {
    return new ICAL.Component(ICAL.parse(text) as unknown[])
  } catch {
    return null
  }
}

type Times = Pick<
  CalendarEntry,
  | 'replacesMs'
  | 'begin'
  | 'beginMs'
  | 'clock'
  | 'isAllDay'
  | 'minutes'
  | 'rules'
  | 'extraMs'
  | 'exceptMs'
  | 'exceptDays'
>
type Wrong = { field: string; got: string; expected: string }

function timesIn(event: ICAL.Component, zones: Zones): Times | Wrong {
  const starts = datesOf(event, 'dtstart', zones)
  if (!Array.isArray(starts)) return starts
  const [start] = starts
  if (start === undefined) return { field: 'DTSTART', got: 'missing', expected: 'a date and time' }
  const [ends, replaced, extra, except] = ['dtend', 'recurrence-id', 'rdate', 'exdate'].map(name =>
    datesOf(event, name, zones),
  ) as [Dates, Dates, Dates, Dates]
  for (const found of [ends, replaced, extra, except]) if (!Array.isArray(found)) return found
  const [end] = ends as Dated[]
  const minutes = end ? (end.ms - start.ms) / 60_000 : durationMinutes(event)
  if (minutes === null || minutes < 0)
    return { field: end ? 'DTEND' : 'DURATION', got: 'an end before the begin', expected: 'an end after it' }
  const rules = event.getAllProperties('rrule').map(property => property.getFirstValue())
  if (rules.some(rule => !(rule instanceof ICAL.Recur)))
    return { field: 'RRULE', got: 'no rule', expected: 'a rule of RFC 5545' }
  return {
    replacesMs: (replaced as Dated[])[0]?.ms ?? null,
    begin: start.wall,
    beginMs: start.ms,
    clock: start.clock,
    isAllDay: start.wall.isDate,
    minutes: Math.round(minutes),
    rules: rules as ICAL.Recur[],
    extraMs: (extra as Dated[]).filter(({ wall }) => !wall.isDate).map(({ ms }) => ms),
    exceptMs: new Set((except as Dated[]).filter(({ wall }) => !wall.isDate).map(({ ms }) => ms)),
    exceptDays: new Set((except as Dated[]).filter(({ wall }) => wall.isDate).map(({ wall }) => wall.toString())),
  }
}

type Dated = { wall: ICAL.Time; ms: number; clock: WallClock }
type Dates = Dated[] | Wrong

/** Every date and time of a property, on the clock that it names. */
function datesOf(event: ICAL.Component, name: string, zones: Zones): Dates {
  const dates: Dated[] = []
  const wrong = (got: string, expected: string): Wrong => ({ field: name.toUpperCase(), got, expected })
  for (const property of event.getAllProperties(name)) {
    const tzid = property.getFirstParameter('tzid') || undefined
    const [, , , ...written] = property.toJSON() as unknown[]
    for (const [i, value] of valuesIn(property).entries()) {
      const wall = value instanceof ICAL.Period ? value.start : value
      // 30 February is carried over to March by the library: then it is not what is written.
      const isWritten = value instanceof ICAL.Period || String(wall) === written[i]
      if (!(wall instanceof ICAL.Time) || !isWritten || wall.year < 1 || wall.year > 9998)
        return wrong('no date and time', 'a date and time of RFC 5545')
      const clock = zones({ tzid, isUtc: wall.zone === ICAL.Timezone.utcTimezone })
      if (clock === null) return wrong('a time in a zone that nothing tells', 'a VTIMEZONE of that name beside it')
      dates.push({ wall, ms: clock(wall), clock })
    }
    if (dates.length > MAX_DATES) return wrong(`more than ${MAX_DATES} dates`, 'fewer')
  }
  return dates
}

/** Values that the library cannot read are none. */
function valuesIn(property: ICAL.Property): unknown[] {
  try {
    return property.getValues()
  } catch {
    return [null]
  }
}

function durationMinutes(event: ICAL.Component): number | null {
  if (!event.hasProperty('duration')) return 0
  const [value] = valuesIn(event.getFirstProperty('duration')!)
  return value instanceof ICAL.Duration ? value.toSeconds() / 60 : null
}

function invitedTo(event: ICAL.Component): CalendarEntry['invited'] {
  const invited: { address: string; as: 'attendee' | 'organizer' }[] = []
  for (const as of ['attendee', 'organizer'] as const) {
    for (const property of event.getAllProperties(as).slice(0, MAX_INVITED)) {
      const type = (property.getFirstParameter('cutype') || 'INDIVIDUAL').toUpperCase()
      const hasDeclined = (property.getFirstParameter('partstat') || '').toUpperCase() === 'DECLINED'
      const [value] = valuesIn(property)
      const address = /^mailto:([^@\n\r]+@.+)$/i.exec(typeof value === 'string' ? value.trim() : '')?.[1]?.toLowerCase()
      // Calendars themselves have addresses, and invite.
      if (address === undefined || hasDeclined || !PERSONS.has(type) || /@[\w.]*calendar\.google\.com$/.test(address))
        continue
      invited.push({ address, as })
    }
  }
  return invited
}

const PROPERTY = /^[a-z][a-z0-9-]{0,63}$/

function valuesOf(event: ICAL.Component): Values {
  const values: Values = {}
  for (const property of event.getAllProperties()) {
    if (!PROPERTY.test(property.name) || ['attendee', 'attach'].includes(property.name)) continue
    const name = property.name.toUpperCase()
    const text = valuesIn(property)
      .map(value => String(value).trim())
      .filter(Boolean)
      .join(';')
    if (text !== '') values[name] = values[name] === undefined ? text : `${values[name]};${text}`
  }
  return values
}

const textOf = (event: ICAL.Component, name: string): string => {
  const property = event.getFirstProperty(name)
  return property === null ? '' : (valuesIn(property).map(value => String(value).trim())[0] ?? '')
}

const numberOf = (event: ICAL.Component, name: string): number => Number(textOf(event, name)) || 0

function stampOf(event: ICAL.Component): number {
  const [value] = event.hasProperty('dtstamp') ? valuesIn(event.getFirstProperty('dtstamp')!) : []
  return value instanceof ICAL.Time ? utcMs(value) : 0
}
