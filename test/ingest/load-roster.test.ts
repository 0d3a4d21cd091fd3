import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadFiles, type LoadProgress, type LoadSummary } from '../../ingest/load/load.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import type { RosterEntry } from '../../schemas/roster.ts'
import { zip } from '../helpers/zip.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

let ingest: Ingest
let folder: string
beforeEach(async () => {
  ingest = await startIngest()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-roster-'))
})
afterEach(async () => {
  await ingest.close()
  await rm(folder, { recursive: true, force: true })
})

const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')
const load = (path: string, reports: LoadProgress[] = []): Promise<LoadSummary> =>
  loadFiles([path], { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => NOW }, progress =>
    reports.push(progress),
  )

const FILES: Record<string, string[]> = {
  'manifest.csv': ['propertyName,value', 'manifest.version,1.0', 'oneroster.version,1.1', 'file.users,bulk'],
  'orgs.csv': [
    'sourcedId,status,dateLastModified,name,type,parentSourcedId',
    'd-1,,,District,district,',
    'school-1,,,"Oak, Elementary",school,d-1',
  ],
  'academicSessions.csv': [
    'sourcedId,title,type,startDate,endDate,schoolYear',
    'term-1,Fall,term,2025-08-25,2026-01-10,2026',
    'term-2,Spring,term,2026-01-10,2026-06-13,2026',
  ],
  'courses.csv': ['sourcedId,title,subjects', 'course-1,Math 9,"Mathematics, Statistics"'],
  'classes.csv': [
    'sourcedId,title,grades,courseSourcedId,classCode,classType,schoolSourcedId,termSourcedIds,subjects',
    'home-1,Room of Ms T,9,,HR-1,homeroom,school-1,"term-1,term-2",',
    'math-1,Math of Ms T,09,course-1,M-1,scheduled,school-1,term-1,',
  ],
  'users.csv': [
    'sourcedId,orgSourcedIds,role,username,userIds,givenName,familyName,identifier,email,grades',
    's-1,school-1,student,kim,{caliper:https://lms.example.org/users/kim},Kim,"Example\nJr.",9001,kim@example.org,9',
    't-1,school-1,teacher,teach,,Terry,Teacher,,t@example.org,',
  ],
  'enrollments.csv': [
    'sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate',
    'e-1,home-1,school-1,s-1,student,,2025-08-25,2026-02-11',
    'e-2,home-1,school-1,t-1,teacher,true,,',
    'e-3,math-1,school-1,t-1,teacher,true,,',
  ],
  'demographics.csv': ['sourcedId,birthDate,sex,asian,white', 's-1,2011-04-01,female,false,true'],
  'calendar.csv': [
    'schoolSourcedId,date,schoolDay,reason',
    ',2026-01-19,false,Holiday',
    'school-1,2026-02-03,false,Snow',
  ],
}

async function write(changes: Record<string, string[] | null> = {}, newline = '\n'): Promise<string> {
  for (const [name, lines] of Object.entries({ ...FILES, ...changes })) {
    if (lines !== null) await writeFile(join(folder, name), lines.join(newline) + newline)
  }
  return folder
}
const withRows = (name: string, ...rows: string[]): Record<string, string[]> => ({ [name]: [...FILES[name]!, ...rows] })
const only = <T extends RosterEntry['type']>(entries: RosterEntry[], type: T) =>
  entries.filter((entry): entry is Extract<RosterEntry, { type: T }> => entry.type === type)

