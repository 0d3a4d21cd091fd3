import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AGENT_PROFILE, OCTETS, RESOURCES, STATE, documents } from './documents-sender.ts'

const { send, own, fresh } = documents()

test.each(RESOURCES)('%s merges JSON objects, one level deep', async (path, named) => {
  const parameters = own(named)
  await send('POST', path, parameters, { x: 'foo', y: { a: 1, b: 2 }, kept: 12 })
  const merge = await send(
    'POST',
    path,
    parameters,
    { x: 'bar', y: { c: 3 } },
    { 'content-type': 'application/json; charset=utf-8' },
  )
  expect(merge.statusCode).toBe(204)
  expect((await send('GET', path, parameters)).json()).toEqual({ x: 'bar', y: { c: 3 }, kept: 12 })
})

test('merging changes no number and no key that it does not name', async () => {
  const parameters = own(RESOURCES[0][1])
  await send('PUT', STATE, parameters, '{"score":12345678901234567890,"half":0.50,"__proto__":{"x":1}}')
  await send('POST', STATE, parameters, '{"big":1e400,"__proto__":{"y":2}}')
  expect((await send('GET', STATE, parameters)).body).toBe(
    '{"score":12345678901234567890,"half":0.50,"__proto__":{"y":2},"big":1e400}',
  )
})

