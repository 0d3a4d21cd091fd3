import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HeldIntake } from '../../ingest/held-intake.ts'
import { tryAgain } from '../../ingest/redrive-doors.ts'
import { ScoreEntry } from '../../schemas/score.ts'
import { anEdFiExport, at, pseudonymise, SECTION, student, type EdFiExport } from './an-edfi-export.ts'
import { NOW, SECRETS, type Ingest } from './start-ingest.ts'

const SAMPLE = fileURLToPath(new URL('../reference/ed-fi/', import.meta.url))

let edfi: EdFiExport
let ingest: Ingest
let write: EdFiExport['write']
let load: EdFiExport['load']
let folder: string
beforeEach(async () => {
  edfi = await anEdFiExport()
  ;({ ingest, write, load, folder } = edfi)
})
afterEach(() => edfi.close())

async function sample(...names: string[]): Promise<void> {
  const all = (await readdir(SAMPLE)).filter(name => name.endsWith('.jsonl'))
  for (const name of names.length > 0 ? names : all) await copyFile(join(SAMPLE, name), join(folder, name))
}

async function scores(): Promise<ScoreEntry[]> {
  const text = await ingest.text('scores')
  return text === '' ? [] : text.split('\n').map(line => ScoreEntry.parse(JSON.parse(line)))
}

test('the sample district of the Data Standard is loaded whole, and every row is accounted for', async () => {
  await sample()
  const summary = await load()
  // Two students of the sample sat the test and have no score.
  expect(summary).toMatchObject({ dead: 0, nobody: 2, refused: [], unused: [] })
  expect(summary.read).toBe(summary.stored + summary.duplicate + summary.nobody)
  expect(Object.fromEntries(summary.files.map(({ file, read }) => [file, read]))).toEqual({
    'schools.jsonl': 3,
    'students.jsonl': 54,
    'staffs.jsonl': 3,
    'staffSectionAssociations.jsonl': 20,
    'calendarDates.jsonl': 2,
    'assessments.jsonl': 4,
    'studentAssessments.jsonl': 30,
    'studentSchoolAttendanceEvents.jsonl': 60,
    'studentSectionAttendanceEvents.jsonl': 20,
    'disciplineIncidents.jsonl': 21,
    'studentDisciplineIncidentBehaviorAssociations.jsonl': 21,
  })
})

test('absences, presence and behaviour are records of the student, at the day and hour that Ed-Fi says', async () => {
  await sample()
  await load()
  const records = await ingest.records()
  const counts: Record<string, number> = {}
  for (const { kind, object } of records) counts[`${kind} ${object}`] = (counts[`${kind} ${object}`] ?? 0) + 1
  expect(counts).toEqual({
    'absent attendance:excused': 47,
    'absent attendance:unexcused': 12,
    'attended attendance:partial': 1,
    'attended attendance:tardy': 20,
    'referred behaviour:Other': 1,
    'referred behaviour:School Code of Conduct': 7,
    'referred behaviour:School Violation': 4,
    'referred behaviour:State Offense': 9,
  })
  const first = records.find(({ occurredAt }) => occurredAt.startsWith('2021-08-31'))
  expect(first).toMatchObject({
    source: 'ed-fi',
    standard: 'interaction',
    actor: { id: pseudonymise('identifier', '604822'), role: 'student' },
    school: '255901001',
    occurredAt: '2021-08-31T16:00:00.000Z',
  })
  const offence = records.find(({ actor }) => actor.id === pseudonymise('identifier', '605266'))
  expect(offence).toMatchObject({ occurredAt: '2021-10-18T13:00:00.000Z', school: '255901001' })
})

test('the same export loaded again adds nothing', async () => {
  await sample()
  await load()
  const ids = new Set((await ingest.records()).map(({ id }) => id))
  await load()
  expect(new Set((await ingest.records()).map(({ id }) => id))).toEqual(ids)
})

test('scores of the state assessment come with scale score, level, grade and subject', async () => {
  await sample()
  await load()
  const found = (await scores()).filter(entry => entry.type === 'score')
  expect(found).toHaveLength(28)
  expect(found.find(({ student }) => student === pseudonymise('identifier', '604898'))).toMatchObject({
    kind: 'assessment',
    test: 'SA-2011-Mathematics-Eighth grade',
    subject: 'Mathematics',
    date: '2021-04-01',
    window: '2021',
    grade: '08',
    score: 691,
    level: 'Did Not Meet Standard',
  })
})

test('a district says in a table of its own what its descriptors mean', async () => {
  await sample('studentAssessments.jsonl')
  await writeFile(
    join(folder, 'edfi-descriptors.csv'),
    'descriptor,value,meaning\nAssessmentIdentifier,SA-2011-Mathematics-Eighth grade,state|Math\nAssessmentReportingMethodDescriptor,Raw score,score\nAssessmentReportingMethod,uri://ed-fi.org/AssessmentReportingMethodDescriptor#Vertical score,none\n',
  )
  expect(await load()).toMatchObject({ dead: 0, unused: [] })
  expect((await scores()).find(entry => entry.type === 'score' && entry.test === 'state')).toMatchObject({
    subject: 'Math',
    score: 28,
  })
})

