import type { ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import type { Registry } from 'prom-client'
import type { Account } from '../../infra/accounts.ts'
import { Intake, type IntakeDeps } from '../intake.ts'
import { speakVersions } from '../lrs/version.ts'
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
    // First, so that every answer says the version, a refusal too.
    speakVersions(scope)
    scope.addHook('onRequest', async (request, reply) => {
      request.taken = releasedWith(reply.raw, admission)
      await admit(request, deps.accounts)
    })
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

/** What a request takes is given back when it is answered, and also when its sender goes away before. */
function releasedWith(response: ServerResponse, admission: Admission): { bytes: number } {
  const taken = { bytes: 0 }
  const release = (): void => {
    admission.give(taken.bytes)
    taken.bytes = 0
  }
  response.once('finish', release).once('close', release)
  return taken
}

async function admit(request: FastifyRequest, credentials: Credentials): Promise<void> {
  const { door } = request.routeOptions.config
  if (door === undefined) return
  try {
    request.source = sourceOf(request, credentials, door)
  } catch (error) {
    await drain(request.raw)
    throw error
  }
}
