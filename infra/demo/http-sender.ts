import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { HomeroomError } from '../errors.ts'

export type Answer = { status: number; text: string }
export type Post = (path: string, headers: Record<string, string>, body: string) => Promise<Answer>

type RawAnswer = Answer & { headers: IncomingHttpHeaders }

/** How long one request is tried again before the sender gives up, unless told otherwise. */
const PATIENCE_MS = 120_000
const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 5000
/** A receiver that asks for a longer pause than this is asked again after it. */
const LONGEST_RETRY_AFTER_MS = 30_000
/** Of an answer that explains nothing, this much is quoted. */
const QUOTED = 300

export type HttpSenderOptions = {
  url: string
  connections: number
  patienceMs?: number
  /** Told of every request that has to be sent again. */
  onRetry?: (why: string) => void
  signal?: AbortSignal
}

/**
 * POST over connections that stay open, as a careful sender does it: 429 and 503 are sent again after as long as
 * Retry-After says, broken connections and other 5xx after a growing pause. The same body may therefore arrive twice.
 *
 * @returns `post`, which resolves with every other answer, and `close`
 * @throws (post) HomeroomError LOG_UNAVAILABLE if no answer came within the patience; the signal's reason if aborted
 */
export function httpSender(options: HttpSenderOptions): { post: Post; close: () => void } {
  const secure = options.url.startsWith('https:')
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: options.connections })
  const send = (path: string, headers: Record<string, string>, body: Buffer): Promise<RawAnswer> =>
    new Promise((resolve, reject) => {
      const request = (secure ? httpsRequest : httpRequest)(new URL(path, options.url), {
        method: 'POST',
        agent,
        headers: { ...headers, 'content-length': body.length },
        signal: options.signal,
      })
      request.on('error', reject)
      request.on('response', response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
        })
      })
      request.end(body)
    })
  return {
    post: (path, headers, body) => untilAnswered(() => send(path, headers, Buffer.from(body, 'utf8')), path, options),
    close: () => agent.destroy(),
  }
}

async function untilAnswered(
  send: () => Promise<RawAnswer>,
  path: string,
  options: HttpSenderOptions,
): Promise<Answer> {
  const { signal, onRetry, patienceMs = PATIENCE_MS } = options
  const until = performance.now() + patienceMs
  for (let tries = 0; ; tries++) {
    const outcome = await send().catch((error: unknown) => error as Error)
    signal?.throwIfAborted()
    if (!(outcome instanceof Error) && outcome.status < 500 && outcome.status !== 429) return outcome
    const why = outcome instanceof Error ? outcome.message : `${outcome.status} ${outcome.text.slice(0, QUOTED)}`
    const pauseMs = (!(outcome instanceof Error) && retryAfterMs(outcome)) || growingPause(tries)
    if (performance.now() + pauseMs > until) {
      throw new HomeroomError(
        'LOG_UNAVAILABLE',
        `POST ${path} at ${options.url} was tried ${tries + 1} times in ${Math.round(patienceMs / 1000)} s and last got: ${why}. This batch and what follows it are not sent`,
        outcome instanceof Error ? { cause: outcome } : {},
      )
    }
    onRetry?.(why)
    await wait(pauseMs, undefined, { signal })
  }
}

/** Retry-After in milliseconds, seconds or a date; 0 where there is none that can be read. */
function retryAfterMs({ status, headers }: RawAnswer): number {
  const text = headers['retry-after']
  if ((status !== 429 && status !== 503) || text === undefined) return 0
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 1), LONGEST_RETRY_AFTER_MS)
}

function growingPause(tries: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS)
}
