import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeCsv } from './csv-file.ts'
import type { District } from './district.ts'
import { emailOf, staffId, staffName, studentId, studentName, studentNumber, teacherUsername } from './district.ts'
import { SUBJECTS } from './groups.ts'
import { STREAM, Random } from './random.ts'
import { personIri } from './traces/caliper-event.ts'

type Rows = Iterable<(string | number)[]>

const DISTRICT_ID = 'district'
const YEAR_ID = 'year-2026'
const TERM_ID = 'term-2026'
const RACES = 6

const FILES: Record<string, [columns: string, rows: (plan: District) => Rows]> = {
  'academicSessions.csv': ['title,type,startDate,endDate,parentSourcedId,schoolYear', sessions],
  'classes.csv': ['title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods', classes], // prettier-ignore
  'courses.csv': ['schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes', courses],
  'demographics.csv': ['birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus', demographics], // prettier-ignore
  'enrollments.csv': ['classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate', enrolments],
  'orgs.csv': ['name,type,identifier,parentSourcedId', orgs],
  'users.csv': ['enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password', users], // prettier-ignore
}
const ABSENT = ['categories', 'classResources', 'courseResources', 'lineItems', 'resources', 'results']

/**
 * Write the roster as a OneRoster 1.1 CSV folder (bulk), with the calendar beside it: what `homeroom load FOLDER` takes.
 * Enrolments of students who move end on the day (exclusive) on which the ones at the new school begin.
 */
export async function writeRoster(plan: District, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [file, [columns, rows]] of Object.entries(FILES)) {
    await writeCsv(join(folder, file), `sourcedId,status,dateLastModified,${columns}`, bulk(rows(plan)))
  }
  await writeCsv(join(folder, 'manifest.csv'), 'propertyName,value', manifest())
  await writeCsv(join(folder, 'calendar.csv'), 'schoolSourcedId,date,schoolDay,reason', calendar(plan))
}

/** In a bulk file, status and date of change are left empty. */
function* bulk(rows: Rows): Rows {
  for (const [id, ...rest] of rows) yield [id!, '', '', ...rest]
}

function* manifest(): Rows {
  yield ['manifest.version', '1.0']
  yield ['oneroster.version', '1.1']
  for (const file of Object.keys(FILES)) yield [`file.${file.replace('.csv', '')}`, 'bulk']
  for (const file of ABSENT) yield [`file.${file}`, 'absent']
  yield ['source.systemName', 'Homeroom synthetic district']
  yield ['source.systemCode', 'homeroom-demo']
}

function* calendar({ year, schools }: District): Rows {
  for (const { day, reason } of year.closed) yield ['', year.dates[day]!, 'false', reason]
  for (const school of schools) {
    for (const day of school.snowDays) yield [school.id, year.dates[day]!, 'false', 'snow']
  }
}

function* orgs({ schools }: District): Rows {
  yield [DISTRICT_ID, 'Synthetic School District', 'district', '', '']
  for (const school of schools) yield [school.id, school.name, 'school', '', DISTRICT_ID]
}

function* sessions({ year }: District): Rows {
  yield [YEAR_ID, 'School year 2025/26', 'schoolYear', year.begin, year.end, '', 2026]
  yield [TERM_ID, 'Full year 2025/26', 'term', year.begin, year.end, YEAR_ID, 2026]
}

function* courses({ schools }: District): Rows {
  for (const grade of new Set(schools.flatMap(school => school.grades))) {
    for (const { id, title, code } of SUBJECTS) {
      const course = `course-${id}-${grade}`
      yield [course, YEAR_ID, `${title} ${grade}`, course.toUpperCase(), gradeCode(grade), DISTRICT_ID, title, code]
    }
  }
  yield ['course-homeroom', YEAR_ID, 'Homeroom', 'HOMEROOM', '', DISTRICT_ID, '', '']
}

function* classes({ advisories, sections, schools }: District): Rows {
  for (const { id, code, school, grades } of advisories) {
    const list = grades.map(gradeCode).join(',')
    yield [
      id,
      `Advisory ${code}`,
      list,
      'course-homeroom',
      code,
      'homeroom',
      '',
      schools[school]!.id,
      TERM_ID,
      '',
      '',
      '',
    ]
  }
  for (const { id, code, school, grade, subject } of sections) {
    const { id: subjectId, title, code: subjectCode } = SUBJECTS[subject]!
    const course = `course-${subjectId}-${grade}`
    yield [id, `${title} ${grade}`, gradeCode(grade), course, code, 'scheduled', '', schools[school]!.id, TERM_ID, title, subjectCode, subject + 1] // prettier-ignore
  }
}

function* users(plan: District): Rows {
  const { schools, staff, students, seed } = plan
  for (const [index, { school, role }] of staff.entries()) {
    const name = staffName(seed, index)
    const user = teacherUsername(name, index)
    yield [staffId(index), 'true', schools[school]!.id, role, user, '', name.given, name.family, '', '', emailOf(user), '', '', '', '', ''] // prettier-ignore
  }
  for (let student = 0; student < students.count; student++) {
    const { given, family } = studentName(seed, student)
    const user = plan.usernames[student]!
    const school = plan.moves[plan.moveOf[student]!]?.school ?? students.school[student]!
    const ids = `{caliper:${personIri(user)}}`
    const grade = gradeCode(students.grade[student]!)
    yield [studentId(student), 'true', schools[school]!.id, 'student', user, ids, given, family, '', studentNumber(student), emailOf(user), '', '', '', grade, ''] // prettier-ignore
  }
}

function* enrolments(plan: District): Rows {
  const { advisories, sections, schools, year } = plan
  let number = 0
  const row = (group: { id: string; school: number }, user: string, role: string, begin: string, end: string) => [
    `enrollment-${++number}`,
    group.id,
    schools[group.school]!.id,
    user,
    role,
    role === 'teacher' ? 'true' : 'false',
    begin,
    end,
  ]
  for (const group of advisories) yield row(group, staffId(group.adviser), 'teacher', year.begin, year.end)
  for (const group of sections) yield row(group, staffId(group.teacher), 'teacher', year.begin, year.end)
  for (let student = 0; student < plan.students.count; student++) {
    const user = studentId(student)
    const move = plan.moves[plan.moveOf[student]!]
    const until = move ? year.dates[move.day]! : year.end
    const own = SUBJECTS.map((_, subject) => plan.sectionOf[student * SUBJECTS.length + subject]!)
    yield row(advisories[plan.advisoryOf[student]!]!, user, 'student', year.begin, until)
    for (const section of own) yield row(sections[section]!, user, 'student', year.begin, until)
    if (!move) continue
    yield row(advisories[move.advisory]!, user, 'student', until, year.end)
    for (const section of move.sections) yield row(sections[section]!, user, 'student', until, year.end)
  }
}

/** Invented at random, tied to nothing else: no planted truth depends on them. */
function* demographics({ students, seed }: District): Rows {
  const random = new Random()
  for (let student = 0; student < students.count; student++) {
    random.restart(seed, STREAM.demographics, 0, student)
    const born = 2025 - 5 - students.grade[student]!
    const month = String(1 + random.below(12)).padStart(2, '0')
    const date = `${born}-${month}-${String(1 + random.below(28)).padStart(2, '0')}`
    const race = random.below(RACES)
    const flags = Array.from({ length: RACES }, (_, i) => String(i === race))
    const sex = random.chance(0.5) ? 'female' : 'male'
    yield [studentId(student), date, sex, ...flags, String(random.chance(0.25)), 'US', '', '', '']
  }
}

const gradeCode = (grade: number): string => String(grade).padStart(2, '0')
