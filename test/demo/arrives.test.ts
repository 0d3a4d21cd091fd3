import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAccount } from '../../infra/accounts.ts'
import { openRuntime, prepare, type Runtime } from '../../infra/commands/runtime.ts'
import { recordDemoConversations } from '../../infra/commands/demo-conversations.ts'
import { createServer } from '../../infra/commands/server.ts'
import { messagesWaiting } from '../../infra/commands/wait.ts'
import { planDistrict, sendDistrict, SOURCES, writeFiles, writeRoster, writeTruth, type Credentials, type Sent, type Source, type Truth } from '../../infra/demo/index.ts' // prettier-ignore
import { studentId } from '../../infra/demo/district.ts'
import { readSecrets } from '../../infra/secrets.ts'
import { loadFiles } from '../../ingest/load/load.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { startProcessor, type Processor } from '../../processors/run.ts'
import { pendingWeeks } from '../../processors/touched.ts'
import { freePort } from '../helpers/kafka-broker.ts'
import { until } from '../helpers/until.ts'

const MINUTE_MS = 60_000
const plan = planDistrict({ size: 80, seed: 20261122, timeZone: 'America/New_York' })
/**
 * From a closed week on, so that no duplicate comes without its original, with the dead feed in the third. What arrives late
 * does so within three weeks: the first of these are complete.
 */
const SENT = { from: 18, to: 27 }
const COMPLETE = [plan.year.dates[18 * 7]!, plan.year.dates[24 * 7]!] as const
const isComplete = (day: string): boolean => day >= COMPLETE[0] && day < COMPLETE[1]
const failures: unknown[] = []
let folder: string
let runtime: Runtime
let app: FastifyInstance
let processor: Processor
let truth: Truth
let sent: Sent
let recorded: number
/** Planted student of each pseudonym. */
let studentOf: Map<string, string>

type Row = Record<string, string>
const planted = async (name: string): Promise<Row[]> =>
  parse(await readFile(join(folder, 'truth', `${name}.csv`)), { columns: true })
const stored = async <T extends Row>(sql: string): Promise<T[]> => runtime.warehouse.query<T>(sql)
const count = async (sql: string): Promise<number> =>
  (await runtime.warehouse.query<{ n: number }>(`select toFloat64(count()) as n from ${sql}`))[0]!.n
const joined = (rows: readonly unknown[][]): string[] => rows.map(row => row.join('|')).sort()
const whose = (row: Row): string => studentOf.get(row.student!)!
const PERSON = 'left any join (select identifier, person_id as person from person_of final) as p on p.identifier = '

/** What the stages compute from the weeks is not looked at here. */
const isStored = async (): Promise<boolean> =>
  (await messagesWaiting(runtime.log)) === 0 && (await pendingWeeks(runtime.warehouse)).length === 0

