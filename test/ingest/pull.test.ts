import { hash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HomeroomError } from '../../infra/errors.ts'
import { uuid5 } from '../../infra/uuid5.ts'
import { follow } from '../../ingest/pull/follow.ts'
import { anLrs, type Lrs } from '../helpers/an-lrs.ts'
import { store } from '../helpers/records.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { aPuller, type Puller } from './a-puller.ts'
import { aStatement } from './start-ingest.ts'

const emptied = emptiedWarehouse()

const MINUTE_MS = 60_000

let lrs: Lrs
let puller: Puller
beforeEach(async () => {
  lrs = await anLrs(many(7))
  puller = await aPuller({ url: lrs.url, user: 'homeroom', password: 'secret', pageSize: 3 })
})
afterEach(async () => {
  await puller.close()
  await lrs.close()
})

/** Statement n is stored n seconds after two o'clock. */
function stored(n: number, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...aStatement({ id: idOf(n) }), stored: secondsAfterTwo(n), version: '1.0.0', ...changes }
}

function many(count: number, from = 0): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, i) => stored(from + i))
}

const idOf = (n: number): string => uuid5(`pulled ${n}`)
const secondsAfterTwo = (n: number): string => new Date(Date.parse('2026-03-02T14:00:00.000Z') + n * 1000).toISOString()
const idsIn = async ({ ingest }: Puller): Promise<string[]> => (await ingest.records()).map(({ id }) => id).sort()
const ids = (count: number): string[] => Array.from({ length: count }, (_, n) => idOf(n)).sort()
const code = (expected: string) => expect.objectContaining({ code: expected })

async function failure(promise: Promise<unknown>): Promise<HomeroomError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof HomeroomError) return error
  throw error ?? new Error('it did not fail')
}

test('everything there is, page by page, as if it had been sent: checked, hidden, sealed, under the name of the source', async () => {
  expect(await puller.pull()).toEqual({
    source: 'lrs',
    pages: 3,
    requests: 4,
    retries: 0,
    received: 7,
    accepted: 7,
    duplicates: 0,
    dead: 0,
    attachments: 0,
    attachmentsLeftOut: 0,
    complete: true,
    since: secondsAfterTwo(6),
  })
  expect(await idsIn(puller)).toEqual(ids(7))
  expect((await puller.ingest.records()).every(({ source, standard }) => source === 'lrs' && standard === 'xapi')).toBe(
    true,
  )
  expect(await puller.ingest.text('records')).not.toContain('kim.example')
})

test('the source is asked for exact statements in the order of storing, gzipped, by a named client', async () => {
  await puller.pull()
  expect(Object.fromEntries(lrs.asked[0]!.searchParams)).toEqual({
    ascending: 'true',
    format: 'exact',
    limit: '3',
    attachments: 'true',
  })
  expect(lrs.headers).toMatchObject({
    authorization: `Basic ${Buffer.from('homeroom:secret').toString('base64')}`,
    'x-experience-api-version': '1.0.3',
    'accept-encoding': 'gzip',
    'user-agent': expect.stringContaining('Homeroom'),
  })
})

test('the next pull asks for what was stored since, and for nothing twice', async () => {
  await puller.pull()
  lrs.statements.push(...many(2, 7))
  lrs.asked = []
  expect(await puller.pull()).toMatchObject({ received: 2, accepted: 2, duplicates: 0 })
  expect(lrs.asked.map(({ searchParams }) => searchParams.get('since'))).toEqual([secondsAfterTwo(6)])
  expect(await idsIn(puller)).toEqual(ids(9))
})

test('a first pull begins where the sources file says', async () => {
  await puller.describe({ url: lrs.url, since: secondsAfterTwo(4) })
  expect(await puller.pull()).toMatchObject({ received: 2 })
})

