import { durationOf, instantOf } from '../../schemas/formats.ts'
import type { CaliperEvent } from '../../schemas/caliper.ts'
import { CONTACT_KINDS, Mode, type Kind, type Participant } from '../../schemas/record.ts'
import { EXTENSIONS } from '../../schemas/xapi.ts'
import type { Pseudonymise } from '../pseudonymise.ts'
import { agencyIn, kindBy } from './agency.ts'
import { caliperKind } from './caliper-actions.ts'
import { identifierOfEntity, iriOf, participants, whole } from './caliper-people.ts'
import type { MapContext, Mapped } from './from-xapi.ts'
import { headOf } from './head.ts'
import { modeOf } from './participants.ts'
import { positiveMs, scaledScore } from './times.ts'

type Json = Record<string, unknown>

const MAX_ID = 2048
const IS_CONTACT: ReadonlySet<Kind> = new Set(CONTACT_KINDS)

/** The record of a valid event. Pure. Who takes part: `caliper-people.ts`; what kind it is: `caliper-actions.ts`. */
export function fromCaliper(
  event: CaliperEvent,
  context: Omit<MapContext, 'identify'> & { pseudonymise: Pseudonymise },
): Mapped {
  const { actor, counterparts } = participants(event, context.pseudonymise)
  const agency = event.extensions === undefined ? undefined : agencyIn(iri => extension(event, iri))
  const kind = kindBy(caliperKind(event), agency)
  const durationMs = durationIn(event, kind)
  const score = scoreIn(event)
  const mode = modeIn(event, kind, actor, counterparts)
  return {
    ...headOf('caliper', event.eventTime, context),
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
    ...(agency && { agency }),
  }
}

function modeIn(event: CaliperEvent, kind: Kind, actor: Participant, others: Participant[]): Mode | undefined {
  const said = extension(event, EXTENSIONS.mode)
  if (Mode.options.includes(said as Mode)) return said as Mode
  if (kind === 'other' || kind === 'noted') return undefined
  return IS_CONTACT.has(kind) ? modeOf(actor, others) : 'individual'
}

/** An attempt stands for what is attempted: that is what others work on too. */
function objectOf(event: CaliperEvent, pseudonymise: Pseudonymise): Pick<Mapped, 'object' | 'objectType'> {
  const attempted = whole(event.object)?.type === 'Attempt' ? whole(event.object)?.assignable : undefined
  const object = typeof attempted === 'string' || typeof whole(attempted)?.id === 'string' ? attempted : event.object
  const type = whole(object)?.type
  if (type === 'Person') {
    const { type: identifier, value } = identifierOfEntity(event.object, event.id)
    return { object: pseudonymise(identifier, value), objectType: 'Person' }
  }
  const id = iriOf(object as CaliperEvent['object']).slice(0, MAX_ID)
  return { object: id, ...(typeof type === 'string' && { objectType: type.slice(0, MAX_ID) }) }
}

function durationIn(event: CaliperEvent, kind: Kind): number | undefined {
  // What is started has taken no time yet, and a grade takes none of who is graded: the attempt said its time when it ended.
  if (kind === 'started' || kind === 'scored') return undefined
  const spent = [event.generated, event.object].map(timed).find(entity => entity?.duration ?? entity?.endedAtTime)
  if (spent === undefined) return undefined
  if (typeof spent.duration === 'string') return positiveMs(durationOf(spent.duration))
  if (typeof spent.startedAtTime !== 'string' || typeof spent.endedAtTime !== 'string') return undefined
  return positiveMs(instantOf(spent.endedAtTime) - instantOf(spent.startedAtTime))
}

// The length of a video is not time spent on it, nor is the span that a measure covers.
function timed(entity: unknown): Json | undefined {
  const found = whole(entity)
  return /Object$|^AggregateMeasure/.test(String(found?.type)) ? undefined : found
}

function scoreIn(event: CaliperEvent): number | undefined {
  const generated = whole(event.generated)
  if (generated === undefined) return undefined
  const { scoreGiven, maxScore, resultScore, maxResultScore, totalScore, normalScore } = generated
  const raw = scoreGiven ?? resultScore ?? totalScore ?? normalScore
  const attempt = whole(generated.attempt) ?? whole(event.object)
  const max = maxScore ?? maxResultScore ?? whole(attempt?.assignable)?.maxScore
  return typeof raw === 'number' && typeof max === 'number' ? scaledScore({ raw, max }) : undefined
}

function labels(
  event: CaliperEvent,
): Pick<Mapped, 'skills' | 'subject' | 'section' | 'school' | 'team' | 'choice' | 'attempt'> {
  const group = whole(event.group)
  const groupId = typeof event.group === 'string' ? event.group : (group?.id as string | undefined)
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
