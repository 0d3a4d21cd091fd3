import { afterEach, beforeEach, expect, test } from 'vitest'
import { LEFT_OUT, resourceOf } from '../../ingest/load/edfi-objects.ts'
import { flat } from '../../ingest/load/json-rows.ts'
import { anEdFiExport, at, CLASS, pseudonymise, SECTION, student, type EdFiExport } from './an-edfi-export.ts'
import { only } from './a-roster-service.ts'
import type { Ingest } from './start-ingest.ts'

let edfi: EdFiExport
let ingest: Ingest
let write: EdFiExport['write']
let load: EdFiExport['load']
beforeEach(async () => {
  edfi = await anEdFiExport()
  ;({ ingest, write, load } = edfi)
})
afterEach(() => edfi.close())

test('sections with a homeroom indicator are advisories; who is in no section is on the roll of the school', async () => {
  await write('schools.jsonl', { schoolId: 255901001, nameOfInstitution: 'Grand Bend High School' })
  await write(
    'students.jsonl',
    { studentUniqueId: 's-1', firstName: 'Kim', lastSurname: 'Example' },
    { studentUniqueId: 's-2', firstName: 'Lee', lastSurname: 'Example' },
  )
  await write('staffs.jsonl', {
    staffUniqueId: 's-1',
    firstName: 'Terry',
    lastSurname: 'Teacher',
    loginId: 'teach',
    electronicMails: [{ electronicMailAddress: 'T@Example.org' }],
  })
  const grade = 'uri://ed-fi.org/GradeLevelDescriptor#Ninth grade'
  await write(
    'studentSchoolAssociations.jsonl',
    { ...at, ...student('s-1'), entryDate: '2025-08-25', entryGradeLevelDescriptor: grade },
    {
      ...at,
      ...student('s-2'),
      entryDate: '2025-08-25',
      exitWithdrawDate: '2026-02-11',
      entryGradeLevelDescriptor: grade,
    },
  )
  await write('studentSectionAssociations.jsonl', {
    sectionReference: SECTION,
    ...student('s-1'),
    beginDate: '2026-01-12',
    endDate: '2026-06-12',
    homeroomIndicator: true,
  })
  await write('staffSectionAssociations.jsonl', { sectionReference: SECTION, staffReference: { staffUniqueId: 's-1' } })
  await write('studentEducationOrganizationAssociations.jsonl', {
    ...student('s-1'),
    sexDescriptor: 'uri://ed-fi.org/SexDescriptor#Female',
    races: [
      { raceDescriptor: 'uri://ed-fi.org/RaceDescriptor#White' },
      { raceDescriptor: 'uri://ed-fi.org/RaceDescriptor#Asian' },
    ],
  })
  expect(await load()).toMatchObject({ dead: 0 })
  const entries = await ingest.rosters()
  const [kim, lee, terry] = [
    pseudonymise('identifier', 's-1'),
    pseudonymise('identifier', 's-2'),
    pseudonymise('staffUniqueId', 's-1'),
  ]
  expect(
    only(entries, 'class')
      .map(({ id, classType }) => [id, classType])
      .sort(),
  ).toEqual([
    [CLASS, 'homeroom'],
    ['roll|255901001', 'scheduled'],
  ])
  expect(only(entries, 'person').find(({ id }) => id === kim)).toMatchObject({
    role: 'student',
    grade: '09',
    groups: { sex: 'Female', race: 'Asian; White' },
  })
  expect(only(entries, 'person').find(({ id }) => id === terry)).toMatchObject({ role: 'teacher' })
  expect(
    only(entries, 'enrolment')
      .map(({ person, class: group, role, begin, end }) => [person, group, role, begin, end])
      .sort(),
  ).toEqual(
    [
      [kim, CLASS, 'student', '2026-01-12', '2026-06-13'],
      [lee, 'roll|255901001', 'student', '2025-08-25', '2026-02-11'],
      [terry, CLASS, 'adviser', '1970-01-01', null],
    ].sort(),
  )
  const aliases = new Map(only(entries, 'alias').map(({ id, person }) => [id, person]))
  expect(aliases.get(pseudonymise('mbox', 't@example.org'))).toBe(terry)
  expect(aliases.get(pseudonymise('username', 'teach'))).toBe(terry)
  // The same number is a student's and a teacher's, and is nobody's as a OneRoster id.
  expect(aliases.has(pseudonymise('sourcedId', 's-1'))).toBe(false)
  expect(await ingest.text('rosters')).not.toMatch(/Kim|Lee|Terry|"teach"|s-1/)
})

