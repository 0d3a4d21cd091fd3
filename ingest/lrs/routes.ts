import compress from '@fastify/compress'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { HomeroomError } from '../../infra/errors.ts'
import { drain } from '../receive/admission.ts'
import type { Receiver } from '../receive/routes.ts'
import { xapiRoutes } from '../receive/xapi.ts'
import { aboutRoutes } from './about.ts'
import { activityRoutes } from './activities.ts'
import { agentRoutes } from './agents.ts'
import { alternateSyntax } from './alternate.ts'
import { crossOrigin } from './cors.ts'
import { documentRoutes } from './documents.ts'
import { watchMethods } from './methods.ts'
import { statementsReadRoutes } from './statements.ts'
import { speakVersions } from './version.ts'

/** How a request gets in: who sends it, and its body, counted among those in flight. */
export type Gate = {
  admit: (request: FastifyRequest) => Promise<void>
  read: (request: FastifyRequest) => Promise<Buffer>
}

/** Answers below this many bytes are not worth compressing. */
const COMPRESS_FROM = 1024

/**
 * Everything under `/xapi`, for both versions of the standard. What all its resources share is settled here: cross-origin
 * requests, alternate syntax, credentials, versions, compressed answers, methods and addresses that nothing takes.
 * @param app a scope whose requests have an admission (`receive/routes.ts`)
 */
export async function lrsRoutes(app: FastifyInstance, receiver: Receiver, { admit, read }: Gate): Promise<void> {
  await app.register(async scope => {
    const refuseOthers = watchMethods(scope, { under: ['/xapi', '/xapi/*'], isCrossOrigin: true })
    crossOrigin(scope)
    alternateSyntax(scope, read)
    scope.addHook('onRequest', async (request, reply) => {
      if (!request.routeOptions.url?.startsWith('/xapi/statements')) return
      // Whatever becomes of the request. An answer of statements says it again, as it is by then.
      const through = new Date(receiver.consistency.known()).toISOString()
      void reply.header('x-experience-api-consistent-through', through)
    })
    speakVersions(scope, admit)
    // Asked for as data only: the answer to a delivery is short, and its sender waits for the disk already.
    scope.addHook('onRoute', route => {
      if (route.method !== 'GET') route.compress = false
    })
    await scope.register(compress, { encodings: ['gzip'], threshold: COMPRESS_FROM, globalDecompression: false })
    aboutRoutes(scope)
    await scope.register(async statements => statementRoutes(statements, receiver, read))
    activityRoutes(scope, receiver)
    agentRoutes(scope, receiver)
    await scope.register(async documents => {
      documents.addContentTypeParser('*', read)
      documentRoutes(documents, receiver)
    })
    refuseOthers()
  })
}

function statementRoutes(scope: FastifyInstance, receiver: Receiver, read: Gate['read']): void {
  scope.addContentTypeParser('multipart/mixed', read)
  // The standard refuses by 400 what HTTP would by 415.
  scope.addContentTypeParser('*', async (request: FastifyRequest) => {
    await drain(request.raw)
    const got = request.headers['content-type']?.length ?? 0
    throw new HomeroomError(
      'BODY_INVALID',
      `the content type is one of ${got} characters, expected application/json or multipart/mixed; nothing was stored`,
    )
  })
  xapiRoutes(scope, receiver)
  statementsReadRoutes(scope, receiver)
}
