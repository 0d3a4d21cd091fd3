import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadFiles, type LoadSummary } from '../../ingest/load/load.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { storeScores } from '../../processors/store-scores.ts'
import { storeRosters } from '../../processors/store-rosters.ts'
import type { LearningRecord } from '../../schemas/record.ts'
import { Score } from '../../schemas/score.ts'
import { recompute, store } from '../helpers/records.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

const emptied = emptiedWarehouse()

const FOLDER = fileURLToPath(new URL('../../infra/examples/', import.meta.url))
const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')

let ingest: Ingest
beforeEach(async () => {
  ingest = await startIngest()
})
afterEach(() => ingest.close())

async function load(name: string): Promise<LoadSummary> {
  const deps = { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => NOW }
  const summary = await loadFiles([`${FOLDER}${name}`], deps)
  expect(summary).toMatchObject({ dead: 0, refused: [] })
  expect(summary.unused.filter(file => file !== 'README.md')).toEqual([])
  expect(summary.read).toBe(summary.stored + summary.nobody)
  return summary
}

const WHO = new Map(
  [
    ...['9001', '9002', '9003', '9004', '9005', '9006'].map(id => ['identifier', id]),
    ...['student9001', 'student9002', 'student9003', 'teacher.c'].map(id => ['username', id]),
    ...['student9001', 'student9002', 'student9003'].map(id => ['mbox', `${id}@example.org`]),
    ...['adviser.a', 'adviser.b', 'mentor.a', 'mentor.b', 'tutor.a', 'teacher.c'].map(id => [
      'mbox',
      `${id}@example.org`,
    ]),
    ...['guardian@home.example', 'mentor@library.example', 'nurse@hospital.example'].map(id => ['mbox', id]),
    ['mbox', 'student9001@students.example.org'],
  ].map(([type, id]) => [pseudonymise(type as 'mbox', id!), id!.replace(/@.*/, '')]),
)
const nameOf = ({ id, role }: { id: string; role: string }): string => `${role} ${WHO.get(id) ?? '?'}`

/** When it ended · what · mode · who with whom · minutes, and what else a row says. */
function shown({ occurredAt, kind, mode, actor, counterparts, durationMs, ...rest }: LearningRecord): string {
  const minutes = durationMs === undefined ? undefined : `${Math.round(durationMs / 6000) / 10} min`
  const { subject, section, school, team, choice, object, objectType } = rest
  const people = [nameOf(actor), ...counterparts.map(nameOf).sort()].join(', ')
  return [
    occurredAt.slice(5, 16),
    kind,
    mode,
    people,
    minutes,
    school,
    section,
    team,
    choice,
    subject,
    object,
    objectType,
  ]
    .filter(Boolean)
    .join(' · ')
}

