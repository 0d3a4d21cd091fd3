import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { HomeroomError } from '../../infra/errors.ts'
import type { EventLog } from '../../infra/log/event-log.ts'
import { startProcessor } from '../../processors/run.ts'
import { logWith } from '../helpers/log-with.ts'
import { ZONE } from '../helpers/records.ts'
import { until } from '../helpers/until.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { aStatement, startIngest, XAPI_HEADERS, type Ingest } from './start-ingest.ts'

const A = 'fd41c918-b88b-4b20-a0a5-a4c32391aaa0'
const B = 'fd41c918-b88b-4b20-a0a5-a4c32391aaa1'
const changed = { result: { success: false } }

/** Statements enough that threads prepare them, where there are threads. */
const others = (): object[] => Array.from({ length: 40 }, () => aStatement({ id: randomUUID() }))

let ingest: Ingest | undefined
afterEach(async () => {
  await ingest?.close()
  ingest = undefined
})

const put = (id: string, body: object) =>
  ingest!.app.inject({
    method: 'PUT',
    url: `/xapi/statements?statementId=${id}`,
    headers: XAPI_HEADERS,
    payload: JSON.stringify(body),
  })
const post = (body: object) => ingest!.post('/xapi/statements', body)

/** The real log, of which some appends of records are held back or refused. */
const gatedLog = (log: EventLog, before: () => Promise<void>): EventLog =>
  logWith(log, {
    appendMessages: async (topic, messages) => {
      await before()
      return log.appendMessages(topic, messages)
    },
  })

