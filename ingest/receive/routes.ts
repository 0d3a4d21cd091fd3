import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import type { Registry } from 'prom-client'
import type { Account } from '../../infra/accounts.ts'
import { Intake, type IntakeDeps } from '../intake.ts'
import { Admission, drain, sourceOf, type Credentials, type DoorName } from './admission.ts'
import { answerError } from './answers.ts'
import { readBody } from './body.ts'
import { caliperRoutes } from './caliper.ts'
import { CSV, interactionRoutes, NDJSON } from './interactions.ts'
import { countersIn, type Counted } from './metrics.ts'
import { Pipe } from './pipe.ts'
import { xapiRoutes } from './xapi.ts'

export type IngestDeps = IntakeDeps & {
  accounts: Credentials
  /** Where the counters of what came in are registered. */
  registry?: Registry
  logger?: FastifyBaseLogger
  /** Only in tests: another bound of bytes in flight. */
  inFlightLimit?: number
}

/** What the doors share. */
export type Receiver = { intake: Intake; pipe: Pipe; counted: Counted }

declare module 'fastify' {
  interface FastifyRequest {
    /** The account that delivers; set before the body is read. */
    source: Account
    /** Bytes of `Admission` that this request holds. */
    taken: { bytes: number }
  }
  interface FastifyContextConfig {
    door?: DoorName
  }
}

/**
 * The doors for learning events: `/xapi/statements`, `/xapi/about`, `/caliper/events`, `/interactions`. Everything here
 * stays in a scope of its own: parsers, hooks and the error handler do not reach the rest of the application.
 *
 * A 2xx means that the event log holds every accepted record durably.
 */
export async function ingestRoutes(app: FastifyInstance, deps: IngestDeps): Promise<void> {
  const receiver: Receiver = {
    intake: new Intake(deps),
    pipe: new Pipe(),
    counted: countersIn(deps.registry),
  }
  const admission = new Admission(deps.log, deps.inFlightLimit)
  await app.register(async scope => {
    scope.removeAllContentTypeParsers()
    scope.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply, deps.logger))
    scope.decorateRequest('source')
    scope.decorateRequest('taken')
    scope.addHook('onRequest', request => admit(request, deps.accounts))
    scope.addHook('onResponse', async request => admission.give(request.taken?.bytes ?? 0))
    const parse = (request: FastifyRequest, payload: FastifyRequest['raw']): Promise<Buffer> =>
      readBody(payload, admission, request.taken)
    scope.addContentTypeParser('application/json', parse)
    xapiRoutes(scope, receiver)
    caliperRoutes(scope, receiver)
    await scope.register(async logs => {
      logs.addContentTypeParser([...NDJSON, CSV], parse)
      interactionRoutes(logs, receiver)
    })
  })
}

async function admit(request: FastifyRequest, credentials: Credentials): Promise<void> {
  request.taken = { bytes: 0 }
  const { door } = request.routeOptions.config
  if (door === undefined) return
  try {
    request.source = sourceOf(request, credentials, door)
  } catch (error) {
    await drain(request.raw)
    throw error
  }
}