const EXPECTED: Record<string, string[]> = {
  'interactions/advisory-meetings': [
    '02-03T13:25 · met · group · adviser adviser.a, student 9001, student 9002 · 20 min · HR-9A · advisory',
    '02-03T13:25 · met · group · adviser adviser.b, student 9004 · 20 min · HR-9B · advisory',
    '02-05T13:25 · met · group · adviser adviser.a, student 9001 · 20 min · HR-9A · advisory',
  ],
  'interactions/mentoring-check-ins': [
    '02-04T15:30 · met · adult · mentor mentor.a, student 9001 · 15 min · goals',
    '02-05T17:10 · met · adult · mentor mentor.b, student 9003 · 10 min · check-in',
  ],
  'interactions/tutoring': [
    '02-03T18:42 · asked-help · individual · student student9001 · 6.8 min · mathematics · linear-equations-12 · virtual-tutor',
    '02-03T19:03 · asked-help · individual · student student9002 · 1.6 min · mathematics · linear-equations-15 · virtual-tutor',
    '02-03T20:30 · met · adult · tutor tutor.a, student 9001 · 30 min · mathematics',
    '02-03T21:15 · met · group · tutor tutor.a, student 9001, student 9002, student 9003 · 45 min · english',
  ],
  'interactions/peer-projects': [
    '02-03T20:00 · collaborated · peer · student 9001, student 9002 · 40 min · river-study/1 · chosen · river-study · project',
    '02-03T20:00 · collaborated · peer · student 9003, student 9004 · 40 min · river-study/2 · assigned · river-study · project',
    '02-10T20:00 · collaborated · peer · student 9001, student 9002 · 55 min · river-study/1 · chosen · river-study · project',
  ],
  'interactions/messages': [
    '02-03T14:20 · messaged · adult · student student9001, teacher adviser.a',
    '02-03T14:31 · messaged · adult · teacher adviser.a, student student9001',
    '02-03T16:02 · messaged · group · student student9001, student student9002, student student9003',
  ],
  'interactions/help': [
    '02-03T15:05 · asked-help · peer · student 9001, student 9002 · MATH-8-1 · mathematics',
    '02-03T15:14 · gave-help · peer · student 9002, student 9001 · 8 min · MATH-8-1 · mathematics',
    '02-03T15:20 · asked-help · student 9003 · MATH-8-1 · mathematics',
  ],
  'interactions/feedback': [
    '02-03T19:10 · gave-feedback · adult · teacher teacher.c, student student9001 · english · essay-3',
    '02-03T19:25 · gave-feedback · peer · student student9002, student student9001 · english · essay-3',
  ],
  'interactions/internships': [
    '02-04T19:30 · met · adult · student 9002, community nurse · 330 min · hospital · shadow-day',
    '02-04T21:00 · met · adult · student 9001, community mentor · 180 min · city-library · internship',
  ],
  'interactions/family-contacts': [
    '02-04T21:10 · noted · group · adviser adviser.a, family guardian, student 9001 · 12 min · family-contact:phone · family-contact',
    '02-05T17:00 · noted · adult · adviser adviser.a, student 9002 · 45 min · family-contact:visit · family-contact',
  ],
  attendance: [
    '02-03T13:30 · absent · individual · student 9005 · school-2 · MATH-8-1 · attendance:unexcused',
    '02-03T13:30 · absent · individual · student 9006 · school-2 · MATH-8-1 · attendance:unexcused',
    '02-03T14:20 · absent · individual · student 9006 · school-2 · ELA-8-1 · attendance:excused',
    '02-03T14:20 · attended · individual · student 9005 · school-2 · ELA-8-1 · attendance:present',
    '02-03T15:10 · attended · individual · student 9005 · school-2 · SCI-8-1 · attendance:present',
    '02-03T15:10 · attended · individual · student 9006 · school-2 · SCI-8-1 · attendance:tardy',
    '02-03T17:00 · absent · individual · student 9003 · school-1 · attendance:excused · reason:medical',
    '02-03T17:00 · absent · individual · student 9004 · school-1 · attendance:unexcused',
    '02-03T17:00 · attended · individual · student 9001 · school-1 · attendance:present',
    '02-03T17:00 · attended · individual · student 9002 · school-1 · attendance:tardy · reason:transport',
    '02-04T17:00 · absent · individual · student 9003 · school-1 · attendance:excused · reason:medical',
    '02-04T17:00 · attended · individual · student 9004 · school-1 · attendance:partial · reason:family',
  ],
  behaviour: [
    '02-03T15:40 · referred · adult · student 9001, teacher teacher.c · school-1 · behaviour:disruption · minor',
    '02-05T17:00 · referred · individual · student 9002 · school-1 · behaviour:fighting · suspension',
    '02-05T17:00 · referred · individual · student 9003 · school-1 · behaviour:fighting · suspension',
  ],
}

test('every folder of examples of logs is tested', async () => {
  const folders = (await readdir(`${FOLDER}interactions`, { withFileTypes: true })).filter(entry => entry.isDirectory())
  const tested = Object.keys(EXPECTED).filter(name => name.startsWith('interactions/'))
  expect(folders.map(({ name }) => `interactions/${name}`).sort()).toEqual(tested.sort())
})

test.each(Object.keys(EXPECTED))('the rows of %s are what they say', async name => {
  await load(name)
  expect((await ingest.records()).map(shown).sort()).toEqual(EXPECTED[name]!.toSorted())
  expect(await ingest.text('records')).not.toMatch(/@|\b900\d\b|student900/)
})

test('rows that are no event are counted under their reasons', async () => {
  const reasons: Record<string, number> = {}
  for (const name of Object.keys(EXPECTED))
    for (const { nobody = {} } of (await load(name)).files) Object.assign(reasons, nobody)
  expect(reasons).toEqual({
    'students who were not there': 1,
    'check-ins that did not take place': 1,
    'sessions that nobody came to': 1,
    'hours that nobody has approved': 1,
    'periods of which nobody took attendance': 1,
  })
})

