import { NEVER, PERSON_ROLES, type Account, type Scope } from '../accounts.ts'
import { HomeroomError } from '../errors.ts'

export const DOORS = ['xapi', 'xapi-read', 'caliper', 'interactions', 'canvas']
// Not that of Canvas: it takes a secret in the address, so that nobody gets it unasked. Nor xapi-read: it reads what every
// source sent.
export const DOORS_BY_DEFAULT = 'xapi,caliper,interactions'

/** Options of the command line that say what an account may do; what is not given stays. */
export type Limits = {
  role?: string
  doors?: string
  school?: string[]
  advisory?: string[]
  class?: string[]
  /** Pseudonym of who it is in the roster. */
  person?: string
  /** Of a researcher. */
  study?: string
  expires?: string
  byProvider?: boolean
}

type Limited = Pick<Account, 'kind' | 'role' | 'scope'>

/**
 * An account with other limits.
 * @throws HomeroomError ARGUMENT_INVALID for a role or door that does not exist, or that is not for this kind of account
 */
export function limited<Of extends Limited>(account: Of, options: Limits): Of {
  const isPerson = account.kind === 'person'
  const { role, doors } = options
  const misplaced = isPerson ? doors !== undefined && '--doors' : role !== undefined && '--role'
  if (misplaced) throw invalid(`${misplaced} is not for ${isPerson ? 'people' : 'senders'}`)
  if (!isPerson && (options.school ?? options.advisory ?? options.class ?? options.person) !== undefined)
    throw invalid('--school, --advisory, --class and --person are for people')
  if (role !== undefined && !PERSON_ROLES.some(known => known === role))
    throw invalid(`--role is ${role}, expected ${PERSON_ROLES.join(', ')}`)
  if (options.study !== undefined && (role ?? account.role) !== 'researcher')
    throw invalid(`--study is for researchers, and the role is ${role ?? account.role}`)
  const wrong = doors?.split(',').filter(door => !DOORS.includes(door)) ?? []
  if (wrong.length > 0) throw invalid(`--doors has ${wrong.join(', ')}, expected ${DOORS.join(', ')}`)
  return { ...account, role: role ?? doors ?? account.role, scope: scopeOf(options, account.scope) }
}

export function scopeOf(options: Limits, before: Scope = { schools: [], advisories: [] }): Scope {
  return {
    ...before,
    schools: options.school ?? before.schools,
    advisories: options.advisory ?? before.advisories,
    classes: options.class ?? before.classes ?? [],
    ...(options.person !== undefined && { person: options.person }),
    ...(options.study !== undefined && { study: options.study }),
  }
}

/**
 * The end of a day's account.
 * @param day `2027-06-30`: valid to its end, UTC; `never`; undefined says nothing
 * @throws HomeroomError ARGUMENT_INVALID
 */
export function expiryOf(day: string | undefined, now = new Date()): { expiresAt?: Date } {
  if (day === undefined) return {}
  if (day === 'never') return { expiresAt: NEVER }
  const end = new Date(`${day}T23:59:59.999Z`)
  const isDay = /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(end.getTime()) && end.toISOString().startsWith(day)
  if (!isDay || end <= now || end > NEVER)
    throw invalid(`--expires is ${day}, expected a day to come, for example 2027-06-30, or never`)
  return { expiresAt: end }
}

/** An account in one line: id, kind, role, scope, state. */
export function shown({ id, kind, role, scope, expiresAt, name, setBy, revoked }: Account): string {
  const study = scope.study === undefined ? [] : [`study ${scope.study}`]
  const units = [...scope.schools, ...scope.advisories, ...(scope.classes ?? []), ...study].join(' ')
  const until = expiresAt.getTime() === NEVER.getTime() ? '' : `until ${expiresAt.toISOString().slice(0, 10)}`
  const state = [revoked && 'revoked', until, setBy === 'provider' && 'by the provider', name].filter(Boolean)
  return [id, kind, role, units, state.join(', ')].join('\t').trimEnd()
}

const invalid = (what: string): HomeroomError => new HomeroomError('ARGUMENT_INVALID', `${what}. Nothing was changed`)
