import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import { instantOf, isIri, isTimestamp, isUuid } from '../../schemas/formats.ts'
import { Pseudonym } from '../../schemas/record.ts'
import { Agent, Group } from '../../schemas/xapi.ts'
import type { Identify } from '../map/participants.ts'
import { sourceOfAuthority } from './authority.ts'

/** How statements are shown: as received, only what identifies things, or with the definitions of this store. */
export const FORMATS = ['exact', 'ids', 'canonical'] as const
export type Format = (typeof FORMATS)[number]

/** Milliseconds since 1970, of the years that a time can be written in. */
export const Instant = z.int().min(Date.parse('0000-01-01T00:00:00Z')).max(Date.parse('9999-12-31T23:59:59.999Z'))

/** What a list of statements is narrowed to. */
export const Filter = z.strictObject({
  agent: Pseudonym.optional(),
  /** The source that the asked agent is the authority of; matches with `relatedAgents` only. */
  authorityOf: z.string().optional(),
  verb: z.string().optional(),
  activity: z.string().optional(),
  registration: z.guid().optional(),
  relatedAgents: z.boolean(),
  relatedActivities: z.boolean(),
  /** Stored after it. */
  since: Instant.optional(),
  /** Stored at it or before. */
  until: Instant.optional(),
  /** Statements in all; null: all there are. */
  limit: z.int().positive().nullable(),
  ascending: z.boolean(),
})
export type Filter = z.infer<typeof Filter>

export type Shown = { format: Format; attachments: boolean }

/** What a GET asks for: one statement, or a list. */
export type Asked = Shown & ({ id: string; voided: boolean } | { filter: Filter })

const WITH_ID = new Set(['statementId', 'voidedStatementId', 'format', 'attachments'])
const ALL = new Set([
  ...WITH_ID,
  'agent',
  'verb',
  'activity',
  'registration',
  'related_activities',
  'related_agents',
  'since',
  'until',
  'limit',
  'ascending',
])

/**
 * The parameters of GET /xapi/statements (xAPI 1.0.3, Communication 2.1.3).
 * @throws HomeroomError QUERY_INVALID naming the parameter, what came and what was expected
 */
export function askedIn(parameters: Readonly<Record<string, unknown>>, identify: Identify): Asked {
  const given = textsOf(parameters)
  const shown: Shown = {
    format: formatIn(given.get('format')),
    attachments: flag(given, 'attachments'),
  }
  const id = idIn(given)
  return id === null ? { ...shown, filter: filterIn(given, identify) } : { ...shown, ...id }
}

function textsOf(parameters: Readonly<Record<string, unknown>>): Map<string, string> {
  const given = new Map<string, string>()
  for (const [name, value] of Object.entries(parameters)) {
    if (!ALL.has(name)) throw invalid('a parameter', `a name of ${name.length} characters`, [...ALL].join(', '))
    if (typeof value !== 'string') throw invalid(name, 'it several times', 'it once')
    given.set(name, value)
  }
  return given
}

function idIn(given: ReadonlyMap<string, string>): { id: string; voided: boolean } | null {
  const name = ['statementId', 'voidedStatementId'].find(key => given.has(key))
  if (name === undefined) return null
  const other = [...given.keys()].find(key => key !== name && (!WITH_ID.has(key) || key.endsWith('Id')))
  if (other !== undefined) throw invalid(other, `it beside ${name}`, `only format and attachments beside ${name}`)
  const id = checked(given, name, isUuid, 'a UUID')!
  return { id: id.toLowerCase(), voided: name === 'voidedStatementId' }
}

function filterIn(given: ReadonlyMap<string, string>, identify: Identify): Filter {
  const time = (name: string): number | undefined => {
    const text = checked(given, name, isTimestamp, 'an ISO 8601 date and time')
    return text === undefined ? undefined : Math.floor(instantOf(text))
  }
  const limit = checked(given, 'limit', text => /^\d{1,9}$/.test(text), 'a whole number from 0; 0 means no limit')
  return {
    ...agentIn(given, identify),
    ...optional('verb', checked(given, 'verb', isIri, 'an IRI')),
    ...optional('activity', checked(given, 'activity', isIri, 'an IRI')),
    ...optional('registration', checked(given, 'registration', isUuid, 'a UUID')?.toLowerCase()),
    ...optional('since', time('since')),
    ...optional('until', time('until')),
    relatedAgents: flag(given, 'related_agents'),
    relatedActivities: flag(given, 'related_activities'),
    ascending: flag(given, 'ascending'),
    limit: Number(limit ?? 0) || null,
  }
}

function agentIn(given: ReadonlyMap<string, string>, identify: Identify): Pick<Filter, 'agent' | 'authorityOf'> {
  const text = given.get('agent')
  if (text === undefined) return {}
  const agent = agentOf(text)
  const pseudonym = identify(agent)
  if (pseudonym === null) throw invalid('agent', 'a group without identifier', 'an agent or an identified group')
  return { agent: pseudonym, ...optional('authorityOf', sourceOfAuthority(agent)) }
}

/** @throws HomeroomError QUERY_INVALID if the text is not the JSON of an agent or a group */
export function agentOf(text: string): Agent | Group {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw invalid('agent', `${text.length} characters that are not JSON`, 'an agent as JSON', cause)
  }
  const isGroup = (value as { objectType?: unknown } | null)?.objectType === 'Group'
  const parsed = (isGroup ? Group : Agent).safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = ['agent', ...(issue?.path ?? [])].join('.')
  throw invalid(where, 'something else', issue?.message ?? 'an agent or an identified group')
}

function formatIn(text = 'exact'): Format {
  const format = FORMATS.find(name => name === text)
  if (format === undefined) throw invalid('format', `${text.length} characters`, FORMATS.join(', '))
  return format
}

function flag(given: ReadonlyMap<string, string>, name: string): boolean {
  return checked(given, name, text => text === 'true' || text === 'false', 'true or false') === 'true'
}

function checked(
  given: ReadonlyMap<string, string>,
  name: string,
  is: (text: string) => boolean,
  expected: string,
): string | undefined {
  const text = given.get(name)
  if (text !== undefined && !is(text)) throw invalid(name, `${text.length} characters`, expected)
  return text
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V }
}

/** The words of a request may be a person's: of wrong ones only the length is told. */
export function invalid(parameter: string, got: string, expected: string, cause?: unknown): HomeroomError {
  const message = `parameter ${parameter}: got ${got}, expected ${expected}; nothing was looked up`
  return new HomeroomError('QUERY_INVALID', message, { cause })
}
