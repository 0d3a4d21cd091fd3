import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadFiles, type LoadDeps, type LoadSummary } from '../../ingest/load/load.ts'
import { openEdxKind } from '../../ingest/map/openedx-events.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import type { LearningRecord } from '../../schemas/record.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

const LOG = await readFile(new URL('../reference/openedx/tracking.log', import.meta.url), 'utf8')
const LINES = LOG.trimEnd().split('\n')
const HOME = 'https://courses.example.org'
const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')
const user = (name: string): string => pseudonymise('account', `${HOME}|${name}`)

let ingest: Ingest
let folder: string
beforeEach(async () => {
  ingest = await startIngest()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-openedx-'))
})
afterEach(async () => {
  await ingest.close()
  await rm(folder, { recursive: true, force: true })
})

async function load(files: Record<string, string | Buffer>, more: Partial<LoadDeps> = {}): Promise<LoadSummary> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return loadFiles(
    Object.keys(files).map(name => join(folder, name)),
    { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => NOW, ...more },
  )
}

/** The records in the order of their time. */
const records = async (): Promise<LearningRecord[]> =>
  (await ingest.records()).sort((a, b) => (a.occurredAt < b.occurredAt ? -1 : 1))
const aLine = (changes: object): string => JSON.stringify({ ...(JSON.parse(LINES[11]!) as object), ...changes })

