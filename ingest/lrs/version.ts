import type { FastifyInstance } from 'fastify'
import { HomeroomError } from '../../infra/errors.ts'
import type { XapiVersion } from '../../schemas/xapi.ts'
import { drain } from '../receive/admission.ts'

const HEADER = 'x-experience-api-version'

declare module 'fastify' {
  interface FastifyRequest {
    /** What a request to /xapi speaks. */
    xapiVersion: XapiVersion
  }
}

/** Reads which version a request to /xapi speaks, and says it in every answer. `about` is for those who do not know yet. */
export function speakVersions(scope: FastifyInstance): void {
  scope.decorateRequest('xapiVersion', '1.0.3')
  scope.addHook('onRequest', async (request, reply) => {
    const { url } = request.routeOptions
    if (url === undefined || !url.startsWith('/xapi/')) return
    const said = request.headers[HEADER]
    const version = versionOf(said)
    void reply.header(HEADER, version ?? '1.0.3')
    if (version !== null) request.xapiVersion = version
    else if (url !== '/xapi/about') {
      await drain(request.raw)
      const got = said === undefined ? 'missing' : 'another version'
      const message = `the header X-Experience-API-Version is ${got}, expected 1.0.x or 2.0.x; nothing was stored`
      throw new HomeroomError('VERSION_UNSUPPORTED', message)
    }
  })
}

function versionOf(said: string | string[] | undefined): XapiVersion | null {
  if (typeof said !== 'string') return null
  if (/^1\.0(?:\.\d+)?$/.test(said)) return '1.0.3'
  return /^2\.0(?:\.\d+)?$/.test(said) ? '2.0.0' : null
}
