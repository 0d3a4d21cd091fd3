import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'csv-parse/sync'
import { planDistrict } from '../../infra/demo/district.ts'
import { writeRoster } from '../../infra/demo/write-roster.ts'

type Table = Record<string, string>[]

const plan = planDistrict({ size: 'small', seed: 5, timeZone: 'America/New_York' })
const tables: Record<string, Table> = {}
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-roster-'))
  await writeRoster(plan, folder)
  for (const file of await readdir(folder)) tables[file] = parse(await readFile(join(folder, file)), { columns: true })
})
afterAll(() => rm(folder, { recursive: true }))

const ids = (file: string) => new Set(tables[file]!.map(row => row.sourcedId!))

test('the manifest names every file of OneRoster 1.1, and those in bulk are there', () => {
  const manifest = new Map(tables['manifest.csv']!.map(row => [row.propertyName!, row.value!]))
  expect(manifest.get('oneroster.version')).toBe('1.1')
  const files = [...manifest].filter(([name]) => name.startsWith('file.'))
  expect(files).toHaveLength(13)
  for (const [name, how] of files) expect(tables[`${name.slice(5)}.csv`] !== undefined).toBe(how === 'bulk')
})

test('every sourcedId is unique in its file, and every reference leads somewhere', () => {
  const keyed = Object.entries(tables).filter(([file]) => file !== 'manifest.csv' && file !== 'calendar.csv')
  expect(keyed.map(([file]) => ids(file).size)).toEqual(keyed.map(([, rows]) => rows.length))
  const references: [string, string, string][] = [
    ['classes.csv', 'courseSourcedId', 'courses.csv'],
    ['classes.csv', 'schoolSourcedId', 'orgs.csv'],
    ['classes.csv', 'termSourcedIds', 'academicSessions.csv'],
    ['courses.csv', 'schoolYearSourcedId', 'academicSessions.csv'],
    ['demographics.csv', 'sourcedId', 'users.csv'],
    ['enrollments.csv', 'classSourcedId', 'classes.csv'],
    ['enrollments.csv', 'schoolSourcedId', 'orgs.csv'],
    ['enrollments.csv', 'userSourcedId', 'users.csv'],
    ['users.csv', 'orgSourcedIds', 'orgs.csv'],
  ]
  for (const [file, field, target] of references) {
    const known = ids(target)
    expect(
      tables[file]!.filter(row => !known.has(row[field]!)),
      `${file} ${field}`,
    ).toEqual([])
  }
})

test('user names and e-mail addresses are unique, and every address is at example.org', () => {
  const users = tables['users.csv']!
  expect(new Set(users.map(row => row.username)).size).toBe(users.length)
  expect(new Set(users.map(row => row.email)).size).toBe(users.length)
  expect(users.filter(row => !/^[a-z.0-9]+@example\.org$/.test(row.email!))).toEqual([])
})

test('advisories are homerooms with a class code, and each has one teacher', () => {
  const homerooms = tables['classes.csv']!.filter(row => row.classType === 'homeroom')
  expect(homerooms).toHaveLength(plan.advisories.length)
  expect(homerooms.filter(row => !/^HR-\d\d$/.test(row.classCode!))).toEqual([])
  const teachers = tables['enrollments.csv']!.filter(row => row.role === 'teacher').map(row => row.classSourcedId)
  expect(new Set(teachers).size).toBe(teachers.length)
  expect(teachers).toHaveLength(tables['classes.csv']!.length)
})

test('on every school day each student is in one advisory and four classes of one school', () => {
  const classes = new Map(tables['classes.csv']!.map(row => [row.sourcedId, row]))
  const own = Map.groupBy(
    tables['enrollments.csv']!.filter(row => row.role === 'student'),
    row => row.userSourcedId,
  )
  expect(own.size).toBe(plan.students.count)
  for (const rows of own.values()) {
    for (const begin of new Set(rows.map(row => row.beginDate!))) {
      const now = rows.filter(row => row.beginDate! <= begin && begin < row.endDate!)
      expect(now.map(row => classes.get(row.classSourcedId)!.classType).sort()).toEqual(['homeroom', 'scheduled', 'scheduled', 'scheduled', 'scheduled']) // prettier-ignore
      expect(new Set(now.map(row => row.schoolSourcedId)).size).toBe(1)
    }
  }
})

test('who moves is enrolled at the old school until the day on which the new one begins', () => {
  const own = Map.groupBy(
    tables['enrollments.csv']!.filter(row => row.role === 'student'),
    row => row.userSourcedId!,
  )
  const movers = [...own].filter(([, rows]) => new Set(rows.map(row => row.schoolSourcedId)).size > 1)
  expect(movers).toHaveLength(plan.moves.length)
  for (const [user, rows] of movers) {
    const [before, after] = [
      rows.filter(row => row.beginDate === '2025-08-25'),
      rows.filter(row => row.endDate === '2026-06-13'),
    ]
    expect([before.length, after.length]).toEqual([5, 5])
    expect(new Set([...before.map(row => row.endDate), ...after.map(row => row.beginDate)]).size).toBe(1)
    expect(tables['users.csv']!.find(row => row.sourcedId === user)!.orgSourcedIds).toBe(after[0]!.schoolSourcedId)
  }
})

test('the calendar closes the district on holidays and single schools on days of snow', () => {
  const rows = tables['calendar.csv']!
  expect(rows.find(row => row.date === '2025-11-27')).toEqual({ schoolSourcedId: '', date: '2025-11-27', schoolDay: 'false', reason: 'Thanksgiving recess' }) // prettier-ignore
  const snow = rows.filter(row => row.reason === 'snow')
  expect(snow).toHaveLength(plan.schools.reduce((sum, school) => sum + school.snowDays.length, 0))
  expect(snow.length).toBeGreaterThan(0)
  expect(snow.filter(row => !ids('orgs.csv').has(row.schoolSourcedId!))).toEqual([])
})
