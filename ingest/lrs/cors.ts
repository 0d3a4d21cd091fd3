import type { FastifyInstance, FastifyReply } from 'fastify'

const ANSWERED = [
  'ETag',
  'Last-Modified',
  'Retry-After',
  'X-Experience-API-Version',
  'X-Experience-API-Consistent-Through',
]
const SENT = ['Authorization', 'Content-Type', 'If-Match', 'If-None-Match', 'X-Experience-API-Version']
const A_DAY_S = '86400'

/**
 * Content on any site may speak to the store: who it is stands in `Authorization`, and there are no cookies that a browser
 * could add by itself. Not @fastify/cors, which answers OPTIONS for the whole application, pages included.
 */
export function crossOrigin(scope: FastifyInstance): void {
  scope.addHook('onRequest', async (_request, reply) => {
    void reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', ANSWERED.join(', '))
  })
}

/** Answers OPTIONS, a browser's question before a request too. @param methods that the address takes */
export function preflight(reply: FastifyReply, methods: string): FastifyReply {
  return reply
    .code(204)
    .header('allow', methods)
    .header('access-control-allow-methods', methods)
    .header('access-control-allow-headers', SENT.join(', '))
    .header('access-control-max-age', A_DAY_S)
    .send()
}
