import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ERRORS } from '../../infra/errors.ts'
import { RULES } from './xapi-rules.ts'
import { JSON_HEADERS, aStatement, startIngest, XAPI_HEADERS, type Ingest } from './start-ingest.ts'

let ingest: Ingest
beforeEach(async () => {
  ingest = await startIngest()
})
afterEach(() => ingest.close())

const ID = (n: number): string => `fd41c918-b88b-4b20-a0a5-${String(n).padStart(12, '0')}`
const statements = (count: number): object[] => Array.from({ length: count }, (_, n) => aStatement({ id: ID(n) }))

describe('POST /xapi/statements', () => {
  test('a batch is answered with its ids in order, and the log holds every statement', async () => {
    const response = await ingest.post('/xapi/statements', statements(120))
    expect(response.statusCode).toBe(200)
    expect(response.headers['x-experience-api-version']).toBe('1.0.3')
    expect(response.json()).toEqual(Array.from({ length: 120 }, (_, n) => ID(n)))
    expect((await ingest.records()).map(({ id }) => id).sort()).toEqual(Array.from({ length: 120 }, (_, n) => ID(n)))
  })

  test('one statement outside an array is taken; without an id it gets one', async () => {
    const response = await ingest.post('/xapi/statements', aStatement({ id: undefined }))
    const [id] = response.json<string[]>()
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    expect(await ingest.records()).toMatchObject([{ id, source: 'lms', standard: 'xapi' }])
  })

  test('an empty batch is nothing', async () => {
    const response = await ingest.post('/xapi/statements', [])
    expect([response.statusCode, response.json()]).toEqual([200, []])
  })

  test('an id in upper case is the same id', async () => {
    await ingest.post('/xapi/statements', aStatement({ id: 'FD41C918-B88B-4B20-A0A5-A4C32391AAA0' }))
    expect((await ingest.records()).map(({ id }) => id)).toEqual(['fd41c918-b88b-4b20-a0a5-a4c32391aaa0'])
  })

  test('if one statement is bad none is stored; the answer names each bad one and field, and the dead letters hold the bad ones', async () => {
    const batch = statements(60)
    batch[7] = { ...batch[7], actor: undefined, timestamp: 'yesterday' }
    batch[55] = { ...batch[55], verb: { id: 'answered' } }
    const response = await ingest.post('/xapi/statements', batch)
    expect(response.statusCode).toBe(400)
    const body = response.json<{ code: string; message: string; errors: { index: number; path: string }[] }>()
    expect(body.code).toBe('RECORD_INVALID')
    expect(body.message).toContain('2 of 60 statements invalid')
    expect(body.message).toContain(ERRORS.RECORD_INVALID.next)
    expect(body.errors.map(({ index, path }) => [index, path])).toEqual([
      [7, 'statements[7].actor'],
      [7, 'statements[7].timestamp'],
      [55, 'statements[55].verb.id'],
    ])
    expect(await ingest.records()).toEqual([])
    const dead = await ingest.deadLetters()
    expect(dead.map(({ place, code, source, door }) => [place, code, source, door]).sort()).toEqual([
      ['statements[55]', 'RECORD_INVALID', 'lms', 'xapi'],
      ['statements[7]', 'RECORD_INVALID', 'lms', 'xapi'],
    ])
    expect(dead.find(({ place }) => place === 'statements[7]')!.reason).toContain('statements[7].actor is missing')
  })

  test('the same fault delivered twice is one dead letter', async () => {
    const bad = aStatement({ actor: undefined })
    await ingest.post('/xapi/statements', [bad])
    await ingest.post('/xapi/statements', [bad])
    expect(new Set((await ingest.deadLetters()).map(({ id }) => id)).size).toBe(1)
  })

  test('an id twice in one request is refused; a repeat of the same content is no dead letter, another content is', async () => {
    const [a, b] = [aStatement(), aStatement({ result: { success: false } })]
    const same = await ingest.post('/xapi/statements', [a, a])
    expect(same.statusCode).toBe(400)
    expect(same.json()).toMatchObject({ errors: [{ index: 1, path: 'statements[1].id' }] })
    expect(await ingest.deadLetters()).toEqual([])
    expect((await ingest.post('/xapi/statements', [a, b])).statusCode).toBe(400)
    expect((await ingest.deadLetters()).map(({ place }) => place)).toEqual(['statements[1]'])
    expect(await ingest.records()).toEqual([])
  })

  test('the same statement sent again has the same hash, in any order of its properties, and another one another', async () => {
    await ingest.post('/xapi/statements', aStatement())
    const { verb, ...rest } = aStatement()
    await ingest.post('/xapi/statements', { verb, ...rest })
    await ingest.post('/xapi/statements', aStatement({ id: ID(1), result: { success: false } }))
    const [first, second, third] = await ingest.records()
    expect(second!.hash).toBe(first!.hash)
    expect(third!.hash).not.toBe(first!.hash)
  })
})

