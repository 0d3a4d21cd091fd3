import type { FastifyInstance, HTTPMethods } from 'fastify'
import { HomeroomError } from '../../infra/errors.ts'
import { drain } from '../receive/admission.ts'
import { preflight } from './cors.ts'

/**
 * What no route takes, answered in the shape of every other error: 405 with `Allow` for another method, 404 for another
 * address.
 * @param scope before its routes are added
 * @param options.under addresses, `/xapi/*`, of which there are no others than the routes'
 * @param options.isCrossOrigin OPTIONS tells the methods, to browsers too
 * @returns to be called when all routes are added
 */
export function watchMethods(
  scope: FastifyInstance,
  { under, isCrossOrigin }: { under: readonly string[]; isCrossOrigin: boolean },
): () => void {
  const known = new Map<string, Set<string>>()
  scope.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set()
    for (const each of [method].flat()) methods.add(each)
    known.set(url, methods)
  })
  return () => {
    // Those that are added here must not be seen as known.
    for (const [url, methods] of [...known].map(([url, methods]) => [url, [...methods].sort()] as const)) {
      const taken = isCrossOrigin ? [...methods, 'OPTIONS'] : methods
      const allow = taken.join(', ')
      const config = { refuses: true }
      if (isCrossOrigin) scope.options(url, { config }, (_request, reply) => preflight(reply, allow))
      const others = scope.supportedMethods.filter(method => !taken.includes(method))
      refuse(scope, others, url, `${url} takes ${allow}`, 'METHOD_NOT_ALLOWED', allow)
    }
    for (const url of under) refuse(scope, scope.supportedMethods, url, 'there is no such address', 'NOT_FOUND')
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
  scope.route({
    method: method as HTTPMethods[],
    url,
    config: { refuses: true },
    exposeHeadRoute: false,
    // Before the body is looked at: its content type is not what is wrong.
    onRequest: async (request, reply) => {
      await drain(request.raw)
      if (allow !== undefined) void reply.header('allow', allow)
      throw new HomeroomError(code, `${request.method}: ${why}; nothing was read`)
    },
    handler: (_request, reply) => reply,
  })
}
