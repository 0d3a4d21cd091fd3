import { createSign, generateKeyPairSync, type KeyLike } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { attachmentFaults } from '../../ingest/receive/attachment-rules.ts'
import { isStatement } from '../../ingest/receive/xapi-check.ts'
import { anAttachment, sha256 } from './multipart-body.ts'
import { aStatement } from './start-ingest.ts'

const SIGNATURE = {
  usageType: 'http://adlnet.gov/expapi/attachments/signature',
  contentType: 'application/octet-stream',
}
const reference = (name: string): string =>
  readFileSync(new URL(`../reference/signed-statement/${name}`, import.meta.url), 'utf8')
const PUBLISHED = JSON.parse(reference('statement.json')) as Record<string, unknown>
const PUBLISHED_JWS = reference('signature.jws')
const PUBLISHED_KEY = reference('key.pem')
const CERTIFICATE = JSON.parse(Buffer.from(PUBLISHED_JWS.split('.')[0]!, 'base64url').toString()) as { x5c: string[] }
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

const encoded = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

type Json = Record<string, unknown>

function jwsOf(payload: unknown, header: Json = {}, hash = 'SHA256', key: KeyLike = privateKey): string {
  const signed = `${encoded({ alg: 'RS256', ...header })}.${encoded(payload)}`
  return `${signed}.${createSign(`RSA-${hash}`).update(signed).sign(key, 'base64url')}`
}

/** What is wrong with a statement that is sent with that signature. */
function faults(statement: Json, jws: string, changes: { contentType?: string } = {}): string[] {
  const signed = {
    ...statement,
    attachments: [...((statement.attachments ?? []) as unknown[]), anAttachment(jws, { ...SIGNATURE, ...changes })],
  }
  expect(isStatement(signed, '1.0.3')).toBe(true)
  const part = { contentType: changes.contentType ?? '', sha2: sha256(jws), body: Buffer.from(jws) }
  return attachmentFaults([signed], [part], () => 'statement').map(({ reason }) => reason)
}

test('the signed statement that the specification prints is accepted, certificate and all', () => {
  const part = { contentType: '', sha2: sha256(PUBLISHED_JWS), body: Buffer.from(PUBLISHED_JWS) }
  expect(attachmentFaults([PUBLISHED], [part], () => 'statement')).toEqual([])
})

test('a signature that is not of its certificate is refused', () => {
  const { attachments: _, ...statement } = PUBLISHED
  const ofAnotherKey = jwsOf(statement, CERTIFICATE)
  const [head, payload, signature] = PUBLISHED_JWS.split('.') as [string, string, string]
  const changed = `${head}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
  const ofAnotherPayload = `${head}.${encoded({ ...statement, version: '1.0.3' })}.${signature}`
  for (const jws of [ofAnotherKey, changed, ofAnotherPayload])
    expect(faults(statement, jws)).toEqual([expect.stringMatching(/is a signature that is not of its certificate/)])
  for (const x5c of [['bm90IG9uZQ=='], [], 'x', [7], {}])
    expect(faults(statement, jwsOf(statement, { x5c }))).toEqual([expect.stringMatching(/not of its certificate/)])
})

test.each(['256', '384', '512'])('RS%s may sign, and only with its own hash', bits => {
  const header = { ...CERTIFICATE, alg: `RS${bits}` }
  expect(faults(aStatement(), jwsOf(aStatement(), header, `SHA${bits}`, PUBLISHED_KEY))).toEqual([])
  const other = bits === '256' ? 'SHA512' : 'SHA256'
  expect(faults(aStatement(), jwsOf(aStatement(), header, other, PUBLISHED_KEY))).toHaveLength(1)
})

test('without a certificate nobody can tell whose signature it is, and it is accepted', () => {
  expect(faults(aStatement(), jwsOf(aStatement()))).toEqual([])
})

test.each(['HS256', 'none', 'ES256', 'PS256', 'toString', 7, undefined])('%s may not sign', alg => {
  expect(faults(aStatement(), jwsOf(aStatement(), { alg }))).toEqual([
    expect.stringMatching(/expected alg RS256, RS384/),
  ])
})

test.each([
  ['no JWS', 'signed by Kim', /three parts in base64url/],
  ['JWS in JSON form', JSON.stringify({ payload: encoded(aStatement()), signatures: [] }), /three parts in base64url/],
  ['no signature', `${encoded({ alg: 'RS256' })}.${encoded(aStatement())}.`, /three parts in base64url/],
  ['a header that is no JSON', `${encoded('{')}.${encoded(aStatement())}.AAAA`, /expected alg/],
  ['a header that is a list', `${encoded([])}.${encoded(aStatement())}.AAAA`, /expected alg/],
  [
    'a parameter that must be understood',
    jwsOf(aStatement(), { crit: ['b64'], b64: false }),
    /expected no parameter crit/,
  ],
  ['a payload that is no JSON', jwsOf(JSON.stringify(aStatement()).replace('"', "'")), /expected a payload that is/],
  ['a payload that is no statement', jwsOf({}), /expected a payload that is/],
  ['a payload that is null', jwsOf(null), /expected a payload that is/],
  ['another statement', jwsOf(aStatement({ result: { score: { scaled: 1 } } })), /expected a payload that is/],
  ['another id', jwsOf(aStatement({ id: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa1' })), /expected a payload that is/],
  ['another actor', jwsOf(aStatement({ actor: { mbox: 'mailto:lee@example.org' } })), /expected a payload that is/],
  ['another time', jwsOf(aStatement({ timestamp: '2026-03-02T13:59:01Z' })), /expected a payload that is/],
])('%s is refused', (_case, jws, message) => {
  expect(faults(aStatement(), jws)).toEqual([expect.stringMatching(message)])
})

test('the payload may be written differently, as long as it says the same', () => {
  const { timestamp: _, id: __, ...plain } = aStatement()
  const same = [
    Object.fromEntries(Object.entries(aStatement()).reverse()),
    aStatement({ timestamp: '2026-03-02T08:59:00.000-05:00' }),
    aStatement({ id: String(aStatement().id).toUpperCase() }),
    aStatement({ attachments: [] }),
    plain,
  ]
  for (const payload of same) expect(faults(aStatement(), jwsOf(payload))).toEqual([])
})

test('other attachments are signed with the statement, earlier signatures are not', () => {
  const linked = anAttachment('essay', { fileUrl: 'https://files.example.org/essay' })
  const statement = aStatement({ attachments: [linked] })
  expect(faults(statement, jwsOf(statement))).toEqual([])
  expect(faults(statement, jwsOf(aStatement()))).toHaveLength(1)
  const first = anAttachment('x', { ...SIGNATURE, fileUrl: 'https://files.example.org/first' })
  expect(faults({ ...aStatement(), attachments: [linked, first] }, jwsOf(statement))).toEqual([
    'statement.attachments[1] is a signature without its part, expected the signature as a part',
  ])
})

test('a signature is application/octet-stream', () => {
  expect(faults(aStatement(), jwsOf(aStatement()), { contentType: 'text/plain; charset=ascii' })).toEqual([
    'statement.attachments[0].contentType is another media type, expected application/octet-stream, because it is a signature',
  ])
})
