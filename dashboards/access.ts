import type { Account } from '../infra/accounts.ts'
import type { UnitType } from '../schemas/indicator.ts'

/** `school`: the school that a class or advisory belongs to. */
export type Unit = { type: UnitType; id: string; school?: string }

/**
 * What a reader may see of a unit: `live` figures (and the published ones), only `published` ones (frozen, small cells
 * suppressed), or nothing.
 */
export type Tier = 'live' | 'published' | 'none'

export type Reader = Pick<Account, 'kind' | 'role' | 'scope'>

/** The one place that decides who sees what: every page, export and endpoint asks here. */
export function tierOf(reader: Reader, unit: Unit): Tier {
  if (reader.kind !== 'person' || unit.type === 'student') return 'none'
  switch (reader.role) {
    case 'analyst':
    case 'researcher':
      return 'published'
    case 'principal':
      return unit.type === 'district' ? 'published' : ownSchool(reader, unit) ? 'live' : 'none'
    case 'adviser':
      return ofAdviser(reader, unit)
    default:
      return 'none'
  }
}

/** May this reader see what runs and what arrived (counts of the whole district, nothing about a student or school)? */
export function seesOperations(reader: Reader): boolean {
  return reader.kind === 'person' && (reader.role === 'operator' || reader.role === 'analyst')
}

function ofAdviser(reader: Reader, unit: Unit): Tier {
  if (unit.type === 'district') return 'published'
  if (unit.type === 'school') return reader.scope.schools.includes(unit.id) ? 'published' : 'none'
  return unit.type === 'advisory' && reader.scope.advisories.includes(unit.id) ? 'live' : 'none'
}

/** A class whose school is not known is in nobody's school. */
function ownSchool(reader: Reader, unit: Unit): boolean {
  const school = unit.type === 'school' ? unit.id : unit.school
  return school !== undefined && reader.scope.schools.includes(school)
}
