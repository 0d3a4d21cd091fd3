import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import xapi from '@xapi/xapi'
import { multipartAnswer } from '../../ingest/lrs/multipart-answer.ts'
import { attachmentFaults } from '../../ingest/receive/attachment-rules.ts'
import { parseMultipart } from '../../ingest/receive/multipart.ts'
import { anAttachment, sha256 } from './multipart-body.ts'
import { aStatement } from './start-ingest.ts'

type Json = Record<string, unknown>

/** What two client libraries that we did not write make of attachments, and of our answers. */
type Client = {
  /** Send one statement with the contents of its attachments. */
  send(statement: Json, contents: Buffer[]): Promise<unknown>
  /** The contents of the attachments of the statement that the store answers with. */
  contents(): Promise<string[]>
}

const CONTENTS = ['here is a simple attachment', 'ends with a line break\r\n', '', '--', '{"attachments": []}']
const statement = aStatement({ attachments: CONTENTS.map(content => anAttachment(content)) })

let server: Server
let endpoint: string
let received: { contentType: string; body: Buffer }

beforeAll(async () => {
  server = createServer((request, response) => {
    void buffer(request).then(body => {
      received = { contentType: String(request.headers['content-type']), body }
      const parts = CONTENTS.map(text => ({ contentType: 'text/plain', sha2: sha256(text), body: Buffer.from(text) }))
      const answer = multipartAnswer(JSON.stringify(statement), parts)
      const isGet = request.method === 'GET'
      response.setHeader('content-type', isGet ? answer.contentType : 'application/json')
      response.end(isGet ? answer.body : JSON.stringify([statement.id]))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/xapi/`
})
afterAll(() => new Promise(resolve => server.close(resolve)))

describe.each([
  ['@xapi/xapi', withXapi],
  ['tincanjs', withTinCan],
])('%s', (_name, connect) => {
  test.each([1, 2, CONTENTS.length])('%i attachments that it sends are read, byte by byte', async count => {
    const contents = CONTENTS.slice(0, count).map(text => Buffer.from(text))
    const sent = { ...statement, attachments: (statement.attachments as unknown[]).slice(0, count) }
    await connect().send(sent, contents)
    const { statements, parts } = parseMultipart(received.body, received.contentType)
    const read: unknown = JSON.parse(statements.toString())
    expect(read).toMatchObject({ id: statement.id })
    expect(parts.map(({ body }) => body)).toEqual(contents)
    expect(attachmentFaults([read].flat(), parts, () => 'statement')).toEqual([])
  })

  test('it reads attachments that we answer with', async () => {
    // One of them takes the last line of a part for its content, and drops what is empty.
    expect((await connect().contents())[0]).toBe(CONTENTS[0])
  })
})

function withXapi(): Client {
  // As in a browser. Its other adapter, in Node, says application/octet-stream of what it sends with attachments.
  const client = new xapi.default({ endpoint, auth: 'Basic bG1zOnNlY3JldA==', adapter: 'fetch' })
  return {
    send: (statement, contents) => client.sendStatement({ statement, attachments: contents } as never),
    async contents() {
      const answer = await client.getStatement({ statementId: String(statement.id), attachments: true })
      return (answer.data as unknown as string[]).slice(1)
    },
  }
}

/** What we use of a library that has no types. */
type TinCan = {
  LRS: new (config: object) => Record<string, (...args: unknown[]) => unknown>
  Statement: new (json: object) => object
  Attachment: new (json: object) => object
}

function withTinCan(): Client {
  const { LRS, Statement, Attachment } = createRequire(import.meta.url)('tincanjs') as TinCan
  const lrs = new LRS({ endpoint, auth: 'Basic bG1zOnNlY3JldA==', allowFail: false })
  const call = (name: string, first: unknown, config: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const callback = (error: unknown, result: unknown): void =>
        error === null ? resolve(result) : reject(error as Error)
      lrs[name]!(first, { ...config, callback })
    })
  return {
    send({ attachments, ...statement }, contents) {
      const list = (attachments as Json[]).map(
        (attachment, i) => new Attachment({ ...attachment, content: Uint8Array.from(contents[i]!).buffer }),
      )
      return call('saveStatement', new Statement({ ...structuredClone(statement), attachments: list }), {})
    },
    async contents() {
      const found = await call('retrieveStatement', statement.id, { params: { attachments: true } })
      const { attachments } = found as { attachments: { content: ArrayBuffer }[] }
      return attachments.map(({ content }) => Buffer.from(content).toString())
    },
  }
}