test('what was stored shortly before the answer is asked for again, and what comes late is not missed', async () => {
  lrs.now_ms = Date.parse(secondsAfterTwo(10))
  await puller.describe({ url: lrs.url, pageSize: 3, overlapMinutes: 0.1 })
  expect(await puller.pull()).toMatchObject({ received: 7, since: secondsAfterTwo(4) })
  lrs.statements.push(stored(7, { stored: secondsAfterTwo(4.5) }))
  lrs.now_ms = Date.parse(secondsAfterTwo(60))
  const taker = await puller.pull()
  expect(taker).toMatchObject({ received: 3, since: secondsAfterTwo(6) })
  expect(new Set(await idsIn(puller))).toEqual(new Set(ids(8)))
})

test('a process that follows does not append what it appended before, though no processor has stored it yet', async () => {
  lrs.now_ms = Date.parse(secondsAfterTwo(10))
  const stopping = new AbortController()
  const pulls: object[] = []
  const sleep = async (): Promise<void> => void (pulls.length === 3 && stopping.abort())
  const timing = { ...puller.deps.timing!, sleep }
  const onPull = (summary: object) => void pulls.push(summary)
  await follow(await puller.process(), { timing, signal: stopping.signal, every_ms: MINUTE_MS, onPull })
  expect(pulls).toEqual([
    expect.objectContaining({ accepted: 7, duplicates: 0 }),
    expect.objectContaining({ received: 7, accepted: 0, duplicates: 7 }),
    expect.objectContaining({ received: 7, accepted: 0, duplicates: 7 }),
  ])
  expect(await idsIn(puller)).toEqual(ids(7))
})

test('X-Experience-API-Consistent-Through is an upper bound of what is settled', async () => {
  lrs.consistentThrough = secondsAfterTwo(2)
  expect(await puller.pull()).toMatchObject({ received: 7, since: secondsAfterTwo(2) })
})

test('bad statements go to the dead letters one by one and the others go on; a second pull makes no second dead letter', async () => {
  lrs.statements[1] = stored(1, { verb: {} })
  lrs.statements[4] = stored(4, { id: undefined })
  const first = await puller.pull()
  expect(first).toMatchObject({ received: 7, accepted: 5, dead: 2 })
  const dead = await puller.ingest.deadLetters()
  expect(dead.map(({ place }) => place).sort()).toEqual([`statement ${idOf(1)}`, 'statement without a UUID'])
  expect(dead[0]).toMatchObject({ source: 'lrs', door: 'xapi', code: 'RECORD_INVALID' })
  expect(dead.find(({ place }) => place.endsWith(idOf(1)))!.reason).toContain('statement.verb.id is missing')
  await puller.pull({ since: '2026-03-02T00:00:00Z' })
  expect(new Set((await puller.ingest.deadLetters()).map(({ id }) => id)).size).toBe(2)
})

test('an id that comes twice on a page is one record; with other content it is a dead letter', async () => {
  lrs.statements = [stored(0), stored(0), stored(0, { result: { success: false } })]
  expect(await puller.pull()).toMatchObject({ received: 3, accepted: 1, duplicates: 1, dead: 1 })
  expect(await puller.ingest.deadLetters()).toEqual([expect.objectContaining({ code: 'RECORD_CONFLICT' })])
})

test('what the warehouse knows is not appended again; known with other content it is a dead letter', async () => {
  const warehouse = await emptied()
  await puller.pull({ deps: { warehouse } })
  await store(warehouse, await puller.ingest.records())
  lrs.statements[2] = stored(2, { result: { success: false } })
  const again = await puller.pull({ since: '2026-03-02T00:00:00Z', deps: { warehouse } })
  expect(again).toMatchObject({ received: 7, accepted: 0, duplicates: 6, dead: 1 })
  expect(await idsIn(puller)).toEqual(ids(7))
  const [dead] = await puller.ingest.deadLetters()
  expect(dead).toMatchObject({ code: 'RECORD_CONFLICT', place: `statement ${idOf(2)}` })
  expect(dead!.reason).toContain('statement.id is the id of a record that is stored with other content')
})

test('a statement without a time of its own happened when it was stored there', async () => {
  lrs.statements = [stored(3, { timestamp: undefined })]
  await puller.pull()
  expect(await puller.ingest.records()).toEqual([expect.objectContaining({ occurredAt: secondsAfterTwo(3) })])
})