test('a OneRoster folder becomes schools, sessions, classes, persons, aliases, enrolments and calendar days', async () => {
  const summary = await load(await write())
  expect(summary).toMatchObject({ read: 15, stored: 15, dead: 0, partly: 0, records: 0 })
  const entries = await ingest.rosters()
  const [kim, terry] = [pseudonymise('sourcedId', 's-1'), pseudonymise('sourcedId', 't-1')]
  expect(only(entries, 'school')).toMatchObject([
    { id: 'school-1', name: 'Oak, Elementary', source: 'roster', status: 'active' },
  ])
  expect(only(entries, 'session').map(({ id, begin, end }) => [id, begin, end])).toContainEqual([
    'term-1',
    '2025-08-25',
    '2026-01-10',
  ])
  expect(only(entries, 'class').sort((a, b) => (a.id < b.id ? -1 : 1))).toMatchObject([
    { id: 'home-1', school: 'school-1', label: 'HR-1', classType: 'homeroom', subjects: [], grades: ['09'] },
    { id: 'math-1', label: 'M-1', classType: 'scheduled', subjects: ['Mathematics', 'Statistics'], grades: ['09'] },
  ])
  expect(only(entries, 'person').find(({ id }) => id === kim)).toMatchObject({
    role: 'student',
    grade: '09',
    groups: { sex: 'female', white: 'true' },
  })
  expect(only(entries, 'person').find(({ id }) => id === terry)).toMatchObject({
    role: 'teacher',
    grade: '',
    groups: {},
  })
  const enrolments = only(entries, 'enrolment').map(({ person, class: group, role, begin, end }) => [
    person === kim ? 'kim' : 'terry',
    group,
    role,
    begin,
    end,
  ])
  expect(enrolments.sort()).toEqual([
    ['kim', 'home-1', 'student', '2025-08-25', '2026-02-11'],
    ['terry', 'home-1', 'adviser', '2025-08-25', '2026-06-13'],
    ['terry', 'math-1', 'teacher', '2025-08-25', '2026-01-10'],
  ])
  expect(
    only(entries, 'day')
      .map(({ school, day, schoolDay, reason }) => [school, day, schoolDay, reason])
      .sort(),
  ).toEqual([
    ['', '2026-01-19', false, 'Holiday'],
    ['school-1', '2026-02-03', false, 'Snow'],
  ])
  const aliases = only(entries, 'alias')
    .filter(({ person }) => person === kim)
    .map(({ id }) => id)
  for (const [type, value] of [
    ['sourcedId', 's-1'],
    ['username', 'kim'],
    ['identifier', '9001'],
    ['mbox', 'kim@example.org'],
    ['caliper', 'https://lms.example.org/users/kim'],
  ]) {
    expect(aliases).toContain(pseudonymise(type!, value!))
  }
  expect((await ingest.identities()).filter(({ type }) => type === 'person')).toContainEqual({
    type: 'person',
    id: kim,
    storedAt: '2026-03-02T14:00:00.000Z',
    givenName: 'Kim',
    familyName: 'Example\nJr.',
    email: 'kim@example.org',
    sourcedId: 's-1',
  })
})

test('loading twice says the same things again', async () => {
  await load(await write())
  const once = (await ingest.rosters()).map(entry => JSON.stringify(entry)).sort()
  await load(folder)
  const twice = (await ingest.rosters()).map(entry => JSON.stringify(entry))
  expect([...new Set(twice)].sort()).toEqual(once)
  expect(twice).toHaveLength(2 * once.length)
})

test('a zip, with folders inside, CRLF and a byte order mark, is the same as the folder', async () => {
  await load(await write())
  const expected = new Set((await ingest.rosters()).map(entry => JSON.stringify(entry)))
  const path = join(folder, 'roster.ZIP')
  const entries = Object.entries(FILES).map(
    ([name, lines]) => [`export/2026/${name}`, `\ufeff${lines.join('\r\n')}`] as const,
  )
  await zip(path, entries)
  const before = (await ingest.rosters()).length
  expect(await load(path)).toMatchObject({ dead: 0, stored: 15 })
  const entriesNow = (await ingest.rosters()).slice()
  expect(entriesNow).toHaveLength(2 * before)
  // The quoted line break of a name is in identities only; everything in the roster is equal.
  expect(new Set(entriesNow.map(entry => JSON.stringify(entry)))).toEqual(expected)
})

test('OneRoster 1.2 has the roles in a file of their own', async () => {
  const users = FILES['users.csv']!.map(line => line.replace(',role,', ',').replace(/,(student|teacher),/, ','))
  const roles = [
    'sourcedId,userSourcedId,roleType,role,orgSourcedId',
    'r-1,s-1,primary,student,school-1',
    'r-2,t-1,secondary,proctor,school-1',
    'r-3,t-1,primary,teacher,school-1',
  ]
  expect(
    await load(
      await write({
        'users.csv': users,
        'roles.csv': roles,
        'manifest.csv': ['propertyName,value', 'oneroster.version,1.2'],
      }),
    ),
  ).toMatchObject({ dead: 0 })
  expect(
    only(await ingest.rosters(), 'person')
      .map(({ role }) => role)
      .sort(),
  ).toEqual(['student', 'teacher'])
})

