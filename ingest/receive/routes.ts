import type { ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import type { Registry } from 'prom-client'
import type { Account } from '../../infra/accounts.ts'
import type { Config } from '../../infra/config.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { IntakeDeps } from '../intake.ts'
import { watchMethods } from '../lrs/methods.ts'
import { lrsRoutes } from '../lrs/routes.ts'
import type { Resources } from '../lrs/store.ts'
import { Admission, drain, sourceOf, type Credentials, type DoorName } from './admission.ts'
import { answerError } from './answers.ts'
import { readBody } from './body.ts'
import { caliperRoutes } from './caliper.ts'
import { canvasRoutes } from './canvas.ts'
import { CSV, interactionRoutes, NDJSON } from './interactions.ts'
import { openReceiver } from './receiver.ts'

export type IngestDeps = IntakeDeps & {
  config: Pick<Config, 'kafka' | 'canvasKeys' | 'data'>
  accounts: Credentials
  /** Where what was stored is read back from. */
  warehouse: Warehouse
  /** Documents and attachments; closed by who opened them. */
  resources: Resources
  /** Where the counters of what came in are registered. */
  registry?: Registry
  logger?: FastifyBaseLogger
  /** Threads that prepare large requests; default: none. */
  threads?: number
  /** Only in tests: another bound of bytes in flight, and of silence in the middle of a body. */
  inFlightLimit?: number
  silence_ms?: number
}

export type { Receiver } from './receiver.ts'

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

/** Where there is nothing but the doors. */
const EVENTS = ['/caliper', '/caliper/*', '/interactions/*', '/canvas', '/canvas/*']

/**
 * The doors for learning events: everything under `/xapi`, `/caliper/events`, `/interactions`, `/canvas/events`. Everything
 * here stays in a scope of its own: parsers, hooks and the error handler do not reach the rest of the application.
 *
 * A 2xx means that the event log holds every accepted record durably.
 */
export async function ingestRoutes(app: FastifyInstance, deps: IngestDeps): Promise<void> {
  const { receiver, close } = openReceiver(deps)
  const admission = new Admission(deps.log, deps.inFlightLimit, deps.silence_ms)
  const gate = {
    admit: (request: FastifyRequest) => admit(request, deps.accounts),
    read: (request: FastifyRequest) => readBody(request.raw, admission, request.taken),
  }
  app.addHook('onClose', close)
  await app.register(async scope => {
    scope.removeAllContentTypeParsers()
    scope.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply, deps.logger))
    scope.decorateRequest('source')
    scope.decorateRequest('taken')
    scope.addHook('onRequest', async (request, reply) => {
      request.taken = releasedWith(reply.raw, admission)
    })
    scope.addContentTypeParser('application/json', gate.read)
    await lrsRoutes(scope, receiver, gate)
    await scope.register(async events => {
      const refuseOthers = watchMethods(events, { under: EVENTS, isCrossOrigin: false })
      events.addHook('onRequest', gate.admit)
      caliperRoutes(events, receiver)
      await events.register(async logs => {
        logs.addContentTypeParser([...NDJSON, CSV], gate.read)
        interactionRoutes(logs, receiver)
      })
      await events.register(async canvas => {
        canvas.addContentTypeParser('*', gate.read)
        canvasRoutes(canvas, receiver, deps.config)
      })
      refuseOthers()
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
