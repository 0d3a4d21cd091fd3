import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { FastifyInstance } from 'fastify'
import { httpServer } from '../../infra/http-server.ts'

const LIMITS = { headers_ms: 100, request_ms: 300, look_ms: 20 }

let app: FastifyInstance
afterEach(() => app.close())

/** Everything that comes back until the server ends the connection. */
async function answerTo(bytes: string): Promise<string> {
  app = httpServer(LIMITS)
  app.post('/', () => ({ ok: true }))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  socket.write(bytes, 'latin1')
  await new Promise(resolve => socket.once('close', resolve))
  return text
}

const HEAD = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n'

test.each([
  ['no HTTP', 'hello\r\n\r\n', 400, 'BODY_INVALID'],
  ['two lengths', `${HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\n[]`, 400, 'BODY_INVALID'],
  ['chunks that are none', `${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n`, 400, 'BODY_INVALID'],
  ['headers of 20 kB', `${HEAD}x: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
  ['headers that do not end', HEAD, 408, 'REQUEST_TIMEOUT'],
  ['a body that does not end', `${HEAD}content-length: 9\r\n\r\n[`, 408, 'REQUEST_TIMEOUT'],
  ['an expectation', `${HEAD}expect: tea\r\ncontent-length: 2\r\n\r\n[]`, 417, 'EXPECTATION_UNSUPPORTED'],
  ['no host', 'POST / HTTP/1.1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n', 400, 'BODY_INVALID'],
  ['an address that is none', 'POST /%ZZ HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 400, 'QUERY_INVALID'],
])('%s: refused in our words, and the connection ends', async (_what, bytes, status, code) => {
  const text = await answerTo(bytes)
  expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  const refusal = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as { code: string; message: string }
  expect(refusal).toMatchObject({ code, message: expect.stringMatching(/ Next: .+\.$/) as string })
})
