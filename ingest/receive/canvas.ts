import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../../infra/config.ts'
import { HomeroomError } from '../../infra/errors.ts'
import { acceptCanvasEvent } from '../canvas-events.ts'
import { originalText } from '../dead-letters.ts'
import { IN_REQUEST } from '../foreign-events.ts'
import type { Batch, Intake } from '../intake.ts'
import { checkCount, jsonOf, textOf } from './body.ts'
import { claimsOf, keysAt, type KeyOf } from './canvas-keys.ts'
import { inSlices } from './pipe.ts'
import type { Receiver } from './routes.ts'
import { told, type RowsAnswer } from './rows.ts'

/** What Canvas is answered; events that name nobody are read and stored nowhere. */
export type CanvasAnswer = RowsAnswer & { nobody: number }

const MANNER = { ...IN_REQUEST, door: 'canvas' } as const
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/

/**
 * Where Canvas pushes its Live Events: one a request, as JSON or as a signed token; an array of them is taken too. Canvas
 * can send no header of ours, so that its secret may stand in the address, `?key=…`.
 *
 * An event that cannot be used is answered with 200 and lies in the dead letters: Canvas could not correct it, and would
 * hold back what follows.
 */
export function canvasRoutes(app: FastifyInstance, receiver: Receiver, config: Pick<Config, 'canvasKeys'>): void {
  const keyOf = config.canvasKeys === null ? null : keysAt(config.canvasKeys)
  app.post('/canvas/events', { config: { door: 'canvas' } }, async (request, reply) =>
    post(request, reply, receiver, keyOf),
  )
}

async function post(
  request: FastifyRequest,
  reply: FastifyReply,
  { intake, pipe, counted }: Receiver,
  keyOf: KeyOf | null,
): Promise<FastifyReply> {
  const source = request.source.id
  const body = await eventsIn(textOf(request.body).trim(), keyOf, intake.now())
  request.body = undefined
  const { batch, answer } = await pipe.run(() => intake.filled(source, batch => acceptAll(intake, batch, body)))
  await intake.store(batch)
  counted('canvas', source, answer.accepted, batch.dead.length)
  return reply.code(200).send(told(answer))
}

/** Unsigned events are refused where keys are set: whoever knows the address could send them. */
async function eventsIn(text: string, keyOf: KeyOf | null, nowMs: number): Promise<unknown[]> {
  if (TOKEN.test(text)) {
    if (keyOf !== null) return [await claimsOf(text, keyOf, nowMs)]
    const message = 'the body is a signed token and HOMEROOM_CANVAS_KEYS is not set; nothing was stored'
    throw new HomeroomError('BODY_INVALID', message)
  }
  if (keyOf !== null)
    throw new HomeroomError(
      'CREDENTIALS_INVALID',
      'the body is no signed token and HOMEROOM_CANVAS_KEYS is set; nothing was stored',
    )
  const body = jsonOf(text)
  const events: unknown[] = Array.isArray(body) ? body : [body]
  checkCount(events.length, 'events')
  return events
}

async function acceptAll(intake: Intake, batch: Batch, events: readonly unknown[]): Promise<CanvasAnswer> {
  const answer: CanvasAnswer = { accepted: 0, nobody: 0, refused: [] }
  await inSlices(events, (value, index) => {
    const event = { index, place: `events[${index}]`, value, original: () => originalText(value) }
    const outcome = acceptCanvasEvent(intake, batch, event, MANNER)
    if (outcome === 'stored') answer.accepted++
    else if (Array.isArray(outcome)) answer.refused.push(...outcome)
    else answer.nobody++
  })
  return answer
}
