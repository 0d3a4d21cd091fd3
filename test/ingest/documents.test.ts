import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  ACTIVITY,
  ACTIVITY_PROFILE,
  AGENT,
  AGENT_PROFILE,
  OCTETS,
  RESOURCES,
  STATE,
  V2,
  documents,
  type Method,
  type Parameters,
} from './documents-sender.ts'
import { XAPI_HEADERS } from './start-ingest.ts'

const { ingest, send, own, clock, fresh } = documents()

test.each(RESOURCES)('%s gives back what was stored, byte by byte, with its type', async (path, named) => {
  const parameters = own(named)
  const bytes = Buffer.from([0, 255, 13, 10, 254, 0x80])
  const header = { 'content-type': 'image/x-icon; title="a; b"' }
  expect((await send('PUT', path, parameters, bytes, { 'if-none-match': '*', ...header })).statusCode).toBe(204)
  const got = await send('GET', path, parameters)
  expect(got.statusCode).toBe(200)
  expect(got.rawPayload).toEqual(bytes)
  expect(got.headers).toMatchObject({
    'content-type': header['content-type'],
    etag: `"${createHash('sha1').update(bytes).digest('hex')}"`,
    'last-modified': 'Mon, 02 Mar 2026 14:00:00 GMT',
    'x-experience-api-version': '1.0.3',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  })
})

test.each(RESOURCES)('%s answers HEAD as it answers GET, without the content', async (path, named) => {
  const parameters = own(named)
  expect((await send('HEAD', path, parameters)).statusCode).toBe(404)
  await send('POST', path, parameters, { page: 7 })
  const [get, head] = [await send('GET', path, parameters), await send('HEAD', path, parameters)]
  expect(head.statusCode).toBe(200)
  expect(head.body).toBe('')
  for (const name of ['etag', 'last-modified', 'content-type', 'content-length'])
    expect(head.headers[name]).toBe(get.headers[name])
})

test.each(RESOURCES)(
  '%s forgets a document that is deleted, and deleting it again is no fault',
  async (path, named) => {
    const parameters = own(named)
    await send('POST', path, parameters, { page: 7 })
    expect((await send('DELETE', path, parameters)).statusCode).toBe(204)
    expect((await send('GET', path, parameters)).statusCode).toBe(404)
    expect((await send('DELETE', path, parameters)).statusCode).toBe(204)
  },
)

test.each(RESOURCES)('%s lists ids, and those changed after an instant', async (path, named) => {
  const parameters = own(named)
  const id = path === STATE ? 'stateId' : 'profileId'
  const { [id]: _, ...place } = parameters
  const none = await send('GET', path, place)
  expect(none.json()).toEqual([])
  expect(none.headers['last-modified']).toBeUndefined()
  await send('POST', path, { ...place, [id]: 'b' }, {})
  clock.now += 1000
  await send('POST', path, { ...place, [id]: 'a/ü?&' }, {})
  const all = await send('GET', path, place)
  expect(all.json()).toEqual(['a/ü?&', 'b'])
  expect(all.headers['last-modified']).toBe('Mon, 02 Mar 2026 14:00:01 GMT')
  expect((await send('GET', path, { ...place, since: '2026-03-02T09:00:00.000-05:00' })).json()).toEqual(['a/ü?&'])
  expect((await send('GET', path, { ...place, since: '2026-03-02T14:00:01.000Z' })).json()).toEqual([])
  clock.now += 1000
  await send('POST', path, { ...place, [id]: 'b' }, { changed: true })
  expect((await send('GET', path, { ...place, since: '2026-03-02T14:00:01.000Z' })).json()).toEqual(['b'])
})

