import { isUtf8 } from 'node:buffer'
import { verify, X509Certificate } from 'node:crypto'
import { isSameStatement } from '../content.ts'
import { fault, type Fault } from '../faults.ts'
import { mediaTypeOf } from './multipart.ts'
import { isStatement } from './xapi-check.ts'

type Json = Record<string, unknown>
type Attachments = { usageType: string; contentType: string }[] | undefined

const USAGE = 'http://adlnet.gov/expapi/attachments/signature'
const ALGORITHMS: ReadonlyMap<unknown, string> = new Map([
  ['RS256', 'RSA-SHA256'],
  ['RS384', 'RSA-SHA384'],
  ['RS512', 'RSA-SHA512'],
])

/** Whether an attachment says that it is the signature of its statement. */
export const isSignature = ({ usageType }: { usageType: string }): boolean => usageType === USAGE

/**
 * What is wrong with the signature of a valid statement: it must be a JSON Web Signature in compact form, made with RS256,
 * RS384 or RS512, whose payload is the statement without its signatures. If its header holds a certificate, the signature must be that of
 * the certificate's key. That finds mistakes and proves nothing: anybody can make a certificate.
 *
 * @param attachment the one that stands at `at`
 * @param jws its bytes
 * Source: xAPI 1.0.3, Data 2.6; RFC 7515
 */
export function signatureFaults(
  statement: object,
  attachment: { contentType: string },
  jws: Buffer,
  index: number,
  at: string,
): Fault[] {
  if (mediaTypeOf(attachment.contentType) !== 'application/octet-stream') {
    const expected = 'application/octet-stream, because it is a signature'
    return [fault(index, `${at}.contentType`, 'another media type', expected)]
  }
  const wrong = wrongWith(jws.toString('latin1'), statement as Json)
  return wrong === null ? [] : [fault(index, at, wrong.got, wrong.expected)]
}

type Wrong = { got: string; expected: string }

function wrongWith(jws: string, statement: Json): Wrong | null {
  const [, head, payload, signature] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(jws) ?? []
  if (head === undefined || payload === undefined || signature === undefined) {
    const got = `a signature of ${jws.length} characters`
    return { got, expected: 'a JSON Web Signature in compact form: three parts in base64url' }
  }
  const header = objectIn(head)
  const algorithm = ALGORITHMS.get(header?.alg)
  if (header === null || algorithm === undefined) {
    const got = 'a signature whose header says no such algorithm'
    return { got, expected: 'alg RS256, RS384 or RS512' }
  }
  if (header.crit !== undefined)
    return { got: 'a signature with critical header parameters', expected: 'no parameter crit' }
  const signed = objectIn(payload)
  if (signed === null || !isWhole(signed) || !saysTheSame(signed, statement)) {
    return { got: 'the signature of something else', expected: 'a payload that is the statement without its signature' }
  }
  if (header.x5c === undefined) return null
  return isOfCertificate(header.x5c, algorithm, `${head}.${payload}`, signature)
    ? null
    : {
        got: 'a signature that is not of its certificate',
        expected: "one made with the key of x5c's first certificate",
      }
}

/** The JSON object in a part of the signature; null if there is none. */
function objectIn(part: string): Json | null {
  const bytes = Buffer.from(part, 'base64url')
  if (!isUtf8(bytes)) return null
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null
  } catch {
    return null
  }
}

const isWhole = (signed: Json): boolean => isStatement(signed, '1.0.3') || isStatement(signed, '2.0.0')

/** What the store may add to a statement that was signed without it does not count: an id, a timestamp. */
function saysTheSame(signed: Json, sent: Json): boolean {
  const [a, b] = [signed.id, sent.id]
  if (typeof a === 'string' && typeof b === 'string' && a.toLowerCase() !== b.toLowerCase()) return false
  const withTimestamp = signed.timestamp !== undefined && sent.timestamp !== undefined
  return isSameStatement(unsigned(signed, withTimestamp), unsigned(sent, withTimestamp))
}

function unsigned(statement: Json, withTimestamp: boolean): Json {
  const { attachments, timestamp, ...rest } = statement
  const others = (attachments as Attachments)?.filter(attachment => !isSignature(attachment)) ?? []
  return {
    ...rest,
    ...(others.length > 0 && { attachments: others }),
    ...(withTimestamp && { timestamp }),
  }
}

function isOfCertificate(x5c: unknown, algorithm: string, signed: string, signature: string): boolean {
  const first: unknown = Array.isArray(x5c) ? x5c[0] : undefined
  if (typeof first !== 'string') return false
  try {
    const { publicKey } = new X509Certificate(Buffer.from(first, 'base64'))
    const isRsa = publicKey.asymmetricKeyType === 'rsa'
    return isRsa && verify(algorithm, Buffer.from(signed), publicKey, Buffer.from(signature, 'base64url'))
  } catch {
    // Not a certificate, or a key that cannot have signed this: to the sender both are the same mistake.
    return false
  }
}
