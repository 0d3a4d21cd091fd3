import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aStatement, JSON_HEADERS, startIngest, XAPI_HEADERS, type Ingest } from './start-ingest.ts'

let ingest: Ingest
beforeAll(async () => {
  ingest = await startIngest()
})
afterAll(() => ingest.close())

type Headers = Record<string, string>
const ask = (
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'PATCH' | 'OPTIONS',
  url: string,
  headers: Headers = XAPI_HEADERS,
) => ingest.app.inject({ method, url, headers })

const VERSION = 'x-experience-api-version'
const speaking = (version: string): Headers => ({ ...JSON_HEADERS, [VERSION]: version })

describe('versions', () => {
  test.each([
    ['1.0', '1.0.3'],
    ['1.0.0', '1.0.3'],
    ['1.0.99', '1.0.3'],
    ['2.0', '2.0.0'],
    ['2.0.1', '2.0.0'],
  ])('a request that speaks %s is answered in %s', async (said, answered) => {
    const response = await ingest.post('/xapi/statements', [], speaking(said))
    expect([response.statusCode, response.headers[VERSION]]).toEqual([200, answered])
  })

  test.each(['/xapi/statements', '/xapi/activities', '/xapi/agents', '/xapi/agents/profile', '/xapi/activities/state'])(
    'GET %s without a version is a 400 in the version that its source spoke last',
    async url => {
      for (const version of ['1.0.3', '2.0.0']) {
        await ingest.post('/xapi/statements', [], speaking(version))
        const response = await ask('GET', url, JSON_HEADERS)
        expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([400, 'VERSION_UNSUPPORTED'])
        expect(response.headers[VERSION]).toBe(version)
      }
    },
  )

  test('who they are is asked before which version they speak, and a 401 says a version too', async () => {
    const response = await ask('GET', '/xapi/statements', { authorization: 'Basic bm86bm8=' })
    expect([response.statusCode, response.headers[VERSION]]).toEqual([401, '2.0.0'])
    expect(response.headers['www-authenticate']).toContain('Basic realm=')
    expect(response.json()).toMatchObject({ code: 'CREDENTIALS_INVALID' })
  })

  test('about says every version to anybody, in any version', async () => {
    const response = await ask('GET', '/xapi/about', {})
    expect(response.json()).toEqual({ version: ['1.0.0', '1.0.1', '1.0.2', '1.0.3', '2.0.0'] })
    expect(response.headers[VERSION]).toBe('2.0.0')
    expect((await ask('GET', '/xapi/about', { [VERSION]: '1.0.1' })).headers[VERSION]).toBe('1.0.3')
  })
})

