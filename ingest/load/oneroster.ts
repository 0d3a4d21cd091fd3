import type { z } from 'zod'
import { fault, faultsOf, type Fault } from '../faults.ts'
import type { Day, Pseudonym } from '../../schemas/record.ts'
import type { RosterEntry } from '../../schemas/roster.ts'
import { Advisories } from './advisories.ts'
import { invalid, type FileSet } from './file-set.ts'
import type { Loader } from './loader.ts'
import {
  ClassRow,
  CourseRow,
  EnrollmentRow,
  gradeOf,
  OrgRow,
  REQUIRED,
  ROLE_NAMES,
  roleOf,
  SessionRow,
} from './oneroster-rows.ts'
import { loadUsers } from './oneroster-users.ts'
import { checkHeader, tableRows, type TableRow } from './table.ts'

/** What later files refer to. In a delta a reference may also be to what was loaded before, so nothing is refused for it. */
export type Known = {
  isDelta: boolean
  /** Schools, sessions and classes last modified before are stored already, and only tell what others refer to. */
  changedSince: string | null
  schools: Set<string>
  sessions: Map<string, { begin: Day; end: Day }>
  courses: Map<string, string[]>
  classes: Map<string, { isHomeroom: boolean; school: string; begin: Day; end: Day | null }>
  users: Map<string, Pseudonym>
  /** Who is left without an advisory by an enrolment that is refused. */
  advisories: Advisories
}

export type EntryBase = { source: string; storedAt: string; status: 'active' | 'deleted' }

const ROSTER_FILES = ['orgs.csv', 'classes.csv', 'users.csv', 'enrollments.csv']
/** Before any school year; for enrolments of which nobody says when they began. */
const ALWAYS: Day = '1970-01-01'

export const isRoster = (set: FileSet): boolean => ROSTER_FILES.some(name => set.files.has(name))

/**
 * Load a OneRoster 1.1 or 1.2 CSV set: schools, sessions, classes, persons with their aliases, enrolments.
 * Dates of sessions and enrolments are half-open, as OneRoster says.
 * @returns the schools' ids; null for a delta, which need not name them all
 * @param changedSince of a delta that also holds what has not changed: the instant since which it would have
 * @throws HomeroomError FILE_INVALID if a file lacks a column without which it means nothing; then nothing is loaded
 */
export async function loadRoster(
  set: FileSet,
  loader: Loader,
  changedSince: string | null = null,
): Promise<Set<string> | null> {
  const known: Known = {
    isDelta: await isDelta(set),
    changedSince,
    schools: new Set(),
    sessions: new Map(),
    courses: new Map(),
    classes: new Map(),
    users: new Map(),
    advisories: new Advisories(),
  }
  for (const [name, required] of Object.entries(REQUIRED)) await checkHeader(set.files.get(name), { required })
  await each(set, 'orgs.csv', loader, row => loadOrg(row, loader, known))
  await each(set, 'academicsessions.csv', loader, row => loadSession(row, loader, known))
  await each(set, 'courses.csv', loader, row => loadCourse(row, loader, known))
  await each(set, 'classes.csv', loader, row => loadClass(row, loader, known))
  await loadUsers(set, loader, known)
  await each(set, 'enrollments.csv', loader, row => loadEnrollment(row, loader, known))
  known.advisories.report(loader)
  return known.isDelta ? null : known.schools
}

export type Outcome = 'stored' | 'duplicate' | 'dead' | 'partly'

/** Every row of a file of the set, if it is there. */
export const each = (set: FileSet, name: string, loader: Loader, load: (row: TableRow) => Outcome): Promise<void> =>
  eachRow(set, name, REQUIRED[name] ?? [], loader, load)

/** As `each`, of files with other required columns. */
export async function eachRow(
  set: FileSet,
  name: string,
  required: readonly string[],
  loader: Loader,
  load: (row: TableRow) => Outcome,
): Promise<void> {
  const file = set.files.get(name)
  if (file === undefined) return
  const summary = loader.file(file.label)
  for await (const row of tableRows(file, { required })) await loader.counted(summary, load(row))
  await loader.finished(summary)
}

