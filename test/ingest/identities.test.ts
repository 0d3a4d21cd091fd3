import { afterEach, expect, test } from 'vitest'
import { HomeroomError } from '../../infra/errors.ts'
import { gatedLog } from '../helpers/log-with.ts'
import { aStatement, startIngest, type Ingest } from './start-ingest.ts'

let ingest: Ingest | undefined
afterEach(() => ingest?.close())

test('no record is written before the agents and salts that it names are durable', async () => {
  const order: string[] = []
  ingest = await startIngest({ wrapLog: log => gatedLog(log, async topic => void order.push(topic)) })
  await ingest.post('/xapi/statements', [aStatement()])
  await ingest.post('/xapi/statements', [aStatement({ id: undefined })])
  expect(order).toEqual(['identities', 'records', 'records'])
})

test('a request that uses what another one is still writing waits for it', async () => {
  const order: string[] = []
  let release = (): void => undefined
  const held = new Promise<void>(resolve => (release = resolve))
  ingest = await startIngest({
    wrapLog: log =>
      gatedLog(log, async topic => {
        order.push(topic)
        if (topic === 'identities') await held
      }),
  })
  const first = ingest.post('/xapi/statements', [aStatement()])
  const second = ingest.post('/xapi/statements', [aStatement({ id: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa1' })])
  // Both have passed the pipe when a third, which needs a new agent, reaches the log.
  const third = ingest.post('/xapi/statements', [
    aStatement({ id: undefined, actor: { mbox: 'mailto:lee@example.org' } }),
  ])
  while (order.length < 2) await new Promise(resolve => setImmediate(resolve))
  expect(order).toEqual(['identities', 'identities'])
  release()
  expect((await Promise.all([first, second, third])).map(response => response.statusCode)).toEqual([200, 200, 200])
  expect(order.filter(topic => topic === 'records')).toHaveLength(3)
})

test('if the agents cannot be written, every request that needs them is answered 503 and stores nothing; the next try works', async () => {
  let fail = true
  let release = (): void => undefined
  const held = new Promise<void>(resolve => (release = resolve))
  ingest = await startIngest({
    wrapLog: log =>
      gatedLog(log, async topic => {
        if (topic !== 'identities' || !fail) return
        await held
        throw new HomeroomError('LOG_UNAVAILABLE', 'the disk is full')
      }),
  })
  const both = [ingest.post('/xapi/statements', [aStatement()]), ingest.post('/xapi/statements', [aStatement()])]
  release()
  for (const response of await Promise.all(both)) {
    expect(response.statusCode).toBe(503)
    expect(response.headers['retry-after']).toBe('2')
    expect(response.json()).toMatchObject({ code: 'LOG_UNAVAILABLE' })
  }
  expect(await ingest.records()).toEqual([])
  fail = false
  expect((await ingest.post('/xapi/statements', [aStatement()])).statusCode).toBe(200)
  expect(await ingest.records()).toHaveLength(1)
  expect((await ingest.identities()).map(({ type }) => type).sort()).toEqual(['agent', 'salt'])
})
