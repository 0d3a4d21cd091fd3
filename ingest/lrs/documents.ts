import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HomeroomError } from '../../infra/errors.ts'
import { pseudonymOf } from '../map/participants.ts'
import type { Receiver } from '../receive/routes.ts'
import { checkKnown, checkPrecondition, merged, names, preconditionOf } from './documents-rules.ts'
import { parametersOf, required, type Parameters } from './documents-parameters.ts'
import { etagOf, type DocumentHead, type Place } from './documents-store.ts'

type Kind = Place['kind']

const RESOURCES: { kind: Kind; path: string; id: string; context: readonly string[] }[] = [
  { kind: 'state', path: '/xapi/activities/state', id: 'stateId', context: ['activityId', 'agent', 'registration'] },
  { kind: 'activity-profile', path: '/xapi/activities/profile', id: 'profileId', context: ['activityId'] },
  { kind: 'agent-profile', path: '/xapi/agents/profile', id: 'profileId', context: ['agent'] },
]
type Resource = (typeof RESOURCES)[number]

/**
 * The document resources of xAPI: what a tool keeps of a learner in an activity (state), of an activity, of a learner.
 * A 204 means that the change is durable. HEAD is answered as GET is, without the content.
 *
 * @param app a scope that reads any content type into a Buffer
 * Source: xAPI 1.0.3, Communication 2.2, 2.3, 2.6, 2.7, 3.1; IEEE 9274.1.1 (2.0.0), 4.1.4, 4.1.6.2, 4.1.6.5, 4.1.6.6
 */
export function documentRoutes(app: FastifyInstance, receiver: Receiver): void {
  // Not compressed: one strong ETag names one sequence of bytes.
  const options = { config: { door: 'xapi' }, compress: false } as const
  for (const resource of RESOURCES) {
    app.get(resource.path, options, (request, reply) => get(request, reply, receiver, resource))
    app.put(resource.path, options, (request, reply) => write(request, reply, receiver, resource))
    app.post(resource.path, options, (request, reply) => write(request, reply, receiver, resource))
    app.delete(resource.path, options, (request, reply) => remove(request, reply, receiver, resource))
  }
}

async function get(
  request: FastifyRequest,
  reply: FastifyReply,
  { intake, resources: { documents } }: Receiver,
  resource: Resource,
): Promise<FastifyReply> {
  const allowed = [...resource.context, resource.id, 'since']
  const parameters = parametersOf(request.query, allowed, request.xapiVersion)
  const place = placeOf(parameters, resource.kind, intake)
  const id = parameters.text(resource.id)
  const since_ms = parameters.instant('since')
  if (id === null) return sendIds(reply, documents.list(place), since_ms ?? -Infinity)
  const found = documents.read(place, id)
  if (found === null) throw new HomeroomError('NOT_FOUND', `there is no document of this ${resource.id} here`)
  const { ifNoneMatch } = preconditionOf(request.headers)
  return ifNoneMatch !== null && names(ifNoneMatch, found)
    ? withHeaders(reply, found.etag, found.updated_ms).code(304).send()
    : withHeaders(reply, found.etag, found.updated_ms).header('content-type', found.contentType).send(found.content)
}

async function write(
  request: FastifyRequest,
  reply: FastifyReply,
  { intake, resources: { documents } }: Receiver,
  resource: Resource,
): Promise<FastifyReply> {
  const parameters = parametersOf(request.query, [...resource.context, resource.id], request.xapiVersion)
  const place = placeOf(parameters, resource.kind, intake)
  const id = required(resource.id, parameters.text(resource.id))
  const precondition = preconditionOf(request.headers)
  const sent = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const contentType = request.headers['content-type'] ?? 'application/octet-stream'
  await documents.change(place, id, existing => {
    checkPrecondition(precondition, existing)
    if (request.method === 'PUT') checkKnown(precondition, existing, resource.kind, request.xapiVersion)
    const content = request.method === 'PUT' ? sent : merged(existing, contentType, sent)
    return { contentType, etag: etagOf(content), updated_ms: intake.now(), content }
  })
  return reply.code(204).send()
}

async function remove(
  request: FastifyRequest,
  reply: FastifyReply,
  { intake, resources: { documents } }: Receiver,
  resource: Resource,
): Promise<FastifyReply> {
  const parameters = parametersOf(request.query, [...resource.context, resource.id], request.xapiVersion)
  const place = placeOf(parameters, resource.kind, intake)
  const precondition = preconditionOf(request.headers)
  const id = parameters.text(resource.id)
  if (id !== null) {
    await documents.change(place, id, existing => {
      checkPrecondition(precondition, existing)
      return null
    })
  } else {
    // Only states can be removed together; then a condition is on the list of them, which has an ETag, too.
    if (resource.kind !== 'state') required(resource.id, id)
    await documents.removeAll(place, listed =>
      checkPrecondition(precondition, listed.length > 0 ? idsOf(listed) : null),
    )
  }
  return reply.code(204).send()
}

function placeOf(parameters: Parameters, kind: Kind, intake: Receiver['intake']): Place {
  const activity = (): string => required('activityId', parameters.iri('activityId'))
  // An agent that was checked has an identifier.
  const agent = (): string => pseudonymOf(required('agent', parameters.agent('agent')), intake.pseudonymise)!
  if (kind === 'activity-profile') return { kind, activity: activity() }
  if (kind === 'agent-profile') return { kind, agent: agent() }
  return { kind, activity: activity(), agent: agent(), registration: parameters.uuid('registration') }
}

/** Each id once, though states of several registrations may share one; those changed after `since_ms`. */
function sendIds(reply: FastifyReply, listed: readonly DocumentHead[], since_ms: number): FastifyReply {
  const found = listed.filter(({ updated_ms }) => updated_ms > since_ms)
  const { ids, etag } = idsOf(found)
  const newest_ms = Math.max(...found.map(({ updated_ms }) => updated_ms))
  return withHeaders(reply, etag, newest_ms).type('application/json; charset=utf-8').send(ids)
}

function idsOf(listed: readonly DocumentHead[]): { ids: string; etag: string } {
  const ids = JSON.stringify([...new Set(listed.map(({ id }) => id))].sort())
  return { ids, etag: etagOf(Buffer.from(ids)) }
}

/** @param updated_ms not finite: there is nothing */
function withHeaders(reply: FastifyReply, etag: string, updated_ms: number): FastifyReply {
  if (Number.isFinite(updated_ms)) void reply.header('last-modified', new Date(updated_ms).toUTCString())
  // What a tool stored is shown by that tool: a browser must neither keep it nor run it as a page of this address.
  return reply
    .header('etag', `"${etag}"`)
    .header('cache-control', 'no-store')
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', "sandbox; default-src 'none'")
}
