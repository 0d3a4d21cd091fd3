import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib'
import { exception, Exception, fromNative, httpStatus } from './exception.ts'
import { freeze } from './freeze.ts'
import { standstill, type Standstill } from './standstill.ts'
import type { NativeResult } from './native.ts'
import { receive, type Received } from './receive.ts'
import type { ResearchDoor } from './researcher.ts'
import { answerResearcher } from './research-answer.ts'
import { CONTENT_TYPES, header, HTTP_ONLY } from './http.ts'
import type { FindResearcher } from './researchers-file.ts'
import type { Statement } from './session.ts'
import { formatOf } from './statement-text.ts'
import type { Store } from './store.ts'
import { whoAsks } from './who-asks.ts'

/** The data directory's folder of the store, from the engine's working directory. */
export const STORE = 'store'

/** What the HTTP front works with: the application's one user is `default`; everybody else is a researcher, or nobody. */
export type Front = { store: Store; password: string; spool: string; find: FindResearcher; research: ResearchDoor }

/** ClickHouse's HTTP interface. Loopback only; the caller listens. */
export function createEngineServer(front: Front): Server {
  // Statements stand in the address too: ClickHouse's http_max_uri_size is 1 MiB, and headers come on top.
  const options = { maxHeaderSize: 1_200_000, keepAliveTimeout: 30_000, requestTimeout: 0 }
  const still = standstill()
  return createServer(options, (request, response) => {
    answer(front, still, request, response).catch((error: unknown) => {
      // A broken connection says "perhaps not done, ask again", which is the truth about an engine that is stopping.
      if (front.store.closing) response.destroy()
      else sendError(response, error)
    })
  })
}

async function answer(
  front: Front,
  still: Standstill,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://engine')
  const ask = url.searchParams
  const health = url.pathname === '/ping' || url.pathname === '/replicas_status'
  const bare = url.pathname === '/' && request.method !== 'POST' && !ask.has('query')
  if (health || bare) return void response.setHeader('Content-Type', 'text/plain; charset=UTF-8').end('Ok.\n')
  response.setHeader('X-ClickHouse-Server-Display-Name', 'homeroom-engine')
  response.setHeader('X-ClickHouse-Query-Id', ask.get('query_id') ?? randomUUID())
  response.setHeader('X-ClickHouse-Timezone', 'UTC')
  const { store, spool } = front
  const { signal } = cancelledWith(response)
  const researcher = await whoAsks(request, ask, front)
  if (researcher) {
    refuseUnsupported(url, request)
    return answerResearcher(front, researcher, request, response, ask, signal)
  }
  if (url.pathname === '/freeze' && request.method === 'POST') {
    await freeze(store, still, STORE, ask.get('name') ?? '')
    return void response.end('Ok.\n')
  }
  refuseUnsupported(url, request)
  const started = process.hrtime.bigint()
  const received = await receive(request, ask.get('query'), spool, path => unpack(store, path, signal))
  const leave = await still.enter(received.sql)
  try {
    const statement = statementOf(request, ask, received)
    const result = await store.run(statement, signal)
    response.setHeader('X-ClickHouse-Summary', summary(result, received.insert, started))
    const format = received.insert ? statement.format : (formatOf(received.sql) ?? statement.format)
    await send(request, response, ask, format, result.bytes)
  } finally {
    leave()
    await received.remove()
  }
}

/** Aborted when the client goes before it has its answer. */
function cancelledWith(response: ServerResponse): AbortController {
  const cancel = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) cancel.abort()
  })
  return cancel
}

function statementOf(request: IncomingMessage, ask: URLSearchParams, received: Received): Statement {
  const pairs = [...ask]
  return {
    sql: received.sql,
    format: ask.get('default_format') ?? header(request, 'x-clickhouse-format') ?? 'TabSeparated',
    database: ask.get('database') ?? header(request, 'x-clickhouse-database'),
    settings: pairs.filter(([name]) => !HTTP_ONLY.has(name) && !name.startsWith('param_')),
    params: [...pairs, ...received.params].filter(([name]) => name.startsWith('param_')),
    readonly: request.method !== 'POST',
  }
}

async function unpack(store: Store, path: string, signal: AbortSignal): Promise<Buffer> {
  const sql = `SELECT * FROM file('${path}', RawBLOB, 'bytes String', 'lz4')`
  const statement = { sql, format: 'RawBLOB', database: null, settings: [], params: [], readonly: false }
  return (await store.run(statement, signal)).bytes
}

function refuseUnsupported(url: URL, request: IncomingMessage): void {
  if (url.pathname !== '/') throw exception(48, 'NOT_IMPLEMENTED', `There is no handler for ${url.pathname}`)
  if (!['GET', 'HEAD', 'POST'].includes(request.method ?? ''))
    throw exception(48, 'NOT_IMPLEMENTED', `Method ${request.method}`)
  for (const name of ['compress', 'decompress', 'role']) {
    const value = url.searchParams.get(name)
    if (value && value !== '0')
      throw exception(48, 'NOT_IMPLEMENTED', `${name}=${value}: the embedded engine does not know it`)
  }
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  ask: URLSearchParams,
  format: string,
  bytes: Buffer,
): Promise<void> {
  response.setHeader('X-ClickHouse-Format', format)
  response.setHeader('Content-Type', CONTENT_TYPES[format] ?? 'text/plain; charset=UTF-8')
  const coding = ask.get('enable_http_compression') === '1' && bytes.length > 0 ? acceptedCoding(request) : undefined
  if (coding) response.setHeader('Content-Encoding', coding)
  const body = coding ? await CODINGS[coding](bytes) : bytes
  response.setHeader('Content-Length', body.length)
  response.end(request.method === 'HEAD' ? undefined : body)
}

function sendError(response: ServerResponse, error: unknown): void {
  const { number, message } = error instanceof Exception ? error : fromNative(error)
  if (response.destroyed) return
  response.statusCode = httpStatus(number)
  response.setHeader('X-ClickHouse-Exception-Code', String(number))
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8')
  // A refused body is still read to its end: closing on a client that is sending would hide the answer from it.
  response.req.resume()
  response.end(`${message}\n`)
}

function summary({ rowsRead, bytesRead }: NativeResult, insert: boolean, started: bigint): string {
  const [read, written] = insert ? [0, rowsRead] : [rowsRead, 0]
  const numbers = {
    read_rows: read,
    read_bytes: insert ? 0 : bytesRead,
    written_rows: written,
    written_bytes: insert ? bytesRead : 0,
    total_rows_to_read: 0,
    result_rows: written,
    result_bytes: 0,
    elapsed_ns: process.hrtime.bigint() - started,
  }
  return JSON.stringify(Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, String(value)])))
}

/** Speed before size: the other end is on this machine. */
const CODINGS = {
  gzip: (bytes: Buffer) => promisify(gzip)(bytes, { level: 1 }),
  zstd: (bytes: Buffer) => promisify(zstdCompress)(bytes),
  br: (bytes: Buffer) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
}

function acceptedCoding(request: IncomingMessage): keyof typeof CODINGS | undefined {
  const accepted = new Set(
    header(request, 'accept-encoding')
      ?.split(',')
      .map(part => part.split(';')[0]!.trim()),
  )
  return (['gzip', 'zstd', 'br'] as const).find(coding => accepted.has(coding))
}
