import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRuntime, prepare, type Runtime } from '../../infra/commands/runtime.ts'
import type { LoadSummary } from '../../ingest/load/load.ts'
import { isCaughtUp, startProcessor, type Processor } from '../../processors/run.ts'
import { aHomeroom, type Homeroom } from '../helpers/a-homeroom.ts'
import { until } from '../helpers/until.ts'
import { zip } from '../helpers/zip.ts'
import { INSTRUMENT, mappingOf, WIDE } from './a-survey.ts'

const ROSTER: Record<string, string> = {
  'orgs.csv': 'sourcedId,name,type\noak,Oak,school\n',
  'academicSessions.csv': 'sourcedId,type,startDate,endDate\nyear,schoolYear,2025-08-25,2026-06-13\n',
  'classes.csv':
    'sourcedId,classType,schoolSourcedId,termSourcedIds\nhome,homeroom,oak,year\nmath,scheduled,oak,year\n',
  'users.csv':
    'sourcedId,role,username,givenName,familyName\ns-1,student,kim,Kim,A\ns-2,student,lee,Lee,B\ns-3,student,max,Max,C\nt-1,teacher,tea,Tea,D\n',
  'enrollments.csv':
    'sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role\ne-1,home,oak,s-1,student\ne-2,home,oak,s-2,student\ne-3,home,oak,s-3,student\ne-4,home,oak,t-1,teacher\ne-5,gone,oak,s-1,student\n',
}

const SCORES = {
  source: 'benchmark',
  scores: [
    {
      files: ['scores.csv'],
      student: { id: '{who}' },
      test: 'benchmark',
      subject: 'math',
      window: '{season}',
      date: '{day}',
      score: '{points}',
    },
  ],
}

const ATTENDANCE = {
  source: 'attendance',
  interactions: [
    {
      files: ['days.csv'],
      time: { origin: '{day}', days: '0', at: '08:00' },
      kind: { from: '{code}', map: { P: 'attended', A: 'absent' } },
      participants: [{ id: '{who}', idType: 'sourcedId', role: 'student' }],
    },
  ],
}

const tracked = (username: string): string =>
  JSON.stringify({
    username,
    event_type: 'edx.course.home.resume_course.clicked',
    event_source: 'browser',
    time: '2026-02-03T10:00:00.000000+00:00',
    host: 'courses.example.org',
    context: { course_id: 'course-v1:Oak+Math+2026', org_id: 'Oak' },
    event: '{}',
  })
const event = (user_sis_id: string): string =>
  JSON.stringify({
    metadata: {
      event_name: 'logged_in',
      event_time: '2026-02-03T11:00:00.000Z',
      user_id: '21070000000000001',
      user_sis_id,
    },
    body: {},
  })

const LONG = { timeout: 120_000 }

/** By path below the district's folder. */
const FILES: Record<string, string | object> = {
  'calendar.csv': 'schoolSourcedId,date,schoolDay,reason\noak,2026-02-16,false,Holiday\n',
  'scores/mapping.json': SCORES,
  'scores/scores.csv':
    'who,season,day,points\ns-1,fall,2025-09-16,200\ns-1,winter,2026-01-16,207\ns-2,fall,2025-09-16,many\ns-2,winter,2026-01-16,198\n',
  'attendance/mapping.json': ATTENDANCE,
  'attendance/days.csv': 'who,day,code\ns-1,2026-02-02,P\ns-2,2026-02-02,A\ns-3,2026-02-02,?\ns-1,2026-02-02,P\n',
  'survey/mapping.json': mappingOf(WIDE),
  'survey/instrument.json': INSTRUMENT,
  'survey/rows.csv':
    'who,when,school,grade,Q1,Q2,Q3,C1\ns-1,2026-02-10 09:00:00,oak,5,4,1,4,\ns-2,2026-02-10 09:01:00,oak,5,3,Sort of,3,\n',
  'logs/tracking.log': [tracked('kim'), tracked(''), tracked('lee')].join('\n'),
  'logs/live-events.jsonl': [event('s-3'), '{"metadata":'].join('\n'),
  'notes.txt': 'nothing',
}

/** What becomes of each file: read = stored + duplicate + dead + nobody's; `partly` are among the stored. */
const COUNTS: Record<string, Partial<LoadSummary['files'][number]>> = {
  'oneroster.zip/orgs.csv': { read: 1, stored: 1 },
  'oneroster.zip/academicSessions.csv': { read: 1, stored: 1 },
  'oneroster.zip/classes.csv': { read: 2, stored: 2 },
  'oneroster.zip/users.csv': { read: 4, stored: 4 },
  'oneroster.zip/enrollments.csv': { read: 5, stored: 4, dead: 1 },
  'calendar.csv': { read: 1, stored: 1 },
  'scores/scores.csv': { read: 4, stored: 3, dead: 1 },
  'survey/rows.csv': { read: 2, stored: 2, partly: 1 },
  'attendance/days.csv': { read: 4, stored: 2, duplicate: 1, dead: 1 },
  'logs/live-events.jsonl': { read: 2, stored: 1, dead: 1 },
  'logs/tracking.log': { read: 3, stored: 2, nobody: { 'no user is named': 1 } },
}