/** All files, and eight weeks of a small district through the doors. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-arrives-'))
  const accounts = [{ homePage: 'https://lms.example.org', field: 'username' as const }]
  const place = { data: folder, secretsFile: join(folder, 'secrets.json'), port: await freePort() }
  runtime = await openRuntime({ ...place, accounts, district: 'arrives', logLevel: 'error', kafka: null })
  await prepare(runtime)
  const credentials: Partial<Credentials> = {}
  for (const source of Object.keys(SOURCES) as Source[]) {
    const role = SOURCES[source].door
    const { secret } = await createAccount(runtime.warehouse, { id: source, kind: 'source', role })
    credentials[source] = { user: source, password: secret }
  }
  await runtime.accounts.refresh()
  app = await createServer(runtime, { ingest: true, dashboards: false })
  const url = await app.listen({ host: '127.0.0.1', port: place.port })
  processor = await startProcessor({ ...runtime, onError: error => failures.push(error) })
  await writeRoster(plan, join(folder, 'roster'))
  await loadFiles([join(folder, 'roster')], { ...runtime, source: 'sis' })
  await loadFiles(await writeFiles(plan, join(folder, 'files')), runtime)
  sent = await sendDistrict({ plan, url, credentials: credentials as Credentials, weeks: SENT })
  recorded = await recordDemoConversations(runtime, plan)
  truth = await writeTruth(plan, join(folder, 'truth'))
  await until(isStored, 'all is stored, and weeks recomputed', 4 * MINUTE_MS, 200)
  const pseudonym = pseudonymiser(readSecrets(runtime.config).pseudonymKey, 'arrives')
  const ids = Array.from({ length: plan.students.count }, (_, student) => studentId(student))
  studentOf = new Map(ids.map(id => [pseudonym('sourcedId', id), id]))
}, 5 * MINUTE_MS)

afterAll(async () => {
  await app.close()
  await processor.stop()
  await runtime.close()
  await rm(folder, { recursive: true, force: true })
})

test('stored, duplicates and dead letters are the planted numbers, referrals of the file among the stored', async () => {
  const sum = (of: (door: (typeof sent.doors)['xapi']) => number) =>
    Object.values(sent.doors).reduce((total, door) => total + of(door), 0)
  expect(sent).toMatchObject({ surprises: 0, examples: [], retries: 0 })
  const [duplicates, malformed] = [sum(door => door.duplicates), sum(door => door.malformed)]
  expect({
    stored: await count('record_index final'),
    duplicates: await count('duplicates final'),
    dead: await count('dead_letters final'),
  }).toEqual({ stored: sent.records - duplicates - malformed + truth.files.referrals, duplicates, dead: malformed })
  expect(failures).toEqual([])
})

test('every delivered absence is an absent day of its student-week, and no other day is', async () => {
  const rows = await stored(
    `select lower(hex(student_id)) as student, toString(arrayJoin(absent_days)) as day from student_week final where deleted = 0`,
  )
  const known = (await planted('attendance')).filter(row => row.delivered === 'true' && isComplete(row.day!))
  expect(known.length).toBeGreaterThan(80)
  const found = rows.filter(row => isComplete(row.day!))
  expect(joined(found.map(row => [whose(row), row.day]))).toEqual(joined(known.map(row => [row.student, row.day])))
  const said = await stored(
    `select lower(hex(person)) as student, toString(local_day) as day, object, object_type from events final ${PERSON} events.person_id where kind = 'absent'`,
  )
  const words = (row: Row) => [row.student, row.day, `attendance:${row.excuse}`, row.reason === '' ? '' : `reason:${row.reason}`] // prettier-ignore
  const whole = said.filter(row => isComplete(row.day!))
  expect(joined(whole.map(row => [whose(row), row.day, row.object, row.object_type]))).toEqual(joined(known.map(words)))
})

test('a school whose attendance never arrived has no absence on that day, though students stayed away', async () => {
  const { school, day } = plan.attendance.deadFeed
  const date = plan.year.dates[day]!
  const kept = (await planted('attendance')).filter(row => row.delivered === 'false')
  expect(kept.length).toBeGreaterThan(0)
  expect(new Set(kept.map(row => `${row.school} ${row.day}`))).toEqual(new Set([`${plan.schools[school]!.id} ${date}`]))
  expect(await count(`events final where kind = 'absent' and local_day = '${date}'`)).toBe(0)
})

test('plans arrive with units, mix and days', async () => {
  const rows = await stored(
    `select lower(hex(student_id)) as student, toString(units_per_week) as units, toString(round(mix_individual * 100)) as alone,
       toString(round(mix_adult * 100)) as adult, toString(round(mix_peer * 100)) as peer, toString(round(mix_group * 100)) as others,
       toString(begin_day) as begun from current_plans`,
  )
  const known = await planted('plans')
  expect(
    joined(rows.map(row => [whose(row), row.units, row.alone, row.adult, row.peer, row.others, row.begun])),
  ).toEqual(
    joined(
      known.map(row => [row.student, row.units_per_week, row.individual, row.adult, row.peer, row.group, row.from]),
    ),
  )
})

test('goals arrive with how they ended, choices with who picked, reflections with their day', async () => {
  const goals = await stored(
    `select lower(hex(student_id)) as student, horizon, subject, toString(set_day) as begun, status, ifNull(toString(level), '') as level from current_goals where source = 'goal-book'`,
  )
  expect(joined(goals.map(row => [whose(row), row.horizon, row.subject, row.begun, row.status, row.level]))).toEqual(
    joined(
      (await planted('goals')).map(row => [row.student, row.horizon, row.subject, row.set, row.outcome, row.level]),
    ),
  )
  const choices = await stored(
    `select lower(hex(student_id)) as student, toString(day) as day, taken, choice from current_choices`,
  )
  const whom = (by: string) => (by === 'student' ? 'chosen' : 'assigned')
  expect(joined(choices.map(row => [whose(row), row.day, row.taken, row.choice]))).toEqual(
    joined((await planted('choices')).map(row => [row.student, row.day, row.taken, whom(row.by!)])),
  )
  const reflections = await stored(
    `select lower(hex(student_id)) as student, toString(day) as day, subject from current_reflections`,
  )
  expect(joined(reflections.map(row => [whose(row), row.day, row.subject]))).toEqual(
    joined((await planted('reflections')).map(row => [row.student, row.day, row.subject])),
  )
})

test('referrals arrive as records, marks as grades that a student has', async () => {
  const referrals = await stored(
    `select lower(hex(person)) as student, toString(local_day) as day, object, object_type from events final ${PERSON} events.person_id
     where kind = 'referred' and is_actor`,
  )
  const level = (row: Row) => (row.action!.includes('suspension') ? 'suspension' : row.level)
  expect(joined(referrals.map(row => [whose(row), row.day, row.object, row.object_type]))).toEqual(
    joined((await planted('referrals')).map(row => [row.student, row.day, `behaviour:${row.behaviour}`, level(row)])),
  )
  const marks = await stored(
    `select lower(hex(student_id)) as student, window, subject, ifNull(toString(score), '') as percent, counts ? 'yes' : 'no' as counted
     from current_scores where kind = 'grade'`,
  )
  const subjects: Row = { ela: 'english', math: 'mathematics' }
  expect(joined(marks.map(row => [whose(row), row.window, row.subject, row.percent, row.counted]))).toEqual(
    joined((await planted('marks')).map(row => [row.student, `2025-2026 ${row.quarter}`, subjects[row.subject!], row.percent, row.percent === '' ? 'no' : 'yes'])), // prettier-ignore
  )
})

test('responses to surveys arrive whole, and whose they are follows from the roster', async () => {
  const known = await planted('responses')
  const rows = await stored(
    `select instrument as survey, window, lower(hex(person)) as student, toString(local_day) as day, if(counts, 'true', 'false') as counts
     from survey_responses_counted`,
  )
  expect(rows).toHaveLength(truth.files.responses)
  const isStudent = (row: Row) => row.survey!.endsWith('student')
  const line = (row: Row, who: string) => [row.survey, row.window, who, row.day, row.counts]
  expect(joined(rows.filter(isStudent).map(row => line(row, whose(row))))).toEqual(
    joined(known.filter(isStudent).map(row => line(row, row.who!))),
  )
  const nobody = '0'.repeat(64)
  for (const row of rows.filter(({ survey }) => survey!.endsWith('family'))) expect(row.student).toBe(nobody)
})

test('minutes with mentors of the community, in project teams and with a virtual tutor are those planted', async () => {
  const rows =
    await runtime.warehouse.query<{ student: string; week: string; community: number; team: number; tutor: number }>( // prettier-ignore
      `select lower(hex(student_id)) as student, toString(week) as week, toFloat64(community_ms) / 60000 as community,
       toFloat64(project_team_ms) / 60000 as team, toFloat64(virtual_tutor_ms) / 60000 as tutor from student_week final where deleted = 0`,
    )
  const known = new Map((await planted('student-weeks')).map(row => [`${row.student}|${row.week}`, row]))
  const sums = { community: 0, team: 0, tutor: 0 }
  for (const { student, week, community, team, tutor } of rows.filter(row => isComplete(row.week))) {
    const row = known.get(`${studentOf.get(student)}|${week}`)
    expect(community, `${student} ${week}`).toBe(Number(row?.community_minutes ?? 0))
    expect(tutor > 0, `${student} ${week}`).toBe(Number(row?.virtual_tutor_minutes ?? 0) > 0)
    // A minute for the end of each stretch of work beside the logged ones (B2): stretches last 15 to 25 minutes.
    const logged = Number(row?.team_minutes ?? 0)
    expect(team).toBeGreaterThanOrEqual(logged + Math.ceil(logged / 25))
    expect(team).toBeLessThanOrEqual(logged + Math.floor(logged / 15))
    sums.community += community
    sums.team += team
    sums.tutor += tutor
  }
  expect(Math.min(...Object.values(sums))).toBeGreaterThan(50)
})

test(
  'conversations arrive with day, minutes, topics and tags, and again change nothing',
  { timeout: MINUTE_MS },
  async () => {
    const read = () =>
      stored(
        `select lower(hex(student_id)) as student, toString(day) as day, toString(minutes) as minutes, arrayStringConcat(topics, ';') as topics,
         arrayStringConcat(strengths, ';') as strengths, arrayStringConcat(needs, ';') as needs, toString(sealed_note != '') as noted
       from current_conversations`,
      )
    const known = await planted('conversations')
    expect(known).toHaveLength(recorded)
    const lines = joined(known.map(row => [row.student, row.day, row.minutes, row.topics, row.strengths, row.needs, row.note])) // prettier-ignore
    const found = (rows: readonly Row[]) =>
      joined(rows.map(row => [whose(row), row.day, row.minutes, row.topics, row.strengths, row.needs, row.noted]))
    expect(lines.length).toBeGreaterThan(15)
    expect(found(await read())).toEqual(lines)
    await recordDemoConversations(runtime, plan)
    await until(async () => (await messagesWaiting(runtime.log)) === 0, 'all is stored', MINUTE_MS, 200)
    expect(found(await read())).toEqual(lines)
  },
)
