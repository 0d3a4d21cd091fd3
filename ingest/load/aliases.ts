import { createHash } from 'node:crypto'
import type { Config } from '../../infra/config.ts'
import type { Pseudonym } from '../../schemas/record.ts'
import { normalised, type IdentifierType, type Pseudonymise } from '../pseudonymise.ts'

export type Alias = { type: IdentifierType; value: string; field: string }

/** What a roster says of a person's identifiers. */
export type Identifiers = {
  sourcedId: string
  username?: string | undefined
  email?: string | undefined
  identifier?: string | undefined
  userIds?: string | undefined
}

/**
 * Every identifier under which a person may appear in events: the roster's own id, login name, address (and its SHA-1,
 * which xAPI senders may use instead), accounts by the rules of HOMEROOM_ACCOUNTS, and what `userIds` declares. For an
 * account rule `https://lms.example.org=username` also the Caliper form `https://lms.example.org/users/<username>`, and
 * the bare concatenation where the rule's address ends in `/`, `:`, `=` or `#`.
 */
export function aliasesOf(person: Identifiers, accounts: Config['accounts']): Alias[] {
  const { sourcedId, username, email, identifier } = person
  const aliases: Alias[] = [{ type: 'sourcedId', value: sourcedId, field: 'sourcedId' }]
  if (username) aliases.push({ type: 'username', value: username, field: 'username' })
  if (identifier) aliases.push({ type: 'identifier', value: identifier, field: 'identifier' })
  if (email) aliases.push(...addressAliases(email))
  for (const { homePage, field } of accounts) {
    const value = person[field]
    if (value) aliases.push(...accountAliases(homePage, value, field))
  }
  aliases.push(...declaredAliases(person.userIds ?? ''))
  return aliases
}

/**
 * Every form in which one identifier arrives, itself first: an address also as its SHA-1, and what the rules of
 * HOMEROOM_ACCOUNTS make of it. Only exact, normalised forms; nothing is guessed.
 * @param type mbox for an address; `value` normalised
 */
export function formsOf(type: IdentifierType, value: string, accounts: Config['accounts']): Alias[] {
  const field = type === 'mbox' ? 'email' : type
  const itself = type === 'mbox' ? addressAliases(value) : [{ type, value, field }]
  return [
    ...itself,
    ...accounts.flatMap(rule => (rule.field === field ? accountAliases(rule.homePage, value, field) : [])),
  ]
}

export const pseudonymOfAlias = ({ type, value }: Alias, pseudonymise: Pseudonymise): Pseudonym =>
  pseudonymise(type, value)

function addressAliases(email: string): Alias[] {
  const address = normalised('mbox', email)
  const forms = new Set([email.trim(), address])
  return [
    { type: 'mbox', value: address, field: 'email' },
    ...[...forms].map(form => ({
      type: 'sha1',
      value: createHash('sha1').update(`mailto:${form}`).digest('hex'),
      field: 'email',
    })),
  ]
}

function accountAliases(homePage: string, value: string, field: string): Alias[] {
  const aliases = [
    { type: 'account', value: `${homePage}|${value}`, field },
    { type: 'caliper', value: `${homePage.replace(/\/$/, '')}/users/${value}`, field },
  ]
  if (/[/:=#]$/.test(homePage)) aliases.push({ type: 'caliper', value: `${homePage}${value}`, field })
  return aliases
}

/** `{type:value},{type:value}`: types caliper, openid, email, account (`homePage|name`), or one of the district's own. */
function declaredAliases(userIds: string): Alias[] {
  const pairs = [...userIds.matchAll(/\{([^:{}]+):([^{}]+)\}/g)].map(
    ([, type, value]) => [type!.trim(), value!.trim()] as const,
  )
  return pairs.flatMap(([type, value]) => {
    if (type === '' || value === '') return []
    const name = type.toLowerCase()
    if (name === 'email' || name === 'mbox') return addressAliases(value).map(alias => ({ ...alias, field: 'userIds' }))
    const known = name === 'caliper' || name === 'openid' || name === 'account' || name === 'username'
    return [{ type: known ? name : type, value, field: 'userIds' }]
  })
}
