import { modeBy } from '../../infra/vocabulary/mode.ts'
import { ruleFor, type Rule } from '../../infra/vocabulary/rules.ts'
import { OWN_RULES } from '../../infra/vocabulary/vocabulary.ts'
import { utcInstant } from '../../schemas/formats.ts'
import { Mode, Role, type Agency, type LearningRecord, type Participant } from '../../schemas/record.ts'
import { EXTENSIONS, VOIDED, type Activity, type Context, type Group, type Statement } from '../../schemas/xapi.ts'
import { agencyIn, kindBy } from './agency.ts'
import { COURSE_TYPES, SKILL_TYPES } from './activity-types.ts'
import { counterpartsOf, peopleOf, type Identify } from './participants.ts'
import { isTeam, roleOfTypes } from './relevant-types.ts'
import { spentMs } from './spent.ts'
import { isTimely, scaledScore, type Window } from './times.ts'

/** What a mapping needs beside the original. */
export type MapContext = {
  /** Id of the record, a UUID in lower case. */
  id: string
  source: string
  storedAt: string
  window: Window
  identify: Identify
}

/** A record but for what is made of the whole original. */
export type Mapped = Omit<LearningRecord, 'hash' | 'raw'>

const MAX_ID = 2048
const OTHER: Rule = { kind: 'other' }
// The standard says what voiding means; no table does.
const VOIDS: Rule = { kind: 'voided', duration: 'none' }
const MODES: ReadonlySet<string> = new Set(Mode.options)
const ROLES: ReadonlySet<string> = new Set(Role.options)

/**
 * The record of a valid statement. Pure: everything it depends on is in its arguments.
 *
 * People: the actor; or, where it is a group, its members, of whom the first by pseudonym is the record's actor.
 * Counterparts are the other members, an agent as the object, the instructor (role teacher unless said), the team's
 * members, and context agents and members of context groups, with the roles that their relevant types name. Roles that
 * nobody states are `unknown`: the roster knows them.
 */
export function fromXapi(statement: Statement, context: MapContext): Mapped {
  const { identify } = context
  const activity = activityOf(statement)
  const agency = hasExtensions(statement, activity) ? agencyIn(iri => extension(statement, iri)) : undefined
  const rule = ruleOf(statement, activity?.definition?.type, agency)
  const { actor, counterparts } = participants(statement, identify)
  const occurredAt = statement.timestamp === undefined ? context.storedAt : utcInstant(statement.timestamp)
  const record: Mapped = {
    id: context.id,
    source: context.source,
    standard: 'xapi',
    occurredAt,
    storedAt: context.storedAt,
    timely: isTimely(occurredAt, context.window),
    actor,
    counterparts,
    kind: rule.kind,
    verb: statement.verb.id.slice(0, MAX_ID),
    object: '',
  }
  // Property by property: spreading that many objects would take a third of the time of all this.
  setTarget(record, statement, identify)
  setMode(record, statement, rule)
  if (rule.choice !== undefined) record.choice = rule.choice
  setLabels(record, statement, activity)
  const team = groupOf(statement)
  const teamId = team === undefined ? null : identify(team)
  if (teamId !== null) record.team = teamId
  setResult(record, statement, rule)
  if (agency !== undefined) record.agency = agency
  if (rule.kind === 'voided') record.voids = (statement.object as { id: string }).id.toLowerCase()
  return record
}

function ruleOf(statement: Statement, activityType: string | undefined, agency: Agency | undefined): Rule {
  const verb = statement.verb.id
  if (verb === VOIDED) return VOIDS
  const rule = ruleFor(OWN_RULES, verb, activityType, () => categoriesOf(statement.context)) ?? OTHER
  const kind = kindBy(rule.kind, agency) as Rule['kind']
  return kind === rule.kind ? rule : { ...rule, kind }
}

const hasExtensions = ({ context, result }: Statement, activity: Activity | undefined): boolean =>
  (context?.extensions ?? result?.extensions ?? activity?.definition?.extensions) !== undefined

function categoriesOf(about: Context | undefined): string[] {
  const listed = about?.contextActivities?.category ?? []
  return (Array.isArray(listed) ? listed : [listed]).map(({ id }) => id)
}

function participants(statement: Statement, identify: Identify): Pick<Mapped, 'actor' | 'counterparts'> {
  const role = roleIn(statement, EXTENSIONS.role) ?? 'unknown'
  const acting = peopleOf(statement.actor, role, identify)
  if (acting.length > 1) acting.sort((a, b) => (a.id < b.id ? -1 : 1))
  const actor = acting[0]!
  const others = acting.slice(1)
  const object = statement.object
  if (object.objectType === 'Agent' || object.objectType === 'Group') {
    others.push(...peopleOf(object, 'unknown', identify))
  }
  if (statement.context !== undefined) others.push(...peopleAround(statement, statement.context, identify))
  return { actor, counterparts: counterpartsOf(others, actor.id) }
}

function peopleAround(statement: Statement, about: Context, identify: Identify): Participant[] {
  const { instructor, team: group, contextAgents, contextGroups } = about
  const people: Participant[] = []
  if (instructor !== undefined) {
    people.push(...peopleOf(instructor, roleIn(statement, EXTENSIONS.instructorRole) ?? 'teacher', identify))
  }
  if (group !== undefined && group.member) people.push(...peopleOf(group, 'unknown', identify))
  for (const { agent, relevantTypes } of contextAgents ?? []) {
    people.push(...peopleOf(agent, roleOfTypes(relevantTypes), identify))
  }
  // A group without members is not a person.
  for (const { group: around, relevantTypes } of contextGroups ?? []) {
    if (around.member) people.push(...peopleOf(around, roleOfTypes(relevantTypes), identify))
  }
  return people
}

