import { createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import { isObject, type Json } from '../../schemas/json.ts'

/** The public key of that id; null if there is none. */
export type KeyOf = (id: string) => Promise<KeyObject | null>

const KeySet = z.looseObject({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.literal('RSA') })) })

const TIMEOUT_MS = 5000
/** An id that is not among the keys has them read anew, but not more often: anybody can make up ids. */
const REREAD_MS = 60_000
/** Clocks differ. */
const LEEWAY_MS = 60_000

/**
 * The keys of a JWK set at an address or in a file, read when first needed, and anew for an id that is not among them.
 * Canvas changes its keys every month and names the next one beforehand.
 */
export function keysAt(place: string, now: () => number = Date.now): KeyOf {
  let keys = new Map<string, KeyObject>()
  let readAt = -Infinity
  let reading: Promise<void> | null = null
  const read = async (): Promise<void> => {
    keys = await keySet(place)
    readAt = now()
  }
  return async id => {
    if (!keys.has(id) && now() - readAt >= REREAD_MS) {
      reading ??= read().finally(() => (reading = null))
      await reading
    }
    return keys.get(id) ?? null
  }
}

/**
 * The claims of a JSON Web Token in compact form that is signed with RS256 by one of the keys.
 * @throws HomeroomError CREDENTIALS_INVALID if it is not, or not now; KEYS_UNAVAILABLE
 */
export async function claimsOf(token: string, keyOf: KeyOf, nowMs: number): Promise<Json> {
  const [head = '', payload = '', signature = ''] = token.split('.')
  const header = objectIn(head)
  if (header?.alg !== 'RS256' || typeof header.kid !== 'string') throw refused('has no header with alg RS256 and a kid')
  const key = await keyOf(header.kid)
  if (key === null) throw refused('names a key that HOMEROOM_CANVAS_KEYS does not have')
  const isSigned = verify('RSA-SHA256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))
  if (!isSigned) throw refused('has a signature that is not of its key')
  const claims = objectIn(payload)
  if (claims === null) throw refused('holds no JSON object')
  const { exp, nbf } = claims
  if (typeof exp === 'number' && exp * 1000 < nowMs - LEEWAY_MS) throw refused('has expired')
  if (typeof nbf === 'number' && nbf * 1000 > nowMs + LEEWAY_MS) throw refused('is not valid yet')
  return claims
}

const refused = (what: string): HomeroomError =>
  new HomeroomError('CREDENTIALS_INVALID', `the signed body ${what}; nothing was stored`)

async function keySet(place: string): Promise<Map<string, KeyObject>> {
  try {
    const { keys } = KeySet.parse(JSON.parse(await textAt(place)))
    return new Map(keys.map(key => [key.kid, createPublicKey({ key: key as JsonWebKey, format: 'jwk' })]))
  } catch (cause) {
    const message = 'HOMEROOM_CANVAS_KEYS: no JWK set with RSA keys can be read there, so nothing signed is taken'
    throw new HomeroomError('KEYS_UNAVAILABLE', message, { cause })
  }
}

async function textAt(place: string): Promise<string> {
  if (!/^https?:/i.test(place)) return readFile(place, 'utf8')
  const answer = await fetch(place, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' })
  if (!answer.ok) throw new Error(`it answers ${answer.status}`)
  return answer.text()
}

function objectIn(part: string): Json | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return isObject(value) ? value : null
  } catch {
    // What is no JSON is no token; the caller says so.
    return null
  }
}
