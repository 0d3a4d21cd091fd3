import type { FastifyInstance, FastifyRequest } from 'fastify'
import { HomeroomError } from '../../infra/errors.ts'
import type { XapiVersion } from '../../schemas/xapi.ts'
import { drain } from '../receive/admission.ts'

const HEADER = 'x-experience-api-version'
const LATEST: XapiVersion = '2.0.0'

declare module 'fastify' {
  interface FastifyRequest {
    /** What a request to /xapi speaks. */
    xapiVersion: XapiVersion
  }
}

/**
 * Reads which version a request speaks and says it in every answer. Only what anybody may ask (`about`) needs none.
 *
 * A refusal for want of a version is answered in the one that its source spoke last, the latest to a source that has not
 * spoken: the standards ask for "the latest patch version", and each version's conformance suite means its own.
 * @param admit who sends; it runs between the two, so that a 401 says a version too
 */
export function speakVersions(scope: FastifyInstance, admit: (request: FastifyRequest) => Promise<void>): void {
  const spoken = new Map<string, XapiVersion>()
  scope.decorateRequest('xapiVersion', LATEST)
  scope.addHook('onRequest', async (request, reply) => {
    const said = request.headers[HEADER]
    const version = versionOf(said)
    void reply.header(HEADER, version ?? LATEST)
    if (version !== null) request.xapiVersion = version
    await admit(request)
    if (request.routeOptions.config.door === undefined) return
    if (version !== null) {
      spoken.set(request.source.id, version)
      return
    }
    void reply.header(HEADER, spoken.get(request.source.id) ?? LATEST)
    await drain(request.raw)
    const got = said === undefined ? 'missing' : 'another version'
    throw new HomeroomError(
      'VERSION_UNSUPPORTED',
      `the header X-Experience-API-Version is ${got}, expected 1.0.x or 2.0.x; nothing was stored`,
    )
  })
}

/** `1.0`, `1.0.x`, `2.0`, `2.0.x`; null for everything else. */
export function versionOf(said: string | string[] | undefined): XapiVersion | null {
  if (typeof said !== 'string') return null
  if (/^1\.0(?:\.\d+)?$/.test(said)) return '1.0.3'
  return /^2\.0(?:\.\d+)?$/.test(said) ? '2.0.0' : null
}
