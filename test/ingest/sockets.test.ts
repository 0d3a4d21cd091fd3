import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { Agent, request } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import xapi from '@xapi/xapi'
import type { EventLog } from '../../infra/log/event-log.ts'
import { logWith } from '../helpers/log-with.ts'
import { until } from '../helpers/until.ts'
import { runLoad } from '../bench/load-client.ts'
import { aStatement, startIngest, XAPI_HEADERS, type Ingest } from './start-ingest.ts'

let ingest: Ingest
afterEach(() => ingest.close())

async function listening(...args: Parameters<typeof startIngest>): Promise<number> {
  ingest = await startIngest(...args)
  ingest.app.get('/healthz', () => ({ status: 'ok' }))
  await ingest.app.listen({ host: '127.0.0.1', port: 0 })
  return (ingest.app.server.address() as AddressInfo).port
}

type Answer = { status: number; retryAfter: string | undefined; body: string }

function send(port: number, body: Buffer, headers: Record<string, string>, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { port, host: '127.0.0.1', method: 'POST', path: '/xapi/statements', headers, agent },
      response => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], body: text }),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

test('a client library that we did not write sends statements', async () => {
  const port = await listening()
  const client = new xapi.default({
    endpoint: `http://127.0.0.1:${port}/xapi/`,
    auth: XAPI_HEADERS.authorization,
    version: '1.0.3',
  })
  const statement = aStatement() as never
  expect((await client.sendStatement({ statement })).data).toEqual(['fd41c918-b88b-4b20-a0a5-a4c32391aaa0'])
  const about = await client.getAbout()
  expect(about.data.version).toContain('1.0.3')
  await expect(client.sendStatement({ statement: aStatement({ actor: undefined }) as never })).rejects.toThrow()
  expect(await ingest.records()).toHaveLength(1)
})

test('everything that a load of several clients had acknowledged is in the log, once', async () => {
  const port = await listening()
  const load = {
    port,
    path: '/xapi/statements',
    authorization: XAPI_HEADERS.authorization,
    clients: 4,
    batch: 50,
    seconds: 0.5,
    healthPath: '/healthz',
  }
  const result = await runLoad(load)
  expect(result.failed).toBe(0)
  const records = await ingest.records()
  expect(records).toHaveLength(result.requests * 50)
  expect(new Set(records.map(({ id }) => id)).size).toBe(records.length)
}, 60_000)

test('while the log is behind, a whole body is read, answered 503 with Retry-After, and the connection stays usable', async () => {
  let pending = 1e9
  const behind = (log: EventLog): EventLog => logWith(log, { pendingBytes: () => pending })
  const port = await listening({ wrapLog: behind })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const body = Buffer.from(JSON.stringify(Array.from({ length: 5000 }, () => aStatement({ id: undefined }))))
  const first = await send(port, body, XAPI_HEADERS, agent)
  expect([first.status, first.retryAfter, JSON.parse(first.body)]).toEqual([
    503,
    '2',
    expect.objectContaining({ code: 'LOG_BEHIND' }),
  ])
  pending = 0
  expect((await send(port, body, XAPI_HEADERS, agent)).status).toBe(200)
  expect(await ingest.records()).toHaveLength(5000)
  agent.destroy()
})

test('more bytes in flight than the bound are answered 503; afterwards the same request is taken', async () => {
  const port = await listening({ inFlightLimit: 1_000_000 })
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const body = Buffer.from(JSON.stringify(Array.from({ length: 1200 }, () => aStatement({ id: undefined }))))
  expect(body.length).toBeGreaterThan(500_000)
  const statuses = (await Promise.all(Array.from({ length: 6 }, () => send(port, body, XAPI_HEADERS, agent)))).map(
    ({ status }) => status,
  )
  expect(new Set(statuses)).toEqual(new Set([200, 503]))
  expect((await send(port, body, XAPI_HEADERS, agent)).status).toBe(200)
  const accepted = statuses.filter(status => status === 200).length + 1
  expect(await ingest.records()).toHaveLength(accepted * 1200)
  agent.destroy()
})

test('a body that is refused for its size or its sender is read whole before the answer', async () => {
  const port = await listening()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const large = Buffer.alloc(12 * 1024 * 1024, ' ')
  expect((await send(port, large, XAPI_HEADERS, agent)).status).toBe(413)
  expect((await send(port, large, { ...XAPI_HEADERS, authorization: 'Bearer nobody' }, agent)).status).toBe(401)
  const chunked = { ...XAPI_HEADERS, 'transfer-encoding': 'chunked' }
  expect((await send(port, large, chunked, agent)).status).toBe(413)
  expect((await send(port, Buffer.from(JSON.stringify([aStatement()])), XAPI_HEADERS, agent)).status).toBe(200)
  agent.destroy()
})

test('senders that stop in the middle of a body and stay connected give way to others', async () => {
  const port = await listening({ inFlightLimit: 1_000_000, silence_ms: 300 })
  const head = Object.entries({ ...XAPI_HEADERS, host: '127.0.0.1', 'content-length': '900000' })
  const silent = connect(port, '127.0.0.1')
  await once(silent, 'connect')
  const closed = once(silent, 'close')
  silent.write(`POST /xapi/statements HTTP/1.1\r\n${head.map(([k, v]) => `${k}: ${v}`).join('\r\n')}\r\n\r\n[{"id":`)
  const body = Buffer.from(JSON.stringify(Array.from({ length: 1500 }, () => aStatement({ id: undefined }))))
  const agent = new Agent()
  await until(async () => (await send(port, body, XAPI_HEADERS, agent)).status === 503, 'the silent one holds the room')
  await until(async () => (await send(port, body, XAPI_HEADERS, agent)).status === 200, 'the next request is taken')
  expect(await closed).toBeDefined()
  agent.destroy()
})

test('a sender that goes away in the middle of a body leaves nothing in flight', async () => {
  const port = await listening({ inFlightLimit: 1_000_000 })
  for (let i = 0; i < 3; i++) {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const head = Object.entries({ ...XAPI_HEADERS, host: '127.0.0.1', 'content-length': '900000' }).map(
      ([k, v]) => `${k}: ${v}`,
    )
    socket.write(`POST /xapi/statements HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n[{"id":`)
    // Half a body lets nothing else of that size in; once the sender is gone, it does.
    socket.destroy()
  }
  const body = Buffer.from(JSON.stringify(Array.from({ length: 1500 }, () => aStatement({ id: undefined }))))
  expect(body.length).toBeGreaterThan(700_000)
  const agent = new Agent()
  await until(async () => (await send(port, body, XAPI_HEADERS, agent)).status === 200, 'the next request is taken')
  agent.destroy()
})
