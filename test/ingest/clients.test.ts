import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import xapi from '@xapi/xapi'
import { startProcessor, type Processor } from '../../processors/run.ts'
import { ZONE } from '../helpers/records.ts'
import { until } from '../helpers/until.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { aStatement, NOW, startIngest, XAPI_HEADERS, type Ingest } from './start-ingest.ts'

type Json = Record<string, unknown>

/** What content does with a store, in the words of a client library that we did not write. */
type Client = {
  send(statements: Json[]): Promise<string[]>
  /** null: there is none, or it is voided. */
  get(id: string): Promise<Json | null>
  voided(id: string): Promise<Json | null>
  /** Ids of all pages, in order, and how many pages there were. */
  list(verb: string, limit: number): Promise<{ ids: string[]; pages: number }>
  voidIt(id: string): Promise<unknown>
  setState(id: string, state: Json): Promise<unknown>
  state(id: string): Promise<Json | null>
  deleteState(id: string): Promise<unknown>
}

const AGENT = { objectType: 'Agent', mbox: 'mailto:kim@example.org' } as const
const ACTIVITY = 'https://lms.example.org/activities/fractions-7'

let ingest: Ingest
let processor: Processor
let endpoint: string

beforeAll(async () => {
  const warehouse = await freshWarehouse()
  let now = NOW
  ingest = await startIngest({ warehouse, clock: () => now++ })
  processor = await startProcessor({
    log: ingest.log,
    warehouse,
    config: { ...ingest.config, timeZone: ZONE },
    onError: error => expect.unreachable(String(error)),
  })
  await ingest.app.listen({ host: '127.0.0.1', port: 0 })
  endpoint = `http://127.0.0.1:${(ingest.app.server.address() as AddressInfo).port}/xapi/`
})
afterAll(async () => {
  await processor?.stop()
  await ingest?.close()
})

describe.each([
  ['@xapi/xapi in 1.0.3', () => withXapi('1.0.3')],
  ['@xapi/xapi in 2.0.0', () => withXapi('2.0.0')],
  ['tincanjs', withTinCan],
])('%s', (_name, connect) => {
  const verb = `https://example.org/verbs/${crypto.randomUUID()}`
  const bookmark = crypto.randomUUID()
  const ids = [1, 2, 3].map(() => crypto.randomUUID() as string)
  let client: Client
  beforeAll(() => (client = connect()))

  test('sends statements and gets them back', async () => {
    const statements = ids.map(id => aStatement({ id, verb: { id: verb } }))
    expect(await client.send(statements)).toEqual(ids)
    await until(async () => (await client.get(ids[2]!)) !== null, 'the last one can be retrieved')
    for (const [i, id] of ids.entries()) expect(await client.get(id)).toMatchObject(statements[i]!)
    expect(await client.get(crypto.randomUUID())).toBeNull()
  })

  test('follows a list over its pages, newest first', async () => {
    const { ids: listed, pages } = await client.list(verb, 2)
    expect([new Set(listed), pages]).toEqual([new Set(ids), 2])
  })

  test('keeps a state, changes it and removes it', async () => {
    expect(await client.state(bookmark)).toBeNull()
    await client.setState(bookmark, { page: 1 })
    await client.setState(bookmark, { page: 2 })
    expect(await client.state(bookmark)).toEqual({ page: 2 })
    await client.deleteState(bookmark)
    expect(await client.state(bookmark)).toBeNull()
  })

  test('voids a statement', async () => {
    await client.voidIt(ids[0]!)
    await until(async () => (await client.get(ids[0]!)) === null, 'it is voided')
    expect(await client.voided(ids[0]!)).toMatchObject({ id: ids[0] })
    // What voids it is about it, and is found by its verb too.
    const listed = (await client.list(verb, 10)).ids
    expect([listed.length, listed.includes(ids[0]!), listed]).toEqual([3, false, expect.arrayContaining(ids.slice(1))])
  })
})

