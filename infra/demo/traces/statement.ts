import type { Fault } from './trace.ts'

/** JSON of the parts of a statement; '' where it has none. */
export type StatementParts = {
  id: string
  actor: string
  verb: string
  object: string
  result: string
  context: string
  timestamp: string
}

export const LMS = 'https://lms.example.org'
export const TUTOR = 'https://tutor.example.org'

/** What tools get wrong. Each names the field that the standard's rules refuse. */
export const STATEMENT_FAULTS: readonly Fault<StatementParts>[] = [
  { name: 'no actor', field: 'actor', spoil: parts => (parts.actor = '') },
  { name: 'actor with two identifiers', field: 'actor', spoil: parts => (parts.actor = TWO_IDENTIFIERS) },
  { name: 'time that is none', field: 'timestamp', spoil: parts => (parts.timestamp = '2026-02-30T25:61:00Z') },
  { name: 'time in words', field: 'timestamp', spoil: parts => (parts.timestamp = 'yesterday') },
  { name: 'verb that is no IRI', field: 'verb.id', spoil: parts => (parts.verb = '{"id":"answered"}') },
  { name: 'no object', field: 'object', spoil: parts => (parts.object = '') },
  { name: 'object that is no IRI', field: 'object.id', spoil: parts => (parts.object = '{"id":"lesson 12"}') },
  { name: 'negative duration', field: 'result.duration', spoil: parts => (parts.result = '{"duration":"-PT5M"}') },
  { name: 'score above 1', field: 'result.score.scaled', spoil: parts => (parts.result = '{"score":{"scaled":17}}') },
  { name: 'success in words', field: 'result.success', spoil: parts => (parts.result = '{"success":"yes"}') },
  { name: 'id that is no UUID', field: 'id', spoil: parts => (parts.id = `row-${parts.id.slice(0, 8)}`) },
]

const TWO_IDENTIFIERS =
  '{"objectType":"Agent","mbox":"mailto:somebody@example.org","account":{"homePage":"https://lms.example.org","name":"somebody"}}'

/** A statement of xAPI 1.0.3, broken if `fault` is not −1. */
export function statement(parts: StatementParts, fault: number): string {
  if (fault >= 0) STATEMENT_FAULTS[fault]!.spoil(parts)
  const { id, actor, verb, object, result, context, timestamp } = parts
  return `{"id":"${id}",${field('actor', actor)}"verb":${verb},${field('object', object)}${field('result', result)}${field(
    'context',
    context,
  )}"timestamp":"${timestamp}"}`
}

export function verb(id: string, display: string): string {
  return `{"id":"${id}","display":{"en-US":"${display}"}}`
}

const field = (name: string, json: string): string => (json === '' ? '' : `"${name}":${json},`)
