import { randomUUID } from 'node:crypto'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HomeroomError } from '../../infra/errors.ts'
import type { LearningRecord } from '../../schemas/record.ts'
import { gatedLog } from '../helpers/log-with.ts'
import { until } from '../helpers/until.ts'
import { aStatement, startIngest, type Ingest } from './start-ingest.ts'

/** The threads that were started since the test began. */
let started: Worker[] = []
const onWorker = (worker: Worker): void => void started.push(worker)

const opened: Ingest[] = []
beforeEach(() => {
  started = []
  process.on('worker', onWorker)
})
afterEach(async () => {
  process.off('worker', onWorker)
  for (const ingest of opened.splice(0)) await ingest.close()
})

async function start(...args: Parameters<typeof startIngest>): Promise<Ingest> {
  const ingest = await startIngest(...args)
  opened.push(ingest)
  return ingest
}

const MANY = 60
const many = (changes: (n: number) => Record<string, unknown> = () => ({})): Record<string, unknown>[] =>
  Array.from({ length: MANY }, (_, n) => aStatement({ id: randomUUID(), ...changes(n) }))

const account = (n: number) => ({ account: { homePage: 'https://lms.example.org', name: `student-${n % 7}` } })

test('a thread makes the records, answers and dead letters that the main thread makes', async () => {
  const [alone, threaded] = [await start(), await start({ threads: 1 })]
  const good = many(n => ({ actor: account(n), result: { response: `zwölf ${n} 👩🏽‍🏫` } }))
  const bad = [...many(), aStatement({ actor: undefined })]
  const answers = await Promise.all(
    [alone, threaded].map(async ingest => {
      const bodies = [good, bad, '[{"id":', Buffer.from([...Buffer.from(`["${'x'.repeat(20_000)}`), 0xff])]
      const responses = []
      for (const body of bodies) {
        const { statusCode, headers, payload } = await ingest.post('/xapi/statements', body)
        responses.push([statusCode, headers['content-type'], payload])
      }
      return responses
    }),
  )
  expect(answers[1]).toEqual(answers[0])
  expect(answers[0]!.map(([status]) => status)).toEqual([200, 400, 400, 400])
  // Salts and nonces are random: what they seal differs, and opens to the same.
  const told = async (ingest: Ingest): Promise<Omit<LearningRecord, 'raw'>[]> =>
    (await ingest.records()).map(({ raw: _raw, ...record }) => record).sort((a, b) => (a.id < b.id ? -1 : 1))
  expect(await told(threaded)).toEqual(await told(alone))
  const letters = async (ingest: Ingest) =>
    (await ingest.deadLetters()).map(({ id, place, reason }) => [id, place, reason])
  expect(await letters(threaded)).toEqual(await letters(alone))
  const agents = async (ingest: Ingest) =>
    (await ingest.identities())
      .flatMap(entry => (entry.type === 'agent' ? [entry] : []))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  expect(await agents(threaded)).toEqual(await agents(alone))
})

test('every sealed original names a salt that is in the log', async () => {
  const ingest = await start({ threads: 2 })
  const answers = await Promise.all(
    Array.from({ length: 12 }, () =>
      ingest.post(
        '/xapi/statements',
        many(n => ({ actor: account(n) })),
      ),
    ),
  )
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
  const salts = new Set((await ingest.identities()).flatMap(entry => (entry.type === 'salt' ? [entry.id] : [])))
  const records = await ingest.records()
  expect(records).toHaveLength(12 * MANY)
  expect(records.filter(({ raw }) => !salts.has(raw.slice(0, raw.indexOf('.'))))).toEqual([])
})

test('no record is appended before the agents and salts of its thread are durable', async () => {
  const order: string[] = []
  const ingest = await start({ threads: 1, wrapLog: log => gatedLog(log, async topic => void order.push(topic)) })
  await ingest.post('/xapi/statements', many())
  await ingest.post('/xapi/statements', many())
  expect(order).toEqual(['identities', 'records', 'records'])
})

test('if agents of a thread cannot be written, all that need them are answered 503; then the thread hands them out anew', async () => {
  let fail = true
  const ingest = await start({
    threads: 1,
    wrapLog: log =>
      gatedLog(log, async topic => {
        if (topic === 'identities' && fail) throw new HomeroomError('LOG_UNAVAILABLE', 'the disk is full')
      }),
  })
  const both = await Promise.all([ingest.post('/xapi/statements', many()), ingest.post('/xapi/statements', many())])
  expect(both.map(({ statusCode }) => statusCode)).toEqual([503, 503])
  expect(await ingest.records()).toEqual([])
  fail = false
  expect((await ingest.post('/xapi/statements', many())).statusCode).toBe(200)
  expect((await ingest.identities()).map(({ type }) => type).sort()).toEqual(['agent', 'salt'])
})

test('a thread that dies is replaced; its request is answered 503 and nothing of it is stored', async () => {
  const ingest = await start({ threads: 1 })
  expect((await ingest.post('/xapi/statements', many())).statusCode).toBe(200)
  const [first] = started
  const hand = first!.postMessage.bind(first)
  first!.postMessage = (...given: Parameters<Worker['postMessage']>) => {
    hand(...given)
    void first!.terminate()
  }
  const lost = await ingest.post('/xapi/statements', many())
  expect([lost.statusCode, lost.headers['retry-after'], lost.json()]).toEqual([
    503,
    '2',
    expect.objectContaining({ code: 'INTERRUPTED' }),
  ])
  await until(() => started.length === 2, 'another thread is started')
  expect((await ingest.post('/xapi/statements', many())).statusCode).toBe(200)
  expect(await ingest.records()).toHaveLength(2 * MANY)
})

test('what a thread does not expect of a request costs that request alone', async () => {
  const ingest = await start({ threads: 1 })
  const [first] = started
  const hand = first!.postMessage.bind(first)
  let isFirst = true
  first!.postMessage = (message: { job?: object }, ...given: never[]) => {
    const broken = isFirst && message.job !== undefined
    if (broken) isFirst = false
    hand(broken ? { ...message, job: { ...message.job, contentType: null } } : message, ...given)
  }
  const [bad, good] = await Promise.all([
    ingest.post('/xapi/statements', many()),
    ingest.post('/xapi/statements', many()),
  ])
  expect([bad.statusCode, bad.json<{ code: string }>().code, good.statusCode]).toEqual([500, 'INTERNAL', 200])
  expect(started).toHaveLength(1)
  expect(await ingest.records()).toHaveLength(MANY)
})

test('without a thread that lives the main thread does the work', async () => {
  const ingest = await start({ threads: 1 })
  await started[0]!.terminate()
  await new Promise(resolve => setImmediate(resolve))
  expect((await ingest.post('/xapi/statements', many())).statusCode).toBe(200)
  expect(await ingest.records()).toHaveLength(MANY)
})