test.each([
  [STATE, '1.0.3', 204, 204],
  [STATE, '2.0.0', 204, 409],
  [ACTIVITY_PROFILE, '1.0.3', 400, 409],
  [ACTIVITY_PROFILE, '2.0.0', 204, 409],
  [AGENT_PROFILE, '1.0.3', 400, 409],
  [AGENT_PROFILE, '2.0.0', 204, 409],
])(
  'a PUT without condition at %s in xAPI %s: %i where nothing is, %i where something is',
  async (path, version, onNone, onSome) => {
    const parameters = own(RESOURCES.find(([of]) => of === path)![1])
    const headers = { 'x-experience-api-version': version }
    expect((await send('PUT', path, parameters, { version: 1 }, headers)).statusCode).toBe(onNone)
    expect((await send('GET', path, parameters)).statusCode).toBe(onNone === 204 ? 200 : 404)
    await send('POST', path, parameters, { version: 1 })
    const second = await send('PUT', path, parameters, { version: 2 }, headers)
    expect(second.statusCode).toBe(onSome)
    expect((await send('GET', path, parameters)).json()).toEqual({ version: onSome === 204 ? 2 : 1 })
    expect(/Check the current state of the resource and set If-Match/.test(second.body)).toBe(onSome === 409)
  },
)

test('a state without a registration is another one than that of a registration', async () => {
  const { stateId, ...place } = own(RESOURCES[0][1])
  const [one, two] = ['6f0a0b3c-7ad0-4bd7-8f0f-0b4b5b0e8a01', '6f0a0b3c-7ad0-4bd7-8f0f-0b4b5b0e8a02']
  await send('PUT', STATE, { ...place, stateId }, 'none', OCTETS)
  await send('PUT', STATE, { ...place, stateId, registration: one }, 'one', OCTETS)
  await send('PUT', STATE, { ...place, stateId: 'other', registration: two }, 'two', OCTETS)
  expect((await send('GET', STATE, { ...place, stateId })).body).toBe('none')
  expect((await send('GET', STATE, { ...place, stateId, registration: one!.toUpperCase() })).body).toBe('one')
  expect((await send('GET', STATE, { ...place, stateId, registration: two })).statusCode).toBe(404)
  expect((await send('GET', STATE, place)).json()).toEqual(['bookmark', 'other'])
  expect((await send('GET', STATE, { ...place, registration: one })).json()).toEqual(['bookmark'])
  expect((await send('DELETE', STATE, { ...place, registration: one })).statusCode).toBe(204)
  expect((await send('GET', STATE, place)).json()).toEqual(['bookmark', 'other'])
  expect((await send('DELETE', STATE, place)).statusCode).toBe(204)
  expect((await send('GET', STATE, place)).json()).toEqual([])
})

test('deleting all states of a learner in an activity leaves those of others', async () => {
  const { stateId: _, ...place } = own(RESOURCES[0][1])
  const neighbour = { ...place, agent: { mbox: `mailto:lee-${fresh.test}@example.org` } }
  const elsewhere = { ...place, activityId: `${ACTIVITY}/${fresh.test}/b` }
  for (const at of [place, neighbour, elsewhere]) await send('POST', STATE, { ...at, stateId: 's' }, {})
  await send('DELETE', STATE, place)
  expect((await send('GET', STATE, place)).json()).toEqual([])
  expect((await send('GET', STATE, neighbour)).json()).toEqual(['s'])
  expect((await send('GET', STATE, elsewhere)).json()).toEqual(['s'])
})

test('the same person is the same, whatever the case of an address and with or without a name', async () => {
  const { agent: _, ...place } = own(RESOURCES[2][1])
  await send(
    'POST',
    AGENT_PROFILE,
    { ...place, agent: { mbox: `mailto:Kim-${fresh.test}@Example.org`, name: 'Kim' } },
    { a: 1 },
  )
  const found = await send('GET', AGENT_PROFILE, { ...place, agent: { mbox: `mailto:kim-${fresh.test}@example.org` } })
  expect(found.json()).toEqual({ a: 1 })
})

test('in xAPI 2.0.0 an identified group has documents, in 1.0.3 its identifier is given as an agent', async () => {
  const account = { homePage: 'https://lms.example.org', name: `team-${fresh.test}` }
  const parameters = { agent: { objectType: 'Group', account }, profileId: 'p' }
  expect((await send('POST', AGENT_PROFILE, parameters, { a: 1 })).statusCode).toBe(400)
  expect((await send('POST', AGENT_PROFILE, parameters, { a: 1 }, V2)).statusCode).toBe(204)
  expect((await send('GET', AGENT_PROFILE, { agent: { account }, profileId: 'p' })).json()).toEqual({ a: 1 })
  const anonymous = { objectType: 'Group', member: [AGENT] }
  expect((await send('POST', AGENT_PROFILE, { ...parameters, agent: anonymous }, { a: 1 }, V2)).statusCode).toBe(400)
})

