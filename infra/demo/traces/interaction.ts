import type { Fault } from './trace.ts'

/** JSON of the parts of an interaction; '' where it has none. */
export type InteractionParts = {
  id: string
  at: string
  kind: string
  mode: string
  minutes: number
  participants: string
  rest: string
}

export const INTERACTION_FAULTS: readonly Fault<InteractionParts>[] = [
  { name: 'no participants', field: 'participants', spoil: parts => (parts.participants = '') },
  { name: 'empty list of participants', field: 'participants', spoil: parts => (parts.participants = '[]') },
  { name: 'time in words', field: 'at', spoil: parts => (parts.at = 'after lunch') },
  { name: 'unknown kind', field: 'kind', spoil: parts => (parts.kind = 'waved') },
  { name: 'negative minutes', field: 'minutes', spoil: parts => (parts.minutes = -15) },
]

/** One row of the interaction log, broken if `fault` is not −1. */
export function interaction(parts: InteractionParts, fault: number): string {
  if (fault >= 0) INTERACTION_FAULTS[fault]!.spoil(parts)
  const { id, at, kind, mode, minutes, participants, rest } = parts
  const people = participants === '' ? '' : `,"participants":${participants}`
  const length = minutes === 0 ? '' : `,"minutes":${minutes}`
  return `{${id === '' ? '' : `"id":"${id}",`}"at":"${at}","kind":"${kind}","mode":"${mode}"${length}${people}${rest}}`
}

type PersonRole = 'student' | 'adviser' | 'teacher' | 'mentor' | 'community'

export function person(id: string, role: PersonRole, idType: 'sourcedId' | 'email' | 'username' = 'sourcedId'): string {
  return `{"id":"${id}","idType":"${idType}","role":"${role}"}`
}
