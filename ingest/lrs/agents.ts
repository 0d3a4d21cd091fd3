import type { FastifyInstance } from 'fastify'
import type { Agent, Group } from '../../schemas/xapi.ts'
import type { Receiver } from '../receive/routes.ts'
import { parametersOf, required } from './documents-parameters.ts'

/**
 * `GET /xapi/agents`: the Person of an agent. It holds what the request itself says and nothing more: under which other
 * identifiers somebody is known stands in the roster, and who may ask for that signs in.
 * Source: xAPI 1.0.3, Communication 2.4
 */
export function agentRoutes(app: FastifyInstance, _receiver: Receiver): void {
  app.get('/xapi/agents', { config: { door: 'xapi' } }, async (request, reply) => {
    const parameters = parametersOf(request.query, ['agent'], request.xapiVersion)
    return reply.send(personOf(required('agent', parameters.agent('agent'))))
  })
}

/** Every property of the agent as an array of one. */
export function personOf(agent: Agent | Group): Record<string, unknown> {
  const { name, mbox, mbox_sha1sum, openid, account } = agent
  const properties = Object.entries({ name, mbox, mbox_sha1sum, openid, account })
  const known = properties.filter(([, value]) => value !== undefined)
  return { objectType: 'Person', ...Object.fromEntries(known.map(([key, value]) => [key, [value]])) }
}