test('whatever JSON comes through whatever door, the answer is never a server error, and the next request is taken', async () => {
  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 4 }),
    fc.array(
      fc.oneof(
        fc.constantFrom(...RULES).map(({ bad }) => bad),
        fc.jsonValue({ maxDepth: 3 }),
      ),
      { maxLength: 4 },
    ),
    fc.record({
      sensor: fc.constant('urn:s'),
      sendTime: fc.constant('2026-03-02T14:00:00Z'),
      data: fc.array(
        fc.oneof(
          fc.jsonValue({ maxDepth: 3 }),
          fc.record({
            type: fc.constantFrom('ViewEvent', 'Event', 'Person', '@id'),
            '@type': fc.jsonValue(),
            actor: fc.jsonValue({ maxDepth: 2 }),
            id: fc.jsonValue(),
          }),
        ),
      ),
    }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('/xapi/statements', '/caliper/events', '/interactions'),
      odd,
      async (url, body) => {
        const response = await ingest.post(url, JSON.stringify(body))
        expect(response.statusCode, response.body).toBeLessThan(500)
        expect(response.statusCode < 400 || response.json<{ code: string }>().code === 'RECORD_INVALID').toBe(true)
      },
    ),
    { numRuns: 400 },
  )
  expect((await ingest.post('/xapi/statements', statements(1))).statusCode).toBe(200)
})

describe('PUT /xapi/statements', () => {
  const put = (query: string, body: unknown) =>
    ingest.app.inject({
      method: 'PUT',
      url: `/xapi/statements${query}`,
      headers: XAPI_HEADERS,
      payload: JSON.stringify(body),
    })

  test('the id comes from the address', async () => {
    const response = await put(`?statementId=${ID(1)}`, aStatement({ id: undefined }))
    expect([response.statusCode, response.body]).toEqual([204, ''])
    expect((await ingest.records()).map(({ id }) => id)).toEqual([ID(1)])
  })

  test.each([
    ['without an id', '', {}],
    ['with an id that is no UUID', '?statementId=x', {}],
    ['with another id than the statement', `?statementId=${ID(2)}`, { id: ID(3) }],
    ['with an unknown parameter', `?statementId=${ID(2)}&limit=1`, {}],
  ])('%s it is refused', async (_what, query, changes) => {
    const response = await put(query, aStatement({ id: undefined, ...changes }))
    expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([400, 'BODY_INVALID'])
    expect(await ingest.records()).toEqual([])
  })

  test('an array is refused', async () => {
    expect((await put(`?statementId=${ID(1)}`, [aStatement()])).statusCode).toBe(400)
  })
})

test.each([undefined, '0.95', '2.1', '1.1', '1.0.x'])('a request in version %s is refused', async version => {
  const headers = version === undefined ? JSON_HEADERS : { ...JSON_HEADERS, 'x-experience-api-version': version }
  const response = await ingest.post('/xapi/statements', [aStatement()], headers)
  expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([400, 'VERSION_UNSUPPORTED'])
})

test.each(['1.0', '1.0.0', '1.0.3', '1.0.9', '2.0', '2.0.0'])('a request in version %s is taken', async version => {
  expect(
    (await ingest.post('/xapi/statements', [], { ...JSON_HEADERS, 'x-experience-api-version': version })).statusCode,
  ).toBe(200)
})

test.each<[string, Record<string, string>, number, string]>([
  ['without credentials', {}, 401, 'CREDENTIALS_MISSING'],
  ['with unknown credentials', { authorization: 'Bearer nobody' }, 401, 'CREDENTIALS_INVALID'],
  ["with a person's credentials", { authorization: 'Bearer person' }, 401, 'CREDENTIALS_INVALID'],
  ['through a door that the source may not use', { authorization: 'Bearer forum' }, 403, 'SCOPE_DENIED'],
])('%s nothing is read', async (_what, credentials, status, code) => {
  const { authorization: _authorization, ...headers } = XAPI_HEADERS
  const response = await ingest.post('/xapi/statements', [aStatement()], { ...headers, ...credentials })
  expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([status, code])
  expect(response.headers['www-authenticate'] === undefined).toBe(status !== 401)
  expect(response.headers['x-experience-api-version']).toBe('1.0.3')
  expect(await ingest.records()).toEqual([])
})

