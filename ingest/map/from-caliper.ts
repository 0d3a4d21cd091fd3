import { durationOf, instantOf, utcInstant } from '../../schemas/formats.ts'
import type { CaliperEntity, CaliperEvent } from '../../schemas/caliper.ts'
import { CONTACT_KINDS, Mode, Role, type Kind, type Participant } from '../../schemas/record.ts'
import { EXTENSIONS } from '../../schemas/xapi.ts'
import type { IdentifierType, Pseudonymise } from '../pseudonymise.ts'
import type { MapContext, Mapped } from './from-xapi.ts'
import { counterpartsOf, modeOf } from './participants.ts'
import { isTimely, positiveMs, scaledScore } from './times.ts'
import { CALIPER_ACTIONS, CALIPER_EVENTS } from './caliper-actions.ts'

type Json = Record<string, unknown>

const MAX_ID = 2048
const IS_CONTACT: ReadonlySet<Kind> = new Set(CONTACT_KINDS)

/**
 * An event or entity of Caliper 1.0 in the form of 1.1: `@id` and `@type` become `id` and `type`, and the type and the
 * action lose the IRI before their name. Everything else stays.
 */
export function normalCaliper(item: unknown): unknown {
  if (Array.isArray(item)) return item.map(normalCaliper)
  if (typeof item !== 'object' || item === null) return item
  const entries = Object.entries(item).map(([key, value]) => {
    const name = key === '@id' ? 'id' : key === '@type' ? 'type' : key
    const named =
      (name === 'type' || name === 'action') && typeof value === 'string' ? value.replace(/^https?:.*[/#]/, '') : value
    return [name, typeof named === 'object' ? normalCaliper(named) : named] as const
  })
  return Object.fromEntries(entries)
}

/** The identifier behind an agent's IRI: an address if it is one, else the IRI itself. */
export function identifierOfEntity(entity: CaliperEntity): { type: IdentifierType; value: string } {
  const id = typeof entity === 'string' ? entity : entity.id
  return /^mailto:/i.test(id) ? { type: 'mbox', value: id.slice(7).toLowerCase() } : { type: 'caliper', value: id }
}

/**
 * The record of a valid event. Pure.
 *
 * The actor is the event's; where a program gives a grade, it is the person whose work is graded. Counterparts are the
 * person who is graded by a person, and persons who are the object or the target.
 */
export function fromCaliper(
  event: CaliperEvent,
  context: Omit<MapContext, 'identify'> & { pseudonymise: Pseudonymise },
): Mapped {
  const { actor, counterparts } = participants(event, context.pseudonymise)
  const kind = CALIPER_EVENTS[event.type]?.[event.action] ?? CALIPER_ACTIONS[event.action] ?? 'other'
  const generated = whole(event.generated)
  const occurredAt = utcInstant(event.eventTime)
  const durationMs = durationIn(event, kind)
  const score = scoreIn(generated)
  const mode = modeIn(event, kind, actor, counterparts)
  return {
    id: context.id,
    source: context.source,
    standard: 'caliper',
    occurredAt,
    storedAt: context.storedAt,
    timely: isTimely(occurredAt, context.window),
    actor,
    counterparts,
    kind,
    ...(mode && { mode }),
    verb: event.action.slice(0, MAX_ID),
    ...objectOf(event, context.pseudonymise),
    ...labels(event),
    ...(durationMs !== undefined && { durationMs }),
    ...(score !== undefined && { score }),
    ...(kind === 'completed' && { completion: true }),
  }
}

function participants(event: CaliperEvent, pseudonymise: Pseudonymise): Pick<Mapped, 'actor' | 'counterparts'> {
  const idOf = (entity: CaliperEntity): string => {
    const { type, value } = identifierOfEntity(entity)
    return pseudonymise(type, value)
  }
  const assignee = assigneeOf(event)
  const isProgram = whole(event.actor)?.type === 'SoftwareApplication'
  const subject = isProgram && assignee !== undefined ? assignee : event.actor
  const actor: Participant = { id: idOf(subject), role: roleOf(event, subject) }
  const others: Participant[] = []
  if (!isProgram && assignee !== undefined) others.push({ id: idOf(assignee), role: 'student' })
  for (const entity of [event.object, event.target]) {
    if (entity !== undefined && whole(entity)?.type === 'Person') others.push({ id: idOf(entity), role: 'unknown' })
  }
  return { actor, counterparts: counterpartsOf(others, actor.id) }
}

// Of grades and feedback only: that a quiz names whose attempt it is makes nobody a counterpart.
function assigneeOf(event: CaliperEvent): CaliperEntity | undefined {
  if (event.type !== 'GradeEvent' && event.type !== 'OutcomeEvent' && event.type !== 'FeedbackEvent') return undefined
  const attempt = [event.object, event.generated, whole(event.generated)?.attempt].find(
    entity => whole(entity)?.assignee,
  )
  const assignee = whole(attempt)?.assignee
  return typeof assignee === 'string' || typeof whole(assignee)?.id === 'string'
    ? (assignee as CaliperEntity)
    : undefined
}

function roleOf(event: CaliperEvent, actor: CaliperEntity): Role {
  const said = extension(event, EXTENSIONS.role)
  if (Role.options.includes(said as Role)) return said as Role
  const membership = whole(event.membership)
  const member = membership?.member
  const memberId = typeof member === 'string' ? member : whole(member)?.id
  const roles = memberId === identifierId(actor) && Array.isArray(membership?.roles) ? membership.roles.map(String) : []
  if (roles.some(role => role.startsWith('Learner'))) return 'student'
  if (roles.some(role => role.startsWith('Instructor') || role.startsWith('TeachingAssistant'))) return 'teacher'
  if (roles.some(role => role.startsWith('Mentor'))) return 'mentor'
  return roles.length > 0 ? 'staff' : 'unknown'
}

const identifierId = (entity: CaliperEntity): string => (typeof entity === 'string' ? entity : entity.id)

function modeIn(event: CaliperEvent, kind: Kind, actor: Participant, others: Participant[]): Mode | undefined {
  const said = extension(event, EXTENSIONS.mode)
  if (Mode.options.includes(said as Mode)) return said as Mode
  if (kind === 'other' || kind === 'noted') return undefined
  return IS_CONTACT.has(kind) ? modeOf(actor, others) : 'individual'
}

function objectOf(event: CaliperEvent, pseudonymise: Pseudonymise): Pick<Mapped, 'object' | 'objectType'> {
  const type = whole(event.object)?.type as string | undefined
  const id = identifierId(event.object)
  if (type !== 'Person')
    return { object: id.slice(0, MAX_ID), ...(type !== undefined && { objectType: type.slice(0, MAX_ID) }) }
  const { type: identifier, value } = identifierOfEntity(event.object)
  return { object: pseudonymise(identifier, value), objectType: 'Person' }
}

function durationIn(event: CaliperEvent, kind: Kind): number | undefined {
  // What is started has taken no time yet, whatever is known of it.
  if (kind === 'started') return undefined
  const spent = [whole(event.generated), whole(event.object)].find(entity => entity?.duration ?? entity?.endedAtTime)
  if (spent === undefined) return undefined
  if (typeof spent.duration === 'string') return positiveMs(durationOf(spent.duration))
  if (typeof spent.startedAtTime !== 'string' || typeof spent.endedAtTime !== 'string') return undefined
  return positiveMs(instantOf(spent.endedAtTime) - instantOf(spent.startedAtTime))
}

function scoreIn(generated: Json | undefined): number | undefined {
  if (generated === undefined) return undefined
  const { scoreGiven, maxScore, resultScore, maxResultScore, totalScore } = generated
  const raw = scoreGiven ?? resultScore ?? totalScore
  const max = maxScore ?? maxResultScore
  return typeof raw === 'number' && typeof max === 'number' ? scaledScore({ raw, max }) : undefined
}

function labels(
  event: CaliperEvent,
): Pick<Mapped, 'skills' | 'subject' | 'section' | 'school' | 'team' | 'choice' | 'attempt'> {
  const group = whole(event.group)
  const groupId = group?.id as string | undefined
  const isTeam = group?.type === 'Group'
  const section = textIn(event, EXTENSIONS.section, 256) ?? (isTeam ? undefined : groupId?.slice(0, 256))
  const skills = skillsIn(event)
  const subject = textIn(event, EXTENSIONS.subject, 128)
  const school = textIn(event, EXTENSIONS.school, 256)
  const choice = extension(event, EXTENSIONS.choice)
  const count = extension(event, EXTENSIONS.attempt) ?? attemptIn(event)
  return {
    ...(skills.length > 0 && { skills }),
    ...(subject !== undefined && { subject }),
    ...(section !== undefined && { section }),
    ...(school !== undefined && { school }),
    ...(isTeam && groupId !== undefined && { team: groupId.slice(0, 256) }),
    ...((choice === 'chosen' || choice === 'assigned') && { choice }),
    ...(Number.isSafeInteger(count) && (count as number) > 0 && { attempt: count as number }),
  }
}

function attemptIn(event: CaliperEvent): unknown {
  const generated = whole(event.generated)
  return (
    generated?.count ??
    whole(generated?.attempt)?.count ??
    (whole(event.object)?.type === 'Attempt' ? whole(event.object)?.count : undefined)
  )
}

function skillsIn(event: CaliperEvent): string[] {
  const said = extension(event, EXTENSIONS.skills)
  const listed = (Array.isArray(said) ? said : [said]).filter(
    (skill): skill is string => typeof skill === 'string' && skill !== '',
  )
  const objectives = whole(event.object)?.learningObjectives
  const named = (Array.isArray(objectives) ? objectives : []).map(objective =>
    typeof objective === 'string' ? objective : whole(objective)?.id,
  )
  return [...new Set([...listed, ...named.filter(id => typeof id === 'string')])]
    .map(skill => skill.slice(0, 512))
    .slice(0, 50)
}

const extension = (event: CaliperEvent, iri: string): unknown => event.extensions?.[iri]

function textIn(event: CaliperEvent, iri: string, length: number): string | undefined {
  const value = extension(event, iri)
  return typeof value === 'string' && value !== '' ? value.slice(0, length) : undefined
}

function whole(entity: unknown): Json | undefined {
  return typeof entity === 'object' && entity !== null && !Array.isArray(entity) ? (entity as Json) : undefined
}