function setMode(record: Mapped, statement: Statement, rule: Rule): void {
  const said = extension(statement, EXTENSIONS.mode)
  const mode = modeBy(rule, {
    said: typeof said === 'string' && MODES.has(said) ? (said as Mode) : undefined,
    isGroup: groupOf(statement) !== undefined,
    actor: record.actor,
    counterparts: record.counterparts,
  })
  if (mode !== undefined) record.mode = mode
}

// An agent as the object is a person: its pseudonym stands for it.
function setTarget(record: Mapped, { object }: Statement, identify: Identify): void {
  switch (object.objectType) {
    case 'Agent':
    case 'Group':
      record.object = identify(object) ?? 'anonymous'
      record.objectType = object.objectType
      break
    case 'StatementRef':
      record.object = object.id.toLowerCase()
      record.objectType = 'StatementRef'
      break
    case 'SubStatement':
      record.object = object.verb.id.slice(0, MAX_ID)
      record.objectType = 'SubStatement'
      break
    default: {
      const type = object.definition?.type
      record.object = object.id.slice(0, MAX_ID)
      if (type !== undefined) record.objectType = type.slice(0, MAX_ID)
    }
  }
}

function setResult(record: Mapped, statement: Statement, rule: Rule): void {
  const durationMs = spentMs(statement, rule)
  if (durationMs !== undefined) record.durationMs = durationMs
  const { result } = statement
  if (result === undefined) return
  const score = result.score && scaledScore(result.score)
  if (score !== undefined) record.score = score
  if (result.success !== undefined) record.success = result.success
  if (result.completion !== undefined) record.completion = result.completion
}

function setLabels(record: Mapped, statement: Statement, activity: Activity | undefined): void {
  const about = statement.context
  const related = about?.contextActivities
  if (related !== undefined) {
    const section = idsOf(COURSE_TYPES, related.parent, related.grouping, activity)[0]
    if (section !== undefined) record.section = section.slice(0, 256)
    const skills = idsOf(SKILL_TYPES, related.category, related.parent, related.other)
    if (skills.length > 0) record.skills = cut(skills)
  }
  if (hasExtensions(statement, activity)) setSaid(record, statement)
}

// What the sender says in so many words beats what the related activities suggest.
function setSaid(record: Mapped, statement: Statement): void {
  const skills = extension(statement, EXTENSIONS.skills)
  const listed = (Array.isArray(skills) ? skills : [skills]).filter(skill => typeof skill === 'string' && skill !== '')
  if (listed.length > 0) record.skills = cut([...listed, ...(record.skills ?? [])])
  const subject = textIn(statement, EXTENSIONS.subject, 128)
  if (subject !== undefined) record.subject = subject
  const section = textIn(statement, EXTENSIONS.section, 256)
  if (section !== undefined) record.section = section
  const school = textIn(statement, EXTENSIONS.school, 256)
  if (school !== undefined) record.school = school
  const choice = extension(statement, EXTENSIONS.choice)
  if (choice === 'chosen' || choice === 'assigned') record.choice = choice
  const attempt = extension(statement, EXTENSIONS.attempt)
  if (Number.isSafeInteger(attempt) && (attempt as number) > 0) record.attempt = attempt as number
}

const cut = (skills: string[]): string[] => [...new Set(skills)].slice(0, 50).map(skill => skill.slice(0, 512))

/** Ids of the activities of those types, in order. */
function idsOf(types: ReadonlySet<string>, ...lists: (Activity | Activity[] | undefined)[]): string[] {
  const ids: string[] = []
  for (const list of lists) {
    if (list === undefined) continue
    for (const activity of Array.isArray(list) ? list : [list]) {
      const type = activity.definition?.type
      if (type !== undefined && types.has(type)) ids.push(activity.id)
    }
  }
  return ids
}

/** The group that acted: the team of the context, the context group that says it is the team, or the actor. */
function groupOf(statement: Statement): Group | undefined {
  const { actor, context } = statement
  if (context?.team !== undefined) return context.team
  const around = context?.contextGroups?.find(({ relevantTypes }) => isTeam(relevantTypes))
  if (around !== undefined) return around.group
  return actor.objectType === 'Group' ? actor : undefined
}

function activityOf(statement: Statement): Activity | undefined {
  const object = statement.object
  return object.objectType === undefined || object.objectType === 'Activity' ? object : undefined
}

function extension(statement: Statement, iri: string): unknown {
  const inContext = statement.context?.extensions?.[iri]
  if (inContext !== undefined) return inContext
  const inResult = statement.result?.extensions?.[iri]
  return inResult === undefined ? activityOf(statement)?.definition?.extensions?.[iri] : inResult
}

function textIn(statement: Statement, iri: string, length: number): string | undefined {
  const value = extension(statement, iri)
  return typeof value === 'string' && value !== '' ? value.slice(0, length) : undefined
}

function roleIn(statement: Statement, iri: string): Role | undefined {
  const value = extension(statement, iri)
  return typeof value === 'string' && ROLES.has(value) ? (value as Role) : undefined
}
