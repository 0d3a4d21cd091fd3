import { HomeroomError } from '../../infra/errors.ts'
import { instantOf, isIri, isTimestamp, isUuid } from '../../schemas/formats.ts'
import { Agent, Group, type XapiVersion } from '../../schemas/xapi.ts'
import { faultsOf, faultsSentence } from '../faults.ts'

/** The parameters of a request to /xapi, as one may use them: each is checked when it is read. */
export type Parameters = {
  /** @throws HomeroomError QUERY_INVALID if it is there and empty, or not what it should be; so for all of them */
  text(name: string): string | null
  iri(name: string): string | null
  uuid(name: string): string | null
  /** Milliseconds since 1970. */
  instant(name: string): number | null
  /** An agent; in xAPI 2.0.0 an identified group, too. */
  agent(name: string): Agent | Group | null
}

/**
 * The parameters of a query.
 * @param query as fastify parsed it
 * @param allowed names that the request takes, in their case
 * @throws HomeroomError QUERY_INVALID if there are others, or one is there twice
 */
export function parametersOf(query: unknown, allowed: readonly string[], version: XapiVersion): Parameters {
  const given = query as Record<string, string | string[] | undefined>
  const unknown = Object.keys(given).filter(name => !allowed.includes(name))
  if (unknown.length > 0) {
    const takes = allowed.join(', ') || 'none'
    throw invalid(`${unknown.length} parameters that this request does not take; it takes ${takes}`)
  }
  const text = (name: string): string | null => {
    const value = given[name]
    if (value === undefined) return null
    if (typeof value !== 'string') throw invalid(`the parameter ${name} is there ${value.length} times, expected once`)
    if (value === '') throw invalid(`the parameter ${name} is empty`)
    return value
  }
  const checked = (name: string, is: (value: string) => boolean, expected: string): string | null => {
    const value = text(name)
    if (value === null || is(value)) return value
    throw invalid(`the parameter ${name} has ${value.length} characters that are not ${expected}`)
  }
  return {
    text,
    iri: name => checked(name, isIri, 'an IRI with a scheme'),
    uuid: name => checked(name, isUuid, 'a UUID in standard string form')?.toLowerCase() ?? null,
    instant: name => {
      const value = checked(name, isTimestamp, 'an ISO 8601 date and time, for example 2026-03-02T14:00:00.000Z')
      return value === null ? null : instantOf(value)
    },
    agent: name => {
      const value = text(name)
      return value === null ? null : agentIn(name, value, version)
    },
  }
}

/** @throws HomeroomError QUERY_INVALID if the parameter was not given */
export function required<T>(name: string, value: T | null): T {
  if (value !== null) return value
  throw invalid(`the parameter ${name} is missing`)
}

function agentIn(name: string, text: string, version: XapiVersion): Agent | Group {
  const value = jsonIn(name, text)
  const isGroup = (value as { objectType?: unknown } | null)?.objectType === 'Group'
  if (isGroup && version === '1.0.3') throw invalid(`the parameter ${name} is a group, expected an agent`)
  const { data, error } = (isGroup ? Group : Agent).safeParse(value)
  if (error !== undefined) throw invalid(faultsSentence(faultsOf(error.issues, value, 0, name)))
  if (data.mbox ?? data.mbox_sha1sum ?? data.openid ?? data.account) return data
  throw invalid(`the parameter ${name} is an anonymous group, expected one with an identifier`)
}

function jsonIn(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalid(`the parameter ${name} has ${text.length} characters that are not JSON`, cause)
  }
}

function invalid(what: string, cause?: unknown): HomeroomError {
  return new HomeroomError('QUERY_INVALID', `${what}; nothing was stored or read`, { cause })
}
