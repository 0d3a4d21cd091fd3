import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LightMyRequestResponse } from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Account } from '../../infra/accounts.ts'
import { readConfig } from '../../infra/config.ts'
import { claimsOf, keysAt } from '../../ingest/receive/canvas-keys.ts'
import { NOW, startIngest, type Ingest } from './start-ingest.ts'

const LINES = (await readFile(new URL('../reference/canvas/live-events.jsonl', import.meta.url), 'utf8'))
  .trimEnd()
  .split('\n')
const EVENT = LINES[3]!
const ADDRESS = '/canvas/events?key=canvas-secret'
const OURS = generateKeyPairSync('rsa', { modulusLength: 2048 })
const OTHERS = generateKeyPairSync('rsa', { modulusLength: 2048 })

const account = (id: string, role: string): Account => ({
  id,
  kind: 'source',
  role,
  scope: { schools: [], advisories: [] },
  secretHash: '',
  expiresAt: new Date(NOW + 1e9),
})
const ACCOUNTS = new Map([
  ['Bearer canvas-secret', account('canvas', 'canvas')],
  ['Bearer lms-secret', account('lms', 'xapi,caliper,interactions')],
])

let folder: string
let ingest: Ingest
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-canvas-door-'))
})
afterEach(async () => {
  await ingest?.close()
  await rm(folder, { recursive: true, force: true })
})

async function start(keys: string | null = null): Promise<void> {
  const config = readConfig({}, { data: folder, district: 'district-7', canvasKeys: keys })
  ingest = await startIngest({ config, accounts: { authenticate: header => ACCOUNTS.get(header ?? '') ?? null } })
}

async function startWithKeys(): Promise<void> {
  const place = join(folder, 'keys.json')
  await writeFile(place, keySet({ ours: OURS.publicKey }))
  await start(place)
}

const send = (body: string, headers: Record<string, string> = {}, url = ADDRESS): Promise<LightMyRequestResponse> =>
  ingest.app.inject({ method: 'POST', url, headers, payload: body })

const keySet = (keys: Record<string, KeyObject>): string =>
  JSON.stringify({
    keys: Object.entries(keys).map(([kid, key]) => ({
      ...key.export({ format: 'jwk' }),
      kid,
      use: 'sig',
      alg: 'RS256',
    })),
  })

function signed(claims: object, { kid = 'ours', alg = 'RS256', key = OURS.privateKey } = {}): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg, kid, typ: 'JWT' })}.${part(claims)}`
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`
}
const claims = JSON.parse(EVENT) as object

test.each([
  ['application/json', EVENT],
  ['application/json; charset=utf-8', `[${LINES[3]},${LINES[6]}]`],
  ['text/plain', EVENT],
  ['application/octet-stream', EVENT],
])('Canvas needs nothing but the address, whatever it calls its JSON: %s', async (type, body) => {
  await start()
  const answer = await send(body, { 'content-type': type })
  expect([answer.statusCode, answer.json()]).toEqual([
    200,
    { accepted: body === EVENT ? 1 : 2, nobody: 0, refused: [] },
  ])
  expect((await ingest.records())[0]).toMatchObject({ source: 'canvas', standard: 'canvas', kind: 'completed' })
})

test('without a content type, or with the secret in a header, it is the same', async () => {
  await start()
  expect((await send(EVENT)).statusCode).toBe(200)
  const headers = { authorization: 'Bearer canvas-secret', 'content-type': 'application/json' }
  expect((await send(EVENT, headers, '/canvas/events')).statusCode).toBe(200)
  expect(new Set((await ingest.records()).map(({ id }) => id)).size).toBe(1)
})

test('no secret, a wrong one, or one for other doors opens nothing; no other door takes one in its address', async () => {
  await start()
  for (const [url, status] of [
    ['/canvas/events', 401],
    ['/canvas/events?key=', 401],
    ['/canvas/events?key=wrong', 401],
    ['/canvas/events?key=canvas-secret&key=canvas-secret', 401],
    ['/canvas/events?key=lms-secret', 403],
    ['/interactions?key=lms-secret', 401],
    ['/caliper/events?key=lms-secret', 401],
  ] as const) {
    const answer = await send(EVENT, { 'content-type': 'application/json' }, url)
    expect([url, answer.statusCode]).toEqual([url, status])
    expect(answer.body.includes('secret')).toBe(false)
  }
  expect(await ingest.records()).toEqual([])
})

