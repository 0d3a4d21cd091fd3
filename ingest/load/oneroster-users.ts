import { z } from 'zod'
import { fault } from '../faults.ts'
import type { Role } from '../../schemas/record.ts'
import { aliasesOf, pseudonymOfAlias, type Alias } from './aliases.ts'
import type { FileSet } from './file-set.ts'
import type { Loader } from './loader.ts'
import { baseOf, each, parsed, refuse, type Known, type Outcome } from './oneroster.ts'
import { gradeOf, REQUIRED, ROLE_NAMES, RoleRow, roleOf, UserRow } from './oneroster-rows.ts'
import { tableRows, type TableRow } from './table.ts'

type People = {
  /** 1.2: the primary role, by user. */
  roles: Map<string, string>
  /** Demographics, by user. */
  groups: Map<string, Record<string, string>>
  /** Identifiers that several persons claim, as `type|value`: nobody's. */
  contested: Set<string>
}

const DEMOGRAPHICS = new Set([
  'sourcedId',
  'status',
  'dateLastModified',
  'birthDate',
  'cityOfBirth',
  'stateOfBirthAbbreviation',
  'countryOfBirthCode',
  'publicSchoolResidenceStatus',
])
const Demographics = z.looseObject({ sourcedId: z.string().min(1).max(256) })

/** Persons, their names (to `identities` only) and every identifier under which they may appear in events. */
export async function loadUsers(set: FileSet, loader: Loader, known: Known): Promise<void> {
  const people: People = { roles: new Map(), groups: new Map(), contested: await contestedIn(set, loader) }
  await each(set, 'roles.csv', loader, row => loadRole(row, loader, people))
  await each(set, 'demographics.csv', loader, row => loadDemographics(row, loader, people))
  await each(set, 'users.csv', loader, row => loadUser(row, loader, known, people))
}

/** Claims are read before any alias is written: who comes first must not decide who gets an address that two share. */
async function contestedIn(set: FileSet, loader: Loader): Promise<Set<string>> {
  const claims = new Map<string, string>()
  const contested = new Set<string>()
  const file = set.files.get('users.csv')
  if (file === undefined) return contested
  for await (const { values } of tableRows(file, { required: REQUIRED['users.csv'] ?? [] })) {
    const user = UserRow.safeParse(values)
    if (!user.success || user.data.status === 'tobedeleted') continue
    for (const alias of aliasesOf(user.data, loader.intake.config.accounts)) {
      const name = nameOf(alias)
      const claimedBy = claims.get(name)
      if (claimedBy === undefined) claims.set(name, user.data.sourcedId)
      else if (claimedBy !== user.data.sourcedId) contested.add(name)
    }
  }
  return contested
}

function loadRole(row: TableRow, loader: Loader, people: People): Outcome {
  const found = parsed(row, RoleRow, loader, 'The user has no role by this row')
  if (found === null) return 'dead'
  if (found.status === 'tobedeleted') return 'stored'
  if (found.roleType === 'primary' || !people.roles.has(found.userSourcedId))
    people.roles.set(found.userSourcedId, found.role)
  return 'stored'
}

function loadDemographics(row: TableRow, loader: Loader, people: People): Outcome {
  const found = parsed(row, Demographics, loader, 'This person counts in no group')
  if (found === null) return 'dead'
  const groups = Object.entries(found)
    .filter(
      ([column, value]) => !DEMOGRAPHICS.has(column) && typeof value === 'string' && value !== '' && value !== 'false',
    )
    .map(([column, value]) => [column.slice(0, 64), String(value).slice(0, 64)])
  people.groups.set(found.sourcedId, Object.fromEntries(groups))
  return 'stored'
}

function loadUser(row: TableRow, loader: Loader, known: Known, people: People): Outcome {
  const user = parsed(
    row,
    UserRow,
    loader,
    'The person is unknown; enrolments of it will be refused and its events belong to nobody',
  )
  if (user === null) return 'dead'
  const name = user.role ?? people.roles.get(user.sourcedId)
  const role = name === undefined ? undefined : roleOf(name)
  const consequence = 'The person is unknown; enrolments of it will be refused and its events belong to nobody'
  if (role === undefined) {
    const got = name === undefined ? 'missing, here and in roles.csv' : 'a role that OneRoster does not have'
    return refuse(row, loader, 'role', got, `one of ${ROLE_NAMES}`, consequence)
  }
  if (known.users.has(user.sourcedId)) {
    return refuse(
      row,
      loader,
      'sourcedId',
      'the id of a user in an earlier row',
      'an id of its own',
      'The earlier row stands',
      'unique',
    )
  }
  addPerson(user, role, loader, known, people)
  return addAliases(user, row, loader, people) ? 'stored' : 'partly'
}

function addPerson(user: UserRow, role: Role, loader: Loader, known: Known, people: People): void {
  const { intake, batch } = loader
  const id = intake.pseudonymise('sourcedId', user.sourcedId)
  known.users.set(user.sourcedId, id)
  const groups = people.groups.get(user.sourcedId) ?? {}
  intake.addRoster(batch, {
    type: 'person',
    ...baseOf(loader, user.status),
    id,
    role,
    grade: gradeOf(user.grades[0]),
    groups,
  })
  if (user.status === 'tobedeleted') return
  const { givenName, familyName, email = '', sourcedId } = user
  intake.identities.person({ type: 'person', id, storedAt: batch.storedAt, givenName, familyName, email, sourcedId })
}

/** @returns false if an identifier is contested: it becomes nobody's, and a dead letter says so */
function addAliases(user: UserRow, row: TableRow, loader: Loader, people: People): boolean {
  const { intake, batch } = loader
  const person = intake.pseudonymise('sourcedId', user.sourcedId)
  const contested = new Set<string>()
  const base = baseOf(loader, user.status)
  const written = new Set<string>()
  for (const alias of aliasesOf(user, intake.config.accounts)) {
    if (written.has(nameOf(alias))) continue
    written.add(nameOf(alias))
    const isContested = people.contested.has(nameOf(alias))
    if (isContested) contested.add(alias.field)
    const id = pseudonymOfAlias(alias, intake.pseudonymise)
    intake.addRoster(batch, { type: 'alias', ...base, id, person, ...(isContested && { contested: true as const }) })
  }
  if (contested.size === 0) return true
  const faults = [...contested].map(field => ({
    ...fault(row.row, `${row.place} field ${field}`, 'that of another user too', 'an identifier of one person'),
    rule: 'unique',
  }))
  loader.bury(
    'oneroster',
    row.place,
    row.text,
    faults,
    'The person is loaded without it; events under it belong to nobody',
    'ROW_INVALID',
    row.values,
  )
  return false
}

const nameOf = ({ type, value }: Alias): string => `${type}|${value}`
