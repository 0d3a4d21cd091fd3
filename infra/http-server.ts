import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { HomeroomError, type ErrorCode } from './errors.ts'

/** How long a sender may take. Milliseconds. */
export type HttpLimits = {
  /** From the first byte of a request to the last of its headers. */
  headers_ms: number
  /** From the first byte of a request to its last: 8 MB in a minute is a slow line, not a stalled one. */
  request_ms: number
  /** So often it is looked for those who take longer. */
  look_ms: number
}

const JSON_TYPE = 'application/json; charset=utf-8'
/** Areas load what they need while they start: on a machine that does much else, 10 s, the framework's limit, are too few. */
const START_MS = 120_000
const LIMITS: HttpLimits = { headers_ms: 15_000, request_ms: 60_000, look_ms: 5000 }

/**
 * The HTTP server that every process of ours is: nobody can hold a connection by sending slowly, and what is refused before
 * any route sees it, because it is no HTTP or no address, is refused in the words of all other errors.
 * @param proxies addresses and networks whose X-Forwarded-For says who asks; nobody else's is believed
 */
export function httpServer(limits: HttpLimits = LIMITS, proxies: readonly string[] = []): FastifyInstance {
  const app: FastifyInstance = Fastify({
    logger: false,
    pluginTimeout: START_MS,
    forceCloseConnections: 'idle',
    trustProxy: proxies.length > 0 && [...proxies],
    requestTimeout: limits.request_ms,
    // The parser's own refusals have no content: the hook and the listener below have one.
    http: {
      headersTimeout: limits.headers_ms,
      connectionsCheckingInterval: limits.look_ms,
      requireHostHeader: false,
    },
    clientErrorHandler: refuseBytes,
    frameworkErrors: refuseAddress,
  })
  app.server.on('checkExpectation', refuseExpectation)
  app.addHook('onRequest', async ({ headers, raw }, reply) => {
    if (headers.host !== undefined || raw.httpVersion !== '1.1') return
    const refused = new HomeroomError('BODY_INVALID', 'the request has no Host header; nothing was read')
    return reply.code(refused.http).header('connection', 'close').type(JSON_TYPE).send(textOf(refused))
  })
  return app
}

function refuseAddress(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const refused = new HomeroomError(
    'QUERY_INVALID',
    `${request.method}: the address is not one that can be read (${error.code}); nothing was read`,
    { cause: error },
  )
  void reply.code(refused.http).type(JSON_TYPE).send(textOf(refused))
}

function refuseExpectation(request: IncomingMessage, response: ServerResponse): void {
  const { length } = request.headers.expect ?? ''
  const refused = new HomeroomError(
    'EXPECTATION_UNSUPPORTED',
    `the header Expect has ${length} characters that are not 100-continue; nothing was read`,
  )
  const body = textOf(refused)
  const headers = { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(body), connection: 'close' }
  response.writeHead(refused.http, headers).end(body)
}

/** The parser gave up: there is no request that could be answered, so the answer goes to the bare connection, and ends it. */
function refuseBytes(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const refused = refusalOf(error)
  const body = textOf(refused)
  const head = [
    `HTTP/1.1 ${refused.http} ${STATUS_CODES[refused.http]}`,
    'Connection: close',
    `Content-Type: ${JSON_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  socket.destroySoon()
}

const textOf = (refused: HomeroomError): string => JSON.stringify({ code: refused.code, message: refused.sentence() })

function refusalOf(cause: Error & { code?: string }): HomeroomError {
  const [code, what] = REFUSALS[cause.code ?? ''] ?? ['BODY_INVALID', 'what came is no HTTP/1.1']
  return new HomeroomError(code, `${what}; the connection is closed and nothing was stored`, { cause })
}

const REFUSALS: Readonly<Record<string, [ErrorCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['REQUEST_TIMEOUT', 'the request was not there in time'],
  HPE_HEADER_OVERFLOW: ['HEADERS_TOO_LARGE', 'the headers are larger than 16 kB'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['BODY_TOO_LARGE', 'the extensions of a chunk are larger than 16 kB'],
}