/** Of these a second load stores nothing; everything else is a state that is said again. */
const LOGS = ['attendance/days.csv', 'logs/live-events.jsonl', 'logs/tracking.log']

let homeroom: Homeroom
let runtime: Runtime
let processor: Processor
let folder: string
const failures: unknown[] = []
beforeAll(async () => {
  homeroom = await aHomeroom()
  runtime = await openRuntime(homeroom.config)
  await prepare(runtime)
  processor = await startProcessor({ ...runtime, onError: error => failures.push(error) })
  folder = await mkdtemp(join(tmpdir(), 'homeroom-district-'))
  await zip(join(folder, 'oneroster.zip'), Object.entries(ROSTER))
  for (const [name, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
})
afterAll(async () => {
  await processor.stop()
  await runtime.close()
  await homeroom.remove()
  await rm(folder, { recursive: true, force: true })
  if (failures.length > 0) throw new AggregateError(failures, 'processing failed')
})

async function load(path = folder): Promise<LoadSummary> {
  const summary = JSON.parse(await homeroom.command('load', path, '--json')) as LoadSummary
  await until(() => isCaughtUp(runtime.log, runtime.warehouse), 'everything is processed', 120_000, 50)
  return summary
}

const count = async (from: string): Promise<number> =>
  (await runtime.warehouse.query<{ n: number }>(`select toFloat64(count()) as n from ${from}`))[0]!.n

const inWarehouse = async () => ({
  schools: await count('schools final'),
  students: await count("persons final where role = 'student'"),
  enrolments: await count('enrolments final'),
  days: await count('calendar final'),
  scores: await count('current_scores'),
  responses: await count('survey_responses_counted where counts'),
  unreadableAnswers: await count("survey_answers final where state = 'unreadable'"),
  attended: await count("events final where is_actor and kind = 'attended'"),
  absent: await count("events final where is_actor and kind = 'absent'"),
  records: await count('record_index final'),
  letters: await count('dead_letters final'),
})
const EXPECTED = {
  schools: 1,
  students: 3,
  enrolments: 4,
  days: 1,
  scores: 3,
  responses: 2,
  unreadableAnswers: 1,
  attended: 1,
  absent: 1,
  records: 5,
  // One for each row that is dead, and one for the response of which a part is.
  letters: 5,
}

test(
  "a district's folder of rosters, scores, attendance, surveys and logs is loaded by one command, and its counts add up",
  LONG,
  async () => {
    const summary = await load()
    expect(Object.fromEntries(summary.files.map(({ file, ...counts }) => [file, counts]))).toEqual(
      Object.fromEntries(
        Object.entries(COUNTS).map(([file, counts]) => [
          file,
          { read: 0, stored: 0, duplicate: 0, dead: 0, partly: 0, ...counts },
        ]),
      ),
    )
    expect(summary).toMatchObject({
      read: 29,
      stored: 23,
      duplicate: 1,
      dead: 4,
      partly: 1,
      nobody: 1,
      unused: ['notes.txt'],
    })
    for (const { read, stored, duplicate, dead, nobody = {} } of summary.files)
      expect(read).toBe(stored + duplicate + dead + Object.values(nobody).reduce((a, b) => a + b, 0))
    expect(await inWarehouse()).toEqual(EXPECTED)
    // By their login names, two of the tracking log are students of the roster; signing in is no learning.
    expect(await count('student_week final where events > 0')).toBe(2)
  },
)

test(
  'loaded again, logs are duplicates, states are said again, and nothing in the warehouse changes',
  LONG,
  async () => {
    const { files, records } = await load()
    const counts = Object.fromEntries(
      files.map(({ file, read, stored, duplicate }) => [file, { read, stored, duplicate }]),
    )
    for (const [file, { read = 0, stored = 0, duplicate = 0 }] of Object.entries(COUNTS)) {
      const again = LOGS.includes(file) ? { stored: 0, duplicate: stored + duplicate } : { stored, duplicate }
      expect([file, counts[file]]).toEqual([file, { read, ...again }])
    }
    expect(records).toBe(0)
    expect(await inWarehouse()).toEqual(EXPECTED)
  },
)

test('a correction that is set back at once is as it was', LONG, async () => {
  const file = join(folder, 'scores', 'scores.csv')
  const before = FILES['scores/scores.csv'] as string
  const scores = () => runtime.warehouse.query('select score from current_scores order by score')
  const was = await scores()
  await writeFile(file, before.replace('s-1,fall,2025-09-16,200', 's-1,fall,2025-09-16,299'))
  // Both before the processors have stored the first.
  await processor.stop()
  await homeroom.command('load', join(folder, 'scores'), '--json')
  await writeFile(file, before)
  await homeroom.command('load', join(folder, 'scores'), '--json')
  processor = await startProcessor({ ...runtime, onError: error => failures.push(error) })
  await until(() => isCaughtUp(runtime.log, runtime.warehouse), 'everything is processed', 120_000, 50)
  expect(await scores()).toEqual(was)
})