test.each<[string, string, Record<string, string>, number, string]>([
  ['text', 'hello', { 'content-type': 'text/plain' }, 400, 'BODY_INVALID'],
  ['CSV as statements', 'a,b', { 'content-type': 'text/csv' }, 400, 'BODY_INVALID'],
  ['an unknown encoding', '[]', { 'content-encoding': 'br' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
  ['JSON that is none', '{"actor":', {}, 400, 'BODY_INVALID'],
  ['nothing', '', {}, 400, 'BODY_INVALID'],
  ['gzip that is none', '[]', { 'content-encoding': 'gzip' }, 400, 'BODY_INVALID'],
  ['a number', '7', {}, 400, 'RECORD_INVALID'],
  ['null', 'null', {}, 400, 'RECORD_INVALID'],
  ['lists in lists', '[[[[]]]]', {}, 400, 'RECORD_INVALID'],
])('%s is refused', async (_what, body, headers, status, code) => {
  const response = await ingest.post('/xapi/statements', body, { ...XAPI_HEADERS, ...headers })
  expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([status, code])
  expect(await ingest.records()).toEqual([])
})

test('bytes that are not UTF-8 are refused', async () => {
  const body = Buffer.from(JSON.stringify([aStatement()]).replace('Kim', 'K#m'))
  body[body.indexOf('#')] = 0xff
  expect((await ingest.post('/xapi/statements', body)).json()).toMatchObject({ code: 'BODY_INVALID' })
})

test('a body that nests a hundred thousand deep is refused, and the next one taken', async () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  const body = JSON.stringify([aStatement({ context: { extensions: { 'urn:x': 'DEEP' } } })]).replace('"DEEP"', deep)
  expect((await ingest.post('/xapi/statements', body)).statusCode).toBe(400)
  expect((await ingest.post('/xapi/statements', [aStatement()])).statusCode).toBe(200)
})

test('a number beyond a double in an extension is refused: it would come back as null', async () => {
  const body = JSON.stringify(aStatement({ result: { extensions: { 'https://a.example/e': [7] } } }))
  const answer = await ingest.post('/xapi/statements', body.replace('[7]', '[1e999]'))
  expect([answer.statusCode, answer.body]).toEqual([400, expect.stringContaining('numbers beyond 1.8e308')])
})

test('a body may be gzip; one that unfolds to more than 8 MB is refused', async () => {
  const headers = { ...XAPI_HEADERS, 'content-encoding': 'gzip' }
  expect((await ingest.post('/xapi/statements', gzipSync(JSON.stringify(statements(30))), headers)).statusCode).toBe(
    200,
  )
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, ' '))
  const response = await ingest.post('/xapi/statements', bomb, headers)
  expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([413, 'BODY_TOO_LARGE'])
  expect(await ingest.records()).toHaveLength(30)
})

test('a body over 8 MB is refused', async () => {
  const response = await ingest.post('/xapi/statements', ' '.repeat(8 * 1024 * 1024 + 1))
  expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([413, 'BODY_TOO_LARGE'])
})

describe('POST /caliper/events', () => {
  const EVENT = {
    '@context': 'http://purl.imsglobal.org/ctx/caliper/v1p2',
    id: `urn:uuid:${ID(1)}`,
    type: 'NavigationEvent',
    actor: { id: 'https://lms.example.org/users/kim', type: 'Person', name: 'Kim Example' },
    action: 'NavigatedTo',
    object: { id: 'https://reader.example.org/pages/1', type: 'WebPage' },
    eventTime: '2026-03-02T13:59:00.000Z',
  }
  const envelope = (...data: unknown[]): object => ({
    sensor: 'https://reader.example.org/sensor',
    sendTime: '2026-03-02T14:00:00.000Z',
    dataVersion: 'http://purl.imsglobal.org/ctx/caliper/v1p2',
    data,
  })

  test('good events go on, bad ones are named and dead-lettered, entities are counted', async () => {
    const response = await ingest.post(
      '/caliper/events',
      envelope(EVENT, { ...EVENT, eventTime: undefined }, { id: 'urn:x', type: 'Person' }),
    )
    expect(response.statusCode).toBe(200)
    expect(response.json()).toMatchObject({
      accepted: 1,
      described: 1,
      refused: [{ index: 1, path: 'data[1].eventTime' }],
    })
    expect(await ingest.records()).toMatchObject([{ id: ID(1), standard: 'caliper', kind: 'viewed' }])
    expect(await ingest.deadLetters()).toMatchObject([{ place: 'data[1]', door: 'caliper', code: 'RECORD_INVALID' }])
  })

  test('a number beyond a double is refused', async () => {
    const body = JSON.stringify(envelope({ ...EVENT, extensions: { bell: [7] } })).replace('[7]', '[1e999]')
    const answer = await ingest.post('/caliper/events', body)
    expect([answer.statusCode, answer.body]).toEqual([400, expect.stringContaining('numbers beyond 1.8e308')])
  })

  test('if all are bad the answer is 400', async () => {
    const response = await ingest.post('/caliper/events', envelope({ ...EVENT, type: 'LunchEvent' }))
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({
      code: 'RECORD_INVALID',
      accepted: 0,
      refused: [{ index: 0, path: 'data[0].type' }],
    })
  })

  test('an envelope that is none is refused and dead-lettered whole', async () => {
    const response = await ingest.post('/caliper/events', { data: EVENT })
    expect(response.json<{ refused: { path: string }[] }>().refused.map(({ path }) => path)).toEqual([
      'envelope.sensor',
      'envelope.sendTime',
      'envelope.data',
    ])
    expect(await ingest.deadLetters()).toMatchObject([{ place: 'envelope' }])
  })

  test('an event of 1.0 has no id: sent twice it is one record', async () => {
    const old = {
      '@type': 'http://purl.imsglobal.org/caliper/v1/NavigationEvent',
      actor: { '@id': 'urn:kim', '@type': 'http://purl.imsglobal.org/caliper/v1/lis/Person' },
      action: 'http://purl.imsglobal.org/vocab/caliper/v1/action#NavigatedTo',
      object: 'urn:page',
      eventTime: '2026-03-02T13:59:00.000Z',
    }
    await ingest.post('/caliper/events', envelope(old))
    await ingest.post('/caliper/events', envelope(old))
    const records = await ingest.records()
    expect(records).toHaveLength(2)
    expect(records[0]!.id).toBe(records[1]!.id)
  })
})

