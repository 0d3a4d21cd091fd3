import { utcInstant } from '../../schemas/formats.ts'
import { CONTACT_KINDS, type Kind, type Mode, type Participant, type Pseudonym } from '../../schemas/record.ts'
import type { Interaction, InteractionParticipant } from '../../schemas/interaction.ts'
import { normalised, type IdentifierType, type Pseudonymise } from '../pseudonymise.ts'
import type { MapContext, Mapped } from './from-xapi.ts'
import { counterpartsOf, modeOf } from './participants.ts'
import { isTimely, positiveMs } from './times.ts'

const IS_CONTACT: ReadonlySet<Kind> = new Set(CONTACT_KINDS)

/** The identifier of a participant, as xAPI and Caliper senders name the same person. */
export function identifierOfParticipant(person: Pick<InteractionParticipant, 'id' | 'idType'>): {
  type: IdentifierType
  value: string
} {
  const { idType } = person
  const id = person.id.trim()
  if (idType === 'email') return { type: 'mbox', value: normalised('mbox', id) }
  if (idType.startsWith('account:')) return { type: 'account', value: `${idType.slice('account:'.length)}|${id}` }
  return { type: idType, value: id }
}

export function pseudonymOfParticipant(
  person: Pick<InteractionParticipant, 'id' | 'idType'>,
  pseudonymise: Pseudonymise,
): Pseudonym {
  const { type, value } = identifierOfParticipant(person)
  return pseudonymise(type, value)
}

/**
 * The record of a valid row. Pure.
 * @param context its `people` are the participants in their order, the first is the actor
 */
export function fromInteraction(
  row: Interaction,
  context: Omit<MapContext, 'identify'> & { people: readonly Participant[] },
): Mapped {
  const actor = context.people[0]!
  const counterparts = counterpartsOf(context.people, actor.id)
  const occurredAt = utcInstant(row.at)
  const mode = row.mode ?? modeIn(row.kind, actor, counterparts)
  const durationMs = row.minutes === undefined ? undefined : positiveMs(row.minutes * 60_000)
  return {
    id: context.id,
    source: context.source,
    standard: 'interaction',
    occurredAt,
    storedAt: context.storedAt,
    timely: isTimely(occurredAt, context.window),
    actor,
    counterparts,
    kind: row.kind,
    ...(mode && { mode }),
    verb: row.kind,
    object: row.object ?? '',
    ...(row.objectType !== undefined && { objectType: row.objectType }),
    ...(row.skills && row.skills.length > 0 && { skills: row.skills }),
    ...(row.subject && { subject: row.subject }),
    ...(row.section && { section: row.section }),
    ...(row.school && { school: row.school }),
    ...(row.team && { team: row.team }),
    ...(row.choice && { choice: row.choice }),
    ...(durationMs !== undefined && { durationMs }),
    ...(row.score !== undefined && { score: row.score }),
    ...(row.success !== undefined && { success: row.success }),
    ...(row.completion !== undefined && { completion: row.completion }),
    ...(row.attempt !== undefined && { attempt: row.attempt }),
  }
}

function modeIn(kind: Kind, actor: Participant, counterparts: readonly Participant[]): Mode | undefined {
  if (counterparts.length > 0) return modeOf(actor, counterparts)
  return IS_CONTACT.has(kind) ? undefined : 'individual'
}
