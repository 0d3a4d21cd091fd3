import type { FastifyBaseLogger, FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { HomeroomError, type ErrorCode } from '../../infra/errors.ts'
import type { Fault } from '../faults.ts'
import { RETRY_AFTER_S, pathOf } from './admission.ts'

/** What a sender reads when a request is refused. */
export type Refusal = { code: ErrorCode; message: string; errors?: Fault[] }

/** Faults are told one by one up to here: who makes more makes the same ones again. */
export const MAX_TOLD = 1000

export function refusal(error: HomeroomError, faults?: readonly Fault[]): Refusal {
  return { code: error.code, message: error.sentence(), ...(faults && { errors: faults.slice(0, MAX_TOLD) }) }
}

/** Turns every error of this scope into an answer: its code, its sentence, its status. */
export function answerError(
  error: FastifyError | HomeroomError,
  request: FastifyRequest,
  reply: FastifyReply,
  logger?: FastifyBaseLogger,
): FastifyReply {
  const known = error instanceof HomeroomError ? error : fromFastify(error, request)
  if (known.http === 503 || known.http === 429) void reply.header('retry-after', String(RETRY_AFTER_S))
  if (known.http === 401) void reply.header('www-authenticate', 'Basic realm="Homeroom", charset="UTF-8", Bearer')
  if (known.http >= 500) logger?.error({ err: known }, known.sentence())
  return reply
    .code(known.http)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(refusal(known)))
}

function fromFastify(error: FastifyError, request: FastifyRequest): HomeroomError {
  const what = `${request.method} ${pathOf(request)}`
  const options = { cause: error }
  if (error.statusCode === 415) {
    return new HomeroomError(
      'MEDIA_TYPE_UNSUPPORTED',
      `${what} does not take this content type; nothing was stored`,
      options,
    )
  }
  if (error.statusCode === 413)
    return new HomeroomError('BODY_TOO_LARGE', `${what}: the body is too large; nothing was stored`, options)
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new HomeroomError('BODY_INVALID', `${what} is not a request that can be read; nothing was stored`, options)
  }
  return new HomeroomError('INTERNAL', `${what} failed; nothing was acknowledged, so send it again`, options)
}
