import type { CaliperEntity } from '../../schemas/caliper.ts'
import type { Pseudonym } from '../../schemas/record.ts'
import type { Batch, Intake } from '../intake.ts'
import { identifierOfEntity } from '../map/caliper-people.ts'
import type { TokenOf } from '../originals.ts'

type Json = Record<string, unknown>

/** Properties that hold people, so that an IRI alone stands for somebody there. */
const PERSON_PLACES: ReadonlySet<string> = new Set(
  `actor annotator assignee author commenter createdBy creator creators learner member members rater recipients respondent
   scoredBy sharedWith user withAgents`.split(/\s+/),
)

/** Whether a value of an event is somebody: by its type, or by the place where an IRI alone stands for somebody. */
export function isPerson(value: unknown, key: string): boolean {
  if (typeof value === 'string') return PERSON_PLACES.has(key)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { type, '@type': oldType } = value as Json
  const name = typeof type === 'string' ? type : typeof oldType === 'string' ? oldType : ''
  return name === 'Person' || name.endsWith('/Person')
}

/** Gives the token that stands for a person in the original. */
export const tokenOf =
  (intake: Intake, batch: Batch): TokenOf =>
  value => {
    const { token } = intake.identities.known(value, entity => pseudonymOf(intake, entity))
    intake.checkPeople(batch)
    return token
  }

function pseudonymOf(intake: Intake, entity: unknown): Pseudonym | null {
  const { id, '@id': oldId } = (typeof entity === 'object' && entity !== null ? entity : {}) as Json
  const iri = typeof entity === 'string' ? entity : (id ?? oldId)
  if (typeof iri !== 'string') return null
  const { type, value } = identifierOfEntity(iri as CaliperEntity)
  return intake.pseudonymise(type, value)
}