const UNMERGEABLE = [
  ['another type over JSON', { a: 1 }, {}, 'abcdefg', OCTETS],
  ['JSON over another type', 'abcdefg', OCTETS, { a: 1 }, {}],
  ['broken JSON', { a: 1 }, {}, '{"a":1}{', {}],
  ['an array', { a: 1 }, {}, [1], {}],
  ['null', { a: 1 }, {}, null, {}],
  ['JSON over an array', [1], {}, { a: 1 }, {}],
  ['bytes that are not UTF-8', { a: 1 }, {}, Buffer.from([0x7b, 0xff, 0x7d]), {}],
  ['JSON that is endlessly deep', { a: 1 }, {}, `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, {}],
  ['nothing', { a: 1 }, {}, '', {}],
] as const

test.each(UNMERGEABLE)(
  '%s cannot be merged, and nothing is changed',
  async (_case, first, firstHeaders, second, secondHeaders) => {
    for (const [path, named] of RESOURCES) {
      const parameters = own(named)
      expect((await send('PUT', path, parameters, first, { 'if-none-match': '*', ...firstHeaders })).statusCode).toBe(
        204,
      )
      const before = await send('GET', path, parameters)
      const refused = await send('POST', path, parameters, second, secondHeaders)
      expect(refused.statusCode).toBe(400)
      expect(refused.json()).toMatchObject({ code: 'BODY_INVALID' })
      const after = await send('GET', path, parameters)
      expect([after.body, after.headers]).toEqual([before.body, { ...before.headers, date: after.headers.date }])
    }
  },
)

test('a POST of what says it is JSON and is not stores nothing, not even where nothing was', async () => {
  for (const [path, named] of RESOURCES) {
    expect((await send('POST', path, own(named), '{"a"')).statusCode).toBe(400)
    expect((await send('GET', path, own(named))).statusCode).toBe(404)
  }
})

test('a POST of any other type is a new document where nothing was', async () => {
  const parameters = own(RESOURCES[0][1])
  expect((await send('POST', STATE, parameters, 'slide=7', { 'content-type': 'text/plain' })).statusCode).toBe(204)
  expect((await send('GET', STATE, parameters)).body).toBe('slide=7')
})

test('merging does not make a document larger than a request may be', async () => {
  const parameters = own(RESOURCES[0][1])
  const half = 'x'.repeat(5 * 1024 * 1024)
  expect((await send('POST', STATE, parameters, { a: half })).statusCode).toBe(204)
  const refused = await send('POST', STATE, parameters, { b: half })
  expect(refused.statusCode).toBe(413)
  expect(Object.keys((await send('GET', STATE, parameters)).json<object>())).toEqual(['a'])
})

test.each(RESOURCES)('%s changes a document only if it is the one that If-Match names', async (path, named) => {
  const parameters = own(named)
  await send('POST', path, parameters, { version: 1 })
  const tag = String((await send('GET', path, parameters)).headers.etag)
  for (const method of ['PUT', 'POST', 'DELETE'] as const) {
    const refused = await send(method, path, parameters, method === 'DELETE' ? undefined : { version: 9 }, {
      'if-match': '"1234"',
    })
    expect(refused.statusCode).toBe(412)
    expect(refused.json()).toMatchObject({ code: 'PRECONDITION_FAILED' })
  }
  expect((await send('GET', path, parameters)).json()).toEqual({ version: 1 })
  expect((await send('PUT', path, parameters, { version: 2 }, { 'if-match': `"no", ${tag}` })).statusCode).toBe(204)
  expect((await send('POST', path, parameters, { more: 3 }, { 'if-match': tag })).statusCode).toBe(412)
  const next = String((await send('GET', path, parameters)).headers.etag)
  expect((await send('POST', path, parameters, { more: 3 }, { 'if-match': next })).statusCode).toBe(204)
  expect((await send('GET', path, parameters)).json()).toEqual({ version: 2, more: 3 })
  expect((await send('DELETE', path, parameters, undefined, { 'if-match': '*' })).statusCode).toBe(204)
  expect((await send('PUT', path, parameters, { version: 4 }, { 'if-match': '*' })).statusCode).toBe(412)
})

test.each(RESOURCES)('%s makes a document with If-None-Match: * only where there is none', async (path, named) => {
  const parameters = own(named)
  expect((await send('PUT', path, parameters, { version: 1 }, { 'if-none-match': '*' })).statusCode).toBe(204)
  for (const method of ['PUT', 'POST'] as const)
    expect((await send(method, path, parameters, { version: 2 }, { 'if-none-match': '*' })).statusCode).toBe(412)
  expect((await send('GET', path, parameters)).json()).toEqual({ version: 1 })
})

test('an ETag may come without quotes or as a weak one, as some clients and proxies send it', async () => {
  const parameters = own(RESOURCES[2][1])
  for (const written of [(tag: string) => tag.replaceAll('"', ''), (tag: string) => `W/${tag}`]) {
    await send('POST', AGENT_PROFILE, parameters, { a: fresh.test })
    const tag = String((await send('GET', AGENT_PROFILE, parameters)).headers.etag)
    const put = await send('PUT', AGENT_PROFILE, parameters, { b: tag }, { 'if-match': written(tag) })
    expect(put.statusCode).toBe(204)
  }
})

test('a GET of what the asker has already is answered with 304', async () => {
  const parameters = own(RESOURCES[0][1])
  await send('PUT', STATE, parameters, { page: 1 })
  const tag = String((await send('GET', STATE, parameters)).headers.etag)
  const same = await send('GET', STATE, parameters, undefined, { 'if-none-match': tag })
  expect([same.statusCode, same.body, same.headers.etag]).toEqual([304, '', tag])
  expect((await send('GET', STATE, parameters, undefined, { 'if-none-match': '"other"' })).statusCode).toBe(200)
})

test('all states are removed together only if the list of them is the one that If-Match names', async () => {
  const { stateId: _, ...place } = own(RESOURCES[0][1])
  await send('POST', STATE, { ...place, stateId: 'a' }, {})
  const before = String((await send('GET', STATE, place)).headers.etag)
  await send('POST', STATE, { ...place, stateId: 'b' }, {})
  expect((await send('DELETE', STATE, place, undefined, { 'if-match': before })).statusCode).toBe(412)
  const listed = await send('GET', STATE, place)
  expect(listed.json()).toEqual(['a', 'b'])
  expect((await send('DELETE', STATE, place, undefined, { 'if-match': String(listed.headers.etag) })).statusCode).toBe(
    204,
  )
  expect((await send('GET', STATE, place)).json()).toEqual([])
  expect((await send('DELETE', STATE, place, undefined, { 'if-match': '*' })).statusCode).toBe(412)
})

test('tools that write at once on the condition of an ETag lose no update', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...RESOURCES), fc.integer({ min: 2, max: 8 }), async ([path, named], writers) => {
      fresh.test++
      const parameters = own(named)
      await send('PUT', path, parameters, { count: 0 }, { 'if-none-match': '*' })
      const countUp = async (): Promise<void> => {
        for (let status = 412; status === 412;) {
          const seen = await send('GET', path, parameters)
          const next = { count: seen.json<{ count: number }>().count + 1 }
          status = (await send('PUT', path, parameters, next, { 'if-match': String(seen.headers.etag) })).statusCode
        }
      }
      await Promise.all(Array.from({ length: writers * 3 }, countUp))
      expect((await send('GET', path, parameters)).json()).toEqual({ count: writers * 3 })
    }),
    { numRuns: 6, seed: 7 },
  )
})

test('properties that tools post at once are all kept', async () => {
  const parameters = own(RESOURCES[2][1])
  const names = Array.from({ length: 40 }, (_, i) => `p${i}`)
  const posts = names.map(name => send('POST', AGENT_PROFILE, parameters, { [name]: 1 }))
  expect(new Set((await Promise.all(posts)).map(({ statusCode }) => statusCode))).toEqual(new Set([204]))
  expect(Object.keys((await send('GET', AGENT_PROFILE, parameters)).json<object>()).sort()).toEqual(names.sort())
})