describe('a tracking log', () => {
  test('becomes records of what learners did, each with its kind; background work of nobody is counted with the reason', async () => {
    const summary = await load({ 'tracking.log': LOG })
    expect(summary).toMatchObject({ read: 35, stored: 34, dead: 0, nobody: 1, records: 34 })
    expect(summary.files).toMatchObject([{ file: 'tracking.log', nobody: { 'no user is named': 1 } }])
    const found = (await records()).map(({ verb, kind }) => `${verb.replace('openedx:', '')} ${kind}`)
    expect(found).toEqual([
      'edx.course.enrollment.activated noted',
      'request viewed',
      'request noted',
      'edx.ui.lms.sequence.next_selected viewed',
      'load_video viewed',
      'play_video viewed',
      'seek_video viewed',
      'pause_video viewed',
      'stop_video viewed',
      'complete_video completed',
      'problem_check viewed',
      'problem_check answered',
      'edx.grades.problem.submitted scored',
      'edx.problem.hint.demandhint_displayed asked-help',
      'showanswer viewed',
      'edx.completion.block_completion.changed completed',
      'edx.grades.subsection.grade_calculated noted',
      'edx.forum.thread.created asked-help',
      'edx.forum.thread.created collaborated',
      'edx.forum.response.created collaborated',
      'edx.forum.comment.created collaborated',
      'edx.forum.response.voted gave-feedback',
      'edx.bookmark.added viewed',
      'edx.course.student_notes.added reflected',
      'openassessmentblock.create_submission completed',
      'openassessmentblock.peer_assess gave-feedback',
      'openassessmentblock.self_assess reflected',
      'edx.special_exam.timed.attempt.submitted completed',
      'problem_rescore scored',
      'edx.grades.problem.score_overridden scored',
      'edx.team.activity_updated collaborated',
      'edx.course.grade.passed.first_time completed',
      'acme.simulation.launched other',
      'edx.ui.lms.link_clicked viewed',
    ])
  })

  test('an answer has its score, its success, its attempt, the problem and the course', async () => {
    await load({ 'tracking.log': LINES[11]! })
    expect(await records()).toMatchObject([
      {
        source: 'openedx',
        standard: 'openedx',
        occurredAt: '2026-03-02T13:11:07.123Z',
        timely: true,
        actor: { id: user('kim'), role: 'unknown' },
        counterparts: [],
        kind: 'answered',
        mode: 'individual',
        object: 'block-v1:Oak+MATH7+2026+type@problem+block@fractions1',
        objectType: 'problem',
        section: 'course-v1:Oak+MATH7+2026',
        score: 0.5,
        success: false,
        attempt: 2,
      },
    ])
  })

  test('who scores or votes for another has the other as counterpart; who is scored without anybody is the actor', async () => {
    await load({ 'tracking.log': LOG })
    const of = async (verb: string) => (await records()).filter(record => record.verb === `openedx:${verb}`)
    expect(await of('problem_rescore')).toMatchObject([
      { actor: { id: user('mx.oak') }, counterparts: [{ id: user('kim') }], score: 1, success: true },
    ])
    expect(await of('edx.forum.response.voted')).toMatchObject([
      { actor: { id: user('kim') }, counterparts: [{ id: user('lee') }] },
    ])
    expect(await of('edx.forum.comment.created')).toMatchObject([{ actor: { id: user('mx.oak'), role: 'teacher' } }])
    const number = (n: number): string => pseudonymise('account', `${HOME}/user_id|${n}`)
    expect(await of('edx.grades.problem.score_overridden')).toMatchObject([
      { actor: { id: number(3) }, counterparts: [{ id: number(11) }], score: 1 },
    ])
    expect(await of('edx.special_exam.timed.attempt.submitted')).toMatchObject([
      { actor: { id: user('kim') }, durationMs: 2_550_000, completion: true },
    ])
  })

  test('a line loaded again, from another file, or twice in one, is the same record', async () => {
    await load({ 'tracking.log': LOG })
    await load({ 'tracking.log-20260303.gz': gzipSync(LOG + LINES.slice(0, 5).join('\n')) })
    const found = await records()
    expect(found).toHaveLength(34 + 34)
    expect(new Set(found.map(({ id }) => id)).size).toBe(34)
    expect(new Set(found.map(({ id, hash }) => id + hash)).size).toBe(34)
  })

  test('lines that differ in a microsecond are two events', async () => {
    const summary = await load({
      'tracking.log': [
        aLine({ time: '2026-03-02T13:00:00.000001+00:00' }),
        aLine({ time: '2026-03-02T13:00:00.000002' }),
      ].join('\n'),
    })
    expect(summary).toMatchObject({ stored: 2 })
    expect(new Set((await records()).map(({ id }) => id)).size).toBe(2)
  })

  test('bad lines are dead letters by file, line and field, and the good ones go on', async () => {
    const bad = [
      LINES[0]!.slice(0, 300),
      LINES[1]!,
      'Traceback (most recent call last):',
      aLine({ time: 'Monday' }),
      aLine({ event_type: '' }),
      aLine({ context: { user_id: { deep: 1 } } }),
      aLine({ host: '' }),
      '[1, 2]',
      LINES[2]!.slice(100),
      LINES[3]!,
      '{"event_type": "x", "time": "2026-03-02T13:00:00Z", "username": "kim", "host": "h", "event": "\xff"}',
      '{"hello": "world"}',
    ]
    const bytes = Buffer.concat(
      bad.flatMap((line, i) => [Buffer.from(line, i === 10 ? 'latin1' : 'utf8'), Buffer.from('\n')]),
    )
    const summary = await load({ 'tracking.log': bytes })
    expect(summary).toMatchObject({ read: 12, stored: 2, dead: 10, nobody: 0 })
    const dead = (await ingest.deadLetters()).map(({ place, door, code }) => `${door} ${code} ${place}`)
    expect(dead.sort()).toEqual([
      'openedx ROW_INVALID tracking.log line 1',
      'openedx ROW_INVALID tracking.log line 11',
      'openedx ROW_INVALID tracking.log line 12 field event_type',
      'openedx ROW_INVALID tracking.log line 3',
      'openedx ROW_INVALID tracking.log line 4 field time',
      'openedx ROW_INVALID tracking.log line 5 field event_type',
      'openedx ROW_INVALID tracking.log line 6 field context.user_id',
      'openedx ROW_INVALID tracking.log line 7 field host',
      'openedx ROW_INVALID tracking.log line 8',
      'openedx ROW_INVALID tracking.log line 9',
    ])
    const reasons = (await ingest.deadLetters()).map(({ reason }) => reason).join('\n')
    expect(reasons).toContain(
      "line 7 field host is missing, expected the platform's site, or its address given by --home-page",
    )
    expect(reasons).not.toMatch(/Monday|Traceback|kim/)
  })

  test('with the home page given, lines without a host are of its accounts, and hosts do not matter', async () => {
    const lines = [aLine({ host: '' }), aLine({ host: 'studio.example.org', time: '2026-03-02T13:00:00Z' })]
    await load({ 'tracking.log': lines.join('\n') }, { homePage: HOME })
    expect((await records()).map(({ actor }) => actor.id)).toEqual([user('kim'), user('kim')])
  })

  test('people are in the log by pseudonym only, also in originals, paths and dead letters', async () => {
    const marked = LOG.replaceAll('kim', 'zyxlogin')
      .replaceAll('"lee"', '"zyxother"')
      .replaceAll('mx.oak', 'zyxteacher')
    await load({
      'tracking.log': marked + aLine({ username: 'zyxlogin', time: 'zyxlogin at noon' }) + '\n{"username": "zyxlogin',
    })
    const told = await Promise.all((['records', 'dead-letters', 'rosters'] as const).map(topic => ingest.text(topic)))
    for (const mark of ['zyxlogin', 'zyxother', 'zyxteacher']) expect(told.join('\n').includes(mark)).toBe(false)
    expect((await ingest.text('identities')).includes('zyxlogin')).toBe(true)
    expect(await records()).toHaveLength(34)
  })
})

