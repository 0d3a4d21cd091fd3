import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { HomeroomError } from '../../infra/errors.ts'
import type { EventLog } from '../../infra/log/event-log.ts'
import type { Account } from '../../infra/accounts.ts'

/** One body, as sent and as inflated. */
export const BODY_LIMIT = 8 * 1024 * 1024
/** Statements, events or rows of one body: what can be real at its size. */
export const MAX_ITEMS = 10_000
/** All bodies that are being read or wait for their turn. */
export const IN_FLIGHT_LIMIT = 96 * 1024 * 1024
/** What the log may have taken and not yet written. */
export const BACKLOG_LIMIT = 64 * 1024 * 1024
export const RETRY_AFTER_S = 2
/** A sender that says nothing for so long in the middle of a body has gone. */
const SILENCE_MS = 10_000

export type Credentials = { authenticate(authorization: string | undefined): Account | null }
export type DoorName = 'xapi' | 'caliper' | 'interactions' | 'canvas'

/** Bytes that are in flight, and who may come in. */
export class Admission {
  readonly #log: Pick<EventLog, 'pendingBytes'>
  readonly #inFlightLimit: number
  #inFlight = 0

  readonly silence_ms: number

  constructor(log: Pick<EventLog, 'pendingBytes'>, inFlightLimit = IN_FLIGHT_LIMIT, silence_ms = SILENCE_MS) {
    this.#log = log
    this.#inFlightLimit = inFlightLimit
    this.silence_ms = silence_ms
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** @throws HomeroomError LOG_BEHIND if that many more bytes do not fit, or the log is behind */
  take(bytes: number): void {
    const backlog = this.#log.pendingBytes()
    if (backlog > BACKLOG_LIMIT) {
      throw new HomeroomError(
        'LOG_BEHIND',
        `the event log has ${backlog} bytes still to write, at most ${BACKLOG_LIMIT} may wait; nothing was taken`,
      )
    }
    if (this.#inFlight + bytes > this.#inFlightLimit) {
      throw new HomeroomError(
        'LOG_BEHIND',
        `requests of ${this.#inFlight} bytes are being handled and ${bytes} more do not fit in ${this.#inFlightLimit}; nothing was taken`,
      )
    }
    this.#inFlight += bytes
  }

  give(bytes: number): void {
    this.#inFlight -= bytes
  }
}

/**
 * The source account behind a request.
 * @throws HomeroomError CREDENTIALS_MISSING, CREDENTIALS_INVALID, SCOPE_DENIED
 */
export function sourceOf(request: FastifyRequest, credentials: Credentials, door: DoorName): Account {
  const authorization = request.headers.authorization ?? keyIn(request, door)
  if (authorization === undefined) {
    throw new HomeroomError(
      'CREDENTIALS_MISSING',
      `${request.method} ${pathOf(request)} came without an Authorization header; nothing was read`,
    )
  }
  const account = credentials.authenticate(authorization)
  if (account === null || account.kind !== 'source') {
    throw new HomeroomError(
      'CREDENTIALS_INVALID',
      `${request.method} ${pathOf(request)} came with credentials of no known source; nothing was read`,
    )
  }
  const doors = account.role.split(',').map(name => name.trim())
  const isReading = request.method === 'GET' || request.method === 'HEAD'
  if (!doors.includes(door) && !(door === 'xapi' && isReading && doors.includes('xapi-read'))) {
    throw new HomeroomError(
      'SCOPE_DENIED',
      `source ${account.id} may use ${doors.join(', ') || 'no door'}, this is ${door}; nothing was read`,
    )
  }
  return account
}

// Canvas sends to an address and nothing else; no other door takes a secret in one, because addresses are logged.
function keyIn(request: FastifyRequest, door: DoorName): string | undefined {
  const { key } = request.query as { key?: unknown }
  return door === 'canvas' && typeof key === 'string' && key !== '' ? `Bearer ${key}` : undefined
}

/** Read the rest of a body that is refused and forget it: a sender that is still writing would see a broken pipe, not the answer. */
export async function drain(message: IncomingMessage): Promise<void> {
  if (message.complete || message.readableEnded || message.destroyed) return
  let left = 2 * BODY_LIMIT
  message.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) message.destroy()
  })
  await new Promise<void>(resolve => {
    message.once('end', resolve)
    message.once('close', resolve)
    message.resume()
  })
}

export const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0]!
