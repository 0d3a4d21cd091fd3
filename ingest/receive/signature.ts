import { isUtf8 } from 'node:buffer'
import { verify, X509Certificate } from 'node:crypto'
import { canonical } from '../canonical.ts'
import { xapiContent } from '../content.ts'
import { fault, type Fault } from '../faults.ts'
import { mediaTypeOf } from './multipart.ts'
import { isStatement } from './xapi-check.ts'
import { isObject, type Json } from '../../schemas/json.ts'

type Attachments = { usageType: string; contentType: string }[] | undefined

const USAGE = 'http://adlnet.gov/expapi/attachments/signature'
const ALGORITHMS: ReadonlyMap<unknown, string> = new Map([
  ['RS256', 'RSA-SHA256'],
  ['RS384', 'RSA-SHA384'],
  ['RS512', 'RSA-SHA512'],
])

/** Whether an attachment says that it is the signature of its statement. */
export const isSignature = ({ usageType }: { usageType: string }): boolean => usageType === USAGE

/** What a signature says, whoever names it; or what is wrong with it. */
export type Signature = { wrong: Wrong } | { wrong: null; signed: Signed; isOfCertificate: boolean }
type Wrong = { got: string; expected: string }
/** A statement without its signatures. `content`: what makes it the same as another one. */
export type Signed = { id: unknown; hasTimestamp: boolean; content: (withTimestamp: boolean) => string }

/**
 * What is wrong with the signature of a valid statement: it must be a JSON Web Signature in compact form, made with RS256,
 * RS384 or RS512, whose payload is the statement without its signatures. If its header holds a certificate, the signature must be that of
 * the certificate's key. That finds mistakes and proves nothing: anybody can make a certificate.
 *
 * @param sent of the statement
 * @param attachment the one that stands at `at`
 * Source: xAPI 1.0.3, Data 2.6; RFC 7515
 */
export function signatureFaults(
  sent: Signed,
  attachment: { contentType: string },
  signature: Signature,
  index: number,
  at: string,
): Fault[] {
  if (mediaTypeOf(attachment.contentType) !== 'application/octet-stream') {
    const expected = 'application/octet-stream, because it is a signature'
    return [fault(index, `${at}.contentType`, 'another media type', expected)]
  }
  const wrong = wrongFor(sent, signature)
  return wrong === null ? [] : [fault(index, at, wrong.got, wrong.expected)]
}

/** Read a signature, once: it may be large, and thousands of attachments may name it. */
export function signatureIn(jws: Buffer): Signature {
  const [, head, payload, signature] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(jws.toString('latin1')) ?? []
  if (head === undefined || payload === undefined || signature === undefined) {
    const got = `a signature of ${jws.length} characters`
    return { wrong: { got, expected: 'a JSON Web Signature in compact form: three parts in base64url' } }
  }
  const header = objectIn(head)
  const algorithm = ALGORITHMS.get(header?.alg)
  if (header === null || algorithm === undefined) {
    const got = 'a signature whose header says no such algorithm'
    return { wrong: { got, expected: 'alg RS256, RS384 or RS512' } }
  }
  if (header.crit !== undefined)
    return { wrong: { got: 'a signature with critical header parameters', expected: 'no parameter crit' } }
  const signed = objectIn(payload)
  if (signed === null || !isWhole(signed)) return { wrong: OF_SOMETHING_ELSE }
  const isOfCertificate = header.x5c === undefined || isSignedBy(header.x5c, algorithm, `${head}.${payload}`, signature)
  return { wrong: null, signed: signedOf(signed), isOfCertificate }
}

const OF_SOMETHING_ELSE: Wrong = {
  got: 'the signature of something else',
  expected: 'a payload that is the statement without its signature',
}

function wrongFor(sent: Signed, signature: Signature): Wrong | null {
  if (signature.wrong !== null) return signature.wrong
  if (!saysTheSame(signature.signed, sent)) return OF_SOMETHING_ELSE
  if (signature.isOfCertificate) return null
  return {
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
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

const isWhole = (signed: Json): boolean => isStatement(signed, '1.0.3') || isStatement(signed, '2.0.0')

/** Contents are made when they are first needed, and once. */
export function signedOf(statement: Json): Signed {
  const contents = new Map<boolean, string>()
  return {
    id: statement.id,
    hasTimestamp: statement.timestamp !== undefined,
    content(withTimestamp) {
      const content = contents.get(withTimestamp) ?? contentOf(statement, withTimestamp)
      contents.set(withTimestamp, content)
      return content
    },
  }
}

/** What the store may add to a statement that was signed without it does not count: an id, a timestamp. */
function saysTheSame(signed: Signed, sent: Signed): boolean {
  const [a, b] = [signed.id, sent.id]
  if (typeof a === 'string' && typeof b === 'string' && a.toLowerCase() !== b.toLowerCase()) return false
  const withTimestamp = signed.hasTimestamp && sent.hasTimestamp
  return signed.content(withTimestamp) === sent.content(withTimestamp)
}

const contentOf = (statement: Json, withTimestamp: boolean): string =>
  xapiContent(unsigned(statement, withTimestamp), canonical)

function unsigned(statement: Json, withTimestamp: boolean): Json {
  const { attachments, timestamp, ...rest } = statement
  const others = (attachments as Attachments)?.filter(attachment => !isSignature(attachment)) ?? []
  return {
    ...rest,
    ...(others.length > 0 && { attachments: others }),
    ...(withTimestamp && { timestamp }),
  }
}

function isSignedBy(x5c: unknown, algorithm: string, signed: string, signature: string): boolean {
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
