import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FastifyInstance } from 'fastify'
import { Accounts, createAccount } from '../../infra/accounts.ts'
import { createServer } from '../../infra/commands/server.ts'
import { aRuntime, type ARuntime } from '../infra/a-runtime.ts'

let on: ARuntime
let app: FastifyInstance
let port: number
/** Every request that a route saw. */
const seen: string[] = []

beforeAll(async () => {
  on = await aRuntime()
  app = await createServer(on.runtime, { ingest: true, dashboards: true })
  app.addHook('onRequest', async ({ method, raw }) => void seen.push(`${method} ${raw.url}`))
  await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as AddressInfo).port
})
afterAll(async () => {
  await app?.close()
  await on?.close()
})

/** Everything that comes back, until the server ends the connection or says nothing any more. */
async function sent(bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  // The first request for the explorer makes its scripts.
  socket.setTimeout(20_000, () => socket.destroy())
  socket.on('error', () => undefined)
  socket.write(bytes, 'latin1')
  await once(socket, 'close')
  return text
}

const INNER = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'
const head = (...headers: string[]): string =>
  ['POST /interactions HTTP/1.1', 'Host: a', 'Content-Type: application/json', ...headers, '', ''].join('\r\n')

describe('a request in a request', () => {
  // What a proxy in front could read otherwise than we do: RFC 9112, 6.3 and 11.2.
  test.each<[string, string]>([
    ['a length and chunks', `${head('Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\n${INNER}`],
    [
      'chunks and a length',
      `${head('Transfer-Encoding: chunked', `Content-Length: ${INNER.length + 5}`)}0\r\n\r\n${INNER}`,
    ],
    ['two lengths', `${head('Content-Length: 2', `Content-Length: ${INNER.length}`)}[]${INNER}`],
    ['a list of lengths', `${head(`Content-Length: 2, ${INNER.length}`)}[]${INNER}`],
    ['a signed length', `${head('Content-Length: +2')}[]${INNER}`],
    ['a length with a space inside', `${head('Content-Length: 2 0')}[]${INNER}`],
    ['a space before the colon', `${head('Transfer-Encoding : chunked', 'Content-Length: 2')}[]${INNER}`],
    ['an unknown coding', `${head('Transfer-Encoding: xchunked')}0\r\n\r\n${INNER}`],
    ['chunked that is not last', `${head('Transfer-Encoding: chunked, identity')}0\r\n\r\n${INNER}`],
    ['a folded header', `${head('Transfer-Encoding:\r\n chunked', 'Content-Length: 2')}[]${INNER}`],
    ['a control character in a name', `${head('Transfer-\u000bEncoding: chunked', 'Content-Length: 2')}[]${INNER}`],
    ['a chunk whose size has a sign', `${head('Transfer-Encoding: chunked')}+2\r\n[]\r\n0\r\n\r\n${INNER}`],
    [
      'a chunk whose size is beyond all bounds',
      `${head('Transfer-Encoding: chunked')}ffffffffffffffff2\r\n[]\r\n0\r\n\r\n${INNER}`,
    ],
    ['a chunk that is longer than it says', `${head('Transfer-Encoding: chunked')}2\r\n[]XX\r\n0\r\n\r\n${INNER}`],
    ['line feeds alone', `POST /interactions HTTP/1.1\nHost: a\nContent-Length: 2\n\n[]${INNER}`],
    ['a return alone', `${head('Content-Length: 2\rX: y')}[]${INNER}`],
  ])('by %s: the inner one is never answered, and the connection ends', async (_what, bytes) => {
    seen.length = 0
    const text = await sent(bytes)
    expect(text).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(text.match(/HTTP\/1\.1 \d{3} /g)).toHaveLength(1)
    expect(seen.filter(request => request.includes('smuggled'))).toEqual([])
  })

  test('two honest requests on one connection are two answers', async () => {
    seen.length = 0
    const text = await sent(
      `GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    )
    expect(text.match(/HTTP\/1\.1 200 /g)).toHaveLength(2)
    expect(seen).toHaveLength(2)
  })
})

test.each([
  '/../package.json',
  '/explore/../../package.json',
  '/explore/..%2f..%2fpackage.json',
  '/explore/%2e%2e/%2e%2e/package.json',
  '/explore/..%5c..%5cpackage.json',
  '/explore/%252e%252e%252fpackage.json',
  '/explore/....//....//package.json',
  '/explore/explorer.js%00.css',
  '/explore//etc/passwd',
  '//etc/passwd',
  '/style.css/../../package.json',
  '/xapi/more/..%2f..%2f..%2fetc%2fpasswd',
])('the address %s gives no file away', async address => {
  const text = await sent(`GET ${address} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  expect(text).toMatch(/^HTTP\/1\.1 (?:303|4\d\d) /)
  expect(text).not.toMatch(/"dependencies"|root:x:0:0/)
})

test('an absolute address, and one of another host, are answered as their path is', async () => {
  const text = await sent('GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')
  expect(text).not.toContain('evil.example')
  expect(await sent('CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n')).not.toMatch(/^HTTP\/1\.1 2/)
})

test('how long a refusal takes says nothing about the credential: neither which name exists, nor how much of a secret is right', async () => {
  const { warehouse } = on.runtime
  const { secret } = await createAccount(warehouse, { id: 'timed', kind: 'source', role: 'xapi' })
  const accounts = new Accounts(warehouse)
  await accounts.refresh()
  const basic = (id: string, password: string) => `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`
  const other = secret.startsWith('A') ? 'B' : 'A'
  const wrong = { early: other + secret.slice(1), late: secret.slice(0, -1) + (secret.endsWith(other) ? 'C' : other) }
  const headers = {
    early: basic('timed', wrong.early),
    late: basic('timed', wrong.late),
    unknown: basic('nobod', wrong.early),
  }
  const times: Record<keyof typeof headers, number[]> = { early: [], late: [], unknown: [] }
  for (let round = 0; round < 6000; round++)
    for (const name of Object.keys(headers) as (keyof typeof headers)[]) {
      const began = process.hrtime.bigint()
      expect(accounts.authenticate(headers[name]) === null).toBe(true)
      times[name].push(Number(process.hrtime.bigint() - began))
    }
  const median = (of: number[]): number => of.sort((a, b) => a - b)[of.length >> 1]!
  const [early, late, unknown] = [median(times.early), median(times.late), median(times.unknown)]
  expect(late / early).toBeGreaterThan(0.8)
  expect(late / early).toBeLessThan(1.25)
  expect(unknown / early).toBeGreaterThan(0.7)
  expect(unknown / early).toBeLessThan(1.4)
})
