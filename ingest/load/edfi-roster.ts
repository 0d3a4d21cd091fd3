import { z } from 'zod'
import type { Day, Pseudonym, Role } from '../../schemas/record.ts'
import type { Descriptors } from './edfi-descriptors.ts'
import { each, STUDENT_ID } from './edfi-events.ts'
import { rowsOf, type EdFiSet } from './edfi-objects.ts'
import { loadStaff, loadStudent, personFacts, STAFF_ID } from './edfi-people.ts'
import { bad, baseOf, noSection, parsed, wrong } from './edfi-rows.ts'
import { sectionOf, type Section } from './edfi-sections.ts'
import type { Loader, RowOutcome } from './loader.ts'
import { DateText } from './oneroster-rows.ts'
import type { TableRow } from './table.ts'
import { dayAfter } from './zoned.ts'

/** What is read first, because earlier files depend on it. */
type Known = {
  homerooms: Set<string>
  /** `student|school` of every section association. */
  inSections: Set<string>
  /** null: the set has no such file, so that nothing can be told to be missing. */
  schools: Set<string> | null
  students: Set<string> | null
  classes: Set<string>
}

const Id = z.string().min(1).max(256)
const SchoolRow = z.object({ schoolId: Id, nameOfInstitution: z.string().max(512) })
const SchoolAssociation = z.object({
  'studentReference.studentUniqueId': Id,
  'schoolReference.schoolId': Id,
  entryDate: DateText,
  exitWithdrawDate: DateText.optional(),
})
const BeginAndEnd = { beginDate: DateText, endDate: DateText.optional() }
const StudentSection = z.object({ 'studentReference.studentUniqueId': Id, ...BeginAndEnd })
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
  const facts = await personFacts(set, descriptors)
  const known = await readAhead(set)
  await each(set, 'schools', loader, row => loadSchool(row, loader))
  await each(set, 'students', loader, row => loadStudent(row, loader, facts))
  await each(set, 'staffs', loader, row => loadStaff(row, loader, facts))
  await each(set, 'studentEducationOrganizationAssociations', loader, row =>
    row.unreadable ? bad(row, loader) : 'stored',
  )
  await each(set, 'studentSchoolAssociations', loader, row => loadMembership(row, loader, known))
  await each(set, 'studentSectionAssociations', loader, row => loadStudentSection(row, loader, known))
  await each(set, 'staffSectionAssociations', loader, row => loadStaffSection(row, loader, known))
  return known.schools
}

async function readAhead(set: EdFiSet): Promise<Known> {
  const known: Known = {
    homerooms: new Set(),
    inSections: new Set(),
    schools: set.all.has('schools') ? new Set() : null,
    students: set.all.has('students') ? new Set() : null,
    classes: new Set(),
  }
  for await (const { values } of rowsOf(set, 'schools')) known.schools?.add(values.schoolId ?? '')
  for await (const { values } of rowsOf(set, 'students')) known.students?.add(values.studentUniqueId ?? '')
  for await (const { values } of rowsOf(set, 'studentSectionAssociations')) {
    const section = sectionOf(values)
    if (section === null) continue
    known.inSections.add(`${values['studentReference.studentUniqueId']}|${section.school}`)
    if (values.homeroomIndicator === 'true') known.homerooms.add(section.id)
  }
  return known
}

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

/** Who is in no section of a school belongs to it all the same: to a class that stands for the school's roll. */
function loadMembership(row: TableRow, loader: Loader, known: Known): RowOutcome {
  const found = parsed(row, SchoolAssociation, loader, 'The student does not count for this school')
  if (found === null) return 'dead'
  const student = found['studentReference.studentUniqueId']
  const school = found['schoolReference.schoolId']
  const missing = missingIn(row, student, school, 'schoolReference', known)
  if (missing !== null) return bad(row, loader, [missing], 'The student does not count for this school')
  const dates = { begin: found.entryDate, end: found.exitWithdrawDate ?? null }
  if (isTurned(dates)) return turned(row, 'exitWithdrawDate', dates.begin, loader)
  if (known.inSections.has(`${student}|${school}`)) return 'stored'
  const roll: Section = { id: `roll|${school}`, school, label: 'School roll' }
  return enrol(loader.intake.pseudonymise(STUDENT_ID, student), 'student', roll, dates, loader, known)
}

function loadStudentSection(row: TableRow, loader: Loader, known: Known): RowOutcome {
  const consequence = 'The student does not count for this class'
  const found = parsed(row, StudentSection, loader, consequence)
  if (found === null) return 'dead'
  const section = sectionOf(row.values)
  const student = found['studentReference.studentUniqueId']
  const missing = section === null ? noSection(row) : missingIn(row, student, section.school, 'sectionReference', known)
  if (missing !== null || section === null) return bad(row, loader, missing === null ? [] : [missing], consequence)
  const dates = datesOf(found)
  if (isTurned(dates)) return turned(row, 'endDate', dates.begin, loader)
  return enrol(loader.intake.pseudonymise(STUDENT_ID, student), 'student', section, dates, loader, known)
}

function loadStaffSection(row: TableRow, loader: Loader, known: Known): RowOutcome {
  const consequence = 'The teacher does not count for this class'
  const found = parsed(row, StaffSection, loader, consequence)
  if (found === null) return 'dead'
  const section = sectionOf(row.values)
  if (section === null) return bad(row, loader, [noSection(row)], consequence)
  const person = loader.intake.pseudonymise(STAFF_ID, found['staffReference.staffUniqueId'])
  const role = known.homerooms.has(section.id) ? 'adviser' : 'teacher'
  const dates = datesOf(found)
  if (isTurned(dates)) return turned(row, 'endDate', dates.begin, loader)
  return enrol(person, role, section, dates, loader, known)
}

type Dates = { begin: Day; end: Day | null }

/** The last day in a section is a day in it. */
const datesOf = ({
  beginDate = ALWAYS,
  endDate,
}: {
  beginDate?: Day | undefined
  endDate?: Day | undefined
}): Dates => ({
  begin: beginDate,
  end: endDate === undefined ? null : dayAfter(endDate, 1),
})

const isTurned = ({ begin, end }: Dates): boolean => end !== null && end < begin

const turned = (row: TableRow, field: string, begin: Day, loader: Loader): RowOutcome =>
  bad(
    row,
    loader,
    [wrong(row, field, JSON.stringify(row.values[field]), `a date not before ${begin}`, 'order')],
    'This membership is not loaded',
  )

/** @param reference by which the row names the school */
function missingIn(row: TableRow, student: string, school: string, reference: string, { students, schools }: Known) {
  const lacks = (field: string, got: string, expected: string) => wrong(row, field, got, expected, 'reference')
  if (students?.has(student) === false)
    return lacks('studentReference.studentUniqueId', 'a student whom students does not have', 'a student beside it')
  if (schools?.has(school) === false)
    return lacks(`${reference}.schoolId`, 'a school that schools does not have', 'a school beside it')
  return null
}

function enrol(
  person: Pseudonym,
  role: Role,
  { id, school, label }: Section,
  { begin, end }: Dates,
  loader: Loader,
  known: Known,
): RowOutcome {
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