/** The row as its schema has it; null, and a dead letter, if it is not. */
export function parsed<T>(row: TableRow, schema: z.ZodType<T>, loader: Loader, consequence: string): T | null {
  const result = schema.safeParse(row.values)
  if (row.unreadable === undefined && result.success) return result.data
  const faults = row.unreadable
    ? [row.unreadable]
    : faultsOf(result.error?.issues ?? [], row.values, row.row, row.place, ' field ')
  loader.bury('oneroster', row.place, row.text, faults, consequence, 'ROW_INVALID', row.values)
  return null
}

/** A dead letter for a row whose field is well-formed and yet cannot be right. */
export function refuse(
  row: TableRow,
  loader: Loader,
  field: string,
  got: string,
  expected: string,
  consequence: string,
  rule: 'reference' | 'order' | 'unique' | 'allowed' = 'allowed',
): Outcome {
  const found: Fault = { ...fault(row.row, `${row.place} field ${field}`, got, expected), rule }
  loader.bury('oneroster', row.place, row.text, [found], consequence, 'ROW_INVALID', row.values)
  return 'dead'
}

export function baseOf(loader: Loader, status: 'active' | 'inactive' | 'tobedeleted'): EntryBase {
  const { source, storedAt } = loader.batch
  return { source, storedAt, status: status === 'tobedeleted' ? 'deleted' : 'active' }
}

const add = (loader: Loader, entry: RosterEntry): Outcome => {
  loader.intake.addRoster(loader.batch, entry)
  return 'stored'
}

/** As `add`, of what a delta may hold only because others refer to it. */
function addChanged({ values }: TableRow, known: Known, loader: Loader, entry: RosterEntry): Outcome {
  const isKnown =
    known.changedSince !== null && Date.parse(values.dateLastModified ?? '') < Date.parse(known.changedSince)
  return isKnown ? 'duplicate' : add(loader, entry)
}

function loadOrg(row: TableRow, loader: Loader, known: Known): Outcome {
  const org = parsed(row, OrgRow, loader, 'This organisation is unknown; classes of it will be refused')
  if (org === null) return 'dead'
  // Districts, departments and the like are read and need no entry: a database holds one district.
  if (org.type !== 'school') return 'stored'
  known.schools.add(org.sourcedId)
  return addChanged(row, known, loader, {
    type: 'school',
    ...baseOf(loader, org.status),
    id: org.sourcedId,
    name: org.name,
  })
}

function loadSession(row: TableRow, loader: Loader, known: Known): Outcome {
  const session = parsed(
    row,
    SessionRow,
    loader,
    'Enrolments without dates of their own lose the dates of this session',
  )
  if (session === null) return 'dead'
  const { sourcedId: id, title, type: kind, schoolYear, startDate: begin, endDate: end } = session
  if (end <= begin)
    return refuse(
      row,
      loader,
      'endDate',
      JSON.stringify(end),
      `a date after startDate ${begin}`,
      'This session is not loaded',
      'order',
    )
  known.sessions.set(id, { begin, end })
  return addChanged(row, known, loader, {
    type: 'session',
    ...baseOf(loader, session.status),
    id,
    title,
    kind,
    schoolYear,
    begin,
    end,
  })
}

function loadCourse(row: TableRow, loader: Loader, known: Known): Outcome {
  const course = parsed(row, CourseRow, loader, 'Its classes are loaded without its subjects')
  if (course === null) return 'dead'
  known.courses.set(course.sourcedId, course.subjects)
  return 'stored'
}

