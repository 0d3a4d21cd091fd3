import type { FastifyInstance, HTTPMethods } from 'fastify'
import { HomeroomError } from '../../infra/errors.ts'
import { drain } from '../receive/admission.ts'
import { preflight } from './cors.ts'

/**
 * What no route takes, answered in the shape of every other error: 405 with `Allow` for another method, 404 for another
 * address. OPTIONS tells the methods.
 * @param scope before its routes are added
 * @returns to be called when all of them are
 */
export function watchMethods(scope: FastifyInstance): () => void {
  const known = new Map<string, Set<string>>()
  scope.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set()
    for (const each of [method].flat()) methods.add(each)
    known.set(url, methods)
  })
  return () => {
    // Those that are added here must not be seen as known.
    for (const [url, methods] of [...known].map(([url, methods]) => [url, [...methods].sort()] as const)) {
      const allow = [...methods, 'OPTIONS'].join(', ')
      const config = { refuses: true }
      scope.options(url, { config }, (_request, reply) => preflight(reply, allow))
      const others = scope.supportedMethods.filter(method => method !== 'OPTIONS' && !methods.includes(method))
      refuse(scope, others, url, `takes ${allow}`, 'METHOD_NOT_ALLOWED', allow)
    }
    refuse(scope, scope.supportedMethods, '/xapi/*', 'is no address of xAPI', 'NOT_FOUND')
  }
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Not something that can be asked for: it says what cannot. */
    refuses?: boolean
  }
}

function refuse(
  scope: FastifyInstance,
  method: string[],
  url: string,
  why: string,
  code: 'METHOD_NOT_ALLOWED' | 'NOT_FOUND',
  allow?: string,
): void {
  const shown = url === '/xapi/*' ? 'this' : url
  scope.route({
    method: method as HTTPMethods[],
    url,
    config: { refuses: true },
    exposeHeadRoute: false,
    // Before the body is looked at: its content type is not what is wrong.
    onRequest: async (request, reply) => {
      await drain(request.raw)
      if (allow !== undefined) void reply.header('allow', allow)
      throw new HomeroomError(code, `${request.method}: ${shown} ${why}; nothing was read`)
    },
    handler: (_request, reply) => reply,
  })
}
