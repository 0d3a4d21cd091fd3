import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { exactOf } from '../../ingest/lrs/format.ts'
import { startProcessor, type Processor } from '../../processors/run.ts'
import { AuditEntry } from '../../schemas/audit.ts'
import type { XapiVersion } from '../../schemas/xapi.ts'
import { ZONE } from '../helpers/records.ts'
import { until } from '../helpers/until.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { aStatement, NOW, startIngest, XAPI_HEADERS, type Ingest } from './start-ingest.ts'
import { RULES, VERSIONS } from './xapi-rules.ts'

type Json = Record<string, unknown>

let ingest: Ingest
let warehouse: Warehouse
let processor: Processor
let now = NOW
const errors: unknown[] = []

beforeAll(async () => {
  warehouse = await freshWarehouse()
  // Every request has a time of its own, and time goes on.
  ingest = await startIngest({ warehouse, clock: () => now++ })
  processor = await startProcessor({
    log: ingest.log,
    warehouse,
    config: { ...ingest.config, timeZone: ZONE },
    onError: error => errors.push(error),
  })
})
afterAll(async () => {
  await processor?.stop()
  await ingest?.close()
})

let ids = 0
const anId = (): string => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`

const withId = (statement: Json): Json => ({ ...statement, id: anId() })

/** @returns the ids, when all can be retrieved */
async function sendAs(version: XapiVersion, ...statements: Json[]): Promise<string[]> {
  const headers = { ...XAPI_HEADERS, 'x-experience-api-version': version }
  const answer = await ingest.post('/xapi/statements', statements, headers)
  expect(answer.statusCode, answer.body).toBe(200)
  const sent = answer.json<string[]>()
  await until(async () => (await get(`statementId=${sent.at(-1)}`)).statusCode === 200, 'it can be retrieved')
  return sent
}

const send = (...statements: Json[]): Promise<string[]> => sendAs('1.0.3', ...statements)

const get = (query: string, headers: Record<string, string> = {}, path = '/xapi/statements?') =>
  ingest.app.inject({ method: 'GET', url: `${path}${query}`, headers: { ...XAPI_HEADERS, ...headers } })

async function list(query: string): Promise<Json[]> {
  const answer = await get(query)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json<{ statements: Json[] }>().statements
}

/** As the standard gives a statement back: what the store sets is set. */
const SET = ['id', 'stored', 'timestamp', 'version', 'authority']
const without = (statement: Json, keys: readonly string[]): Json =>
  Object.fromEntries(Object.entries(statement).filter(([key]) => !keys.includes(key)))

test('a statement comes back whole, with what the store says of it', async () => {
  const sent = aStatement({ id: anId() })
  await send(sent)
  const answer = await get(`statementId=${sent.id}`)
  const { stored } = answer.json<{ stored: string }>()
  expect(answer.json()).toEqual({
    ...sent,
    stored,
    version: '1.0.0',
    authority: { objectType: 'Agent', account: { homePage: 'https://homeroom.example/sources', name: 'lms' } },
  })
  expect(Date.parse(stored)).toBeGreaterThanOrEqual(NOW)
  expect(answer.headers['last-modified']).toBe(new Date(stored).toUTCString())
})

test.each(VERSIONS)('every kind of statement that %s allows comes back as it was sent', async version => {
  const good = RULES.filter(({ versions }) => versions.includes(version)).map(rule => rule.good as Json)
  // Attachments need their bytes, and have tests of their own.
  const sent = good.filter(statement => !JSON.stringify(statement).includes('"attachments"')).map(withId)
  expect(sent.length).toBeGreaterThan(50)
  await sendAs(version, ...sent)
  for (const statement of sent) {
    const given = (await get(`statementId=${statement.id as string}`)).json<Json>()
    expect(without(given, SET)).toEqual(without(exactOf(statement), SET))
  }
})

test('lists are complete up to Consistent-Through, in every direction and page size, and more leads through them', async () => {
  const agent = { mbox: 'mailto:pages@example.org' }
  const sent = await send(...Array.from({ length: 25 }, () => aStatement({ id: anId(), actor: agent })))
  const query = `agent=${encodeURIComponent(JSON.stringify(agent))}`
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.boolean(), async (limit, ascending) => {
      const found: string[] = []
      let answer = await get(`${query}&limit=${limit}&ascending=${ascending}`)
      for (;;) {
        const { statements, more } = answer.json<{ statements: { id: string }[]; more: string }>()
        expect(Date.parse(String(answer.headers['x-experience-api-consistent-through']))).toBeGreaterThan(NOW)
        found.push(...statements.map(({ id }) => id))
        if (more === '') break
        expect(more).not.toContain('pages')
        answer = await get('', {}, more)
      }
      expect(found.toSorted()).toEqual(sent.toSorted())
    }),
    { numRuns: 8, seed: 3 },
  )
})

test('ids only: what identifies, nothing that describes; canonical: the definition of the store in the asked language', async () => {
  const id = 'https://lms.example.org/activities/canonical'
  const mbox = 'mailto:canon@example.org'
  const activity = (name: Json, more: Json = {}): Json => ({ id, definition: { name, ...more } })
  await send(aStatement({ id: anId(), object: activity({ en: 'Old', de: 'Alt' }, { type: 'https://a.example/type' }) }))
  const [sent] = await send(
    aStatement({ id: anId(), actor: { name: 'Kim', mbox }, object: activity({ en: 'New', fr: 'Nouveau' }) }),
  )
  const query = `statementId=${sent}`
  const short = (await get(`${query}&format=ids`)).json<Json>()
  expect(short).toMatchObject({ actor: { mbox }, object: { id } })
  expect(JSON.stringify(short)).not.toMatch(/Kim|New|display/)
  const german = (await get(`${query}&format=canonical`, { 'accept-language': 'de' })).json<{ object: Json }>()
  expect(german.object).toMatchObject({ id, definition: { name: { de: 'Alt' }, type: 'https://a.example/type' } })
  const whole = await ingest.app.inject({
    url: `/xapi/activities?activityId=${encodeURIComponent(id)}`,
    headers: XAPI_HEADERS,
  })
  expect(whole.json()).toEqual({
    objectType: 'Activity',
    id,
    definition: { name: { en: 'New', de: 'Alt', fr: 'Nouveau' }, type: 'https://a.example/type' },
  })
})

test('an activity that nobody defined is its id', async () => {
  const answer = await ingest.app.inject({
    url: '/xapi/activities?activityId=https://a.example/unknown',
    headers: XAPI_HEADERS,
  })
  expect(answer.json()).toEqual({ objectType: 'Activity', id: 'https://a.example/unknown' })
})

test('a voided statement is found as voided, and no longer in lists', async () => {
  const actor = { mbox: 'mailto:void@example.org' }
  const [wrong] = await send(aStatement({ id: anId(), actor }))
  const [voiding] = await send(
    aStatement({
      id: anId(),
      actor: { mbox: 'mailto:admin@example.org' },
      verb: { id: 'http://adlnet.gov/expapi/verbs/voided' },
      object: { objectType: 'StatementRef', id: wrong },
      result: undefined,
    }),
  )
  expect((await get(`statementId=${wrong}`)).statusCode).toBe(404)
  expect((await get(`voidedStatementId=${wrong}`)).json()).toMatchObject({ id: wrong, actor })
  const found = await list(`agent=${encodeURIComponent(JSON.stringify(actor))}`)
  expect(found.map(({ id }) => id)).toEqual([voiding])
})

test('who may read everything reads what others delivered, and delivers nothing', async () => {
  const [id] = await send(aStatement({ id: anId() }))
  const reader = { authorization: 'Bearer reader' }
  expect((await get(`statementId=${id}`, reader)).json()).toMatchObject({ id })
  const refused = await ingest.post('/xapi/statements', aStatement({ id: anId() }), { ...XAPI_HEADERS, ...reader })
  expect(refused.statusCode).toBe(403)
  expect((await get(`statementId=${id}`, { authorization: 'Bearer forum' })).statusCode).toBe(403)
})

test('who reads what others delivered is told to the audit, with whom they saw; who reads their own is not', async () => {
  const actors = ['ann', 'ben'].map(name => ({ mbox: `mailto:audit-${name}@example.org` }))
  const sent = await send(...actors.map(actor => aStatement({ id: anId(), actor })))
  const reader = { authorization: 'Bearer reader' }
  const told = async () =>
    (await ingest.text('audit'))
      .split('\n')
      .filter(Boolean)
      .map(line => AuditEntry.parse(JSON.parse(line)))
  const before = (await told()).length
  await get(`statementId=${sent[0]}`)
  await get(`statementId=${anId()}`, reader)
  expect(await told()).toHaveLength(before)
  await get(`statementId=${sent[0]}`, reader)
  await get('limit=2', reader)
  const [one, two] = (await told()).slice(before)
  expect(one).toMatchObject({ account: 'reader', role: 'xapi-read', action: 'saw', route: 'GET /xapi/statements' })
  expect(one!.units).toEqual([expect.stringMatching(/^person:[0-9a-f]{64}$/)])
  expect(two!.units).toHaveLength(2)
  expect(two!.units).toContain(one!.units[0])
})

test('an agent that was erased stands as an anonymous account, a statement whose key was erased is gone', async () => {
  const erased = { name: 'Gone Example', mbox: 'mailto:gone@example.org' }
  const [about] = await send(aStatement({ id: anId(), object: { objectType: 'Agent', ...erased } }))
  const [own] = await send(aStatement({ id: anId(), actor: erased }))
  const { raw } = (await ingest.records()).find(({ id }) => id === own)!
  const { id: token } = (await ingest.identities()).find(
    entry => entry.type === 'agent' && entry.agent.includes('"Agent"') && entry.agent.includes('gone@example.org'),
  )!
  await ingest.log.append('identities', [
    { key: `agent|${token}`, value: null },
    { key: `salt|${raw.slice(0, raw.indexOf('.'))}`, value: null },
  ])
  await until(async () => (await get(`statementId=${own}`)).statusCode === 404, 'the statement is gone')
  const answer = await get(`statementId=${about}`)
  expect(answer.json()).toMatchObject({ object: { account: { homePage: 'https://homeroom.example/erased' } } })
  expect(answer.body).not.toMatch(/gone/i)
})

test.each([
  ['statementId=x', 'statementId'],
  [`statementId=${anId()}&voidedStatementId=${anId()}`, 'voidedStatementId'],
  [`statementId=${anId()}&limit=1`, 'limit'],
  ['limit=-1', 'limit'],
  ['since=yesterday', 'since'],
  ['agent=Kim', 'agent'],
  [`agent=${encodeURIComponent('{"mbox":"kim"}')}`, 'agent.mbox'],
  ['registration=1', 'registration'],
  ['verb=answered', 'verb'],
  ['ascending=yes', 'ascending'],
  ['format=short', 'format'],
  ['Kim=1', 'a parameter'],
  ['limit=1&limit=2', 'limit'],
])('%s is refused, naming the parameter and not the words', async (query, name) => {
  const answer = await get(query)
  expect(answer.statusCode).toBe(400)
  const { code, message } = answer.json<{ code: string; message: string }>()
  expect(code).toBe('QUERY_INVALID')
  expect(message).toContain(`parameter ${name}: got `)
  expect(message).not.toMatch(/kim|yesterday/i)
})

test('the processors had no trouble with any of it', () => {
  expect(errors).toEqual([])
})

test.each(['Zm9v', cursor({}, 1e300), cursor({}, 1.5), cursor({ since: -1e300 }), cursor({ until: 9e15 })])(
  'a more that no answer gave is refused: %s',
  async more => {
    const answer = await get('', {}, `/xapi/more/${more}`)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'QUERY_INVALID' })
  },
)

function cursor(changes: Json, at = 1): string {
  const filter = { relatedAgents: false, relatedActivities: false, limit: null, ascending: true, ...changes }
  const after = { at, id: '00000000-0000-4000-8000-000000000001' }
  const made = { filter, format: 'exact', attachments: false, through: 1, after }
  return Buffer.from(JSON.stringify(made)).toString('base64url')
}

test.each([
  ['/caliper/events', 'application/json', '{'],
  ['/interactions', 'application/json', '['],
  ['/interactions', 'text/csv', '"at'],
])('a body of %s that cannot be read (%s) holds up nothing that comes after it', async (url, type, body) => {
  const answer = await ingest.post(url, body, { ...XAPI_HEADERS, 'content-type': type })
  expect(answer.statusCode).toBe(400)
  await send(aStatement({ id: anId() }))
})
