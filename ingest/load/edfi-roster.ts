import { z } from 'zod'
import type { Day, Pseudonym, Role } from '../../schemas/record.ts'
import { fault, faultsOf } from '../faults.ts'
import type { IdentifierType } from '../pseudonymise.ts'
import { aliasesOf, pseudonymOfAlias, type Alias } from './aliases.ts'
import { codeOf, type Descriptors } from './edfi-descriptors.ts'
import { each, STUDENT_ID } from './edfi-events.ts'
import { listed, rowsOf, type EdFiSet } from './edfi-objects.ts'
import { sectionOf, type Section } from './edfi-sections.ts'
import type { Loader, RowOutcome } from './loader.ts'
import { DateText, gradeOf } from './oneroster-rows.ts'
import type { TableRow } from './table.ts'
import { dayAfter } from './zoned.ts'

/** Staff have numbers of their own, which may be those of students. */
export const STAFF_ID = 'staffUniqueId'

/** What is read first, because earlier files depend on it. */
type Known = {
  grades: Map<string, { grade: string; since: string }>
  details: Map<string, { groups: Record<string, string>; email?: string; login?: string }>
  homerooms: Set<string>
  teachers: Set<string>
  /** `student|school` of every section association. */
  inSections: Set<string>
  /** null: the set has no such file, so that nothing can be told to be missing. */
  schools: Set<string> | null
  students: Set<string> | null
  classes: Set<string>
}

const Id = z.string().min(1).max(256)
const SchoolRow = z.object({ schoolId: Id, nameOfInstitution: z.string().max(512) })
const PersonName = { firstName: z.string().max(256).default(''), lastSurname: z.string().max(256).default('') }
const StudentRow = z.object({ studentUniqueId: Id, ...PersonName })
const StaffRow = z.object({ staffUniqueId: Id, loginId: z.string().max(512).optional(), ...PersonName })
const SchoolAssociation = z.object({
  'studentReference.studentUniqueId': Id,
  'schoolReference.schoolId': Id,
  entryDate: DateText,
  exitWithdrawDate: DateText.optional(),
})
const Dates = { beginDate: DateText, endDate: DateText.optional() }
const StudentSection = z.object({ 'studentReference.studentUniqueId': Id, ...Dates })
const StaffSection = z.object({
  'staffReference.staffUniqueId': Id,
  beginDate: DateText.optional(),
  endDate: DateText.optional(),
})

/** Before any school year; for teachers of whom nobody says since when. */
const ALWAYS: Day = '1970-01-01'

/**
 * Schools, students and staff with their names (to `identities` only), sections and who is in them.
 * @returns the schools' ids; null if the set does not list them
 */
export async function loadEdFiRoster(
  set: EdFiSet,
  descriptors: Descriptors,
  loader: Loader,
): Promise<Set<string> | null> {
  const known = await readAhead(set, descriptors)
  await each(set, 'schools', loader, row => loadSchool(row, loader))
  await each(set, 'students', loader, row => loadStudent(row, loader, known))
  await each(set, 'staffs', loader, row => loadStaff(row, loader, known))
  await each(set, 'studentEducationOrganizationAssociations', loader, row =>
    row.unreadable ? bad(row, loader) : 'stored',
  )
  await each(set, 'studentSchoolAssociations', loader, row => loadMembership(row, loader, known))
  await each(set, 'studentSectionAssociations', loader, row => loadStudentSection(row, loader, known))
  await each(set, 'staffSectionAssociations', loader, row => loadStaffSection(row, loader, known))
  return known.schools
}

async function readAhead(set: EdFiSet, descriptors: Descriptors): Promise<Known> {
  const known: Known = {
    grades: new Map(),
    details: new Map(),
    homerooms: new Set(),
    teachers: new Set(),
    inSections: new Set(),
    schools: set.all.has('schools') ? new Set() : null,
    students: set.all.has('students') ? new Set() : null,
    classes: new Set(),
  }
  for await (const { values } of rowsOf(set, 'schools')) known.schools?.add(values.schoolId ?? '')
  for await (const { values } of rowsOf(set, 'students')) known.students?.add(values.studentUniqueId ?? '')
  for await (const { values } of rowsOf(set, 'studentSchoolAssociations')) {
    const student = values['studentReference.studentUniqueId'] ?? ''
    const since = values.entryDate ?? ''
    const uri = values.entryGradeLevelDescriptor
    const grade = gradeOf(descriptors.meaning('GradeLevel', uri) ?? (uri && codeOf(uri)))
    if (since >= (known.grades.get(student)?.since ?? '')) known.grades.set(student, { grade, since })
  }
  for await (const { values } of rowsOf(set, 'studentEducationOrganizationAssociations')) addDetails(values, known)
  for await (const { values } of rowsOf(set, 'studentSectionAssociations')) {
    const section = sectionOf(values)
    if (section === null) continue
    known.inSections.add(`${values['studentReference.studentUniqueId']}|${section.school}`)
    if (values.homeroomIndicator === 'true') known.homerooms.add(section.id)
  }
  for await (const { values } of rowsOf(set, 'staffSectionAssociations'))
    known.teachers.add(values['staffReference.staffUniqueId'] ?? '')
  return known
}

