import { hash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createAccount } from '../../infra/accounts.ts'
import { openRuntime, prepare } from '../../infra/commands/runtime.ts'
import type { PullSummary } from '../../ingest/pull/pull.ts'
import { uuid5 } from '../../infra/uuid5.ts'
import { aHomeroom, type Homeroom } from '../helpers/a-homeroom.ts'
import { until } from '../helpers/until.ts'
import { aPuller, type Puller } from './a-puller.ts'
import { aStatement } from './start-ingest.ts'

const MINUTE_MS = 60_000
const MOST_REQUESTS = 1000
const PULLS = 3

let homeroom: Homeroom
let sender: string
let puller: Puller

beforeAll(async () => {
  homeroom = await aHomeroom()
  const runtime = await openRuntime(homeroom.config)
  await prepare(runtime)
  const secret = async (id: string, role: string) =>
    (await createAccount(runtime.warehouse, { id, kind: 'source', role })).secret
  sender = `Bearer ${await secret('lms', 'xapi')}`
  const reader = await secret('reader', 'xapi,xapi-read')
  await runtime.close()
  await homeroom.start()
  // No overlap: what the other Homeroom calls consistent has to be it.
  source = { url: `${homeroom.url}/xapi`, token: reader, overlapMinutes: 0, pageSize: 500 }
}, 5 * MINUTE_MS)
afterAll(() => homeroom.remove(), MINUTE_MS)

let source: Record<string, unknown>
beforeEach(async () => void (puller = await aPuller(source)))
afterEach(() => puller.close())

/** One request after the other, as long as it is to go on. @returns ids that were acknowledged */
async function send(connection: number, goesOn: () => boolean): Promise<string[]> {
  const ids = []
  for (let request = 0; request < MOST_REQUESTS && goesOn(); request++) {
    const statements = Array.from({ length: 5 }, (_, n) => aStatement({ id: uuid5(`${connection} ${request} ${n}`) }))
    const headers = { authorization: sender, 'content-type': 'application/json', 'x-experience-api-version': '1.0.3' }
    const body = JSON.stringify(statements)
    const answer = await fetch(`${homeroom.url}/xapi/statements`, { method: 'POST', headers, body })
    expect(answer.status).toBe(200)
    ids.push(...((await answer.json()) as string[]))
  }
  return ids
}

const idsIn = async (): Promise<string[]> => (await puller.ingest.records()).map(({ id }) => id)

test(
  'from another Homeroom that is busy: every statement it acknowledged comes over once, by its Consistent-Through alone',
  { timeout: 5 * MINUTE_MS },
  async () => {
    const pull = await puller.process()
    const summaries: PullSummary[] = []
    const useful = (): number => summaries.filter(({ received }) => received > 0).length
    let isSending = true
    const pulling = async (): Promise<void> => {
      while (isSending) summaries.push(await pull())
    }
    const senders = Array.from({ length: 2 }, (_, n) => send(n, () => useful() < PULLS)).map(sent =>
      sent.finally(() => (isSending = false)),
    )
    const [sent] = await Promise.all([Promise.all(senders), pulling()])
    await homeroom.caughtUp()
    const acknowledged = new Set(sent.flat())
    const before = new Set(await idsIn())
    await until(async () => (await pull()).received === 0, 'the last pull finds nothing', MINUTE_MS, 100)
    const ids = await idsIn()
    console.log(`pulled while ${acknowledged.size} came in: ${before.size} meanwhile, in ${summaries.length} pulls`)
    expect(summaries.every(({ complete, dead }) => complete && dead === 0)).toBe(true)
    expect(useful()).toBeGreaterThanOrEqual(PULLS)
    expect(new Set(ids)).toEqual(acknowledged)
    expect(ids.length).toBe(acknowledged.size)
  },
)

test('attachments come over with their statements, in 2.0.0', { timeout: 4 * MINUTE_MS }, async () => {
  const since = new Date().toISOString()
  const essay = Buffer.from('What I learned about fractions')
  const sha2 = hash('sha256', essay, 'hex')
  const attachment = {
    usageType: 'http://example.org/usage/essay',
    display: { en: 'Essay' },
    contentType: 'text/plain',
    length: essay.length,
    sha2,
  }
  const statement = aStatement({ id: uuid5('with an essay'), attachments: [attachment] })
  const body = [
    '--b\r\nContent-Type: application/json\r\n\r\n',
    JSON.stringify(statement),
    `\r\n--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: ${sha2}\r\n\r\n`,
    `${essay.toString()}\r\n--b--\r\n`,
  ].join('')
  const headers = {
    authorization: sender,
    'content-type': 'multipart/mixed; boundary=b',
    'x-experience-api-version': '2.0.0',
  }
  const answer = await fetch(`${homeroom.url}/xapi/statements`, { method: 'POST', headers, body })
  expect(answer.status, await answer.clone().text()).toBe(200)
  await homeroom.caughtUp()
  const pull = await puller.process()
  await until(async () => (await pull(since)).received > 0, 'it comes', MINUTE_MS, 200)
  const record = (await puller.ingest.records()).find(({ id }) => id === statement.id)!
  expect(puller.ingest.resources.attachment(record.actor.id, sha2)).toEqual({ contentType: 'text/plain', body: essay })
})
