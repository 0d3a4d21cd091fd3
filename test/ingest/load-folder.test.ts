import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { rowsOfText } from '../../infra/csv.ts'
import { HomeroomError } from '../../infra/errors.ts'
import { loadFiles, type LoadDeps, type LoadSummary } from '../../ingest/load/load.ts'
import type { StoredRecords } from '../../ingest/record-ids.ts'
import { gatedLog } from '../helpers/log-with.ts'
import { zip } from '../helpers/zip.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

let ingest: Ingest
let folder: string
beforeEach(async () => {
  ingest = await startIngest()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-folder-'))
})
afterEach(async () => {
  await ingest.close()
  await rm(folder, { recursive: true, force: true })
})

const load = (more: Partial<LoadDeps> = {}, path = join(folder, 'district')): Promise<LoadSummary> =>
  loadFiles([path], { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => NOW, ...more })

const ROSTER: Record<string, string> = {
  'orgs.csv': 'sourcedId,name,type\nschool-1,Oak,school\n',
  'classes.csv': 'sourcedId,classCode,classType,schoolSourcedId,termSourcedIds\nhome-1,HR-1,homeroom,school-1,\n',
  'users.csv': 'sourcedId,role,username,givenName,familyName\ns-1,student,kim,Kim,Doe\ns-2,student,lee,Lee,Doe\n',
  'enrollments.csv':
    'sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role\ne-1,home-1,school-1,s-1,student\ne-2,gone,school-1,s-2,student\n',
}
const MAPPING = {
  source: 'tutoring',
  interactions: [
    {
      files: ['sessions-*.csv'],
      time: { text: '{ended}' },
      kind: 'met',
      minutes: '{min}',
      participants: [{ id: '{student}', idType: 'sourcedId', role: 'student' }],
      naturalKey: ['{id}'],
    },
  ],
}
const HEADER = 'id,ended,min,student\n'
const session = (i: number, minutes = 10): string => `${i},2026-02-02T09:15:00-05:00,${minutes},s-1\n`
const sessions = (count: number): string => HEADER + Array.from({ length: count }, (_, i) => session(i)).join('')

/** An event of a tracking log. @param username empty: nobody's */
const line = (username: string): string =>
  JSON.stringify({
    username,
    event_type: 'edx.course.home.resume_course.clicked',
    event_source: 'browser',
    time: '2026-02-03T10:00:00.000000+00:00',
    host: 'courses.example.org',
    context: { course_id: 'course-v1:Oak+Math+2026', org_id: 'Oak' },
    event: '{}',
  })

async function district(files: Record<string, string> = {}): Promise<void> {
  await mkdir(join(folder, 'district', 'logs'), { recursive: true })
  await zip(join(folder, 'district', 'oneroster.zip'), Object.entries(ROSTER))
  const all = {
    'calendar.csv': 'schoolSourcedId,date,schoolDay,reason\n,2026-01-19,false,Holiday\nschool-9,2026-01-20,false,\n',
    'tutoring.json': JSON.stringify(MAPPING),
    'sessions-1.csv': sessions(3),
    'notes.txt': 'nothing',
    'broken.zip': 'PK',
    'logs/tracking.log': [line('kim'), line('')].join('\n'),
    ...files,
  }
  for (const [name, text] of Object.entries(all)) await writeFile(join(folder, 'district', name), text)
}

test('a folder is loaded by one command: rosters first, each file by what it is, and what is left over is named', async () => {
  await district()
  const summary = await load()
  expect(summary.files.map(({ file }) => file)).toEqual([
    'oneroster.zip/orgs.csv',
    'oneroster.zip/classes.csv',
    'oneroster.zip/users.csv',
    'oneroster.zip/enrollments.csv',
    'calendar.csv',
    'sessions-1.csv',
    'logs/tracking.log',
  ])
  expect(summary.unused).toEqual(['notes.txt'])
  expect(summary.refused).toMatchObject([{ file: 'broken.zip' }])
  for (const { read, stored, duplicate, dead, nobody = {} } of summary.files)
    expect(read).toBe(stored + duplicate + dead + Object.values(nobody).reduce((a, b) => a + b, 0))
  // The calendar's school is looked for in the roster of the zip.
  expect(summary.faults.rules).toContainEqual({ rule: 'calendar.csv schoolSourcedId: reference', count: 1 })
})

test('a missing class says which students have no advisory because of it', async () => {
  await district()
  const { broken, faults } = await load()
  expect(broken).toEqual([
    'class gone is missing: 1 enrolments of students are refused; 1 of these students has no advisory (oneroster.zip/enrollments.csv row 3)',
  ])
  expect(faults.first).toContainEqual(
    expect.objectContaining({ file: 'oneroster.zip/enrollments.csv', row: '3', value: 'gone', rule: 'no advisory' }),
  )
})