function addDetails(values: Record<string, string>, { details }: Known): void {
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

function bad(row: TableRow, loader: Loader, faults = [row.unreadable!], consequence = 'It is not loaded'): 'dead' {
  loader.bury('mapping', row.place, row.text, faults, consequence, 'ROW_INVALID', row.values)
  return 'dead'
}

function parsed<T>(row: TableRow, schema: z.ZodType<T>, loader: Loader, consequence: string): T | null {
  const result = schema.safeParse(row.values)
  if (row.unreadable === undefined && result.success) return result.data
  bad(
    row,
    loader,
    row.unreadable ? [row.unreadable] : faultsOf(result.error?.issues ?? [], row.values, row.row, row.place, ' field '),
    consequence,
  )
  return null
}

const baseOf = ({ batch }: Loader) => ({ source: batch.source, storedAt: batch.storedAt, status: 'active' as const })

function loadSchool(row: TableRow, loader: Loader): RowOutcome {
  const school = parsed(row, SchoolRow, loader, 'The school has no name')
  if (school === null) return 'dead'
  loader.intake.addRoster(loader.batch, {
    type: 'school',
    ...baseOf(loader),
    id: school.schoolId,
    name: school.nameOfInstitution,
  })
  return 'stored'
}

function loadStudent(row: TableRow, loader: Loader, known: Known): RowOutcome {
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

function loadStaff(row: TableRow, loader: Loader, known: Known): RowOutcome {
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

/** Who is in no section of a school belongs to it all the same: to a class that stands for the school's roll. */
function loadMembership(row: TableRow, loader: Loader, known: Known): RowOutcome {
  const found = parsed(row, SchoolAssociation, loader, 'The student does not count for this school')
  if (found === null) return 'dead'
  const student = found['studentReference.studentUniqueId']
  const school = found['schoolReference.schoolId']
  const missing = missingIn(row, student, school, known)
  if (missing !== null) return bad(row, loader, [missing], 'The student does not count for this school')
  if (known.inSections.has(`${student}|${school}`)) return 'stored'
  const roll: Section = { id: `roll|${school}`, school, label: 'School roll' }
  const dates = { begin: found.entryDate, end: found.exitWithdrawDate ?? null }
  return enrol(row, loader.intake.pseudonymise(STUDENT_ID, student), 'student', roll, dates, loader, known)
}

function loadStudentSection(row: TableRow, loader: Loader, known: Known): RowOutcome {
  const consequence = 'The student does not count for this class'
  const found = parsed(row, StudentSection, loader, consequence)
  if (found === null) return 'dead'
  const section = sectionOf(row.values)
  const student = found['studentReference.studentUniqueId']
  const missing = section === null ? noSection(row) : missingIn(row, student, section.school, known)
  if (missing !== null || section === null) return bad(row, loader, missing === null ? [] : [missing], consequence)
  return enrol(row, loader.intake.pseudonymise(STUDENT_ID, student), 'student', section, datesOf(found), loader, known)
}

function loadStaffSection(row: TableRow, loader: Loader, known: Known): RowOutcome {
  const consequence = 'The teacher does not count for this class'
  const found = parsed(row, StaffSection, loader, consequence)
  if (found === null) return 'dead'
  const section = sectionOf(row.values)
  if (section === null) return bad(row, loader, [noSection(row)], consequence)
  const person = loader.intake.pseudonymise(STAFF_ID, found['staffReference.staffUniqueId'])
  const role = known.homerooms.has(section.id) ? 'adviser' : 'teacher'
  return enrol(row, person, role, section, datesOf(found), loader, known)
}

/** The last day in a section is a day in it. */
const datesOf = ({ beginDate = ALWAYS, endDate }: { beginDate?: Day | undefined; endDate?: Day | undefined }) => ({
  begin: beginDate,
  end: endDate === undefined ? null : dayAfter(endDate, 1),
})

const noSection = (row: TableRow) =>
  fault(
    row.row,
    `${row.place} field sectionReference`,
    'missing or without a part of its key',
    'schoolId, schoolYear, sessionName, localCourseCode, sectionIdentifier',
  )

function missingIn(row: TableRow, student: string, school: string, { students, schools }: Known) {
  if (students?.has(student) === false)
    return fault(
      row.row,
      `${row.place} field studentReference.studentUniqueId`,
      'a student whom students does not have',
      'a student beside it',
    )
  if (schools?.has(school) === false)
    return fault(row.row, `${row.place} field schoolId`, 'a school that schools does not have', 'a school beside it')
  return null
}

function enrol(
  row: TableRow,
  person: Pseudonym,
  role: Role,
  { id, school, label }: Section,
  { begin, end }: { begin: Day; end: Day | null },
  loader: Loader,
  known: Known,
): RowOutcome {
  if (end !== null && end < begin) {
    const found = fault(row.row, `${row.place} field endDate`, JSON.stringify(end), `a date not before ${begin}`)
    return bad(row, loader, [found], 'This membership is not loaded')
  }
  const { intake, batch } = loader
  const base = baseOf(loader)
  if (!known.classes.has(id)) {
    known.classes.add(id)
    const classType = known.homerooms.has(id) ? 'homeroom' : 'scheduled'
    intake.addRoster(batch, {
      type: 'class',
      ...base,
      id,
      school,
      label: label.slice(0, 256),
      classType,
      subjects: [],
      grades: [],
    })
  }
  const key = intake.pseudonymise('enrolment', ['ed-fi', person, id, begin].join('|'))
  intake.addRoster(batch, { type: 'enrolment', ...base, id: key, person, class: id, school, role, begin, end })
  return 'stored'
}
