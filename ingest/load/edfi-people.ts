import { z } from 'zod'
import type { Role } from '../../schemas/record.ts'
import { aliasesOf, pseudonymOfAlias, type Alias } from './aliases.ts'
import type { IdentifierType } from '../pseudonymise.ts'
import { codeOf, type Descriptors } from './edfi-descriptors.ts'
import { STUDENT_ID } from './edfi-events.ts'
import { baseOf, parsed } from './edfi-rows.ts'
import { listed, rowsOf, type EdFiSet } from './edfi-objects.ts'
import type { Loader, RowOutcome } from './loader.ts'
import { gradeOf } from './oneroster-rows.ts'
import type { TableRow } from './table.ts'

/** Staff have numbers of their own, which may be those of students. */
export const STAFF_ID = 'staffUniqueId'

/** What other resources say of persons. */
export type PersonFacts = {
  grades: Map<string, { grade: string; since: string }>
  details: Map<string, { groups: Record<string, string>; email?: string; login?: string }>
  /** Who teaches a section. */
  teachers: Set<string>
}

const Id = z.string().min(1).max(256)
const PersonName = { firstName: z.string().max(256).default(''), lastSurname: z.string().max(256).default('') }
const StudentRow = z.object({ studentUniqueId: Id, ...PersonName })
const StaffRow = z.object({ staffUniqueId: Id, loginId: z.string().max(512).optional(), ...PersonName })

/** Read ahead of the persons themselves: grades, groups, addresses, who teaches. */
export async function personFacts(set: EdFiSet, descriptors: Descriptors): Promise<PersonFacts> {
  const facts: PersonFacts = { grades: new Map(), details: new Map(), teachers: new Set() }
  for await (const { values } of rowsOf(set, 'studentSchoolAssociations')) {
    const student = values['studentReference.studentUniqueId'] ?? ''
    const since = values.entryDate ?? ''
    const uri = values.entryGradeLevelDescriptor
    const grade = gradeOf(descriptors.meaning('GradeLevel', uri) ?? (uri && codeOf(uri)))
    if (since >= (facts.grades.get(student)?.since ?? '')) facts.grades.set(student, { grade, since })
  }
  for await (const { values } of rowsOf(set, 'studentEducationOrganizationAssociations')) addDetails(values, facts)
  for await (const { values } of rowsOf(set, 'staffSectionAssociations'))
    facts.teachers.add(values['staffReference.staffUniqueId'] ?? '')
  return facts
}

export function loadStudent(row: TableRow, loader: Loader, known: PersonFacts): RowOutcome {
  const student = parsed(row, StudentRow, loader, 'The student is unknown')
  if (student === null) return 'dead'
  const { studentUniqueId: id } = student
  const { groups = {}, email, login } = known.details.get(id) ?? {}
  addPerson(
    { type: STUDENT_ID, value: id },
    { ...student, email, login },
    'student',
    known.grades.get(id)?.grade ?? '',
    groups,
    loader,
  )
  return 'stored'
}

export function loadStaff(row: TableRow, loader: Loader, known: PersonFacts): RowOutcome {
  const staff = parsed(row, StaffRow, loader, 'The person is unknown')
  if (staff === null) return 'dead'
  const role = known.teachers.has(staff.staffUniqueId) ? 'teacher' : 'staff'
  const [email] = listed(row.values, 'electronicMails', 'electronicMailAddress')
  const { staffUniqueId: value, loginId: login } = staff
  addPerson({ type: STAFF_ID, value }, { ...staff, email, login }, role, '', {}, loader)
  return 'stored'
}

type Named = { firstName: string; lastSurname: string; email?: string | undefined; login?: string | undefined }

function addPerson(
  own: { type: IdentifierType; value: string },
  { firstName, lastSurname, email, login }: Named,
  role: Role,
  grade: string,
  groups: Record<string, string>,
  loader: Loader,
): void {
  const { intake, batch } = loader
  const id = intake.pseudonymise(own.type, own.value)
  const base = baseOf(loader)
  intake.addRoster(batch, { type: 'person', ...base, id, role, grade, groups })
  const identifier = own.type === STUDENT_ID ? own.value : undefined
  const said = { sourcedId: own.value, username: login, email, identifier }
  // The number is no id of a OneRoster system, which may use the same number for somebody else.
  const others = aliasesOf(said, intake.config.accounts).filter(({ type }) => type !== 'sourcedId' && type !== own.type)
  const aliases: Alias[] = [{ ...own, field: 'id' }, ...others]
  for (const alias of aliases) {
    intake.addRoster(batch, { type: 'alias', ...base, id: pseudonymOfAlias(alias, intake.pseudonymise), person: id })
  }
  const { storedAt } = batch
  intake.identities.person({
    type: 'person',
    id,
    storedAt,
    givenName: firstName,
    familyName: lastSurname,
    email: email ?? '',
    sourcedId: own.value,
  })
}

function addDetails(values: Record<string, string>, { details }: PersonFacts): void {
  const races = listed(values, 'races', 'raceDescriptor').map(codeOf).sort().join('; ')
  const marks = listed(values, 'studentCharacteristics', 'studentCharacteristicDescriptor').map(codeOf)
  const groups: Record<string, string> = {}
  const put = (name: string, value: string | undefined): void => {
    if (value) groups[name.slice(0, 64)] = value.slice(0, 64)
  }
  put('sex', values.sexDescriptor && codeOf(values.sexDescriptor))
  put('race', races)
  if (values.hispanicLatinoEthnicity === 'true') put('hispanicOrLatinoEthnicity', 'true')
  put(
    'englishProficiency',
    values.limitedEnglishProficiencyDescriptor && codeOf(values.limitedEnglishProficiencyDescriptor),
  )
  for (const mark of marks) put(mark, 'true')
  const [email] = listed(values, 'electronicMails', 'electronicMailAddress')
  const { loginId: login } = values
  details.set(values['studentReference.studentUniqueId'] ?? '', {
    groups,
    ...(email && { email }),
    ...(login && { login }),
  })
}