test('a source that speaks 2.0.0 is asked in 2.0.0, and each statement is judged by its own version', async () => {
  const contextAgents = [{ objectType: 'contextAgent', agent: { mbox: 'mailto:lee@example.org' } }]
  lrs.versions = ['1.0.3', '2.0.0']
  lrs.statements = [
    stored(0),
    stored(1, { version: '2.0.0', context: { contextAgents } }),
    stored(2, { version: '1.0.3', context: { contextAgents } }),
  ]
  expect(await puller.pull()).toMatchObject({ accepted: 2, dead: 1 })
  expect(lrs.headers['x-experience-api-version']).toBe('2.0.0')
  await puller.describe({ url: lrs.url, version: '1.0.3' })
  await puller.pull()
  expect(lrs.headers['x-experience-api-version']).toBe('1.0.3')
})

test('a pull that fails on the way is kept up to there; the next goes on with the page that failed', async () => {
  const stop = new AbortController()
  // Stopped after the first page, as by a signal.
  await puller.pull({ deps: { signal: stop.signal, onPage: () => stop.abort() } })
  expect(await idsIn(puller)).toEqual(ids(7).filter(id => [0, 1, 2].map(idOf).includes(id)))
  lrs.troubles = troubles(8, 503)
  expect(await failure(puller.pull())).toEqual(code('SOURCE_UNAVAILABLE'))
  lrs.asked = []
  expect(await puller.pull()).toMatchObject({ received: 4, duplicates: 0, complete: true })
  expect(lrs.asked[0]!.searchParams.get('after')).toContain(idOf(2))
  expect(await idsIn(puller)).toEqual(ids(7))
})

const troubles = (count: number, status: number) => Array.from({ length: count }, () => ({ status }))

test('a pull whose link is gone begins anew at the last page, and appends nothing twice', async () => {
  const stop = new AbortController()
  await puller.pull({ deps: { signal: stop.signal, onPage: () => stop.abort() } })
  lrs.forgetLinks()
  expect(await puller.pull()).toMatchObject({ received: 4, complete: true })
  expect(await idsIn(puller)).toEqual(ids(7))
})

test('a source that never takes its own links is refused, not asked for ever', async () => {
  const onPage = () => lrs.forgetLinks()
  await puller.describe({ url: lrs.url, pageSize: 3, overlapMinutes: 1000 })
  const error = await failure(puller.pull({ deps: { onPage } }))
  expect(error.sentence()).toMatch(/SOURCE_REFUSED: .* the link to the next page that it gave with status 404/)
  expect(lrs.asked.length).toBeLessThan(10)
})

test('Retry-After is kept, in seconds and as a date', async () => {
  const inTwoMinutes = new Date(puller.deps.timing!.now() + 30_000 + 2 * MINUTE_MS).toUTCString()
  lrs.troubles = [
    { status: 429, headers: { 'retry-after': '30' } },
    { status: 503, headers: { 'retry-after': inTwoMinutes } },
  ]
  expect(await puller.pull()).toMatchObject({ received: 7, retries: 2 })
  expect(puller.pauses).toEqual([30_000, 2 * MINUTE_MS])
})

test('a source that wants to be left alone for hours is left alone', async () => {
  lrs.troubles = [{ status: 503, headers: { 'retry-after': '7200' } }]
  const error = await failure(puller.pull())
  expect(error.sentence()).toContain('it asks to be left alone for 120 minutes. What was pulled before is stored')
  expect(puller.pauses).toEqual([])
})

test('without Retry-After pauses double up to a minute, with jitter, and end', async () => {
  lrs.troubles = troubles(8, 500)
  expect(await failure(puller.pull())).toEqual(code('SOURCE_UNAVAILABLE'))
  expect(puller.pauses).toEqual([1, 2, 4, 8, 16, 32, 60].map(seconds => seconds * 750))
})

test('broken connections, halves of answers and silence are asked again', async () => {
  await puller.describe({ url: lrs.url, timeLimitSeconds: 1 })
  lrs.troubles = ['broken connection', 'half an answer', 'no answer']
  expect(await puller.pull()).toMatchObject({ received: 7, retries: 3 })
  expect(await idsIn(puller)).toEqual(ids(7))
})

