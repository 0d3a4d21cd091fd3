import type { Account } from '../infra/accounts.ts'
import { HomeroomError } from '../infra/errors.ts'
import type { UnitType } from '../schemas/indicator.ts'

/**
 * `school`: the school that a class or advisory belongs to, or in which a student is enrolled; `classes`: the classes and
 * advisories of a student.
 */
export type Unit = { type: UnitType; id: string; school?: string; classes?: readonly string[] }

/** What the audit is told of: a unit, or what was looked up in the audit itself. */
export type Seen = Pick<Unit, 'id'> & { type: UnitType | 'audit' }

/**
 * What a reader may see of a unit: `live` figures (and the published ones), only `published` ones (frozen, small cells
 * suppressed), or nothing.
 */
export type Tier = 'live' | 'published' | 'none'

/** What is not about a unit: counts of the whole district, who saw what, the de-identified database, an adviser's own inbox. */
export type Place = 'operations' | 'audit' | 'research' | 'inbox'

export type Reader = Pick<Account, 'kind' | 'role' | 'scope'>

/** Who is signed in, within the roster of today; `closed`: schools of the account that the roster does not have (any more). */
export type SignedIn = Account & { closed: readonly string[] }

/** The one place that decides who sees what: every page, export and endpoint asks here, and at `mayEnter`. */
export function tierOf(reader: Reader, unit: Unit): Tier {
  if (reader.kind !== 'person') return 'none'
  switch (reader.role) {
    case 'analyst':
    case 'researcher':
      return unit.type === 'student' ? 'none' : 'published'
    case 'principal':
      return ofPrincipal(reader, unit)
    case 'adviser':
      return ofAdviser(reader, unit)
    default:
      return 'none'
  }
}

/** May this reader see what is not about a unit? */
export function mayEnter(reader: Reader, place: Place): boolean {
  return reader.kind === 'person' && PLACES[place].includes(reader.role)
}

/**
 * Is this reader an adviser of the student, or of the advisory? Offers of help, and what came up in conversations, are
 * theirs; a teacher of one of the student's classes has none of it.
 */
export function mayAdvise(reader: Reader, { type, id, classes = [] }: Unit): boolean {
  if (reader.kind !== 'person' || reader.role !== 'adviser') return false
  const groups = type === 'student' ? classes : type === 'advisory' ? [id] : []
  return groups.some(group => reader.scope.advisories.includes(group))
}

/** May this reader write notes on the charts of a school or the district, and take them back? */
export function mayAnnotate(reader: Reader, { type, id }: Unit): boolean {
  if (reader.kind !== 'person' || (type !== 'school' && type !== 'district')) return false
  if (reader.role === 'analyst') return true
  return reader.role === 'principal' && type === 'school' && reader.scope.schools.includes(id)
}

/** A school that the roster does not have opens nothing: a school that was closed has no principal. */
export function withinRoster(account: Account, schools: ReadonlySet<string>): SignedIn {
  const closed = account.scope.schools.filter(id => !schools.has(id))
  if (closed.length === 0) return { ...account, closed }
  const scope = { ...account.scope, schools: account.scope.schools.filter(id => schools.has(id)) }
  return { ...account, scope, closed }
}

/** The refusal of a unit, in the same words whether it exists or not, unless it stands in the account itself. */
export function denied({ closed }: Pick<SignedIn, 'closed'>, { type, id, school }: Unit): HomeroomError {
  const gone = closed.find(one => one === (type === 'school' ? id : school))
  return new HomeroomError(
    'SCOPE_DENIED',
    gone === undefined
      ? `This ${type} is outside what your account may see`
      : `Your account names the school ${JSON.stringify(gone)}, which is not in the roster: it was closed or renamed, or its roster is not loaded yet`,
  )
}

const PLACES: Readonly<Record<Place, readonly string[]>> = {
  operations: ['operator', 'analyst'],
  // It names students by pseudonym, which an analyst has no reason to see.
  audit: ['operator'],
  research: ['researcher', 'analyst'],
  // What is in it, `mayAdvise` says.
  inbox: ['adviser'],
}

/** Of single students a principal sees counts only: what is known of one is between that student and the adviser. */
function ofPrincipal(reader: Reader, unit: Unit): Tier {
  if (unit.type === 'district') return 'published'
  if (unit.type === 'student') return 'none'
  // A class whose school is not known is in nobody's school.
  const school = unit.type === 'school' ? unit.id : unit.school
  return school !== undefined && reader.scope.schools.includes(school) ? 'live' : 'none'
}

function ofAdviser({ scope }: Reader, unit: Unit): Tier {
  switch (unit.type) {
    case 'district':
      return 'published'
    case 'school':
      return scope.schools.includes(unit.id) ? 'published' : 'none'
    case 'advisory':
      return scope.advisories.includes(unit.id) ? 'live' : 'none'
    case 'class':
      return scope.classes?.includes(unit.id) ? 'live' : 'none'
    case 'student':
      return unit.classes?.some(id => scope.advisories.includes(id) || scope.classes?.includes(id)) ? 'live' : 'none'
  }
}
