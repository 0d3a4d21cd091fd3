import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HomeroomError } from '../../infra/errors.ts'
import { CaliperEnvelope, CaliperEvent, type CaliperEntity } from '../../schemas/caliper.ts'
import type { Pseudonym } from '../../schemas/record.ts'
import { isShallow } from '../../schemas/formats.ts'
import { canonical } from '../canonical.ts'
import { originalText } from '../dead-letters.ts'
import { fault, faultsOf, faultsSentence, shown, type Fault } from '../faults.ts'
import type { Batch, Intake } from '../intake.ts'
import { fromCaliper, identifierOfEntity, normalCaliper } from '../map/from-caliper.ts'
import { CALIPER_EVENTS } from '../map/caliper-actions.ts'
import { keptText, withoutPersons } from '../originals.ts'
import { refusal } from './answers.ts'
import { jsonOf, textOf } from './body.ts'
import { inSlices } from './pipe.ts'
import type { Receiver } from './routes.ts'
import { refusedItems, type RowsAnswer } from './rows.ts'

type Json = Record<string, unknown>

/** Events and their entities nest a handful of levels; what goes deeper is not an event. */
const MAX_DEPTH = 64
const GOOD_ONES = 'The good ones of the envelope are stored; this one is in dead-letters'

/** The Sensor API's endpoint: an envelope of events and entities, judged one by one. */
export function caliperRoutes(app: FastifyInstance, receiver: Receiver): void {
  app.post('/caliper/events', { config: { door: 'caliper' } }, async (request, reply) => post(request, reply, receiver))
}

async function post(
  request: FastifyRequest,
  reply: FastifyReply,
  { intake, pipe, counted }: Receiver,
): Promise<FastifyReply> {
  const source = request.source.id
  const { batch, answer } = await pipe.run(async () => {
    const body = jsonOf(textOf(request.body))
    request.body = undefined
    const batch = intake.begin(source)
    return { batch, answer: await acceptEnvelope(intake, batch, body) }
  })
  await intake.store(batch)
  counted('caliper', source, answer.accepted, batch.dead.length)
  return respond(reply, answer, 'events')
}

/** 200 with what was stored and what was not; 400 if nothing of it could be used. */
export function respond(reply: FastifyReply, answer: RowsAnswer, items: string): FastifyReply {
  if (answer.refused.length === 0 || answer.accepted + (answer.described ?? 0) > 0) return reply.code(200).send(answer)
  const message = `all ${refusedItems(answer.refused)} ${items} invalid: ${faultsSentence(answer.refused)}. They are in dead-letters`
  const error = new HomeroomError('RECORD_INVALID', message)
  return reply.code(error.http).send({ ...refusal(error), ...answer })
}

/** Put what is right of an envelope into the batch, and what is wrong into its dead letters. */
export async function acceptEnvelope(intake: Intake, batch: Batch, body: unknown): Promise<RowsAnswer> {
  const envelope = CaliperEnvelope.safeParse(body)
  if (!envelope.success) {
    const faults = faultsOf(envelope.error.issues, body, 0, 'envelope')
    bury(intake, batch, 'envelope', faults, body, 'Nothing of the envelope was stored; it is in dead-letters')
    return { accepted: 0, refused: faults }
  }
  const answer: Required<RowsAnswer> = { accepted: 0, described: 0, refused: [] }
  await inSlices(envelope.data.data, (item, index) => {
    const outcome = acceptItem(intake, batch, item, index)
    if (typeof outcome === 'string') answer[outcome]++
    else answer.refused.push(...outcome)
  })
  return answer
}