describe('POST /interactions', () => {
  const ROW = {
    at: '2026-03-02T08:45:00-05:00',
    kind: 'met',
    minutes: 15,
    participants: [
      { id: 't-1', idType: 'sourcedId', role: 'adviser' },
      { id: 's-1', idType: 'sourcedId', role: 'student' },
    ],
  }
  const CSV =
    'at,kind,minutes,participants\r\n2026-03-02T08:45:00-05:00,met,15,adviser:sourcedId:t-1;student:sourcedId:s-1\r\n'
  const send = (type: string, body: unknown) =>
    ingest.post('/interactions', body, { ...JSON_HEADERS, 'content-type': type })

  test('the same row as JSON, JSON lines and CSV is one record', async () => {
    for (const [type, body] of [
      ['application/json', [ROW]],
      ['application/json', ROW],
      ['application/x-ndjson', `\n${JSON.stringify(ROW)}\n`],
      ['text/csv; charset=utf-8', CSV],
      ['text/csv', `\ufeff${CSV.replaceAll('\r', '')}`],
    ] as const) {
      const response = await send(type, body)
      expect([response.statusCode, response.json()]).toEqual([200, { accepted: 1, refused: [] }])
    }
    const records = await ingest.records()
    expect(records).toHaveLength(5)
    expect(new Set(records.map(({ id, hash }) => id + hash)).size).toBe(1)
  })

  test('bad rows are named by place and dead-lettered, good ones stored', async () => {
    const response = await send('application/json', [
      ROW,
      { ...ROW, kind: 'waved', minutes: -1 },
      { ...ROW, participants: [] },
    ])
    expect(response.statusCode).toBe(200)
    expect(
      response.json<{ refused: { index: number; path: string }[] }>().refused.map(({ index, path }) => [index, path]),
    ).toEqual([
      [1, 'rows[1].kind'],
      [1, 'rows[1].minutes'],
      [2, 'rows[2].participants'],
    ])
    expect(await ingest.records()).toHaveLength(1)
    expect((await ingest.deadLetters()).map(({ place }) => place).sort()).toEqual(['rows[1]', 'rows[2]'])
  })

  test('a line that is no JSON and a row with too few fields cost only themselves', async () => {
    expect(
      (await send('application/x-ndjson', `${JSON.stringify(ROW)}\n{"at":\n${JSON.stringify(ROW)}`)).json(),
    ).toMatchObject({
      accepted: 2,
      refused: [{ index: 1, path: 'rows[1]', expected: 'JSON' }],
    })
    expect((await send('text/csv', `${CSV}a,b\r\n"unclosed,met,1,x\r\n${CSV.split('\r\n')[1]}`)).json()).toMatchObject({
      accepted: 2,
      refused: [{ index: 1 }, { index: 2 }],
    })
  })

  test('an account as participant is the person that xAPI senders name so', async () => {
    await send(
      'text/csv',
      'at,kind,participants\n2026-03-02T08:45:00Z,met,student:account:https://lms.example.org|kim.example\n',
    )
    await ingest.post('/xapi/statements', aStatement())
    const [a, b] = await ingest.records()
    expect(a!.actor.id).toBe(b!.actor.id)
  })

  test('if all rows are bad the answer is 400', async () => {
    expect((await send('text/csv', 'at,kind\nx,y\n')).statusCode).toBe(400)
  })
})
