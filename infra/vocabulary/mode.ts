import { CONTACT_KINDS, type Kind, type Mode, type Participant, type Role } from '../../schemas/record.ts'
import type { Rule } from './rules.ts'

const IS_CONTACT: ReadonlySet<Kind> = new Set(CONTACT_KINDS)
const ADULT: ReadonlySet<Role> = new Set(['adviser', 'teacher', 'staff', 'tutor', 'mentor', 'family', 'community'])

/** Who was there, and what is said of it. */
export type Company = {
  /** What the sender says in so many words. */
  said?: Mode | undefined
  /** A group acted, or a team is named. */
  isGroup: boolean
  actor: Participant
  counterparts: readonly Participant[]
}

/** With whom a record's actor was: as the sender says, as the verb says, or as the people in it show. */
export function modeBy(rule: Rule, { said, isGroup, actor, counterparts }: Company): Mode | undefined {
  if (said !== undefined) return said
  if (rule.mode !== undefined) return rule.mode
  if (rule.kind === 'voided' || rule.kind === 'other' || rule.kind === 'noted') return undefined
  if (IS_CONTACT.has(rule.kind)) return modeOf(actor, counterparts)
  // An instructor in the context says whose course it is, not that anybody was with the learner.
  return isGroup ? 'group' : 'individual'
}

/** With whom: an adult one-to-one, a peer one-to-one, or a group. Undefined where the roles do not say. */
export function modeOf(
  actor: Participant,
  counterparts: readonly Participant[],
): 'adult' | 'peer' | 'group' | undefined {
  const other = counterparts[0]
  if (other === undefined) return undefined
  if (counterparts.length > 1) return 'group'
  if (ADULT.has(other.role) || ADULT.has(actor.role)) return 'adult'
  return actor.role === 'student' && other.role === 'student' ? 'peer' : undefined
}