function acceptItem(intake: Intake, batch: Batch, item: unknown, index: number): 'accepted' | 'described' | Fault[] {
  if (!isShallow(item, MAX_DEPTH)) {
    const faults = [fault(index, `data[${index}]`, 'JSON that nests deeper', `JSON at most ${MAX_DEPTH} levels deep`)]
    bury(intake, batch, `data[${index}]`, faults, item, GOOD_ONES)
    return faults
  }
  const normal = isOldForm(item) ? normalCaliper(item) : item
  if (isEntity(normal)) return 'described'
  // Events of 1.0 have no id: source and content are their identity.
  const kept = withoutPersons(item, tokenOf(intake), isPerson) as Json
  const derived = isOldForm(item) && (normal as Json).id === undefined
  const event = derived
    ? { ...(normal as Json), id: `urn:uuid:${intake.derivedId(batch.source, canonical(kept))}` }
    : normal
  const faults = eventFaults(event, index)
  if (faults.length > 0) {
    bury(intake, batch, `data[${index}]`, faults, item, GOOD_ONES)
    return faults
  }
  const { source, storedAt, window } = batch
  const id = (event as CaliperEvent).id.slice('urn:uuid:'.length).toLowerCase()
  const mapped = fromCaliper(event as CaliperEvent, { id, source, storedAt, window, pseudonymise: intake.pseudonymise })
  const { id: _id, ...content } = kept
  intake.addRecord(batch, mapped, canonical(content), keptText('caliper', kept))
  return 'accepted'
}

/** Everything that is wrong with an event. */
export function eventFaults(event: unknown, index: number): Fault[] {
  const at = `data[${index}]`
  const { error } = CaliperEvent.safeParse(event)
  const faults = error === undefined ? [] : faultsOf(error.issues, event, index, at)
  const { type, action } = (typeof event === 'object' && event !== null ? event : {}) as Json
  if (typeof type !== 'string') return faults
  const actions = CALIPER_EVENTS[type]
  if (actions === undefined) {
    faults.push(fault(index, `${at}.type`, shown(type, 'type'), `one of ${Object.keys(CALIPER_EVENTS).join(', ')}`))
  } else if (type !== 'Event' && typeof action === 'string' && !Object.hasOwn(actions, action)) {
    faults.push(fault(index, `${at}.action`, shown(action, 'action'), `one of ${Object.keys(actions).join(', ')}`))
  }
  return faults
}

function bury(
  intake: Intake,
  batch: Batch,
  place: string,
  faults: readonly Fault[],
  item: unknown,
  consequence: string,
): void {
  intake.addDead(batch, {
    door: 'caliper',
    place,
    code: 'RECORD_INVALID',
    reason: `RECORD_INVALID: ${faultsSentence(faults)}. ${consequence}; correct it and send it again.`,
    original: originalText(item),
  })
}

const tokenOf =
  (intake: Intake) =>
  (value: unknown): string =>
    intake.identities.known(value, entity => pseudonymOf(intake, entity)).token

function pseudonymOf(intake: Intake, entity: unknown): Pseudonym | null {
  const { id, '@id': oldId } = (typeof entity === 'object' && entity !== null ? entity : {}) as Json
  const iri = typeof entity === 'string' ? entity : (id ?? oldId)
  if (typeof iri !== 'string') return null
  const { type, value } = identifierOfEntity(iri as CaliperEntity)
  return intake.pseudonymise(type, value)
}

const PERSON_PLACES: ReadonlySet<string> = new Set(
  'actor assignee member members annotator creators createdBy learner user sharedWith recipients rater respondent scoredBy replyTo withAgents'.split(
    ' ',
  ),
)

// By its type, or by the place where an IRI alone stands for somebody.
function isPerson(value: unknown, key: string): boolean {
  if (typeof value === 'string') return PERSON_PLACES.has(key)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { type, '@type': oldType } = value as Json
  const name = typeof type === 'string' ? type : typeof oldType === 'string' ? oldType : ''
  return name === 'Person' || name.endsWith('/Person')
}

const isOldForm = (item: unknown): boolean =>
  typeof item === 'object' && item !== null && (Object.hasOwn(item, '@type') || Object.hasOwn(item, '@id'))

// An entity is told from an event by its type: every event type ends in Event.
function isEntity(item: unknown): boolean {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return false
  const { id, type, action, eventTime } = item as Json
  return (
    typeof id === 'string' &&
    typeof type === 'string' &&
    !type.endsWith('Event') &&
    action === undefined &&
    eventTime === undefined
  )
}
