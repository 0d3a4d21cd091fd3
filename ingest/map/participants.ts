import type { Participant, Pseudonym, Role } from '../../schemas/record.ts'
import { normalised, type IdentifierType, type Pseudonymise } from '../pseudonymise.ts'

// Where the mappings look for what they need of people; the vocabulary needs it too, and cannot import ingest.
export { modeOf } from '../../infra/vocabulary/mode.ts'

type Agent = {
  objectType?: unknown
  mbox?: unknown
  mbox_sha1sum?: unknown
  openid?: unknown
  account?: unknown
  member?: unknown
}

const MAX_COUNTERPARTS = 200

/** The identifier of an xAPI agent or group; null if it has none (an anonymous group). */
export function identifierOf(agent: object): { type: IdentifierType; value: string } | null {
  const { mbox, mbox_sha1sum: sha1, openid, account } = agent as Agent
  if (typeof mbox === 'string') return { type: 'mbox', value: normalised('mbox', mbox) }
  if (account !== undefined) {
    const { homePage, name } = account as { homePage: string; name: string }
    return { type: 'account', value: `${homePage}|${name}` }
  }
  if (typeof sha1 === 'string') return { type: 'sha1', value: normalised('sha1', sha1) }
  return typeof openid === 'string' ? { type: 'openid', value: openid } : null
}

/** Pseudonym of an agent or group, as received; null if it has no identifier. */
export type Identify = (agent: object) => Pseudonym | null

export function pseudonymOf(agent: object, pseudonymise: Pseudonymise): Pseudonym | null {
  const identifier = identifierOf(agent)
  return identifier && pseudonymise(identifier.type, identifier.value)
}

/** The people that an agent or group stands for: its members, or itself. */
export function peopleOf(agent: object, role: Role, identify: Identify): Participant[] {
  const members = (agent as Agent).member
  const people = Array.isArray(members) && members.length > 0 ? (members as object[]) : [agent]
  return people.flatMap(person => {
    const id = identify(person)
    return id === null ? [] : [{ id, role }]
  })
}

/** The others: without the actor, each once (a known role beats `unknown`), sorted by id, at most 200. */
export function counterpartsOf(people: readonly Participant[], actorId: string): Participant[] {
  if (people.length === 0) return []
  const byId = new Map<string, Participant>()
  for (const person of people) {
    if (person.id === actorId) continue
    const known = byId.get(person.id)
    if (known === undefined || known.role === 'unknown') byId.set(person.id, person)
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, MAX_COUNTERPARTS)
}
