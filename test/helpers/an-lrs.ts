import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

type Json = Record<string, unknown>

/** What the next request gets instead of an answer. */
export type Trouble =
  | { status: number; headers?: Record<string, string>; body?: string }
  | 'broken connection'
  | 'no answer'
  | 'half an answer'

export type Lrs = {
  url: string
  /** Statements in any order, each with its `stored`; changed by tests as they go. */
  statements: Json[]
  /** Answered to the next requests for statements, one each. */
  troubles: Trouble[]
  /** Links to next pages that were given so far lead nowhere from now on. */
  forgetLinks: () => void
  /** The Date of answers, milliseconds since 1970. */
  now_ms: number
  consistentThrough: string | null
  /** What About says; null: there is no such resource. */
  versions: string[] | null
  /** Instead of the JSON of a page. */
  asMultipart: ((json: string) => { contentType: string; body: Buffer }) | null
  /** Addresses of the requests for statements, and headers of the last one. */
  asked: URL[]
  headers: IncomingMessage['headers']
  close: () => Promise<void>
}

/** A learning record store as small as the standard allows, that fails as it is told to. */
export async function anLrs(statements: Json[] = []): Promise<Lrs> {
  let links = 0
  const server = createServer((request, response) => {
    const url = new URL(request.url!, lrs.url)
    if (url.pathname === '/xapi/about') return about(response, lrs)
    lrs.asked.push(new URL(url))
    lrs.headers = request.headers
    const trouble = lrs.troubles.shift()
    if (trouble !== undefined) return misbehave(response, trouble)
    const link = url.searchParams.get('after')
    if (link !== null && !link.startsWith(`${links}|`)) return void response.writeHead(404).end()
    page(response, url, link?.slice(`${links}|`.length) ?? null, `${links}|`, lrs)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const lrs: Lrs = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/xapi`,
    statements,
    troubles: [],
    forgetLinks: () => void links++,
    now_ms: Date.parse('2026-03-02T15:00:00.000Z'),
    consistentThrough: null,
    versions: ['1.0.3'],
    asMultipart: null,
    asked: [],
    headers: {},
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return lrs
}

function about(response: ServerResponse, { versions }: Lrs): void {
  if (versions === null) response.writeHead(404).end()
  else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ version: versions }))
}

function page(response: ServerResponse, asked: URL, after: string | null, mark: string, lrs: Lrs): void {
  const since = asked.searchParams.get('since') ?? ''
  const limit = Number(asked.searchParams.get('limit') ?? 100)
  const rest = lrs.statements
    .filter(statement => (statement.stored as string) > since)
    .sort((a, b) => (place(a) < place(b) ? -1 : 1))
    .filter(statement => after === null || place(statement) > after)
  const statements = rest.slice(0, limit)
  asked.searchParams.set('after', mark + place(statements.at(-1) ?? {}))
  const more = rest.length > limit ? asked.pathname + asked.search : ''
  const json = JSON.stringify({ statements, more })
  const { contentType, body } = lrs.asMultipart?.(json) ?? {
    contentType: 'application/json',
    body: Buffer.from(json),
  }
  response.writeHead(200, {
    'content-type': contentType,
    'content-encoding': 'gzip',
    date: new Date(lrs.now_ms).toUTCString(),
    ...(lrs.consistentThrough !== null && { 'x-experience-api-consistent-through': lrs.consistentThrough }),
  })
  response.end(gzipSync(body))
}

const place = ({ stored, id }: Json): string => `${stored as string} ${id as string}`

function misbehave(response: ServerResponse, trouble: Trouble): void {
  if (trouble === 'no answer') return
  if (trouble === 'broken connection') return void response.socket?.destroy()
  if (trouble === 'half an answer') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 })
    response.write('{"statements": [')
    return void setImmediate(() => response.socket?.destroy())
  }
  response.writeHead(trouble.status, trouble.headers).end(trouble.body)
}
