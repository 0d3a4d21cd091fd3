import { decrypt, sealingKey } from './seal.ts'

type Json = Record<string, unknown>
type Standard = 'xapi' | 'caliper' | 'interaction'

/** Gives the token of an agent, entity or participant object, and writes it where only the application may read. */
export type TokenOf = (agent: unknown) => string

const LETTER = { xapi: 'x', caliper: 'c', interaction: 'i' } as const
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

/**
 * The original of a record, whole.
 * @param sealed `raw` of the record
 * @param saltOf salt by id; undefined if it was erased
 * @param agentOf agent, JSON, by token; undefined if it was erased: an anonymous account takes its place
 * @returns null if the salt was erased: the original is gone
 * @throws HomeroomError INTERNAL if the text was altered or the secrets are not those it was sealed with
 */
export async function unseal(
  sealed: string,
  saltOf: (saltId: string) => Promise<string | undefined>,
  agentOf: (token: string) => Promise<string | undefined>,
  masterSecret: Buffer,
): Promise<unknown> {
  const dot = sealed.indexOf('.')
  const salt = await saltOf(sealed.slice(0, dot))
  if (salt === undefined) return null
  const text = decrypt(sealingKey(masterSecret, salt), sealed.slice(dot + 1))
  const agents = await agentsIn(text, agentOf)
  const kept = JSON.parse(text.slice(1)) as Json
  return text.startsWith(LETTER.xapi)
    ? mapAgents(kept, reference => shown(reference as Json, agents))
    : restored(kept, agents, text.startsWith(LETTER.caliper) ? erasedEntity : erasedParticipant)
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
  if (context?.instructor !== undefined || context?.team !== undefined) {
    const changed: Json = { ...context }
    if (context.instructor !== undefined) changed.instructor = change(context.instructor)
    if (context.team !== undefined) changed.team = change(context.team)
    mapped.context = changed
  }
  return mapped
}

const isAgent = (object: Json): boolean =>
  object.objectType === 'Agent' || object.objectType === 'Group' || Object.hasOwn(object, AGENT)

function restored(value: unknown, agents: ReadonlyMap<string, string>, erased: (token: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map(item => restored(item, agents, erased))
  if (!isObject(value)) return value
  const token = value[AGENT]
  if (typeof token === 'string') {
    const agent = agents.get(token)
    return agent === undefined ? erased(token) : JSON.parse(agent)
  }
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, restored(v, agents, erased)]))
}

async function agentsIn(
  text: string,
  agentOf: (token: string) => Promise<string | undefined>,
): Promise<Map<string, string>> {
  const agents = new Map<string, string>()
  const waiting = tokensIn(text)
  for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) {
    const agent = agents.has(token) ? undefined : await agentOf(token)
    if (agent === undefined) continue
    agents.set(token, agent)
    // A group's own object names its members by their tokens.
    waiting.push(...tokensIn(agent))
  }
  return agents
}

const tokensIn = (text: string): string[] => [...text.matchAll(/"\$agent":"([\w-]{22})"/g)].map(match => match[1]!)

const erasedAgent = (token: string): Json => ({
  objectType: 'Agent',
  account: { homePage: 'https://homeroom.example/erased', name: token },
})
const erasedEntity = (token: string): Json => ({ id: `urn:homeroom:erased:${token}`, type: 'Person' })
const erasedParticipant = (token: string): Json => ({ id: token, idType: 'erased', role: 'unknown' })

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
