import { setTimeout as wait } from 'node:timers/promises'
import { HomeroomError } from '../../infra/errors.ts'
import type { Source } from './source.ts'

/** An answer of the source, whole and unpacked. */
export type Answer = { status: number; headers: Headers; body: Buffer }

/** What waiting depends on; fixed in tests. */
export type Timing = {
  /** Milliseconds since 1970. */
  now: () => number
  /** Rejects when the signal is aborted. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  /** In [0, 1). */
  random: () => number
}

export const realTiming: Timing = {
  now: Date.now,
  sleep: (ms, signal) => wait(ms, undefined, { signal }),
  random: Math.random,
}

export type ClientOptions = {
  timing?: Timing
  signal?: AbortSignal
  /** Told before each pause. */
  onPause?: (pause: { why: string; ms: number; tries: number }) => void
}

/** What is asked, and how the source is told who asks. */
type Request = { url: URL; headers: Record<string, string>; form?: URLSearchParams }

/** The source, asked one request at a time. */
export type Client = {
  /** @throws HomeroomError SOURCE_UNAVAILABLE after many tries; the signal's reason if aborted */
  get: (url: URL, headers: Record<string, string>) => Promise<Answer>
  /** Send a form, with the headers given and no others of the source's; fails as `get`. */
  post: (url: URL, headers: Record<string, string>, form: URLSearchParams) => Promise<Answer>
  counts: { requests: number; retries: number }
}

export const USER_AGENT = 'Homeroom (homeroom pull)'
const TRIES = 8
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 60_000
/** A source that asks for a longer pause is told of, and asked again by the next pull. */
const LONGEST_RETRY_AFTER_MS = 3_600_000
/** An answer, unpacked: more than any page that fits the memory of a small machine. */
export const ANSWER_LIMIT = 128 * 1024 * 1024
const PASSING = new Set([408, 425, 429])

/**
 * A careful client: broken connections, time-outs, 408, 425, 429 and 5xx are asked again, after as long as Retry-After says
 * (seconds or a date), else after a pause that doubles from one second to a minute, with jitter.
 */
export function pullClient(
  source: Pick<Source, 'name' | 'url' | 'authorization' | 'timeLimit_ms'>,
  options: ClientOptions,
): Client {
  const { timing = realTiming, signal, onPause } = options
  const counts = { requests: 0, retries: 0 }
  const ask = async (request: Request): Promise<Answer> => {
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted()
      counts.requests++
      const outcome = await once(source, request, signal).catch((error: unknown) => error as Error)
      signal?.throwIfAborted()
      if (outcome instanceof HomeroomError) throw outcome
      if (!(outcome instanceof Error) && outcome.status < 500 && !PASSING.has(outcome.status)) return outcome
      const why = outcome instanceof Error ? reasonOf(outcome, source.timeLimit_ms) : `status ${outcome.status}`
      const asked_ms = outcome instanceof Error ? null : retryAfter_ms(outcome.headers, timing.now())
      const ms = asked_ms ?? growingPause_ms(tries, timing.random())
      if (tries === TRIES || ms > LONGEST_RETRY_AFTER_MS) throw unavailable(source, tries, why, asked_ms, outcome)
      counts.retries++
      onPause?.({ why, ms, tries })
      await timing.sleep(ms, signal)
    }
  }
  return {
    get: (url, headers) => ask({ url, headers }),
    post: (url, headers, form) => ask({ url, headers, form }),
    counts,
  }
}

/** Retry-After in milliseconds from now, at least 0; null where there is none that can be read. */
export function retryAfter_ms(headers: Headers, now_ms: number): number | null {
  const text = headers.get('retry-after')?.trim()
  if (!text) return null
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now_ms
  return Number.isNaN(ms) ? null : Math.max(ms, 0)
}

/** Between half and all of a pause that doubles. */
export function growingPause_ms(tries: number, random: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS) * (0.5 + random / 2)
}

async function once(
  { name, authorization, timeLimit_ms }: Pick<Source, 'name' | 'authorization' | 'timeLimit_ms'>,
  { url, headers, form }: Request,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const timeLimit = AbortSignal.timeout(timeLimit_ms)
  const response = await fetch(url, {
    ...(form && { method: 'POST', body: form }),
    headers: {
      ...headers,
      ...(authorization !== null && form === undefined && { authorization }),
      'user-agent': USER_AGENT,
      'accept-encoding': 'gzip',
    },
    // Followed by hand or not at all: credentials go to the address in the file and nowhere else.
    redirect: 'manual',
    signal: signal ? AbortSignal.any([signal, timeLimit]) : timeLimit,
  })
  return { status: response.status, headers: response.headers, body: await bodyOf(response, name) }
}

async function bodyOf(response: Response, name: string): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > ANSWER_LIMIT) {
      throw new HomeroomError(
        'SOURCE_INVALID',
        `source ${name}: one answer is larger than ${ANSWER_LIMIT} bytes. Nothing of it was stored; set a smaller pageSize, or "attachments": false, in the sources file`,
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes)
}

function reasonOf(error: Error, timeLimit_ms: number): string {
  if (error.name === 'TimeoutError') return `no whole answer within ${timeLimit_ms / 1000} s`
  const { cause } = error
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : error.message
}

function unavailable(
  { name, url }: Pick<Source, 'name' | 'url'>,
  tries: number,
  why: string,
  asked_ms: number | null,
  outcome: Error | Answer,
): HomeroomError {
  const until = asked_ms === null ? '' : `; it asks to be left alone for ${Math.ceil(asked_ms / 60_000)} minutes`
  return new HomeroomError(
    'SOURCE_UNAVAILABLE',
    `source ${name} at ${url} was asked ${tries} times and last gave ${why}${until}. What was pulled before is stored`,
    outcome instanceof Error ? { cause: outcome } : {},
  )
}
