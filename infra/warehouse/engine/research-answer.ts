import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { CONTENT_TYPES, header, HTTP_ONLY } from './http.ts'
import { receive, type Received } from './receive.ts'
import { LIMITS } from './research-limits.ts'
import type { Question, ResearchDoor, ResultFile } from './researcher.ts'
import type { Researcher } from './researchers-file.ts'

/** A researcher's request, from its statement to the last byte of the result, which is sent from a file. */
export async function answerResearcher(
  { spool, research }: { spool: string; research: ResearchDoor },
  researcher: Researcher,
  request: IncomingMessage,
  response: ServerResponse,
  ask: URLSearchParams,
  signal: AbortSignal,
): Promise<void> {
  try {
    const started = process.hrtime.bigint()
    const received = await receive(request, ask.get('query'), spool, null, LIMITS)
    const question = questionOf(researcher, request, ask, received)
    const result = await research(researcher, question, signal)
    await send(request, response, question.compression, result, started)
  } catch (error) {
    // What has not been read of a refused body is not waited for.
    if (!request.complete) response.setHeader('Connection', 'close').once('finish', () => request.destroy())
    throw error
  }
}

function questionOf(
  researcher: Researcher,
  request: IncomingMessage,
  ask: URLSearchParams,
  received: Received,
): Question {
  const pairs = [...ask]
  const database = ask.get('database') ?? header(request, 'x-clickhouse-database')
  return {
    sql: received.sql,
    format: ask.get('default_format') ?? header(request, 'x-clickhouse-format') ?? 'TabSeparated',
    // Clients that were told nothing say `default`, in which nobody has tables.
    database: database === null || database === '' || database === 'default' ? researcher.databases[0]! : database,
    settings: pairs.filter(([name]) => !HTTP_ONLY.has(name) && !name.startsWith('param_')),
    params: [...pairs, ...received.params].filter(([name]) => name.startsWith('param_')),
    compression: ask.get('enable_http_compression') === '1' ? accepted(request) : 'none',
  }
}

/** The first that the client takes, by what costs the engine least. */
function accepted(request: IncomingMessage): Question['compression'] {
  const parts = (header(request, 'accept-encoding') ?? '').split(',').map(part => part.split(';')[0]!.trim())
  return (['lz4', 'zstd', 'gzip', 'br'] as const).find(coding => parts.includes(coding)) ?? 'none'
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  compression: Question['compression'],
  { path, format, bytes, rowsRead, bytesRead }: ResultFile,
  started: bigint,
): Promise<void> {
  try {
    const summary = { read_rows: rowsRead, read_bytes: bytesRead, elapsed_ns: process.hrtime.bigint() - started }
    const told = Object.fromEntries(Object.entries(summary).map(([name, value]) => [name, String(value)]))
    response.setHeader('X-ClickHouse-Summary', JSON.stringify(told))
    response.setHeader('X-ClickHouse-Format', format)
    response.setHeader('Content-Type', CONTENT_TYPES[format] ?? 'text/plain; charset=UTF-8')
    response.setHeader('Content-Length', bytes)
    if (compression !== 'none' && bytes > 0) response.setHeader('Content-Encoding', compression)
    if (request.method === 'HEAD') response.end()
    else await pipeline(createReadStream(path), response)
  } finally {
    await rm(path, { force: true })
  }
}