const WRONG: [string, Method[], string, Parameters][] = [
  ['no activityId', ['GET', 'PUT', 'POST', 'DELETE'], STATE, { activityId: undefined }],
  ['an activityId that is no IRI', ['GET', 'PUT', 'POST', 'DELETE'], STATE, { activityId: 'fractions' }],
  ['no agent', ['GET', 'PUT', 'POST', 'DELETE'], STATE, { agent: undefined }],
  ['an agent that is no JSON', ['GET', 'PUT', 'POST', 'DELETE'], STATE, { agent: 'not JSON' }],
  ['an agent that is no object', ['GET', 'PUT', 'POST', 'DELETE'], STATE, { agent: true }],
  ['an agent that is null', ['GET', 'PUT', 'POST', 'DELETE'], STATE, { agent: null }],
  ['an agent without identifier', ['GET', 'PUT', 'POST', 'DELETE'], STATE, { agent: { name: 'Kim' } }],
  ['a registration that is no UUID', ['GET', 'PUT', 'POST', 'DELETE'], STATE, { registration: true }],
  ['no stateId', ['PUT', 'POST'], STATE, { stateId: undefined }],
  ['an empty stateId', ['GET', 'PUT', 'POST', 'DELETE'], STATE, { stateId: '' }],
  ['since that is no time', ['GET'], STATE, { stateId: undefined, since: 'yesterday' }],
  ['since where it means nothing', ['PUT', 'POST', 'DELETE'], STATE, { since: '2026-03-02T14:00:00Z' }],
  ['another case', ['GET', 'PUT', 'POST', 'DELETE'], STATE, { StateId: 'bookmark' }],
  ['an unknown parameter', ['GET', 'PUT', 'POST', 'DELETE'], STATE, { foo: 'bar' }],
  ['no profileId', ['PUT', 'POST', 'DELETE'], ACTIVITY_PROFILE, { profileId: undefined }],
  ['no activityId', ['GET', 'PUT', 'POST', 'DELETE'], ACTIVITY_PROFILE, { activityId: undefined }],
  ['an agent', ['GET', 'PUT', 'POST', 'DELETE'], ACTIVITY_PROFILE, { agent: AGENT }],
  ['no profileId', ['PUT', 'POST', 'DELETE'], AGENT_PROFILE, { profileId: undefined }],
  ['no agent', ['GET', 'PUT', 'POST', 'DELETE'], AGENT_PROFILE, { agent: undefined }],
  [
    'a registration',
    ['GET', 'PUT', 'POST', 'DELETE'],
    AGENT_PROFILE,
    { registration: '6f0a0b3c-7ad0-4bd7-8f0f-0b4b5b0e8a01' },
  ],
]

test.each(WRONG)('%s is refused with 400 (%j, %s)', async (_case, methods, path, changes) => {
  const named = own(RESOURCES.find(([of]) => of === path)![1])
  const parameters = Object.fromEntries(
    Object.entries({ ...named, ...changes }).filter(([, value]) => value !== undefined),
  )
  for (const method of methods) {
    const refused = await send(method, path, parameters, method === 'GET' || method === 'DELETE' ? undefined : { a: 1 })
    expect([method, refused.statusCode]).toEqual([method, 400])
    expect(refused.json()).toMatchObject({ code: 'QUERY_INVALID' })
    expect(refused.body).not.toMatch(/kim|fractions|yesterday/i)
  }
})

test('a parameter that comes twice is refused', async () => {
  const twice = await ingest().app.inject({
    method: 'GET',
    url: `${AGENT_PROFILE}?agent=${encodeURIComponent(JSON.stringify(AGENT))}&profileId=a&profileId=b`,
    headers: XAPI_HEADERS,
  })
  expect(twice.statusCode).toBe(400)
})