test('a check says the same and stores nothing', async () => {
  await district()
  const places = join(folder, 'places')
  const checked = await load({ check: true, places })
  expect([await ingest.records(), await ingest.rosters(), await ingest.deadLetters()]).toEqual([[], [], []])
  expect(await ingest.identities()).toEqual([])
  expect(await load({ places })).toEqual(checked)
})

test('the report names every fault by file, row, field, rule, got, expected and consequence', async () => {
  await district({ 'sessions-1.csv': `${sessions(2)}7,yesterday,10,s-1\n8,2026-02-02T09:15:00-05:00,-3,s-1\n` })
  const reportFile = join(folder, 'report.csv')
  const { faults, dead } = await load({ reportFile })
  expect(faults.file).toBe(reportFile)
  const [header, ...lines] = rowsOfText(await readFile(reportFile, 'utf8')).map(row =>
    row.fault === undefined ? row.fields : [],
  )
  expect(header).toEqual(['file', 'row', 'field', 'value', 'rule', 'got', 'expected', 'consequence', 'next step'])
  expect(lines).toHaveLength(faults.count)
  expect(lines.find(([file, row]) => file === 'sessions-1.csv' && row === '4')).toEqual([
    'sessions-1.csv',
    '4',
    'at',
    'a string of 9 characters',
    'allowed',
    'a string of 9 characters',
    'an ISO 8601 date and time with offset, for example 2026-03-02T09:15:00-05:00',
    'This row counts in no number',
    'correct the row and load the file again',
  ])
  expect(lines.find(([file, row]) => file === 'sessions-1.csv' && row === '5')?.slice(2, 6)).toEqual([
    'minutes',
    '-3',
    'allowed',
    '-3',
  ])
  expect(dead).toBe((await ingest.deadLetters()).length)
})

describe('a second load', () => {
  test('says that everything is stored already, and appends nothing', async () => {
    await district()
    const places = join(folder, 'places')
    const first = await load({ places })
    const second = await load({ places })
    expect(second.records).toBe(0)
    const logs = ({ files }: LoadSummary) => files.slice(5).map(({ read, dead, nobody }) => ({ read, dead, nobody }))
    expect(logs(second)).toEqual(logs(first))
    for (const [i, { stored, duplicate }] of second.files.slice(5).entries())
      expect([stored, duplicate]).toEqual([0, first.files[5 + i]!.stored])
    expect(await readdir(places)).toHaveLength(2)
  })

  test('reads bad rows again, so that the report has them again', async () => {
    await district({ 'sessions-1.csv': `${sessions(2)}7,yesterday,10,s-1\n` })
    const places = join(folder, 'places')
    const first = await load({ places })
    expect((await load({ places })).faults).toEqual(first.faults)
  })

  test('of a file that changed begins anew; what the warehouse knows is a duplicate, or a contradiction', async () => {
    await district()
    const places = join(folder, 'places')
    await load({ places })
    const known = new Map((await ingest.records()).map(({ id, hash }) => [id, hash]))
    const stored: StoredRecords = {
      ids: async function* () {},
      count: () => Promise.resolve(known.size),
      hashes: ids => Promise.resolve(new Map(ids.flatMap(id => (known.has(id) ? [[id, known.get(id)!]] : [])))),
    }
    await writeFile(join(folder, 'district', 'sessions-1.csv'), HEADER + session(0) + session(1, 11) + session(5))
    const { files, faults } = await load({ places, stored })
    expect(files[5]).toMatchObject({ file: 'sessions-1.csv', read: 3, stored: 1, duplicate: 1, dead: 1 })
    expect(faults.first).toContainEqual(
      expect.objectContaining({ file: 'sessions-1.csv', row: '3', field: 'id', rule: 'unique' }),
    )
  })
})

test('a load that is cut off goes on where it stopped, and every row counts once', async () => {
  await district({ 'sessions-1.csv': sessions(35_000) })
  const places = join(folder, 'places')
  const path = join(folder, 'district', 'tutoring.json')
  let appends = 0
  const failing = gatedLog(ingest.log, topic =>
    topic === 'records' && ++appends === 3
      ? Promise.reject(new HomeroomError('LOG_UNAVAILABLE', 'the disk is full'))
      : Promise.resolve(),
  )
  await expect(load({ places, log: failing }, path)).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
  const [before] = [new Set((await ingest.records()).map(({ id }) => id)).size]
  expect(before).toBe(20_000)
  const { read, stored, duplicate } = await load({ places }, path)
  expect([read, stored + duplicate]).toEqual([35_000, 35_000])
  expect(new Set((await ingest.records()).map(({ id }) => id)).size).toBe(35_000)
})