test('all of them are in the warehouse: contacts with their minutes, days absent, referrals', async () => {
  const warehouse = await emptied()
  for (const name of Object.keys(EXPECTED)) await load(name)
  await store(warehouse, await ingest.records())
  await recompute(warehouse)
  const rows = await warehouse.query<{ who: string; contact_minutes: number; absent: string[]; missed: number[] }>(
    `select lower(hex(student_id)) as who, toFloat64(contact_ms) / 60000 as contact_minutes, absent_days as absent, class_absences as missed
     from student_week final where week = '2026-02-02'`,
  )
  const of = (id: string) => rows.find(({ who }) => who === pseudonymise('identifier', id))
  // Two advisories, a check-in, tutoring alone and in a group, a project, help given, an internship; families not.
  expect(of('9001')).toMatchObject({ contact_minutes: 2 * 20 + 15 + 30 + 45 + 40 + 8 + 180, absent: [] })
  expect(of('9003')).toMatchObject({ absent: ['2026-02-03', '2026-02-04'], missed: [] })
  expect(of('9005')).toMatchObject({ absent: [], missed: [1] })
  expect(of('9006')).toMatchObject({ absent: [], missed: [2] })
  const kinds = await warehouse.query<{ kind: string; n: number }>(
    'select kind, toUInt32(count()) as n from events final where is_actor group by kind order by kind',
  )
  const expected = Object.values(EXPECTED)
    .flat()
    .map(line => line.split(' · ')[1]!)
  for (const { kind, n } of kinds) expect([kind, n]).toEqual([kind, expected.filter(each => each === kind).length])
})

test('marks of a grading period are scores of the kind grade, and an incomplete one does not count', async () => {
  await load('class-grades')
  const lines = (await ingest.text('scores')).split('\n').map(line => JSON.parse(line) as { type: string })
  const scores = lines.filter(({ type }) => type === 'score').map(value => Score.parse(value))
  expect(
    scores
      .map(({ kind, subject, window, date, score, level, counts }) =>
        [kind, subject, window, date, score, level, counts ? 'counts' : 'counts not'].join(' · '),
      )
      .sort(),
  ).toEqual([
    'grade · ART · 2025-2026 Q2 · 2026-01-23 ·  · A · counts',
    'grade · english · 2025-2026 Q2 · 2026-01-23 ·  · INC · counts not',
    'grade · mathematics · 2025-2026 Q2 · 2026-01-23 · 52 · F · counts',
    'grade · mathematics · 2025-2026 Q2 · 2026-01-23 · 88.5 · B+ · counts',
  ])
  const warehouse = await emptied()
  await storeScores(
    warehouse,
    scores.map((value, i) => ({ value, position: `0/${i}/0` })),
  )
  expect(await warehouse.query("select toUInt32(count()) as n from scores final where kind = 'grade'")).toEqual([
    { n: 4 },
  ])
})

test('the calendar of an adviser is planned meetings of the class, without what is private or called off', async () => {
  const summary = await load('calendars')
  expect(summary.files[0]!.nobody).toEqual({ cancelled: 1, 'private entries': 1 })
  const warehouse = await emptied()
  await storeRosters(warehouse, await ingest.rosters())
  const rows = await warehouse.query<{
    at: string
    purpose: string
    section: string
    people: string[]
    roles: string[]
  }>(
    `select formatDateTime(begin_at, '%m-%d %H:%i') as at, purpose, section, arrayMap(x -> lower(hex(x)), people) as people, roles
     from planned_meetings order by begin_at`,
  )
  expect(rows.filter(({ section }) => section === 'HR-9A').map(({ at }) => at)).toEqual([
    ...['02-03', '02-05', '02-10', '02-12'].map(day => `${day} 13:05`),
    '02-24 18:00',
    ...['03-03', '03-05'].map(day => `${day} 13:05`),
    ...['03-10', '03-12'].map(day => `${day} 12:05`),
  ])
  const checkIn = rows.find(({ purpose }) => purpose === 'mentoring')!
  expect(checkIn.people.map((id, i) => nameOf({ id, role: checkIn.roles[i]! })).sort()).toEqual([
    'adviser adviser.a',
    'student student9001',
  ])
  expect(await ingest.records()).toEqual([])
})