test('a delta may refer to what is not in it, and takes back what is to be deleted', async () => {
  const files = {
    'manifest.csv': ['propertyName,value', 'oneroster.version,1.1', 'file.users,delta', 'file.enrollments,delta'],
    'users.csv': [
      'sourcedId,status,dateLastModified,role,username,givenName,familyName',
      's-1,tobedeleted,2026-03-01T00:00:00Z,student,kim,Kim,Example',
    ],
    'enrollments.csv': [
      'sourcedId,status,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate',
      'e-9,active,home-9,school-9,s-9,student,2026-03-02',
    ],
  }
  for (const [name, lines] of Object.entries(files)) await writeFile(join(folder, name), lines.join('\n'))
  expect(await load(folder)).toMatchObject({ read: 2, dead: 0 })
  const entries = await ingest.rosters()
  expect(only(entries, 'person')).toMatchObject([{ status: 'deleted' }])
  expect(only(entries, 'alias').every(({ status }) => status === 'deleted')).toBe(true)
  expect(only(entries, 'enrolment')).toMatchObject([
    { person: pseudonymise('sourcedId', 's-9'), class: 'home-9', begin: '2026-03-02', end: null },
  ])
  expect((await ingest.identities()).filter(({ type }) => type === 'person')).toEqual([])
})

test.each<[string, Record<string, string[]>, string, string]>([
  [
    'a class of an unknown school',
    withRows('classes.csv', 'x,X,9,,X,homeroom,school-9,,'),
    'classes.csv row 4 field schoolSourcedId',
    'enrolments in it will be refused',
  ],
  [
    'an unknown class type',
    withRows('classes.csv', 'x,X,9,,X,lunch,school-1,,'),
    'classes.csv row 4 field classType',
    'one of homeroom, scheduled',
  ],
  [
    'a session that ends before it begins',
    withRows('academicSessions.csv', 'x,X,term,2026-01-10,2026-01-10,2026'),
    'academicSessions.csv row 4 field endDate',
    'a date after startDate 2026-01-10',
  ],
  [
    'a day that no month has',
    withRows('academicSessions.csv', 'x,X,term,2026-02-30,2026-03-10,2026'),
    'academicSessions.csv row 4 field startDate',
    '"2026-02-30", expected a date',
  ],
  [
    'an unknown role',
    withRows('users.csv', 's-2,school-1,pupil,lee,,Lee,L,,,9'),
    'users.csv row 4 field role',
    'one of student, teacher',
  ],
  [
    'a user without an id',
    withRows('users.csv', ',school-1,student,lee,,Lee,L,,,9'),
    'users.csv row 4 field sourcedId',
    'missing',
  ],
  [
    'a user who is there already',
    withRows('users.csv', 's-1,school-1,student,kim,,Kim,E,,kim@example.org,9'),
    'users.csv row 4 field sourcedId',
    'The earlier row stands',
  ],
  [
    'an enrolment of an unknown user',
    withRows('enrollments.csv', 'x,home-1,school-1,s-9,student,,,'),
    'enrollments.csv row 5 field userSourcedId',
    'does not count for this class',
  ],
  [
    'an enrolment in an unknown class',
    withRows('enrollments.csv', 'x,home-9,school-1,s-1,student,,,'),
    'enrollments.csv row 5 field classSourcedId',
    'a class that classes.csv does not have',
  ],
  [
    'an enrolment that ends before it begins',
    withRows('enrollments.csv', 'x,home-1,school-1,s-1,student,,2026-02-01,2026-01-01'),
    'enrollments.csv row 5 field endDate',
    'a date not before',
  ],
  [
    'a row with too few fields',
    withRows('enrollments.csv', 'x,home-1'),
    'enrollments.csv row 5',
    'a row of 2 fields, expected 8 fields',
  ],
  ['an unclosed quote', withRows('orgs.csv', 'x,,,"Elm,school,d-1'), 'orgs.csv row 4', 'not closed'],
  [
    'a calendar day of an unknown school',
    withRows('calendar.csv', 'school-9,2026-02-03,false,Snow'),
    'calendar.csv row 4 field schoolSourcedId',
    'a school that orgs.csv does not have',
  ],
  [
    'a calendar day that says neither',
    withRows('calendar.csv', ',2026-02-03,maybe,Snow'),
    'calendar.csv row 4 field schoolDay',
    'one of true, false',
  ],
])(
  '%s is a dead letter that names file, row, field and consequence; the rest is loaded',
  async (_what, changes, place, sentence) => {
    const summary = await load(await write(changes))
    expect(summary).toMatchObject({ read: 16, stored: 15, dead: 1 })
    expect(summary.files.every(file => file.read === file.stored + file.dead)).toBe(true)
    const dead = await ingest.deadLetters()
    expect(dead).toMatchObject([{ place, code: 'ROW_INVALID', source: 'roster' }])
    expect(dead[0]!.reason).toContain(sentence)
    expect(dead[0]!.reason).toContain('load the file again')
  },
)

