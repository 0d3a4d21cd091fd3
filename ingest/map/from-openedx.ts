import { instantOf } from '../../schemas/formats.ts'
import { CONTACT_KINDS, type Kind, type Participant } from '../../schemas/record.ts'
import type { TrackingEvent } from '../../schemas/openedx.ts'
import type { IdentifierType, Pseudonymise } from '../pseudonymise.ts'
import type { MapContext, Mapped } from './from-xapi.ts'
import { headOf } from './head.ts'
import { openEdxKind } from './openedx-events.ts'
import { counterpartsOf, modeOf } from './participants.ts'
import { positiveMs, scaledScore } from './times.ts'
import { isObject, type Json } from '../../schemas/json.ts'

/** The platform's own numbers of its users: a name of the account `<home page>/user_id`. */
export const USER_IDS: ReadonlySet<string> = new Set(['user_id', 'attempt_user_id', 'instructor_id'])
/** Login names: a name of the account `<home page>`. */
export const USER_NAMES: ReadonlySet<string> = new Set(['username', 'student', 'target_username'])

const IS_CONTACT: ReadonlySet<Kind> = new Set(CONTACT_KINDS)
// Requests that show a page of a course; everything else that a browser asks for says nothing of a learner.
const PAGE =
  /^\/courses\/[^/]+\/(?:courseware|jump_to|jump_to_id|info|course|progress|discussion|wiki|book|pdfbook|htmlbook|about|teams|bookmarks|edxnotes|dates)(?:\/|$)/

/** A login name where there is one, because the roster can know it; else the platform's number of the user. */
type User = { name?: string | undefined; number?: string | undefined }

/**
 * The record of a valid event of a tracking log; null where nobody is named. Pure.
 *
 * The actor is who caused the event; where it is about another's enrolment, completion or team, that one. Where a person
 * scores another's work, that one is the counterpart; where one votes for a post, its author is.
 * @param context.homePage of the accounts, `https://courses.example.org`
 */
export function fromOpenEdx(
  event: TrackingEvent,
  context: Omit<MapContext, 'identify'> & { pseudonymise: Pseudonymise; homePage: string },
): Mapped | null {
  const details = detailsOf(event.event)
  const name = nameOf(event)
  const isRequest = name.startsWith('/')
  const kind = isRequest ? requestKind(name, details) : openEdxKind(name, event.event_source ?? '', details)
  const users = usersOf(event, details, kind)
  if (users.length === 0) return null
  const people = users.map((user, i) => participant(user, i === 0 ? roleOf(details) : 'unknown', context))
  const actor = people[0]!
  const counterparts = counterpartsOf(people, actor.id)
  const mode = modeIn(name, kind, actor, counterparts)
  return {
    ...headOf('openedx', event.time, context),
    actor,
    counterparts,
    kind,
    ...(mode && { mode }),
    verb: isRequest ? 'openedx:request' : verbOf(name),
    ...objectOf(event, details, isRequest),
    ...resultOf(name, kind, details),
  }
}

/** `name` supersedes `event_type`, which then is what the event was called in older days. */
export const nameOf = (event: TrackingEvent): string => event.name || event.event_type

/** The event's own fields. Pages send them as JSON in a text; what is neither is left alone. */
export function detailsOf(event: unknown): Json {
  if (isObject(event)) return event
  if (typeof event !== 'string' || !event.startsWith('{')) return {}
  try {
    const parsed: unknown = JSON.parse(event)
    return isObject(parsed) ? parsed : {}
  } catch {
    // The platform cuts long texts off; then they say nothing more, and the line is good without them.
    return {}
  }
}

/** The identifier of a user, as the roster's rules for accounts name it. */
export function identifierOfUser(user: User, homePage: string): { type: IdentifierType; value: string } {
  const value = user.name === undefined ? `${homePage}/user_id|${user.number ?? ''}` : `${homePage}|${user.name}`
  return { type: 'account', value }
}

// A name that nobody gave to an event may be anything; of it only the length is told.
const verbOf = (name: string): string =>
  /^[A-Za-z][\w.:-]{0,127}$/.test(name) ? `openedx:${name}` : `openedx:[name of ${name.length} characters]`

function requestKind(path: string, details: Json): Kind {
  const posted = details.POST
  const isGet = !isObject(posted) || Object.keys(posted).length === 0
  return isGet && PAGE.test(path) ? 'viewed' : 'noted'
}

function usersOf(event: TrackingEvent, details: Json, kind: Kind): User[] {
  const number = textOf(event.context?.user_id)
  const named: User = { name: textOf(event.username), number }
  const doer = named.name === undefined && number === undefined ? undefined : named
  // Who caused the event is known by name; of others it may tell only the number.
  const known = (user: User | undefined): User | undefined =>
    user?.number !== undefined && user.number === number ? doer : user
  const subject = known(subjectOf(details))
  const author = textOf(details.target_username)
  if (kind === 'gave-feedback' && doer !== undefined && author !== undefined) return [doer, { name: author }]
  if (subject === undefined) return doer === undefined ? [] : [doer]
  const grader = kind === 'scored' ? (known(numbered(details.instructor_id)) ?? doer) : undefined
  return grader === undefined || grader === subject ? [subject] : [grader, subject]
}

