import type { FastifyInstance } from 'fastify'

/** Every version that a request may name. */
const VERSIONS = ['1.0.0', '1.0.1', '1.0.2', '1.0.3', '2.0.0']

/** GET and HEAD /xapi/about: what is spoken, to anybody (xAPI 1.0.3, Communication 2.8). */
export function aboutRoutes(app: FastifyInstance): void {
  app.get('/xapi/about', (_request, reply) => reply.send({ version: VERSIONS }))
}