describe('files', () => {
  test('a folder of rotated logs is loaded in the order of names, an empty one is a log too', async () => {
    await mkdir(join(folder, 'logs'))
    for (const [name, text] of [
      ['tracking.log', LINES.slice(0, 10).join('\n')],
      ['tracking.log-20260301.gz', gzipSync(LINES.slice(10, 20).join('\n') + '\n')],
      ['tracking.log-20260302.gz', gzipSync(LINES.slice(20).join('\n') + '\n')],
      ['tracking.log.1', ''],
    ] as const)
      await writeFile(join(folder, 'logs', name), text)
    const deps = { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => NOW }
    const summary = await loadFiles([join(folder, 'logs')], deps)
    expect(summary).toMatchObject({ read: 35, stored: 34, nobody: 1 })
    expect(summary.files.map(({ file, read }) => `${file} ${read}`)).toEqual([
      'tracking.log 10',
      'tracking.log-20260301.gz 10',
      'tracking.log-20260302.gz 15',
      'tracking.log.1 0',
    ])
  })

  test('a file of no known kind is named in the summary, the logs beside it are loaded', async () => {
    await writeFile(join(folder, 'tracking.log'), LOG)
    await writeFile(join(folder, 'notes.txt'), 'nothing')
    const deps = { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => NOW }
    expect(await loadFiles([folder], deps)).toMatchObject({ stored: 34, unused: ['notes.txt'], refused: [] })
  })

  test('a log that begins with half a line is known as a log', async () => {
    expect(await load({ 'events.txt': LINES[0]!.slice(200) + '\n' + LOG })).toMatchObject({
      stored: 34,
      dead: 1,
      nobody: 1,
    })
  })

  test('of a log that is damaged where it is compressed, what came before is stored', async () => {
    const many = Array.from({ length: 5000 }, (_, i) => aLine({ page: `${i} ${Math.imul(i, 2654435761)}` })).join('\n')
    const gz = gzipSync(many)
    await expect(load({ 'tracking.log.gz': gz.subarray(0, gz.length - 2000) })).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: expect.stringContaining('What comes before is stored') as unknown,
    })
    const before = (await ingest.records()).length
    expect(before).toBeGreaterThan(1000)
    expect(await load({ 'tracking.log.gz': gz })).toMatchObject({ read: 5000, stored: 5000 })
    expect(new Set((await ingest.records()).map(({ id }) => id)).size).toBe(5000)
  })

  test('a log that has grown since it was loaded adds only what is new', async () => {
    await load({ 'tracking.log': LINES.slice(0, 20).join('\n') + '\n' + LINES[20]!.slice(0, 50) })
    await appendFile(join(folder, 'tracking.log'), LINES[20]!.slice(50) + '\n' + LINES.slice(21).join('\n') + '\n')
    const deps = { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => NOW }
    expect(await loadFiles([join(folder, 'tracking.log')], deps)).toMatchObject({ read: 35, stored: 34, nobody: 1 })
    expect(new Set((await ingest.records()).map(({ id }) => id)).size).toBe(34)
  })

  test('a file that is no log is refused', async () => {
    await expect(load({ 'app.log': '{"level":"info","time":"2026-03-02T13:00:00Z"}\n' })).rejects.toMatchObject({
      code: 'FILE_INVALID',
    })
  })
})

test.each<[string, string, object, string]>([
  ['problem_check', 'browser', {}, 'viewed'],
  ['problem_check', 'server', {}, 'answered'],
  ['edx.completion.block_completion.changed', 'server', { completion: 0.4 }, 'viewed'],
  ['edx.done.toggled', 'server', { done: true }, 'completed'],
  ['edx.done.toggled', 'server', { done: false }, 'viewed'],
  ['edx.forum.thread.voted', 'server', { undo_vote: true }, 'viewed'],
  ['edx.special_exam.proctored.attempt.started', 'server', {}, 'started'],
  ['edx.special_exam.proctored.attempt.created', 'server', {}, 'noted'],
  ['edx.video.played', 'mobile', {}, 'viewed'],
  ['edx.video.completed', 'browser', {}, 'completed'],
  ['list-students', 'server', {}, 'noted'],
  ['constructor', 'server', {}, 'other'],
  ['edx_ui_lms_x', 'server', {}, 'other'],
])('%s of %s with %j is %s', (name, source, details, kind) => {
  expect(openEdxKind(name, source, details as Record<string, unknown>)).toBe(kind)
})

// Open edX, alphabetical list of tracking log events, learners' part; what is not here is a tool of the course team.
test('no event that Open edX documents for learners is unknown', async () => {
  const names = (await readFile(new URL('../reference/openedx/events.txt', import.meta.url), 'utf8'))
    .trim()
    .split(/\s+/)
  expect(names.length).toBeGreaterThan(150)
  expect(names.filter(name => openEdxKind(name, 'server', {}) === 'other')).toEqual([])
})
