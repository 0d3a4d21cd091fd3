import { isObject, type Json } from '../../schemas/json.ts'
import type { CaliperEntity, CaliperEvent } from '../../schemas/caliper.ts'
import { Role, type Participant } from '../../schemas/record.ts'
import { EXTENSIONS } from '../../schemas/xapi.ts'
import type { IdentifierType, Pseudonymise } from '../pseudonymise.ts'
import { termOf } from './caliper-normal.ts'
import { counterpartsOf } from './participants.ts'

/** The whole of an entity; undefined if only its IRI is there, or nothing. */
export function whole(entity: unknown): Json | undefined {
  return isObject(entity) ? entity : undefined
}

export const iriOf = (entity: CaliperEntity): string => (typeof entity === 'string' ? entity : entity.id)

// 1.2, "Anonymous Entities": the IRI of its type in the place of its id. A blank node means something in its own event only.
const NOBODY = /^(?:https?:\/\/purl\.imsglobal\.org\/caliper\/\w+$|_:)/

/**
 * The identifier behind an agent's IRI: an address if it is one, else the IRI itself. Who is anonymous is nobody else, so
 * that the event is part of the identifier.
 */
export function identifierOfEntity(entity: CaliperEntity, eventId = ''): { type: IdentifierType; value: string } {
  const id = iriOf(entity)
  if (NOBODY.test(id)) return { type: 'anonymous', value: `${eventId} ${id}` }
  return /^mailto:/i.test(id) ? { type: 'mbox', value: id.slice(7).toLowerCase() } : { type: 'caliper', value: id }
}

/**
 * Who acted and with whom. The actor is the event's; where a program grades or ends a session, it is the person whose work or
 * session it is. Counterparts: who is graded or given feedback, to whom is replied, with whom is shared, and persons who
 * are the object or the target.
 */
export function participants(
  event: CaliperEvent,
  pseudonymise: Pseudonymise,
): { actor: Participant; counterparts: Participant[] } {
  const idOf = (entity: CaliperEntity): string => {
    const { type, value } = identifierOfEntity(entity, event.id)
    return pseudonymise(type, value)
  }
  const subject = subjectOf(event)
  const isProgram = whole(event.actor)?.type === 'SoftwareApplication'
  const acting = isProgram && subject !== undefined ? subject : event.actor
  const role = roleOf(event, acting)
  const isGraded = acting !== event.actor && event.type !== 'SessionEvent'
  const actor: Participant = { id: idOf(acting), role: isGraded && role === 'unknown' ? 'student' : role }
  const others: Participant[] = othersOf(event).map(entity => ({ id: idOf(entity), role: 'unknown' }))
  if (!isProgram && subject !== undefined) others.push({ id: idOf(subject), role: 'student' })
  return { actor, counterparts: counterpartsOf(others, actor.id) }
}

// Of grades, feedback and ended sessions only: that a quiz names whose attempt it is makes nobody a counterpart.
function subjectOf(event: CaliperEvent): CaliperEntity | undefined {
  if (event.type === 'SessionEvent') return event.action === 'TimedOut' ? person(whole(event.object)?.user) : undefined
  if (event.type !== 'GradeEvent' && event.type !== 'OutcomeEvent' && event.type !== 'FeedbackEvent') return undefined
  const generated = whole(event.generated)
  const assignees = [event.object, generated, generated?.attempt].map(entity => whole(entity)?.assignee)
  return assignees.map(person).find(found => found !== undefined)
}

function othersOf(event: CaliperEvent): CaliperEntity[] {
  const { type, action } = event
  const object = whole(event.object)
  const found = [event.object, event.target].filter(entity => whole(entity)?.type === 'Person') as CaliperEntity[]
  if (type === 'FeedbackEvent') found.push(...people(object?.creators))
  if (type === 'MessageEvent' && action === 'Posted') found.push(...people(whole(object?.replyTo)?.creators))
  if (type === 'AnnotationEvent' && action === 'Shared') found.push(...people(whole(event.generated)?.withAgents))
  return found
}

const people = (list: unknown): CaliperEntity[] =>
  (Array.isArray(list) ? list : []).flatMap(entry => person(entry) ?? [])

/** A person by reference, or whole; not an organization or a program. */
function person(entity: unknown): CaliperEntity | undefined {
  if (typeof entity === 'string' && entity !== '') return entity
  const { id, type } = whole(entity) ?? {}
  return typeof id === 'string' && type === 'Person' ? (entity as CaliperEntity) : undefined
}

function roleOf(event: CaliperEvent, actor: CaliperEntity): Role {
  const said = event.extensions?.[EXTENSIONS.role]
  if (Role.options.includes(said as Role)) return said as Role
  const membership = whole(event.membership)
  const member = membership?.member
  const memberId = typeof member === 'string' ? member : whole(member)?.id
  const listed = memberId === iriOf(actor) && Array.isArray(membership?.roles) ? membership.roles : []
  const roles = listed.map(role => String(termOf(role)))
  if (roles.some(role => role.startsWith('Learner'))) return 'student'
  if (roles.includes('Mentor#Advisor') || roles.includes('Mentor#ExternalAdvisor')) return 'adviser'
  if (roles.includes('Mentor#Tutor') || roles.includes('Mentor#ExternalTutor')) return 'tutor'
  if (roles.some(role => role.startsWith('Instructor') || role.startsWith('TeachingAssistant'))) return 'teacher'
  if (roles.some(role => role.startsWith('Mentor'))) return 'mentor'
  return roles.length > 0 && !roles.every(role => role.startsWith('Member')) ? 'staff' : 'unknown'
}