describe.each([0, 2])('with %i threads', threads => {
  test('the same statement again is taken and appended again, in any order of its properties; by PUT too', async () => {
    ingest = await startIngest({ threads })
    const { verb, ...rest } = aStatement()
    const batch = others()
    expect((await post([aStatement(), ...batch])).statusCode).toBe(200)
    expect((await post([{ ...rest, verb }, ...batch])).statusCode).toBe(200)
    expect((await put(A, aStatement())).statusCode).toBe(204)
    expect((await put(A.toUpperCase(), aStatement({ id: undefined }))).statusCode).toBe(204)
    const records = await ingest.records()
    expect(records.filter(({ id }) => id === A)).toHaveLength(4)
    expect(new Set(records.map(({ id, hash }) => id + hash)).size).toBe(41)
  })

  test('an id with other content refuses the whole request by 409, naming it; only what conflicts goes to the dead letters', async () => {
    ingest = await startIngest({ threads })
    await post([aStatement(), aStatement({ id: B })])
    const batch = [...others(), aStatement({ id: A.toUpperCase(), ...changed }), aStatement({ id: B })]
    const response = await post(batch)
    expect(response.statusCode).toBe(409)
    const body = response.json<{
      code: string
      message: string
      errors: { index: number; path: string; got: string }[]
    }>()
    expect(body.code).toBe('RECORD_CONFLICT')
    expect(body.errors.map(({ index, path }) => [index, path])).toEqual([[40, 'statements[40].id']])
    expect(body.message).toContain(`1 of 42 statements conflict: statements[40].id is ${A.toUpperCase()}`)
    expect(await ingest.records()).toHaveLength(2)
    expect((await ingest.deadLetters()).map(({ place, code, door }) => [place, code, door])).toEqual([
      ['statements[40]', 'RECORD_CONFLICT', 'xapi'],
    ])
    // Nothing of the refused request is held: its other ids can be used.
    expect((await post(batch.slice(0, 40))).statusCode).toBe(200)
  })

  test('PUT with other content is 409 and changes nothing', async () => {
    ingest = await startIngest({ threads })
    expect((await put(A, aStatement())).statusCode).toBe(204)
    expect((await put(A, aStatement(changed))).statusCode).toBe(409)
    expect((await put(A, aStatement())).statusCode).toBe(204)
    expect(new Set((await ingest.records()).map(({ hash }) => hash)).size).toBe(1)
  })

  test('of two contents for an id that arrive together exactly one is stored', async () => {
    ingest = await startIngest({ threads })
    for (let round = 0; round < 10; round++) {
      const id = randomUUID()
      const answers = await Promise.all(
        [1, 2, 3, 4].map(n => post([...others(), aStatement({ id, result: { score: { raw: n } } })])),
      )
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409, 409, 409])
      expect((await ingest.records()).filter(record => record.id === id)).toHaveLength(1)
    }
  })

  test('an id whose append failed is free: another content may have it', async () => {
    let fail = true
    const before = async (): Promise<void> => {
      if (fail) throw new HomeroomError('LOG_UNAVAILABLE', 'the disk is full')
    }
    ingest = await startIngest({ threads, wrapLog: log => gatedLog(log, before) })
    expect((await post([aStatement(), ...others()])).statusCode).toBe(503)
    fail = false
    expect((await post([aStatement(changed), ...others()])).statusCode).toBe(200)
    expect((await post([aStatement(), ...others()])).statusCode).toBe(409)
  })

  test('a second content waits while the first is being appended, and is then refused', async () => {
    const held = Promise.withResolvers<void>()
    let waiting = 0
    const before = (): Promise<void> => {
      waiting++
      return held.promise
    }
    ingest = await startIngest({ threads, wrapLog: log => gatedLog(log, before) })
    const first = post(aStatement())
    await until(() => waiting === 1, 'the first is being appended')
    const second = post(aStatement(changed))
    const third = post(aStatement({ id: B }))
    await until(() => waiting === 2, 'a third one is being appended beside it')
    held.resolve()
    expect((await Promise.all([first, second, third])).map(({ statusCode }) => statusCode)).toEqual([200, 409, 200])
  })

  test('8 clients with shared activities and overlapping ids: nothing waits for ever, nothing fails', async () => {
    ingest = await startIngest({ threads })
    const ids = Array.from({ length: 60 }, () => randomUUID())
    const send = async (client: number): Promise<number[]> => {
      const statuses: number[] = []
      for (let n = 0; n < 6; n++) {
        // Every client sends the same ids in an order of its own, some alone and some together.
        const mine = ids.map((_, i) => ids[(i * 7 + client * 11 + n * 13) % ids.length]!)
        const count = [60, 1, 25][(client + n) % 3]!
        const batch = mine.slice(0, count).map(id => aStatement({ id }))
        statuses.push((await post(batch)).statusCode)
      }
      return statuses
    }
    const statuses = (await Promise.all(Array.from({ length: 8 }, (_, client) => send(client)))).flat()
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(new Set((await ingest.records()).map(({ id, hash }) => id + hash)).size).toBe(60)
  })
})

describe('what was stored before this process', () => {
  test('its ids are known: the same content is taken, another one refused', async () => {
    const warehouse = await freshWarehouse()
    ingest = await startIngest({ warehouse })
    await post([aStatement(), aStatement({ id: B })])
    const processor = await startProcessor({
      log: ingest.log,
      warehouse,
      config: { timeZone: ZONE, district: warehouse.database },
      onError: error => expect.fail(String(error)),
    })
    await until(() => processor.stats().stored === 2, 'both are stored')
    await processor.stop()
    await ingest.close()
    ingest = await startIngest({ warehouse })
    expect((await post([aStatement({ id: B })])).statusCode).toBe(200)
    expect((await post([...others(), aStatement(changed)])).statusCode).toBe(409)
    expect((await post(aStatement({ id: B, ...changed }))).statusCode).toBe(409)
  })

  test('while the warehouse does not answer, nothing is kept out: the processors find the conflict', async () => {
    const warehouse = await freshWarehouse()
    const silent = { ...warehouse, query: () => Promise.reject(new HomeroomError('WAREHOUSE_UNAVAILABLE', 'away')) }
    ingest = await startIngest({ warehouse: silent })
    expect((await post(aStatement())).statusCode).toBe(200)
    // What this process accepted it knows all the same.
    expect((await post(aStatement(changed))).statusCode).toBe(409)
    await ingest.close()
    ingest = await startIngest({ warehouse: silent })
    expect((await post(aStatement(changed))).statusCode).toBe(200)
  })
})