describe('requests from other sites', () => {
  test('a browser is told which methods and headers it may send, without credentials', async () => {
    const response = await ask('OPTIONS', '/xapi/statements', {
      origin: 'https://content.example.org',
      'access-control-request-method': 'PUT',
    })
    expect(response.statusCode).toBe(204)
    expect(response.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, OPTIONS',
      'access-control-allow-headers': 'Authorization, Content-Type, If-Match, If-None-Match, X-Experience-API-Version',
    })
    expect(response.headers['access-control-allow-credentials']).toBeUndefined()
  })

  test.each([
    ['an answer', 'GET', '/xapi/about', 200],
    ['a refusal', 'GET', '/xapi/statements', 401],
    ['an unknown address', 'GET', '/xapi/nothing', 404],
  ] as const)('%s can be read by the page that asked', async (_what, method, url, status) => {
    const response = await ask(method, url, { origin: 'https://content.example.org' })
    expect([response.statusCode, response.headers['access-control-allow-origin']]).toEqual([status, '*'])
    expect(response.headers['access-control-expose-headers']).toContain('X-Experience-API-Consistent-Through')
  })

  test('other doors are not opened to them', async () => {
    const response = await ingest.post('/interactions', [], JSON_HEADERS)
    expect(response.headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('methods and addresses', () => {
  test.each([
    ['DELETE', '/xapi/statements', 'GET, HEAD, POST, PUT, OPTIONS'],
    ['PATCH', '/xapi/activities/state', 'DELETE, GET, HEAD, POST, PUT, OPTIONS'],
    ['PUT', '/xapi/activities', 'GET, HEAD, OPTIONS'],
    ['POST', '/xapi/about', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/caliper/events', 'GET, HEAD, POST'],
    ['GET', '/interactions', 'POST'],
    ['PUT', '/canvas/events', 'POST'],
  ] as const)('%s %s is a 405 that names the methods', async (method, url, allow) => {
    const response = await ask(method, url)
    expect([response.statusCode, response.headers.allow]).toEqual([405, allow])
    expect(response.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED' })
  })

  test('a 405 is a 405 whatever the body is', async () => {
    const response = await ingest.app.inject({
      method: 'POST',
      url: '/xapi/about',
      headers: { ...XAPI_HEADERS, 'content-type': 'image/png' },
      payload: Buffer.alloc(100_000),
    })
    expect(response.statusCode).toBe(405)
  })

  test.each(['/xapi/statement', '/xapi', '/caliper/event', '/interactions/kim', '/canvas'])(
    '%s is a 404 as JSON',
    async url => {
      const response = await ask('GET', url)
      expect(response.body).not.toContain('kim')
      expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([404, 'NOT_FOUND'])
    },
  )

  test('HEAD answers as GET does, without the body', async () => {
    const urls = ['/xapi/about', '/xapi/statements?limit=1', '/xapi/activities?activityId=https%3A%2F%2Fa.example.org']
    for (const url of urls) {
      const [get, head] = [await ask('GET', url), await ask('HEAD', url)]
      expect([head.statusCode, head.body]).toEqual([200, ''])
      expect([head.headers['content-length'], head.headers['content-type']]).toEqual([
        get.headers['content-length'],
        get.headers['content-type'],
      ])
    }
  })

  test('retrieval says how far it is with every status', async () => {
    for (const [url, headers, status] of [
      ['/xapi/statements', XAPI_HEADERS, 200],
      ['/xapi/statements?foo=bar', XAPI_HEADERS, 400],
      ['/xapi/statements', {}, 401],
      [`/xapi/statements?statementId=${crypto.randomUUID()}`, XAPI_HEADERS, 404],
    ] as const) {
      const response = await ask('GET', url, headers)
      expect(response.statusCode).toBe(status)
      expect(Date.parse(response.headers['x-experience-api-consistent-through'] as string)).not.toBeNaN()
    }
  })
})

test('a long answer is compressed for those who can read it', async () => {
  const name = 'Kim '.repeat(1000)
  const url = `/xapi/agents?agent=${encodeURIComponent(JSON.stringify({ mbox: 'mailto:kim@example.org', name }))}`
  const plain = await ask('GET', url)
  const zipped = await ask('GET', url, { ...XAPI_HEADERS, 'accept-encoding': 'gzip' })
  expect([plain.headers['content-encoding'], zipped.headers['content-encoding']]).toEqual([undefined, 'gzip'])
  expect(zipped.rawPayload.length).toBeLessThan(name.length / 2)
  expect(gunzipSync(zipped.rawPayload).toString()).toBe(plain.payload)
})

test.each(['image/png', 'multipart/form-data; boundary=x', 'text/plain'])(
  'statements sent as %s are a 400: the standard knows no 415',
  async type => {
    const response = await ingest.post('/xapi/statements', '[]', { ...XAPI_HEADERS, 'content-type': type })
    expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([400, 'BODY_INVALID'])
  },
)

describe('alternate request syntax', () => {
  const form = (fields: Record<string, string>, url: string, headers: Headers = {}) =>
    ingest.app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload: new URLSearchParams(fields).toString(),
    })
  const AUTHORITY = { Authorization: XAPI_HEADERS.authorization, 'X-Experience-API-Version': '1.0.3' }

  test('a PUT with everything in the form is stored as one', async () => {
    const id = crypto.randomUUID()
    const content = JSON.stringify(aStatement({ id, result: { response: 'Größe & 100 % + 1' } }))
    const fields = { ...AUTHORITY, 'Content-Type': 'application/json', statementId: id, content }
    const response = await form(fields, '/xapi/statements?method=PUT')
    expect([response.statusCode, response.headers[VERSION]]).toEqual([204, '1.0.3'])
    expect((await ingest.records()).map(record => record.id)).toContain(id)
  })

  test('a GET has its parameters in the form', async () => {
    const response = await form({ ...AUTHORITY, limit: '1' }, '/xapi/statements?method=GET')
    expect([response.statusCode, Object.keys(response.json<object>()).sort()]).toEqual([200, ['more', 'statements']])
    expect(response.headers['x-experience-api-consistent-through']).toBeDefined()
  })

  test('a document goes and comes with its type, its tag and its conditions', async () => {
    const agent = '{"mbox":"mailto:kim@example.org"}'
    const fields = { ...AUTHORITY, agent, profileId: 'p' }
    const url = '/xapi/agents/profile'
    const content = 'a note'
    const put = { ...fields, 'Content-Type': 'text/plain', 'Content-Length': '6', 'If-None-Match': '*', content }
    expect((await form(put, `${url}?method=PUT`)).statusCode).toBe(204)
    expect((await form(put, `${url}?method=PUT`)).statusCode).toBe(412)
    const got = await form(fields, `${url}?method=GET`)
    expect([got.payload, got.headers['content-type'], typeof got.headers.etag]).toEqual([
      content,
      'text/plain',
      'string',
    ])
    expect((await form(fields, `${url}?method=DELETE`)).statusCode).toBe(204)
    expect((await form(fields, `${url}?method=GET`)).statusCode).toBe(404)
  })

  test('browsers that cannot say a content type are understood', async () => {
    const payload = new URLSearchParams({ ...AUTHORITY, limit: '1' }).toString()
    for (const headers of [{ 'content-type': 'text/plain' }, {}] as Headers[]) {
      const response = await ingest.app.inject({ method: 'POST', url: '/xapi/statements?method=GET', headers, payload })
      expect(response.statusCode).toBe(200)
    }
  })

  test('credentials in the form are checked like all others', async () => {
    const response = await form({ 'X-Experience-API-Version': '1.0.3' }, '/xapi/statements?method=GET')
    expect([response.statusCode, response.headers['www-authenticate']]).toEqual([401, expect.stringContaining('Basic')])
  })

  test.each([
    ['another parameter in the address', '/xapi/statements?method=GET&limit=1', {}],
    ['a method that is none', '/xapi/statements?method=TRACE', {}],
    ['two methods', '/xapi/statements?method=GET&method=PUT', {}],
    ['a method in the form', '/xapi/statements?method=GET', { method: 'PUT' }],
    ['PUT without content', '/xapi/statements?method=PUT', { statementId: crypto.randomUUID() }],
    ['GET with content', '/xapi/statements?method=GET', { content: '{}' }],
    ['another length than it says', '/xapi/statements?method=POST', { content: '[]', 'Content-Length': '3' }],
    ['version 2.0.0, which has it no more', '/xapi/statements?method=GET', { 'X-Experience-API-Version': '2.0.0' }],
    ['a version that nobody speaks', '/xapi/statements?method=GET', { 'X-Experience-API-Version': '0.8' }],
  ] as [string, string, Record<string, string>][])('%s is refused', async (_what, url, fields) => {
    const response = await form({ ...AUTHORITY, ...fields }, url)
    expect(response.statusCode).toBe(400)
    expect(response.json<{ message: string }>().message).toMatch(/^(BODY_INVALID|VERSION_UNSUPPORTED): /)
  })

  test('a PUT does not ask for another method', async () => {
    expect((await ask('PUT', '/xapi/statements?method=POST')).statusCode).toBe(400)
  })

  test('any bytes as a form are answered with a 4xx, and the neighbours are served', async () => {
    const url = '/xapi/statements?method=PUT'
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 400 }), fc.string({ unit: 'binary' }), fc.webQueryParameters())
    await fc.assert(
      fc.asyncProperty(bytes, async sent => {
        const payload = Buffer.from(sent as string)
        const response = await ingest.app.inject({ method: 'POST', url, headers: XAPI_HEADERS, payload })
        expect(response.statusCode).toBeGreaterThanOrEqual(400)
        expect(response.statusCode).toBeLessThan(500)
        expect(response.json<{ message: string }>().message.length).toBeGreaterThan(20)
      }),
      { seed: 7, numRuns: 500 },
    )
    expect((await ingest.post('/xapi/statements', [])).statusCode).toBe(200)
  })
})
