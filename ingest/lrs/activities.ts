import type { FastifyInstance } from 'fastify'
import { isIri } from '../../schemas/formats.ts'
import { definitionsOf } from './definitions.ts'
import { invalid } from './query.ts'
import { ownRead, reachOf, type Lrs } from './statements.ts'

/** GET and HEAD /xapi/activities: an activity with what the store knows of it (xAPI 1.0.3, Communication 2.5). */
export function activityRoutes(app: FastifyInstance, lrs: Lrs): void {
  app.get('/xapi/activities', { config: { door: 'xapi' } }, async (request, reply) => {
    const { activityId, ...others } = request.query as Record<string, unknown>
    const other = Object.keys(others)[0]
    if (other !== undefined) throw invalid('a parameter', `a name of ${other.length} characters`, 'activityId only')
    if (typeof activityId !== 'string' || !isIri(activityId)) {
      const got = typeof activityId === 'string' ? `${activityId.length} characters` : 'nothing, or several'
      throw invalid('activityId', got, 'one IRI')
    }
    await ownRead(request, lrs)
    const definition = (await definitionsOf(lrs, [activityId], reachOf(request))).get(activityId)
    const activity = { objectType: 'Activity', id: activityId, ...(definition && { definition }) }
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(activity))
  })
}
