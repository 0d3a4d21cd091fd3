import type { FastifyInstance, FastifyRequest } from 'fastify'
import { fromHeader } from './trace-context.ts'
import type { Spanned, Tracing } from './tracing.ts'

/** Asked by machines every few seconds, and about nothing that anybody did. */
const SILENT = new Set(['/healthz', '/readyz', '/metrics'])

/**
 * A span for each request, which everything that the request leads to belongs to. It says the route's pattern, never the address: that
 * may name a student.
 */
export function traceRequests(app: FastifyInstance, tracing: Tracing): void {
  const spans = new WeakMap<FastifyRequest, Spanned>()
  app.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    if (SILENT.has(route)) return done()
    const span = tracing.begin(`${request.method} ${route}`, 'server', fromHeader(request.headers.traceparent), {
      'http.request.method': request.method,
      'http.route': route,
    })
    spans.set(request, span)
    return span.context === null ? done() : tracing.within(span.context, done)
  })
  app.addHook('onResponse', async (request, { statusCode }) => {
    spans.get(request)?.end({ 'http.response.status_code': statusCode }, statusCode >= 500)
  })
}