function loadClass(row: TableRow, loader: Loader, known: Known): Outcome {
  const found = parsed(row, ClassRow, loader, 'The class is unknown; enrolments in it will be refused')
  if (found === null) return 'dead'
  const { sourcedId: id, schoolSourcedId: school, classType } = found
  if (!known.isDelta && !known.schools.has(school)) {
    return refuse(
      row,
      loader,
      'schoolSourcedId',
      'a school that orgs.csv does not have',
      'the sourcedId of a school',
      'The class is unknown; enrolments in it will be refused',
      'reference',
    )
  }
  known.classes.set(id, { isHomeroom: classType === 'homeroom', school, ...datesOf(found.termSourcedIds, known) })
  const subjects = found.subjects.length > 0 ? found.subjects : (known.courses.get(found.courseSourcedId ?? '') ?? [])
  return addChanged(row, known, loader, {
    type: 'class',
    ...baseOf(loader, found.status),
    id,
    school,
    label: found.classCode ?? id,
    classType,
    subjects: subjects.map(subject => subject.slice(0, 128)),
    grades: found.grades.map(gradeOf),
  })
}

function datesOf(terms: readonly string[], known: Known): { begin: Day; end: Day | null } {
  const sessions = terms.flatMap(term => known.sessions.get(term) ?? [])
  if (sessions.length === 0) return { begin: ALWAYS, end: null }
  return {
    begin: sessions.map(({ begin }) => begin).sort()[0]!,
    end: sessions
      .map(({ end }) => end)
      .sort()
      .at(-1)!,
  }
}

function loadEnrollment(row: TableRow, loader: Loader, known: Known): Outcome {
  const consequence = 'This person does not count for this class and school'
  const found = parsed(row, EnrollmentRow, loader, consequence)
  if (found === null) return 'dead'
  const group = known.classes.get(found.classSourcedId)
  const person = known.users.get(found.userSourcedId)
  if (!known.isDelta && group === undefined) {
    known.advisories.lost(found, row)
    return refuse(
      row,
      loader,
      'classSourcedId',
      'a class that classes.csv does not have',
      'the sourcedId of a class',
      consequence,
      'reference',
    )
  }
  if (!known.isDelta && person === undefined)
    return refuse(
      row,
      loader,
      'userSourcedId',
      'a user that users.csv does not have',
      'the sourcedId of a user',
      consequence,
      'reference',
    )
  const role = roleOf(found.role)
  if (role === undefined)
    return refuse(row, loader, 'role', 'a role that OneRoster does not have', `one of ${ROLE_NAMES}`, consequence)
  const begin = found.beginDate ?? group?.begin ?? ALWAYS
  const end = found.endDate ?? group?.end ?? null
  if (end !== null && end < begin)
    return refuse(
      row,
      loader,
      'endDate',
      JSON.stringify(end),
      `a date not before beginDate ${begin}`,
      consequence,
      'order',
    )
  if (group?.isHomeroom && role === 'student') known.advisories.has(found.userSourcedId)
  const { pseudonymise } = loader.intake
  return add(loader, {
    type: 'enrolment',
    ...baseOf(loader, found.status),
    // Ids of enrolments are often made of the ids of their students.
    id: pseudonymise('enrolment', found.sourcedId),
    person: person ?? pseudonymise('sourcedId', found.userSourcedId),
    class: found.classSourcedId,
    school: found.schoolSourcedId,
    role: role === 'teacher' && group?.isHomeroom ? 'adviser' : role,
    begin,
    end,
  })
}

/** Whether its manifest says so. */
export async function isDelta(set: FileSet): Promise<boolean> {
  const manifest = set.files.get('manifest.csv')
  if (manifest === undefined) return false
  for await (const { values } of tableRows(manifest, { required: ['propertyName', 'value'] })) {
    if (values.propertyName?.startsWith('file.') && values.value === 'delta') return true
    if (values.propertyName === 'oneroster.version' && !/^1\.[12]/.test(values.value ?? '')) {
      throw invalid(set.name, `says that it is OneRoster ${values.value ?? '(nothing)'}; 1.1 and 1.2 can be read`)
    }
  }
  return false
}
