import { isObject, type Json } from '../schemas/json.ts'

type Standard = 'xapi' | 'caliper' | 'interaction' | 'canvas' | 'openedx'

/** Gives the token of an agent, entity or participant object, and writes it where only the application may read. */
export type TokenOf = (agent: unknown) => string

const LETTER = { xapi: 'x', caliper: 'c', interaction: 'i', canvas: 'v', openedx: 'o' } as const
const AGENT = '$agent'

/** The text to be sealed: one letter for the standard, then the original with a token in the place of every agent. */
export function keptText(standard: Standard, original: unknown): string {
  return LETTER[standard] + JSON.stringify(original)
}

/** What stands in the place of an agent. */
export const tokenReference = (token: string): object => ({ [AGENT]: token })

/** A statement with a token in the place of every agent; all else as received. */
export function withoutAgents(statement: Json, tokenOf: TokenOf): Json {
  return mapAgents(statement, agent => hidden(agent as Json, tokenOf))
}

/**
 * Any JSON with a token in the place of every person: objects of type Person, and whatever `isPerson` says of its place.
 * An object that itself has a property `$agent` is hidden whole, so that nobody can smuggle in a reference.
 */
export function withoutPersons(
  value: unknown,
  tokenOf: TokenOf,
  isPerson: (value: unknown, key: string) => boolean,
  key = '',
): unknown {
  if (isPerson(value, key) || (isObject(value) && Object.hasOwn(value, AGENT))) return tokenReference(tokenOf(value))
  if (Array.isArray(value)) return value.map(item => withoutPersons(item, tokenOf, isPerson, key))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, withoutPersons(v, tokenOf, isPerson, k)]))
}

/** The tokens in an opened text, or in an agent: a group's own object names its members by theirs. */
export const tokensIn = (text: string): string[] =>
  [...text.matchAll(/"\$agent":"([\w-]{22})"/g)].map(match => match[1]!)

/**
 * The original, whole.
 * @param text of `opened`
 * @param agents agent, JSON, by token; in the place of one that is not there, because it was erased, an anonymous account
 */
export function whole(text: string, agents: ReadonlyMap<string, string>): unknown {
  const kept = JSON.parse(text.slice(1)) as Json
  switch (text[0]) {
    case LETTER.xapi:
      return mapAgents(kept, reference => shown(reference as Json, agents))
    case LETTER.caliper:
      return restored(kept, agents, erasedEntity)
    case LETTER.canvas:
    case LETTER.openedx:
      return restored(kept, agents, erasedName, fieldValue)
    default:
      return restored(kept, agents, erasedParticipant)
  }
}

// An anonymous group has nothing to hide but its members.
function hidden(agent: Json, tokenOf: TokenOf): Json {
  if (!Array.isArray(agent.member)) return tokenReference(tokenOf(agent)) as Json
  const group = { ...agent, member: agent.member.map(member => tokenReference(tokenOf(member))) }
  const isAnonymous = !(agent.mbox ?? agent.mbox_sha1sum ?? agent.openid ?? agent.account)
  return isAnonymous ? group : (tokenReference(tokenOf(group)) as Json)
}

function shown(reference: Json, agents: ReadonlyMap<string, string>): Json {
  const token = reference[AGENT]
  const agent = typeof token === 'string' ? agents.get(token) : undefined
  const whole =
    typeof token !== 'string' ? reference : agent === undefined ? erasedAgent(token) : (JSON.parse(agent) as Json)
  if (!Array.isArray(whole.member)) return whole
  return { ...whole, member: whole.member.map(member => shown(member as Json, agents)) }
}

/** Every place of a statement where the standard puts an agent or a group. */
function mapAgents(statement: Json, change: (agent: unknown) => Json): Json {
  const mapped: Json = { ...statement, actor: change(statement.actor) }
  const object = statement.object as Json
  if (object.objectType === 'SubStatement') mapped.object = mapAgents(object, change)
  else if (isAgent(object)) mapped.object = change(object)
  const context = statement.context as Json | undefined
  if (context !== undefined && namesAgents(context)) mapped.context = mapContext(context, change)
  return mapped
}

const namesAgents = ({ instructor, team, contextAgents, contextGroups }: Json): boolean =>
  instructor !== undefined || team !== undefined || contextAgents !== undefined || contextGroups !== undefined

function mapContext(context: Json, change: (agent: unknown) => Json): Json {
  const mapped: Json = { ...context }
  for (const key of ['instructor', 'team']) {
    if (context[key] !== undefined) mapped[key] = change(context[key])
  }
  for (const [key, who] of [
    ['contextAgents', 'agent'],
    ['contextGroups', 'group'],
  ] as const) {
    const related = context[key] as Json[] | undefined
    if (related !== undefined) mapped[key] = related.map(entry => ({ ...entry, [who]: change(entry[who]) }))
  }
  return mapped
}

const isAgent = (object: Json): boolean =>
  object.objectType === 'Agent' || object.objectType === 'Group' || Object.hasOwn(object, AGENT)

function restored(
  value: unknown,
  agents: ReadonlyMap<string, string>,
  erased: (token: string) => unknown,
  given: (agent: unknown) => unknown = agent => agent,
): unknown {
  if (Array.isArray(value)) return value.map(item => restored(item, agents, erased, given))
  if (!isObject(value)) return value
  const token = value[AGENT]
  if (typeof token === 'string') {
    const agent = agents.get(token)
    return agent === undefined ? erased(token) : given(JSON.parse(agent))
  }
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, restored(v, agents, erased, given)]))
}

const erasedAgent = (token: string): Json => ({
  objectType: 'Agent',
  account: { homePage: 'https://homeroom.example/erased', name: token },
})
const erasedEntity = (token: string): Json => ({ id: `urn:homeroom:erased:${token}`, type: 'Person' })
const erasedName = (token: string): string => `urn:homeroom:erased:${token}`
// What a field holds stands beside the field's name (`hidden-fields.ts`), so that equal texts of two fields are two agents.
const fieldValue = (agent: unknown): unknown => (agent as { value: unknown }).value
const erasedParticipant = (token: string): Json => ({ id: token, idType: 'erased', role: 'unknown' })
