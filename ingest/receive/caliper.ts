import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HomeroomError, type ErrorCode } from '../../infra/errors.ts'
import { CALIPER_VERSIONS, CaliperEnvelope, isCaliperContext, type CaliperEvent } from '../../schemas/caliper.ts'
import { isKeepable, keepable } from '../../schemas/formats.ts'
import { canonical } from '../canonical.ts'
import { originalText } from '../dead-letters.ts'
import { fault, faultsOf, faultsSentence, shown, type Fault } from '../faults.ts'
import type { Batch, Intake } from '../intake.ts'
import { isOldForm, normalCaliper } from '../map/caliper-normal.ts'
import { fromCaliper } from '../map/from-caliper.ts'
import { keptText, withoutPersons } from '../originals.ts'
import { BODY_LIMIT } from './admission.ts'
import { refusal } from './answers.ts'
import { checkCount, jsonOf, textOf } from './body.ts'
import { entityFaults, eventFaults, isEvent } from './caliper-check.ts'
import { isPerson, tokenOf } from './caliper-persons.ts'
import { inSlices } from './pipe.ts'
import type { Receiver } from './routes.ts'
import { refusedItems, told, type RowsAnswer } from './rows.ts'

type Json = Record<string, unknown>

/** Events and their entities nest a handful of levels; what goes deeper is not an event. */
const MAX_DEPTH = 64
const GOOD_ONES = 'The good ones of the envelope are stored; this one is in dead-letters'
const NOTHING = 'Nothing of the envelope was stored; it is in dead-letters'

/**
 * The Sensor API's endpoint: an envelope of events and entities, judged one by one, and what a sensor may ask for before.
 * Source: 1EdTech Caliper Analytics 1.2, "Endpoint"
 */
export function caliperRoutes(app: FastifyInstance, receiver: Receiver): void {
  const config = { door: 'caliper' as const }
  app.post('/caliper/events', { config }, async (request, reply) => post(request, reply, receiver))
  app.get('/caliper/events', { config }, () => ({
    caliper_maximum_payload_size: BODY_LIMIT / 1024,
    caliper_supported_versions: CALIPER_VERSIONS,
    caliper_supported_extensions: { endpoint_name: 'Homeroom' },
  }))
}

async function post(
  request: FastifyRequest,
  reply: FastifyReply,
  { intake, pipe, counted }: Receiver,
): Promise<FastifyReply> {
  const source = request.source.id
  const { batch, answer: accepted } = await pipe.run(async () => {
    const body = jsonOf(textOf(request.body))
    request.body = undefined
    return intake.filled(source, batch => acceptEnvelope(intake, batch, body))
  })
  const { answer, code } = accepted
  await intake.store(batch)
  counted('caliper', source, answer.accepted, batch.dead.length)
  return respond(reply, answer, 'events', code)
}

/** 200 with what was stored and what was not; the error's status if nothing of it could be used. */
export function respond(
  reply: FastifyReply,
  answer: RowsAnswer,
  items: string,
  code: ErrorCode = 'RECORD_INVALID',
): FastifyReply {
  const isUsed = answer.refused.length === 0 || answer.accepted + (answer.described ?? 0) > 0
  if (isUsed) return reply.code(200).send(told(answer))
  const message = `all ${refusedItems(answer.refused)} ${items} invalid: ${faultsSentence(answer.refused)}. They are in dead-letters`
  const error = new HomeroomError(code, message)
  return reply.code(error.http).send({ ...refusal(error), ...told(answer) })
}

/**
 * Put what is right of an envelope into the batch, and what is wrong into its dead letters.
 * @returns `code` says why nothing could be used, where nothing could
 */
export async function acceptEnvelope(
  intake: Intake,
  batch: Batch,
  body: unknown,
): Promise<{ answer: RowsAnswer; code: ErrorCode }> {
  const { faults, code } = envelopeFaults(body)
  if (faults.length > 0) {
    bury(intake, batch, 'envelope', faults, body, NOTHING, code)
    return { answer: { accepted: 0, refused: faults }, code }
  }
  checkCount((body as CaliperEnvelope).data.length, 'events')
  const answer: Required<Omit<RowsAnswer, 'untold'>> = { accepted: 0, described: 0, refused: [] }
  await inSlices((body as CaliperEnvelope).data, (item, index) => {
    const outcome = acceptItem(intake, batch, item, index)
    if (typeof outcome === 'string') return void answer[outcome]++
    bury(intake, batch, `data[${index}]`, outcome, item, GOOD_ONES)
    answer.refused.push(...outcome)
  })
  return { answer, code: 'RECORD_INVALID' }
}

function envelopeFaults(body: unknown): { faults: Fault[]; code: ErrorCode } {
  const { error, data } = CaliperEnvelope.safeParse(body)
  if (error !== undefined) return { faults: faultsOf(error.issues, body, 0, 'envelope'), code: 'RECORD_INVALID' }
  const version = data.dataVersion
  if (version === undefined || isCaliperContext(version)) return { faults: [], code: 'RECORD_INVALID' }
  const expected = `one of ${CALIPER_VERSIONS.join(', ')}`
  const faults = [fault(0, 'envelope.dataVersion', shown(version, 'dataVersion'), expected)]
  return { faults, code: 'CALIPER_VERSION_UNSUPPORTED' }
}

/** @returns what is wrong with the item, if anything is */
function acceptItem(intake: Intake, batch: Batch, item: unknown, index: number): 'accepted' | 'described' | Fault[] {
  const at = `data[${index}]`
  if (typeof item !== 'object' || item === null || Array.isArray(item))
    return [fault(index, at, shown(item, ''), 'an event or an entity')]
  if (!isKeepable(item, MAX_DEPTH))
    return [fault(index, at, 'JSON that nests deeper, is wider or has a larger number', keepable(MAX_DEPTH))]
  const isOld = isOldForm(item)
  const normal = (isOld ? normalCaliper(item) : item) as Json
  if (!isEvent(normal)) {
    const faults = entityFaults(normal, index)
    return faults.length > 0 ? faults : 'described'
  }
  const kept = withoutPersons(item, tokenOf(intake, batch), isPerson) as Json
  // Events of 1.0 have no id: source and content are their identity.
  const event = isOld && normal.id === undefined ? { ...normal, id: derivedId(intake, batch.source, kept) } : normal
  const faults = eventFaults(event, index)
  if (faults.length > 0) return faults
  accept(intake, batch, event as CaliperEvent, kept)
  return 'accepted'
}

function accept(intake: Intake, batch: Batch, event: CaliperEvent, kept: Json): void {
  const { source, storedAt, window } = batch
  const id = event.id.replace(/^urn:uuid:/i, '').toLowerCase()
  const mapped = fromCaliper(event, { id, source, storedAt, window, pseudonymise: intake.pseudonymise })
  const { id: _id, ...content } = kept
  intake.addRecord(batch, mapped, canonical(content), keptText('caliper', kept))
}

const derivedId = (intake: Intake, source: string, kept: Json): string =>
  `urn:uuid:${intake.derivedId(source, canonical(kept))}`

function bury(
  intake: Intake,
  batch: Batch,
  place: string,
  faults: readonly Fault[],
  item: unknown,
  consequence: string,
  code: ErrorCode = 'RECORD_INVALID',
): void {
  const reason = `${code}: ${faultsSentence(faults)}. ${consequence}; correct it and send it again.`
  intake.addDead(batch, { door: 'caliper', place, code, reason, original: originalText(item) })
}
