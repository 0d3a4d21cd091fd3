import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HomeroomError } from '../../infra/errors.ts'
import type { Entry } from '../../infra/log/event-log.ts'
import { isUuid } from '../../schemas/formats.ts'
import { originalText } from '../dead-letters.ts'
import { fault, faultsSentence, type Fault } from '../faults.ts'
import type { Batch, Intake } from '../intake.ts'
import { refusal } from './answers.ts'
import { statementsIn, type Job, type Ready, type Refused } from './prepare.ts'
import type { Receiver } from './routes.ts'
import { MAX_BAD } from './statements.ts'

/** The xAPI doors for statements that are sent. */
export function xapiRoutes(app: FastifyInstance, receiver: Receiver): void {
  app.post('/xapi/statements', { config: { door: 'xapi' } }, (request, reply) => post(request, reply, receiver))
  app.put('/xapi/statements', { config: { door: 'xapi' } }, (request, reply) => put(request, reply, receiver))
}

async function post(request: FastifyRequest, reply: FastifyReply, receiver: Receiver): Promise<FastifyReply> {
  checkParameters(request, [])
  const outcome = await store(request, receiver, null)
  if (outcome.kind !== 'stored') return answerTurned(reply, outcome)
  return reply.code(200).type('application/json; charset=utf-8').send(outcome.answer)
}

async function put(request: FastifyRequest, reply: FastifyReply, receiver: Receiver): Promise<FastifyReply> {
  checkParameters(request, ['statementId'])
  const { statementId } = request.query as { statementId?: unknown }
  if (typeof statementId !== 'string' || !isUuid(statementId)) {
    throw new HomeroomError('BODY_INVALID', 'the parameter statementId is missing or no UUID; nothing was stored')
  }
  const outcome = await store(request, receiver, statementId)
  return outcome.kind === 'stored' ? reply.code(204).send() : answerTurned(reply, outcome)
}

type Stored = { kind: 'stored'; count: number; answer: Uint8Array }
/** Nothing was stored; the statements to blame go to the dead letters. */
type Turned = { kind: 'turned'; error: HomeroomError; faults: readonly Fault[]; dead: readonly Entry[] }
type Sent = Omit<Job, 'storedMs'>

/** All of a request's statements into the log, or none. */
async function store(
  request: FastifyRequest,
  receiver: Receiver,
  statementId: string | null,
): Promise<Stored | Turned> {
  const { intake, preparer, counted } = receiver
  const sent = sentIn(request, statementId)
  let batch: Batch | undefined
  try {
    const { prepared, body, done } = await preparer.run(sent, () => (batch = intake.begin(sent.source)).storedMs)
    const outcome =
      prepared.kind === 'refused' ? invalid(prepared) : await storeReady(receiver, batch!, prepared, { ...sent, body })
    if (outcome.kind === 'stored') counted('xapi', sent.source, outcome.count, 0)
    else {
      await intake.bury(outcome.dead)
      counted('xapi', sent.source, 0, outcome.dead.length)
    }
    // Not where something failed: the log may still hold what it was given.
    done()
    return outcome
  } finally {
    if (batch) intake.end(batch)
  }
}

async function storeReady(
  { intake, recordIds, resources }: Receiver,
  batch: Batch,
  { count, ids, hashes, attachments, messages, answer }: Ready,
  sent: Sent,
): Promise<Stored | Turned> {
  const claim = await recordIds.claim(ids, hashes)
  if (claim.conflicts.length > 0) return conflicting(intake, batch, claim.conflicts, sent)
  try {
    await resources.putAttachments(attachments)
    await intake.storePacked(batch, messages)
  } catch (error) {
    claim.release()
    throw error
  }
  claim.accept()
  return { kind: 'stored', count, answer }
}

/** The body goes on with what is returned, so that it is not held here too. */
function sentIn(request: FastifyRequest, statementId: string | null): Sent {
  const { body } = request
  if (!Buffer.isBuffer(body)) throw new HomeroomError('BODY_INVALID', 'the request has no body; nothing was stored')
  request.body = undefined
  const contentType = request.headers['content-type'] ?? ''
  return { body, contentType, version: request.xapiVersion, source: request.source.id, statementId }
}

function answerTurned(reply: FastifyReply, { error, faults }: Turned): FastifyReply {
  return reply.code(error.http).send(refusal(error, faults))
}

function invalid({ faults, of, dead }: Refused): Turned {
  const bad = new Set(faults.map(({ index }) => index)).size
  const error = new HomeroomError(
    'RECORD_INVALID',
    `${bad === MAX_BAD ? 'at least ' : ''}${bad} of ${of} statements invalid: ${faultsSentence(faults)}. None of the request was stored; the invalid ones are in dead-letters`,
  )
  return { kind: 'turned', error, faults, dead }
}

/** The standard: what has the id of another statement changes nothing. What it said is kept all the same. */
function conflicting(intake: Intake, batch: Batch, conflicts: readonly number[], sent: Sent): Turned {
  const { statements, nameOf } = statementsIn(sent)
  const faults = conflicts.map(index => {
    const id = sent.statementId ?? (statements[index] as { id: string }).id
    return fault(index, `${nameOf(index)}.id`, `${id}, the id of a statement with other content`, 'an id of its own')
  })
  for (const { index, reason } of faults) {
    intake.addDead(batch, {
      door: 'xapi',
      place: nameOf(index),
      code: 'RECORD_CONFLICT',
      reason: `RECORD_CONFLICT: ${reason}. The whole request of ${statements.length} was refused and this one is in dead-letters; give it an id of its own and send the request again.`,
      original: originalText(statements[index]),
    })
  }
  const error = new HomeroomError(
    'RECORD_CONFLICT',
    `${faults.length} of ${statements.length} statements conflict: ${faultsSentence(faults)}. None of the request was stored; the conflicting ones are in dead-letters`,
  )
  return { kind: 'turned', error, faults, dead: batch.dead }
}

function checkParameters(request: FastifyRequest, allowed: readonly string[]): void {
  const unknown = Object.keys(request.query as object).filter(name => !allowed.includes(name))
  if (unknown.length === 0) return
  throw new HomeroomError(
    'BODY_INVALID',
    `${unknown.length} parameters that ${request.method} does not take; it takes ${allowed.join(', ') || 'none'}. Nothing was stored`,
  )
}