function withXapi(version: '1.0.3' | '2.0.0'): Client {
  const client = new xapi.default({ endpoint, auth: XAPI_HEADERS.authorization, version: version as '1.0.3' })
  const of = { agent: AGENT, activityId: ACTIVITY }
  return {
    send: async statements => (await client.sendStatements({ statements: statements as never })).data,
    get: id => orNull(client.getStatement({ statementId: id } as never)),
    voided: id => orNull(client.getVoidedStatement({ voidedStatementId: id } as never)),
    async list(verb, limit) {
      let page = (await client.getStatements({ verb, limit } as never)).data as unknown as Page
      const ids = page.statements.map(({ id }) => id)
      let pages = 1
      for (; page.more; pages++) {
        page = (await client.getMoreStatements({ more: page.more })).data as unknown as Page
        ids.push(...page.statements.map(({ id }) => id))
      }
      return { ids, pages }
    },
    voidIt: statementId => client.voidStatement({ actor: AGENT, statementId }),
    async setState(stateId, state) {
      // 2.0.0 wants to know what is replaced.
      const { etag } = (await client.getState({ ...of, stateId }).catch(() => null))?.headers ?? {}
      const condition = etag
        ? { etag, matchHeader: 'If-Match' as const }
        : { etag: '*', matchHeader: 'If-None-Match' as const }
      return client.setState({ ...of, stateId, state, ...condition })
    },
    state: stateId => orNull(client.getState({ ...of, stateId })),
    deleteState: stateId => client.deleteState({ ...of, stateId }),
  }
}

type Page = { statements: { id: string }[]; more?: string }

async function orNull(answer: Promise<{ data: unknown }>): Promise<Json | null> {
  try {
    return (await answer).data as Json
  } catch (error) {
    if ((error as { response?: { status: number } }).response?.status === 404) return null
    throw error
  }
}

/** What we use of a library that has no types. */
type TinCan = {
  LRS: new (config: object) => Record<string, (...args: unknown[]) => unknown>
  Statement: new (json: object) => { asVersion(version: string): Json }
  Agent: new (json: object) => unknown
  Activity: new (json: object) => unknown
}

/** What its functions tell: a statement, a list of them, a document, or an answer as it is. */
type Told = Page & { responseText: string; contents: Json; asVersion(version: string): Json }

function withTinCan(): Client {
  const { LRS, Statement, Agent, Activity } = createRequire(import.meta.url)('tincanjs') as TinCan
  const lrs = new LRS({ endpoint, auth: XAPI_HEADERS.authorization, allowFail: false })
  /** Its functions tell what came of them to a callback: the number of the status, or what they made of the answer. */
  const call = (name: string, config: object, ...before: unknown[]) =>
    new Promise<Told | null>((resolve, reject) => {
      const callback = (error: number | Error | null, result: Told): void => {
        if (error === null) resolve(result)
        else if (error === 404) resolve(null)
        else reject(new Error(`${name}: ${error.toString()} ${result.responseText}`))
      }
      lrs[name]!(...before, { ...config, callback })
    })
  const statementOf = (found: Told | null) => found && found.asVersion('1.0.2')
  const of = { agent: new Agent(AGENT), activity: new Activity({ id: ACTIVITY }) }
  return {
    async send(statements) {
      const sent = statements.map(statement => new Statement(structuredClone(statement)))
      return JSON.parse((await call('saveStatements', {}, sent))!.responseText) as string[]
    },
    get: async id => statementOf(await call('retrieveStatement', {}, id)),
    voided: async id => statementOf(await call('retrieveVoidedStatement', {}, id)),
    async list(verb, limit) {
      let page = (await call('queryStatements', { params: { verb: { id: verb }, limit } }))!
      const ids = page.statements.map(({ id }) => id)
      let pages = 1
      for (; page.more; pages++) {
        page = (await call('moreStatements', { url: page.more }))!
        ids.push(...page.statements.map(({ id }) => id))
      }
      return { ids, pages }
    },
    voidIt: id => {
      const statement = { actor: AGENT, verb: { id: 'http://adlnet.gov/expapi/verbs/voided' } }
      return call('saveStatement', {}, new Statement({ ...statement, object: { objectType: 'StatementRef', id } }))
    },
    setState: (id, state) => call('saveState', { ...of, contentType: 'application/json' }, id, state),
    state: async id => (await call('retrieveState', of, id))?.contents ?? null,
    deleteState: id => call('dropState', of, id),
  }
}
