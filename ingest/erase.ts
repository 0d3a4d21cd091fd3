import { createHmac } from 'node:crypto'
import type { Config } from '../infra/config.ts'
import type { Secrets } from '../infra/secrets.ts'
import { storedLetters } from '../infra/warehouse/dead-letters.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { Erasure } from '../schemas/erasure.ts'
import type { Pseudonym } from '../schemas/record.ts'
import { canonical } from './canonical.ts'
import { letterOpener } from './dead-letters.ts'
import { aliasesOf, pseudonymOfAlias } from './load/aliases.ts'
import type { Pseudonymise } from './pseudonymise.ts'

type Person = { givenName: string; familyName: string; email: string; sourcedId: string }

/** Pseudonyms of every form of what a roster says of a person. */
export function pseudonymsOfPerson(
  { sourcedId, email }: Person,
  pseudonymise: Pseudonymise,
  accounts: Config['accounts'],
): Pseudonym[] {
  return aliasesOf({ sourcedId, email }, accounts).map(alias => pseudonymOfAlias(alias, pseudonymise))
}

/** Words that stand in agents and entities and are nobody's. */
const COMMON = new Set(['objectType', 'type', '@type', 'homePage', 'field', 'idType', 'role', '$agent', '@context'])
/** A shorter one stands in too much that is not about the person. */
const SHORTEST = 3

/**
 * The texts that tell of a person where nothing else says whose something is: identifiers and whole names. A first name alone
 * is many people's.
 *
 * @param typed what the operator named them by, without its type
 */
export function textsOf(people: readonly Person[], agents: readonly string[], typed: readonly string[]): string[] {
  const texts = new Set(typed)
  for (const { givenName, familyName, email, sourcedId } of people) {
    for (const text of [email, sourcedId]) texts.add(text)
    if (givenName !== '' && familyName !== '') texts.add(`${givenName} ${familyName}`)
  }
  for (const agent of agents) for (const text of identifiersIn(JSON.parse(agent))) texts.add(text)
  const bare = [...texts].map(text => text.replace(/^mailto:/i, '').trim())
  return [...new Set(bare)].filter(text => text.length >= SHORTEST)
}

function identifiersIn(value: unknown, key = ''): string[] {
  if (typeof value === 'string') return COMMON.has(key) || (key === 'name' && !/[\s@\d]/.test(value)) ? [] : [value]
  if (typeof value === 'number') return [String(value)]
  if (typeof value !== 'object' || value === null) return []
  // The name of an account identifies; that of an agent only as a whole name.
  return Object.entries(value).flatMap(([name, inner]) =>
    identifiersIn(inner, key === 'account' && name === 'name' ? 'id' : name),
  )
}

/** Dead letters whose originals hold one of these texts, whatever its case, and not as a part of another word. */
export async function lettersWith(
  warehouse: Warehouse,
  secrets: Pick<Secrets, 'deadLetterSecret' | 'deadLetterSince'>,
  texts: readonly string[],
): Promise<string[]> {
  if (texts.length === 0) return []
  const open = letterOpener(secrets)
  const isNamed = holderOf(texts)
  const found: string[] = []
  for await (const page of storedLetters(warehouse, { state: 'all' })) {
    for (const { id, original } of page) {
      const { text } = open(original)
      if (text !== undefined && isNamed(text)) found.push(id)
    }
  }
  return found
}

function holderOf(texts: readonly string[]): (text: string) => boolean {
  const escaped = texts
    .flatMap(text => [text, JSON.stringify(text).slice(1, -1)])
    .map(text => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  const names = texts.filter(text => /^\S+ \S+$/.test(text)).map(text => text.toLowerCase().split(' '))
  const whole = new RegExp(`(?<![\\p{L}\\p{N}])(?:${[...new Set(escaped)].join('|')})(?![\\p{L}\\p{N}])`, 'iu')
  return text => {
    const lower = text.toLowerCase()
    return whole.test(text) || names.some(parts => parts.every(part => lower.includes(part)))
  }
}

/** What an erasure is signed with: that it happened, when, and what went can be shown without saying who it was. */
export function signatureOf(
  erasure: Omit<Erasure, 'signature'>,
  { masterSecret }: Pick<Secrets, 'masterSecret'>,
): string {
  const key = createHmac('sha256', masterSecret).update('v1|erasure').digest()
  return createHmac('sha256', key).update(canonical(erasure)).digest('hex')
}
