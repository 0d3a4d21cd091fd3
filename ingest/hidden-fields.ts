import type { Pseudonym } from '../schemas/record.ts'
import type { Intake } from './intake.ts'
import { tokenReference } from './originals.ts'

/** Whose value a field holds: `of` names the kind of field, so that equal texts of two kinds are told apart. */
export type Owner = { of: string; identifier: Pseudonym | null }

/**
 * Any JSON with a token in the place of every value that names a person; `whole` of `originals.ts` gives it back.
 * @param ownerOf what a value says of whom, by its key (in an array that of the array); null: it names nobody
 */
export function withoutNames(
  value: unknown,
  intake: Pick<Intake, 'identities'>,
  ownerOf: (key: string, value: unknown) => Owner | null,
  key = '',
): unknown {
  const owner = isReference(value) ? { of: 'reserved', identifier: null } : ownerOf(key, value)
  if (owner !== null) {
    const { token } = intake.identities.known({ field: owner.of, value }, () => owner.identifier)
    return tokenReference(token)
  }
  if (Array.isArray(value)) return value.map(item => withoutNames(item, intake, ownerOf, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, withoutNames(v, intake, ownerOf, k)]))
}

// What already looks like a token is hidden whole, so that nobody can smuggle in a reference to another's agent.
const isReference = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, '$agent')
