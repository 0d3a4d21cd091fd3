import { CONTACT_KINDS, type Kind, type Participant, type Role } from '../../schemas/record.ts'
import type { CanvasEvent } from '../../schemas/canvas.ts'
import { normalised, type IdentifierType, type Pseudonymise } from '../pseudonymise.ts'
import { canvasKind, isMasked } from './canvas-events.ts'
import type { MapContext, Mapped } from './from-xapi.ts'
import { headOf } from './head.ts'
import { counterpartsOf, modeOf } from './participants.ts'
import { scaledScore } from './times.ts'
import { isObject, type Json } from '../../schemas/json.ts'

const IS_CONTACT: ReadonlySet<Kind> = new Set(CONTACT_KINDS)
const ROLES: Record<string, Role> = {
  StudentEnrollment: 'student',
  TeacherEnrollment: 'teacher',
  TaEnrollment: 'teacher',
  DesignerEnrollment: 'staff',
  ObserverEnrollment: 'family',
  AccountAdmin: 'staff',
}

/** What an event tells of a user: the district's own id where it does, the platform's id, or an address. */
export type CanvasUser = {
  id?: string | undefined
  sisId?: string | undefined
  uuid?: string | undefined
  email?: string | undefined
}

/**
 * The record of a valid Canvas Live Event; null where nobody is named. Pure.
 *
 * The actor is who was signed in; where the event is about another's enrolment, account or progress, that one. Where a
 * person grades another's work, that one is the counterpart. Somebody who acts as another acts in their own name.
 */
export function fromCanvas(
  event: CanvasEvent,
  context: Omit<MapContext, 'identify'> & { pseudonymise: Pseudonymise },
): Mapped | null {
  const { metadata, body } = event
  const doer = doerOf(event)
  const subject = subjectOf(event, doer)
  const kind = canvasKind(event, { isOwn: doer !== undefined && doer === subject, isGraded: isGraded(event) })
  const users = usersOf(event, kind, doer, subject)
  if (users.length === 0) return null
  const people = users.map((user): Participant => {
    const { type, value } = identifierOfCanvasUser(user)
    return { id: context.pseudonymise(type, value), role: roleOf(user, event, doer) }
  })
  const actor = people[0]!
  const counterparts = counterpartsOf(people, actor.id)
  const mode = modeIn(kind, actor, counterparts)
  return {
    ...headOf('canvas', metadata.event_time, context),
    actor,
    counterparts,
    kind,
    ...(mode && { mode }),
    verb: `canvas:${metadata.event_name}`,
    ...objectOf(event, context.pseudonymise),
    ...sectionOf(event),
    ...resultOf(kind, metadata.event_name, body),
  }
}

/**
 * The identifier under which the roster can most likely know a user: the id that the district's own systems gave Canvas, as
 * the account `canvas-sis`; an address; the IRI that Canvas uses in Caliper; the id that only Canvas knows.
 */
export function identifierOfCanvasUser({ id, sisId, uuid, email }: CanvasUser): {
  type: IdentifierType
  value: string
} {
  if (sisId !== undefined) return { type: 'account', value: `canvas-sis|${sisId}` }
  if (email !== undefined) return { type: 'mbox', value: normalised('mbox', email) }
  if (id !== undefined) return { type: 'caliper', value: `urn:instructure:canvas:user:${id}` }
  return { type: 'canvas-uuid', value: uuid ?? '' }
}

/**
 * Canvas's id of something in the form that is the same in every event: `shard × 10^13 + local id`. Newer events tell the
 * local id, the metadata always the whole one.
 */
export function globalId(id: unknown, { metadata }: Pick<CanvasEvent, 'metadata'>): string | undefined {
  const said = textOf(id)
  const root = textOf(metadata.root_account_id) ?? textOf(metadata.user_id) ?? ''
  if (said === undefined || !/^\d{1,13}$/.test(said) || !/^\d{14,}$/.test(root)) return said
  return root.slice(0, -13) + said.padStart(13, '0')
}

function doerOf(event: CanvasEvent): CanvasUser | undefined {
  const { user_id: user, user_sis_id: sisId, real_user_id: real } = event.metadata
  if (isMasked(event)) return { id: globalId(real, event) }
  const id = globalId(user, event)
  return id === undefined ? undefined : { id, sisId: textOf(sisId) }
}

/** Whom the event is about: who was signed in, if it is the same. */
function subjectOf(event: CanvasEvent, doer: CanvasUser | undefined): CanvasUser | undefined {
  const { body } = event
  const user = isObject(body.user) ? body.user : {}
  const id = globalId(body.student_id ?? body.user_id ?? body.author_id ?? user.id, event)
  const uuid = textOf(body.user_uuid)
  if (id === undefined) return uuid === undefined ? doer : { uuid }
  if (id === doer?.id) return doer
  return { id, sisId: textOf(body.student_sis_id ?? body.user_sis_id), email: textOf(user.email) }
}

const graderOf = (event: CanvasEvent): string | undefined => globalId(event.body.grader_id, event)

function isGraded(event: CanvasEvent): boolean {
  const grader = graderOf(event)
  return grader !== undefined && grader !== globalId(event.body.student_id ?? event.body.user_id, event)
}