test('an address that two users share is contested, whoever comes first; both are told', async () => {
  const summary = await load(
    await write(withRows('users.csv', 's-2,school-1,student,lee,,Lee,Example,,Kim@Example.org,9')),
  )
  expect(summary).toMatchObject({ dead: 0, partly: 2, stored: 16 })
  const aliases = only(await ingest.rosters(), 'alias')
  const address = aliases.filter(({ id }) => id === pseudonymise('mbox', 'kim@example.org'))
  expect(address).toMatchObject([
    { status: 'active', contested: true },
    { status: 'active', contested: true },
  ])
  expect(aliases.find(({ id }) => id === pseudonymise('username', 'lee'))).toMatchObject({
    status: 'active',
    person: pseudonymise('sourcedId', 's-2'),
  })
  expect((await ingest.deadLetters()).map(({ place }) => place).sort()).toEqual([
    'users.csv row 2 field email',
    'users.csv row 4 field email',
  ])
})

test('a file without a column that it needs is refused with its whole roster; the calendar beside it is loaded', async () => {
  await write({ 'enrollments.csv': ['sourcedId,classSourcedId,role', 'e-1,home-1,student'] })
  const { refused } = await load(folder)
  expect(refused).toMatchObject([
    { reason: expect.stringContaining('enrollments.csv lacks the columns schoolSourcedId, userSourcedId') as unknown },
  ])
  expect((await ingest.rosters()).map(({ type }) => type)).toEqual(['day', 'day'])
})

test.each<[string, () => Promise<unknown>, string]>([
  ['a folder with nothing in it', async () => mkdir(join(folder, 'x')), 'x'],
  ['a file that is not there', async () => undefined, 'none.csv'],
  ['a file of another kind', async () => writeFile(join(folder, 'notes.txt'), 'x'), 'notes.txt'],
  ['a zip that is none', async () => writeFile(join(folder, 'x.zip'), 'PK'), 'x.zip'],
  [
    'a roster of OneRoster 2',
    async () =>
      writeFile(join(folder, 'manifest.csv'), 'propertyName,value\noneroster.version,2.0\n').then(() =>
        writeFile(join(folder, 'users.csv'), 'sourcedId\n'),
      ),
    '.',
  ],
])('%s is refused by name', async (_what, prepare, name) => {
  await prepare()
  await expect(load(join(folder, name))).rejects.toMatchObject({ code: 'FILE_INVALID' })
  expect(await ingest.rosters()).toEqual([])
})

test('a zip whose names lead out of it is refused, and nothing is written outside', async () => {
  const path = join(folder, 'slip.zip')
  await zip(path, [['aa/users.csv', 'sourcedId\n']])
  const bytes = await readFile(path)
  await writeFile(path, Buffer.from(bytes.toString('latin1').replaceAll('aa/users.csv', '../users.csv'), 'latin1'))
  await expect(load(path)).rejects.toMatchObject({ code: 'FILE_INVALID' })
})

test('two files of one name in a zip are refused', async () => {
  const path = join(folder, 'twice.zip')
  await zip(path, [
    ['a/users.csv', 'sourcedId\n'],
    ['b/Users.csv', 'sourcedId\n'],
  ])
  await expect(load(path)).rejects.toThrow('two files named users.csv')
})

test('progress is reported for each file, and at its end', async () => {
  const students = Array.from({ length: 4500 }, (_, i) => `x-${i},school-1,student,,,X,Y,,,9`)
  const reports: LoadProgress[] = []
  await load(await write(withRows('users.csv', ...students)), reports)
  expect(reports.filter(({ file }) => file === 'users.csv')).toEqual([
    { file: 'users.csv', rows: 2000, done: false },
    { file: 'users.csv', rows: 4000, done: false },
    { file: 'users.csv', rows: 4502, done: true },
  ])
})