test('a descriptor without a line is a dead letter that names it, and the others go on', async () => {
  const event = { ...at, ...student('s-1'), eventDate: '2026-02-02' }
  await write(
    'studentSchoolAttendanceEvents.jsonl',
    {
      ...event,
      attendanceEventCategoryDescriptor: 'uri://grandbend.example.org/AttendanceEventCategoryDescriptor#Quarantine',
    },
    {
      ...event,
      attendanceEventCategoryDescriptor:
        'uri://grandbend.example.org/AttendanceEventCategoryDescriptor#unexcused absence',
    },
  )
  expect(await load()).toMatchObject({ read: 2, stored: 1, dead: 1 })
  const [letter] = await ingest.deadLetters()
  expect(letter!.reason).toContain(
    'studentSchoolAttendanceEvents.jsonl row 1 field attendanceEventCategoryDescriptor is "uri://grandbend.example.org/AttendanceEventCategoryDescriptor#Quarantine", expected a value with a line in edfi-descriptors.csv (AttendanceEventCategory)',
  )
})

test('an absence of less than half a day is no absence of the day', async () => {
  const event = {
    ...at,
    ...student('s-1'),
    attendanceEventCategoryDescriptor: 'uri://ed-fi.org/AttendanceEventCategoryDescriptor#Excused Absence',
  }
  await write(
    'studentSchoolAttendanceEvents.jsonl',
    { ...event, eventDate: '2026-02-02', eventDuration: 0.25 },
    { ...event, eventDate: '2026-02-03', eventDuration: 0.5 },
  )
  await load()
  expect((await ingest.records()).map(({ kind, object }) => `${kind} ${object}`).sort()).toEqual([
    'absent attendance:excused',
    'attended attendance:partial',
  ])
})

test('behaviour without its incident is refused; victims, witnesses and reporters are not referred', async () => {
  const [first, second] = (await readFile(join(SAMPLE, 'disciplineIncidents.jsonl'), 'utf8')).split('\n')
  await writeFile(join(folder, 'disciplineIncidents.jsonl'), `${first}\n`)
  const lines = (await readFile(join(SAMPLE, 'studentDisciplineIncidentBehaviorAssociations.jsonl'), 'utf8')).split(
    '\n',
  )
  const victim = lines[0]!.replace('#Perpetrator', '#Victim')
  await writeFile(
    join(folder, 'studentDisciplineIncidentBehaviorAssociations.jsonl'),
    [lines[0], lines[1], victim].join('\n'),
  )
  expect(second).toBeDefined()
  expect(await load()).toMatchObject({ read: 4, stored: 2, dead: 1, nobody: 1 })
  expect((await ingest.deadLetters())[0]!.reason).toContain('an incident that disciplineIncidents does not have')
})

test('grades are scores of the kind grade, dated by their grading period where they have no date', async () => {
  const period = {
    gradingPeriodDescriptor: 'uri://ed-fi.org/GradingPeriodDescriptor#First Six Weeks',
    schoolId: 255901001,
    schoolYear: 2026,
  }
  await write('gradingPeriods.jsonl', {
    ...at,
    schoolYearTypeReference: { schoolYear: 2026 },
    gradingPeriodDescriptor: period.gradingPeriodDescriptor,
    periodSequence: 1,
    beginDate: '2025-08-25',
    endDate: '2025-10-03',
  })
  const reference = { ...SECTION, beginDate: '2025-08-25', studentUniqueId: 's-1' }
  const grade = {
    gradeTypeDescriptor: 'uri://ed-fi.org/GradeTypeDescriptor#Grading Period',
    gradingPeriodReference: { ...period, periodSequence: 1 },
    studentSectionAssociationReference: reference,
  }
  await write(
    'grades.jsonl',
    { ...grade, numericGradeEarned: 91, letterGradeEarned: 'A' },
    { ...grade, studentSectionAssociationReference: { ...reference, studentUniqueId: 's-2' }, letterGradeEarned: 'B' },
    { ...grade, gradingPeriodReference: { ...period, periodSequence: 2 }, letterGradeEarned: 'C' },
  )
  expect(await load()).toMatchObject({ read: 4, stored: 3, dead: 1 })
  expect(
    (await scores())
      .map(
        entry =>
          entry.type === 'score' && [
            entry.kind,
            entry.test,
            entry.subject,
            entry.window,
            entry.date,
            entry.score,
            entry.level,
          ],
      )
      .sort(),
  ).toEqual([
    ['grade', 'grade Grading Period', 'ADV-1', '2026 1', '2025-10-03', null, 'B'],
    ['grade', 'grade Grading Period', 'ADV-1', '2026 1', '2025-10-03', 91, 'A'],
  ])
})

test('a dead letter of an export is redriven by itself, once it is mended', async () => {
  const event = { ...at, ...student('s-1'), attendanceEventCategoryDescriptor: 'Tardy' }
  await write('studentSchoolAttendanceEvents.jsonl', { ...event, eventDate: '2.2.2026' })
  expect(await load()).toMatchObject({ dead: 1 })
  const [letter] = await ingest.deadLetters()
  expect(letter).toMatchObject({ door: 'edfi', source: 'ed-fi' })
  const intake = new HeldIntake({ log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => NOW })
  const mended = JSON.stringify({ ...event, eventDate: '2026-02-02' })
  expect(await tryAgain(letter!, mended, intake, { homePage: null, mappings: [] })).toBe('given')
  await intake.release(intake.take())
  expect(await ingest.records()).toMatchObject([{ kind: 'attended', object: 'attendance:tardy', source: 'ed-fi' }])
})

test('the example of the README is one record', async () => {
  const readme = await readFile(new URL('../../ingest/README.md', import.meta.url), 'utf8')
  const example = /\*\*Ed-Fi\*\*.*?```json\n(.*?)```/s.exec(readme)![1]!
  await writeFile(join(folder, 'studentSchoolAttendanceEvents.jsonl'), example)
  expect(await load()).toMatchObject({ read: 1, stored: 1 })
  expect(await ingest.records()).toMatchObject([{ kind: 'absent', object: 'attendance:excused' }])
})
