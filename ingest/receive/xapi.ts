import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HomeroomError } from '../../infra/errors.ts'
import { isUuid } from '../../schemas/formats.ts'
import { faultsSentence, type Fault } from '../faults.ts'
import { refusal } from './answers.ts'
import { jsonOf, textOf } from './body.ts'
import type { Receiver } from './routes.ts'
import { acceptStatements, type NameOf, type Outcome } from './statements.ts'

const one: NameOf = () => 'statement'
const ofMany: NameOf = index => `statements[${index}]`

/** The xAPI doors for statements that are sent. */
export function xapiRoutes(app: FastifyInstance, receiver: Receiver): void {
  app.post('/xapi/statements', { config: { door: 'xapi' } }, (request, reply) => post(request, reply, receiver))
  app.put('/xapi/statements', { config: { door: 'xapi' } }, (request, reply) => put(request, reply, receiver))
}

async function post(request: FastifyRequest, reply: FastifyReply, receiver: Receiver): Promise<FastifyReply> {
  checkParameters(request, [])
  const outcome = await store(request, receiver, body =>
    Array.isArray(body) ? { statements: body, nameOf: ofMany } : { statements: [body], nameOf: one },
  )
  return answer(reply, outcome, () => reply.code(200).send(outcome.ids))
}

async function put(request: FastifyRequest, reply: FastifyReply, receiver: Receiver): Promise<FastifyReply> {
  checkParameters(request, ['statementId'])
  const { statementId } = request.query as { statementId?: unknown }
  if (typeof statementId !== 'string' || !isUuid(statementId)) {
    throw new HomeroomError('BODY_INVALID', 'the parameter statementId is missing or no UUID; nothing was stored')
  }
  const outcome = await store(request, receiver, body => ({ statements: [withId(body, statementId)], nameOf: one }))
  return answer(reply, outcome, () => reply.code(204).send())
}

type Sent = { statements: unknown[]; nameOf: NameOf }

async function store(
  request: FastifyRequest,
  receiver: Receiver,
  sentIn: (body: unknown) => Sent,
): Promise<Outcome & { of: number }> {
  const { intake, pipe } = receiver
  const source = request.source.id
  const { batch, outcome, of } = await pipe.run(async () => {
    const { statements, nameOf } = sentIn(jsonOf(textOf(request.body)))
    request.body = undefined
    const batch = intake.begin(source)
    return {
      batch,
      outcome: await acceptStatements(intake, batch, statements, nameOf, request.xapiVersion),
      of: statements.length,
    }
  })
  await intake.store(batch)
  receiver.counted('xapi', source, outcome.ids.length, batch.dead.length)
  return { ...outcome, of }
}

function answer(reply: FastifyReply, outcome: Outcome & { of: number }, accepted: () => FastifyReply): FastifyReply {
  if (outcome.faults.length === 0) return accepted()
  const error = invalid(outcome.faults, outcome.of)
  return reply.code(error.http).send(refusal(error, outcome.faults))
}

function invalid(faults: readonly Fault[], of: number): HomeroomError {
  const bad = new Set(faults.map(({ index }) => index)).size
  return new HomeroomError(
    'RECORD_INVALID',
    `${bad} of ${of} statements invalid: ${faultsSentence(faults)}. None of the request was stored; the invalid ones are in dead-letters`,
  )
}

function withId(body: unknown, statementId: string): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HomeroomError('BODY_INVALID', 'the body is not one statement; nothing was stored')
  }
  const id = (body as { id?: unknown }).id
  if (id === undefined) return { ...body, id: statementId }
  if (typeof id === 'string' && id.toLowerCase() !== statementId.toLowerCase()) {
    throw new HomeroomError(
      'BODY_INVALID',
      "the statement's id is not that of the parameter statementId; nothing was stored",
    )
  }
  return body
}

function checkParameters(request: FastifyRequest, allowed: readonly string[]): void {
  const unknown = Object.keys(request.query as object).filter(name => !allowed.includes(name))
  if (unknown.length === 0) return
  throw new HomeroomError(
    'BODY_INVALID',
    `${unknown.length} parameters that ${request.method} does not take; it takes ${allowed.join(', ') || 'none'}. Nothing was stored`,
  )
}
