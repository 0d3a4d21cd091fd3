import type { Fault } from './trace.ts'

export const CALIPER_CONTEXT = 'http://purl.imsglobal.org/ctx/caliper/v1p2'
export const READER = 'https://reader.example.org'

/** Text of the parts of an event, `actor`, `object`, `generated` and `rest` in JSON; '' where it has none. */
export type EventParts = {
  id: string
  type: string
  profile: string
  actor: string
  action: string
  object: string
  generated: string
  eventTime: string
  rest: string
}

export const CALIPER_FAULTS: readonly Fault<EventParts>[] = [
  { name: 'no time', field: 'eventTime', spoil: parts => (parts.eventTime = '') },
  { name: 'time in words', field: 'eventTime', spoil: parts => (parts.eventTime = 'Monday, second period') },
  { name: 'unknown type', field: 'type', spoil: parts => (parts.type = 'LunchEvent') },
  { name: 'no actor', field: 'actor', spoil: parts => (parts.actor = '') },
  { name: 'no action', field: 'action', spoil: parts => (parts.action = '') },
  { name: 'no object', field: 'object', spoil: parts => (parts.object = '') },
  { name: 'id that is no UUID', field: 'id', spoil: parts => (parts.id = parts.id.slice(9, 17)) },
]

/** An event of Caliper 1.2, broken if `fault` is not −1. */
export function caliperEvent(parts: EventParts, fault: number): string {
  if (fault >= 0) CALIPER_FAULTS[fault]!.spoil(parts)
  const { id, type, profile, actor, action, object, generated, eventTime, rest } = parts
  return `{"@context":"${CALIPER_CONTEXT}","id":"${id}","type":"${type}","profile":"${profile}",${json('actor', actor)}${text(
    'action',
    action,
  )}${json('object', object)}${json('generated', generated)}${text('eventTime', eventTime)}${rest}}`
}

/** How the reading tool names a person; the roster declares it among the user's ids. */
export const personIri = (username: string): string => `https://lms.example.org/users/${username}`

const json = (name: string, value: string): string => (value === '' ? '' : `"${name}":${value},`)
const text = (name: string, value: string): string => (value === '' ? '' : `"${name}":"${value}",`)