test('what cannot be used is a dead letter, and is answered so that Canvas goes on', async () => {
  await start()
  const bad = { ...claims, metadata: { event_name: 'submission_created', event_time: 'soon' } }
  const answer = await send(JSON.stringify([bad, LINES[23], 7, JSON.parse(LINES[23]!), JSON.parse(EVENT)]))
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toMatchObject({ accepted: 1, nobody: 1 })
  expect(answer.json<{ refused: { path: string }[] }>().refused.map(({ path }) => path)).toEqual([
    'events[0].metadata.event_time',
    'events[1]',
    'events[2]',
  ])
  expect((await ingest.deadLetters()).map(({ door, code, place }) => `${door} ${code} ${place}`).sort()).toEqual([
    'canvas RECORD_INVALID events[0].metadata.event_time',
    'canvas RECORD_INVALID events[1]',
    'canvas RECORD_INVALID events[2]',
  ])
  expect((await send('{"metadata"')).json()).toMatchObject({ code: 'BODY_INVALID' })
  expect((await send('')).statusCode).toBe(400)
})

test('a signed event is the same record as the unsigned one', async () => {
  await startWithKeys()
  const answer = await send(signed({ ...claims, iat: NOW / 1000, exp: NOW / 1000 + 60 }), {
    'content-type': 'application/jwt',
  })
  expect([answer.statusCode, answer.json()]).toEqual([200, { accepted: 1, nobody: 0, refused: [] }])
  const [record] = await ingest.records()
  await ingest.close()
  await start()
  await send(EVENT)
  expect((await ingest.records())[0]).toMatchObject({ id: record!.id, hash: record!.hash })
})

test.each<[string, () => string]>([
  ['is not signed', () => EVENT],
  ['is signed by another key', () => signed(claims, { key: OTHERS.privateKey })],
  ['names a key that is not in the set', () => signed(claims, { kid: 'theirs' })],
  ['says that it is not signed', () => signed(claims, { alg: 'none' })],
  ['is signed with the public key as a secret, as it says', () => signed(claims, { alg: 'HS256' })],
  ['was altered', () => signed(claims).replace(/\.[^.]+\./, `.${Buffer.from(EVENT + ' ').toString('base64url')}.`)],
  ['has expired', () => signed({ ...claims, exp: NOW / 1000 - 120 })],
  ['is not valid yet', () => signed({ ...claims, nbf: NOW / 1000 + 120 })],
])('where keys are set, a body that %s is refused', async (_what, body) => {
  await startWithKeys()
  const answer = await send(body())
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([401, 'CREDENTIALS_INVALID'])
  expect(await ingest.records()).toEqual([])
})

test('a signed event is refused where no keys are set, and says which setting is missing', async () => {
  await start()
  const answer = await send(signed(claims))
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'BODY_INVALID'])
  expect(answer.body).toContain('HOMEROOM_CANVAS_KEYS is not set')
})

test('keys are fetched once, and anew for a new one, at most once a minute; while they cannot be had, Canvas shall try again', async () => {
  let requests = 0
  let keys: Record<string, KeyObject> = { ours: OURS.publicKey }
  let now = NOW
  const server = createServer((_request, response) => {
    requests++
    if (Object.keys(keys).length === 0) response.writeHead(500).end()
    else response.end(keySet(keys))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
  try {
    keys = {}
    await start(address)
    const unavailable = await send(signed(claims))
    expect([unavailable.statusCode, unavailable.json<{ code: string }>().code]).toEqual([503, 'KEYS_UNAVAILABLE'])
    expect(unavailable.headers['retry-after']).toBeDefined()
    keys = { ours: OURS.publicKey }
    expect((await send(signed(claims))).statusCode).toBe(200)
    requests = 0
    const keyOf = keysAt(address, () => now)
    const check = (kid: string, key: KeyObject): Promise<object> => claimsOf(signed(claims, { kid, key }), keyOf, now)
    await Promise.all([check('ours', OURS.privateKey), check('ours', OURS.privateKey)])
    expect(requests).toBe(1)
    keys = { ours: OURS.publicKey, next: OTHERS.publicKey }
    await expect(check('next', OTHERS.privateKey)).rejects.toMatchObject({ code: 'CREDENTIALS_INVALID' })
    now += 61_000
    expect(await check('next', OTHERS.privateKey)).toEqual(claims)
    expect(requests).toBe(2)
  } finally {
    await new Promise(resolve => server.close(resolve))
  }
})

test('the log tells no person of what came', async () => {
  await start()
  await send(EVENT.replaceAll('"pat"', '"zyxlogin"').replaceAll('"s-1"', '"zyxsisid"'))
  const told = (await ingest.text('records')) + (await ingest.text('dead-letters'))
  expect(['zyxlogin', 'zyxsisid'].filter(mark => told.includes(mark))).toEqual([])
})
