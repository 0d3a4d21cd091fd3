import { hmacOf } from '../infra/hmac.ts'
import type { Pseudonym } from '../schemas/record.ts'
import { Recent } from './recent.ts'

export { hmacOf, type Hmac } from '../infra/hmac.ts'

/**
 * Kinds of identifier, as received. `value` is normalised by `identifier`: an address lower-cased without `mailto:`, an
 * account as `homePage|name`, a SHA-1 in lower case; everything else as it came.
 */
export type IdentifierType =
  'sourcedId' | 'username' | 'mbox' | 'sha1' | 'account' | 'openid' | 'caliper' | (string & {})

export type Pseudonymise = (type: IdentifierType, value: string) => Pseudonym

const CACHED = 50_000

/**
 * Pseudonyms of one district: HMAC-SHA256(key, `v1|district|type|value`), 64 lower-case hexadecimal digits. The key lies
 * outside every database; whoever lacks it can neither guess nor link.
 * Source: indicator specification E6
 */
export function pseudonymiser(key: Buffer, district: string): Pseudonymise {
  const hmac = hmacOf(key)
  const known = new Recent<string, Pseudonym>(CACHED)
  return (type, value) => {
    const name = `${type}|${value}`
    const found = known.get(name)
    if (found !== undefined) return found
    const made = hmac(`v1|${district}|${name}`, 'hex')
    known.set(name, made)
    return made
  }
}

/** The normalised value of an identifier, so that what is the same to its owner gets one pseudonym. */
export function normalised(type: IdentifierType, value: string): string {
  if (type === 'mbox')
    return value
      .replace(/^mailto:/i, '')
      .trim()
      .toLowerCase()
  return type === 'sha1' ? value.toLowerCase() : value
}