/** Whom the event is about, where it says so. */
function subjectOf(details: Json): User | undefined {
  const name = textOf(details.student)
  return name === undefined ? numbered(details.user_id ?? details.attempt_user_id) : { name }
}

function numbered(id: unknown): User | undefined {
  const number = textOf(id)
  return number === undefined ? undefined : { number }
}

function participant(
  user: User,
  role: Participant['role'],
  context: { pseudonymise: Pseudonymise; homePage: string },
): Participant {
  const { type, value } = identifierOfUser(user, context.homePage)
  return { id: context.pseudonymise(type, value), role }
}

// Only forum events say a role; the roster knows the others.
const roleOf = ({ user_course_roles: roles }: Json): Participant['role'] =>
  Array.isArray(roles) && roles.length > 0 ? 'teacher' : 'unknown'

function modeIn(name: string, kind: Kind, actor: Participant, others: readonly Participant[]): Mapped['mode'] {
  if (kind === 'noted' || kind === 'other') return undefined
  if (kind === 'collaborated') return 'group'
  // A hint is help of a program.
  if (name === 'edx.problem.hint.demandhint_displayed') return 'individual'
  return IS_CONTACT.has(kind) ? modeOf(actor, others) : 'individual'
}

const OBJECTS = [
  'problem_id',
  'module_id',
  'usage_id',
  'usage_key',
  'block_id',
  'component_usage_id',
  'exam_content_id',
]

/** The component, post or course that the event is about, and the course as the class that it names. */
function objectOf(
  event: TrackingEvent,
  details: Json,
  isRequest: boolean,
): Pick<Mapped, 'object' | 'objectType' | 'section' | 'team'> {
  const course =
    textOf(event.context?.course_id) ?? textOf(details.course_id) ?? /^\/courses\/([^/]+)/.exec(nameOf(event))?.[1]
  const named = isRequest ? [] : [...OBJECTS.map(field => details[field]), event.context?.module?.usage_key, details.id]
  const object = named.map(textOf).find(Boolean)
  const type = object === undefined ? course && 'course' : typeOf(object, nameOf(event))
  const team = textOf(details.team_id)
  return {
    object: (object ?? course ?? '').slice(0, 2048),
    ...(type && { objectType: type }),
    ...(course && { section: course.slice(0, 256) }),
    ...(team && { team: team.slice(0, 256) }),
  }
}

// A usage key says what it is the key of: block-v1:Org+Course+Run+type@problem+block@…, of older courses i4x://Org/Course/problem/….
function typeOf(object: string, name: string): string | undefined {
  const said = /\+type@([a-z0-9_-]+)\+block@/i.exec(object) ?? /^i4x:\/\/[^/]+\/[^/]+\/([a-z0-9_-]+)\//i.exec(object)
  if (said !== null) return said[1]
  if (name.startsWith('edx.forum.')) return name.split('.')[2]
  return /video/.test(name) ? 'video' : undefined
}

function resultOf(
  name: string,
  kind: Kind,
  details: Json,
): Pick<Mapped, 'score' | 'success' | 'completion' | 'attempt' | 'durationMs'> {
  const score = scoreIn(details)
  const success = name === 'edx.course.grade.passed.first_time' ? true : successIn(details)
  const attempt = details.attempts ?? details.attempt_number
  const durationMs = kind === 'completed' ? spentIn(details) : undefined
  const isResult = kind === 'answered' || kind === 'scored' || kind === 'completed'
  return {
    ...(score !== undefined && (isResult || kind === 'noted') && { score }),
    ...(success !== undefined && isResult && { success }),
    ...(kind === 'completed' && { completion: true }),
    ...(isResult && Number.isSafeInteger(attempt) && (attempt as number) > 0 && { attempt: attempt as number }),
    ...(durationMs !== undefined && { durationMs }),
  }
}

// Points earned and possible, under the names that the kinds of events have for them.
const POINTS = [
  ['grade', 'max_grade'],
  ['new_score', 'new_total'],
  ['new_weighted_earned', 'new_weighted_possible'],
  ['weighted_earned', 'weighted_possible'],
  ['weighted_total_earned', 'weighted_total_possible'],
] as const

function scoreIn(details: Json): number | undefined {
  if (typeof details.percent_grade === 'number') return scaledScore({ scaled: details.percent_grade })
  for (const [earned, possible] of POINTS) {
    const [raw, max] = [details[earned], details[possible]]
    if (typeof raw === 'number' && typeof max === 'number') return scaledScore({ raw, max })
  }
  return undefined
}

function successIn({ success, is_correct: isCorrect }: Json): boolean | undefined {
  if (success === 'correct') return true
  if (success === 'incorrect') return false
  return typeof isCorrect === 'boolean' ? isCorrect : undefined
}

function spentIn({ attempt_started_at: from, attempt_completed_at: to }: Json): number | undefined {
  return typeof from === 'string' && typeof to === 'string' ? positiveMs(instantOf(to) - instantOf(from)) : undefined
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}