test('refused credentials are told at once, and without the credentials', async () => {
  lrs.troubles = [{ status: 401 }]
  const error = await failure(puller.pull())
  expect(error.sentence()).toMatch(
    /^SOURCE_REFUSED: source lrs at .* answered the question for statements with status 401/,
  )
  expect(error.sentence()).not.toContain('secret')
  expect(puller.pauses).toEqual([])
})

test('a redirection is told and not followed: credentials go nowhere else', async () => {
  lrs.troubles = [{ status: 301, headers: { location: 'https://other.example.org/xapi/statements?x=1' } }]
  const error = await failure(puller.pull())
  expect(error.message).toContain('status 301 and points to https://other.example.org/xapi/statements,')
})

test('a link that leads to another server is not followed', async () => {
  lrs.asMultipart = () => ({
    contentType: 'application/json',
    body: Buffer.from('{"statements": [], "more": "https://other.example.org/more"}'),
  })
  expect(await failure(puller.pull())).toEqual(code('SOURCE_INVALID'))
})

test.each([
  ['a page of HTML', '<html>', 'is not JSON'],
  ['JSON of another kind', '[]', 'without an array "statements"'],
  ['bytes that are no text', '\xff', 'is not JSON in UTF-8'],
])('%s is told as what it is, and moves nothing', async (_, body, told) => {
  lrs.asMultipart = () => ({ contentType: 'application/json', body: Buffer.from(body, 'latin1') })
  const error = await failure(puller.pull())
  expect(error).toEqual(code('SOURCE_INVALID'))
  expect(error.message).toContain(told)
  expect(await puller.state()).toBeNull()
})

test('another address under the same name is a mistake until someone says that it is not', async () => {
  await puller.pull()
  await puller.describe({ url: `${lrs.url}2` })
  expect(await failure(puller.pull())).toEqual(code('CONFIG_INVALID'))
})

test('a state file that is damaged is told, not overwritten', async () => {
  await puller.pull()
  await writeFile(`${puller.ingest.config.data}/pull/lrs.json`, '{}')
  expect(await failure(puller.pull())).toEqual(code('FILE_INVALID'))
})

const TEXT = Buffer.from('an essay')
const SHA2 = hash('sha256', TEXT, 'hex')
const ATTACHMENT = {
  usageType: 'http://example.org/usage/essay',
  display: { en: 'Essay' },
  contentType: 'text/plain',
  length: TEXT.length,
  sha2: SHA2,
}

test('attachments come with their statements, and are stored before them', async () => {
  lrs.statements = [stored(0, { attachments: [ATTACHMENT] }), stored(1)]
  lrs.asMultipart = json => multipart(json, 'text/plain')
  expect(await puller.pull()).toMatchObject({ accepted: 2, attachments: 1, attachmentsLeftOut: 0 })
  const record = (await puller.ingest.records()).find(({ id }) => id === idOf(0))!
  expect(puller.ingest.resources.attachment(record.actor.id, SHA2)?.body).toEqual(TEXT)
})

test('attachments that the source does not give away are counted, and their statements are accepted', async () => {
  lrs.statements = [stored(0, { attachments: [ATTACHMENT] })]
  expect(await puller.pull()).toMatchObject({ accepted: 1, attachments: 0, attachmentsLeftOut: 1 })
})

test('an attachment of another type than its statement says is a dead letter, and the others go on', async () => {
  lrs.statements = [stored(0, { attachments: [ATTACHMENT] }), stored(1)]
  lrs.asMultipart = json => multipart(json, 'image/png')
  expect(await puller.pull()).toMatchObject({ accepted: 1, dead: 1, attachments: 0 })
})

function multipart(json: string, contentType: string): { contentType: string; body: Buffer } {
  const head = (type: string, more = '') => `--b\r\nContent-Type: ${type}\r\n${more}\r\n`
  const hashed = `Content-Transfer-Encoding: binary\r\nX-Experience-API-Hash: ${SHA2}\r\n`
  const body = `${head('application/json')}${json}\r\n${head(contentType, hashed)}${TEXT.toString()}\r\n--b--\r\n`
  return { contentType: 'multipart/mixed; boundary=b', body: Buffer.from(body) }
}