test('documents are for sources that have the xAPI door', async () => {
  for (const [path, named] of RESOURCES) {
    expect((await send('GET', path, named, undefined, { authorization: 'Bearer forum' })).statusCode).toBe(403)
    expect((await send('PUT', path, named, {}, { authorization: 'Bearer nobody' })).statusCode).toBe(401)
    expect((await send('GET', path, named, undefined, { 'x-experience-api-version': '0.9' })).statusCode).toBe(400)
  }
})

test('a document of more than 8 MB is refused, one of none is kept', async () => {
  const parameters = own(RESOURCES[0][1])
  expect((await send('PUT', STATE, parameters, Buffer.alloc(8 * 1024 * 1024 + 1), OCTETS)).statusCode).toBe(413)
  expect((await send('GET', STATE, parameters)).statusCode).toBe(404)
  expect((await send('PUT', STATE, parameters, '', OCTETS)).statusCode).toBe(204)
  const empty = await send('GET', STATE, parameters)
  expect([empty.statusCode, empty.body, empty.headers.etag]).toEqual([
    200,
    '',
    '"da39a3ee5e6b4b0d3255bfef95601890afd80709"',
  ])
})

test('a Person holds what the asker said, as arrays, and nothing more', async () => {
  const agents = [
    [
      { ...AGENT, name: 'Kim' },
      { name: ['Kim'], account: [AGENT.account] },
    ],
    [{ mbox: 'mailto:kim@example.org' }, { mbox: ['mailto:kim@example.org'] }],
    [{ mbox_sha1sum: 'a'.repeat(40) }, { mbox_sha1sum: ['a'.repeat(40)] }],
    [{ openid: 'https://kim.example.org/', objectType: 'Agent' }, { openid: ['https://kim.example.org/'] }],
  ] as const
  for (const [agent, person] of agents) {
    const got = await send('GET', '/xapi/agents', { agent })
    expect([got.statusCode, got.json()]).toEqual([200, { objectType: 'Person', ...person }])
    expect((await send('HEAD', '/xapi/agents', { agent })).headers['content-length']).toBe(
      got.headers['content-length'],
    )
  }
  for (const parameters of [{}, { agent: { name: 'Kim' } }, { agent: AGENT, since: '2026-03-02T14:00:00Z' }])
    expect((await send('GET', '/xapi/agents', parameters)).statusCode).toBe(400)
})

test('whatever the parameters, the headers and the body: an answer, and never a fault of ours', async () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.constantFrom(AGENT, ACTIVITY, '*', '"', 'W/"x'))
  const name = fc.constantFrom('activityId', 'agent', 'registration', 'stateId', 'profileId', 'since', '__proto__', 'x')
  const type = fc.constantFrom('application/json', 'text/plain; charset=utf-8', 'a/b; c="d', 'multipart/mixed', ' ')
  const tag = fc.constantFrom('*', '"a", W/"b"', ',,', '"')
  const request = fc.record({
    method: fc.constantFrom<Method>('GET', 'HEAD', 'PUT', 'POST', 'DELETE'),
    resource: fc.constantFrom(...RESOURCES),
    changes: fc.dictionary(name, value, { maxKeys: 2 }),
    headers: fc.record({ 'content-type': type, 'if-match': tag, 'if-none-match': tag }, { requiredKeys: [] }),
    body: fc.option(
      fc.oneof(
        fc.json(),
        fc.uint8Array().map(bytes => Buffer.from(bytes)),
      ),
    ),
  })
  const seen = new Set<number>()
  await fc.assert(
    fc.asyncProperty(request, async ({ method, resource: [path, named], changes, headers, body }) => {
      const parameters = { ...named, ...changes }
      const answer = await send(method, path, parameters, body ?? undefined, headers)
      seen.add(answer.statusCode)
      expect(answer.statusCode).toBeLessThan(500)
    }),
    { numRuns: 1000, seed: 7 },
  )
  for (const status of [200, 204, 400, 404, 412]) expect(seen).toContain(status)
})