test('a student or school that the export does not have is told, and costs only what refers to it', async () => {
  await write('schools.jsonl', { schoolId: 255901001, nameOfInstitution: 'Grand Bend High School' })
  await write('students.jsonl', { studentUniqueId: 's-1', firstName: 'Kim', lastSurname: 'Example' })
  await write(
    'studentSectionAssociations.jsonl',
    { sectionReference: SECTION, ...student('s-9'), beginDate: '2026-01-12' },
    { sectionReference: { ...SECTION, sessionName: undefined }, ...student('s-1'), beginDate: '2026-01-12' },
    { sectionReference: SECTION, ...student('s-1'), beginDate: '12.1.2026' },
    { sectionReference: SECTION, ...student('s-1'), beginDate: '2026-01-12' },
  )
  expect(await load()).toMatchObject({ read: 6, stored: 3, dead: 3 })
  expect((await ingest.deadLetters()).map(({ place }) => place).sort()).toEqual([
    'studentSectionAssociations.jsonl row 1 field studentReference.studentUniqueId',
    'studentSectionAssociations.jsonl row 2 field sectionReference',
    'studentSectionAssociations.jsonl row 3 field beginDate',
  ])
  expect((await ingest.deadLetters()).map(({ reason }) => reason).join()).not.toContain('s-9')
})

test('a day is a school day if any calendar of the school has school on it', async () => {
  const day = (calendarCode: string, date: string, ...events: string[]) => ({
    calendarReference: { calendarCode, schoolId: 255901001, schoolYear: 2026 },
    date,
    calendarEvents: events.map(event => ({
      calendarEventDescriptor: `uri://ed-fi.org/CalendarEventDescriptor#${event}`,
    })),
  })
  await write(
    'calendarDates.jsonl',
    day('g9', '2026-01-19', 'Holiday'),
    day('g9', '2026-01-20', 'Teacher only day'),
    day('g10', '2026-01-20', 'Instructional day'),
    day('g9', '2026-01-21', 'Weather day'),
  )
  expect(await load()).toMatchObject({ read: 4, stored: 4 })
  expect(
    only(await ingest.rosters(), 'day')
      .map(({ day, schoolDay, reason }) => [day, schoolDay, reason])
      .sort(),
  ).toEqual([
    ['2026-01-19', false, 'Holiday'],
    ['2026-01-20', true, 'Instructional day'],
    ['2026-01-21', false, 'Weather day'],
  ])
})

test('files are known by the names that exports give them', () => {
  expect(resourceOf('ed-fi_studentSchoolAttendanceEvents-2.jsonl.gz')).toBe('studentSchoolAttendanceEvents')
  expect(resourceOf('STUDENTS.ndjson')).toBe('students')
  expect(resourceOf('students.json')).toBeNull()
  expect(resourceOf('teachers.jsonl')).toBeNull()
})

test('an object is flat by its paths, without links and extensions', () => {
  expect(
    flat(
      { a: { b: 1, link: { rel: 'x' } }, list: [{ c: ' d ' }, { c: '' }], _ext: { e: 1 }, none: null, yes: false },
      LEFT_OUT,
    ),
  ).toEqual({
    'a.b': '1',
    'list.0.c': 'd',
    yes: 'false',
  })
})

test('a list of texts is also one text, as a column of a table has it', () => {
  expect(flat({ offered: ['ratios', ' poems '], link: 'x', mixed: ['a', 1] })).toEqual({
    offered: 'ratios;poems',
    'offered.0': 'ratios',
    'offered.1': 'poems',
    link: 'x',
    'mixed.0': 'a',
    'mixed.1': '1',
  })
})