function usersOf(
  event: CanvasEvent,
  kind: Kind,
  doer: CanvasUser | undefined,
  subject: CanvasUser | undefined,
): CanvasUser[] {
  const someone = subject ?? doer
  if (isMasked(event)) return doer === undefined ? [] : [doer]
  if (kind !== 'scored' || !isGraded(event)) return someone === undefined ? [] : [someone]
  const grader = graderOf(event)
  return [grader === doer?.id ? doer! : { id: grader }, ...(someone === undefined ? [] : [someone])]
}

function roleOf(user: CanvasUser, { metadata, body }: CanvasEvent, doer: CanvasUser | undefined): Role {
  const said =
    user === doer ? metadata.context_role : metadata.event_name.startsWith('enrollment_') ? body.type : undefined
  return (typeof said === 'string' && Object.hasOwn(ROLES, said) && ROLES[said]) || 'unknown'
}

function modeIn(kind: Kind, actor: Participant, others: readonly Participant[]): Mapped['mode'] {
  if (kind === 'noted' || kind === 'other') return undefined
  if (kind === 'collaborated' && others.length === 0) return 'group'
  return IS_CONTACT.has(kind) ? modeOf(actor, others) : 'individual'
}

// What an event is about, by the first part of its name: type of the object, and the field that holds its id.
const OBJECTS: readonly (readonly [RegExp, string, string])[] = [
  [/^submission_comment/, 'submission', 'submission_id'],
  [
    /^(?:submission|grade_change|grade_override|assignment|plagiarism|discussion_entry_submitted)/,
    'assignment',
    'assignment_id',
  ],
  [/^quiz/, 'quiz', 'quiz_id'],
  [/^discussion/, 'discussion', 'discussion_topic_id'],
  [/^conversation/, 'conversation', 'conversation_id'],
  [/^wiki_page/, 'wikiPage', 'wiki_page_id'],
  [/^attachment/, 'attachment', 'attachment_id'],
  [/^module_item/, 'moduleItem', 'module_item_id'],
  [/^module/, 'module', 'module_id'],
  [/^learning_outcome_result/, 'outcome', 'learning_outcome_id'],
  [/^group/, 'group', 'group_id'],
  [/^(?:enrollment|course)/, 'course', 'course_id'],
]

function objectOf(event: CanvasEvent, pseudonymise: Pseudonymise): Pick<Mapped, 'object' | 'objectType' | 'skills'> {
  const { metadata, body } = event
  const urn = (type: string, id: string): { object: string; objectType: string } => ({
    object: `urn:instructure:canvas:${type}:${id}`.slice(0, 2048),
    objectType: type.slice(0, 256),
  })
  if (metadata.event_name === 'asset_accessed') {
    const [type, id] = [textOf(body.asset_type), globalId(body.asset_id, event)]
    if (type === undefined || id === undefined) return { object: '' }
    if (type !== 'user') return urn(type, id)
    const { type: kind, value } = identifierOfCanvasUser({ id })
    return { object: pseudonymise(kind, value), objectType: 'user' }
  }
  const [, type = '', field = ''] = OBJECTS.find(([names]) => names.test(metadata.event_name)) ?? []
  const course = isObject(body.course) ? body.course.id : undefined
  const id = globalId(body[field] ?? (type === 'course' ? course : undefined), event)
  if (id === undefined) return { object: '' }
  const object = urn(type, id)
  return type === 'outcome' ? { ...object, skills: [object.object.slice(0, 512)] } : object
}

// The district's own id of the course, where Canvas has one: rosters know the class by it.
function sectionOf(event: CanvasEvent): Pick<Mapped, 'section' | 'team'> {
  const { metadata, body } = event
  const course = isObject(body.course) ? body.course : {}
  const isCourse = metadata.context_type === 'Course'
  const section =
    (isCourse ? textOf(metadata.context_sis_source_id) : undefined) ??
    textOf(course.sis_source_id) ??
    globalId(isCourse ? metadata.context_id : (body.course_id ?? course.id), event)
  const team = globalId(metadata.context_type === 'Group' ? metadata.context_id : body.group_id, event)
  return { ...(section && { section: section.slice(0, 256) }), ...(team && { team: team.slice(0, 256) }) }
}

function resultOf(kind: Kind, name: string, body: Json): Pick<Mapped, 'score' | 'success' | 'completion' | 'attempt'> {
  const { score: raw, points_possible, possible, percent, mastery, attempt } = body
  const max = points_possible ?? possible
  const score =
    typeof percent === 'number'
      ? scaledScore({ scaled: percent })
      : typeof raw === 'number' && typeof max === 'number'
        ? scaledScore({ raw, max })
        : undefined
  return {
    ...(score !== undefined && { score }),
    ...(typeof mastery === 'boolean' && { success: mastery }),
    // A step of a course is done; the course is not.
    ...(kind === 'completed' && name !== 'course_progress' && { completion: true }),
    ...(Number.isSafeInteger(attempt) && (attempt as number) > 0 && { attempt: attempt as number }),
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}
