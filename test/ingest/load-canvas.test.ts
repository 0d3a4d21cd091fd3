import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadFiles, type LoadSummary } from '../../ingest/load/load.ts'
import { opened, saltIdOf } from '../../infra/seal.ts'
import { whole } from '../../ingest/originals.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import type { LearningRecord } from '../../schemas/record.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

const LOG = await readFile(new URL('../reference/canvas/live-events.jsonl', import.meta.url), 'utf8')
const LINES = LOG.trimEnd().split('\n')
const EVENTS = LINES.map(line => JSON.parse(line) as { metadata: object; body: object })
const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')
const sis = (id: string): string => pseudonymise('account', `canvas-sis|${id}`)
const byId = (id: string): string => pseudonymise('caliper', `urn:instructure:canvas:user:${id}`)
const SUMMARY = { read: 25, stored: 24, dead: 0, nobody: 1, records: 24 }

let ingest: Ingest
let folder: string
beforeEach(async () => {
  ingest = await startIngest()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-canvas-'))
})
afterEach(async () => {
  await ingest.close()
  await rm(folder, { recursive: true, force: true })
})

async function load(files: Record<string, string | Buffer>): Promise<LoadSummary> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return loadFiles(
    Object.keys(files).map(name => join(folder, name)),
    { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => NOW },
  )
}

const records = async (): Promise<LearningRecord[]> =>
  (await ingest.records()).sort((a, b) => (a.occurredAt < b.occurredAt ? -1 : 1))
const of = async (name: string): Promise<LearningRecord[]> =>
  (await records()).filter(({ verb }) => verb === `canvas:${name}`)
/** The event of that line with other metadata or body. */
const anEvent = (line: number, changes: { metadata?: object; body?: object }): string => {
  const { metadata, body } = EVENTS[line - 1]!
  return JSON.stringify({ metadata: { ...metadata, ...changes.metadata }, body: { ...body, ...changes.body } })
}

describe('Canvas Live Events', () => {
  test('become records of what people did, each with its kind; what names nobody is counted with the reason', async () => {
    const summary = await load({ 'live-events.jsonl': LOG })
    expect(summary).toMatchObject(SUMMARY)
    expect(summary.files).toMatchObject([{ nobody: { 'no user is named': 1 } }])
    expect((await records()).map(({ verb, kind }) => `${verb.replace('canvas:', '')} ${kind}`)).toEqual([
      'logged_in noted',
      'asset_accessed viewed',
      'asset_accessed viewed',
      'submission_created completed',
      'submission_created noted',
      'submission_updated noted',
      'submission_updated completed',
      'grade_change scored',
      'grade_change noted',
      'quiz_submitted completed',
      'grade_change scored',
      'discussion_topic_created collaborated',
      'discussion_entry_created collaborated',
      'conversation_message_created messaged',
      'submission_comment_created gave-feedback',
      'wiki_page_updated collaborated',
      'attachment_created viewed',
      'enrollment_created noted',
      'course_progress completed',
      'learning_outcome_result_created noted',
      'asset_accessed noted',
      'module_created noted',
      'user_created noted',
      'acme_tool_used other',
    ])
  })

  test('a submission has the assignment, the course as the district names it, and the student by the district’s own id', async () => {
    await load({ 'events.json': LINES[3]! })
    expect(await records()).toMatchObject([
      {
        source: 'canvas',
        standard: 'canvas',
        occurredAt: '2026-03-02T13:10:03.125Z',
        actor: { id: sis('s-1'), role: 'student' },
        counterparts: [],
        mode: 'individual',
        object: 'urn:instructure:canvas:assignment:21070000000000396',
        objectType: 'assignment',
        section: 'c-7',
        completion: true,
        attempt: 1,
      },
    ])
  })

  test('who grades is the actor and the student the counterpart; what a quiz scores of itself is the student’s', async () => {
    await load({ 'events.jsonl': LOG })
    expect((await of('grade_change')).filter(({ kind }) => kind === 'scored')).toMatchObject([
      { actor: { id: sis('t-1'), role: 'teacher' }, counterparts: [{ id: sis('s-1') }], score: 0.8 },
      { actor: { id: sis('s-1'), role: 'student' }, counterparts: [], score: 1 },
    ])
  })

  test('an event about another is that one’s; local ids mean the same as whole ones', async () => {
    await load({ 'events.jsonl': LOG })
    expect(await of('enrollment_created')).toMatchObject([
      { actor: { id: byId('21070000000000049'), role: 'student' }, counterparts: [] },
    ])
    expect(await of('user_created')).toMatchObject([{ actor: { id: sis('s-3') } }])
    expect(await of('course_progress')).toMatchObject([
      {
        actor: { id: pseudonymise('mbox', 'pat@example.org') },
        section: 'c-7',
        object: 'urn:instructure:canvas:course:21070000000000565',
      },
    ])
    expect(await of('discussion_entry_created')).toMatchObject([
      { actor: { id: sis('s-1') }, object: 'urn:instructure:canvas:discussion:21070000000001996' },
    ])
    expect(await of('learning_outcome_result_created')).toMatchObject([
      { score: 0.8, success: true, skills: ['urn:instructure:canvas:outcome:21070000000000001'] },
    ])
  })

  test('who acts as a student acts in their own name, and it is not the student’s learning', async () => {
    await load({ 'events.jsonl': LINES[20]! })
    expect(await records()).toMatchObject([
      { kind: 'noted', actor: { id: byId('21070000000000987') }, counterparts: [] },
    ])
  })

  test('a person whose profile was opened is the object by pseudonym', async () => {
    await load({ 'events.jsonl': LINES[2]! })
    expect(await records()).toMatchObject([{ objectType: 'user', object: byId('21070000000000049') }])
  })

  test.each<[string, number, { metadata?: object; body?: object }, string]>([
    ['a submission that Canvas updates when it scores the first attempt', 7, { body: { attempt: 1 } }, 'noted'],
    ['a second attempt that is updated a day later', 7, { body: { submitted_at: '2026-03-01T13:10:05Z' } }, 'noted'],
    [
      'a grade that nobody gave and the student did not earn now',
      11,
      { metadata: { user_id: '21070000000000001' } },
      'noted',
    ],
    ['a grade that is taken back', 8, { body: { score: null, grade: null, old_score: 8 } }, 'noted'],
    ['a comment of the student on a submission', 15, { metadata: { context_role: 'StudentEnrollment' } }, 'messaged'],
    ['a page that a teacher writes', 16, { metadata: { context_role: 'TeacherEnrollment' } }, 'noted'],
  ])('%s', async (_what, line, changes, kind) => {
    await load({ 'events.jsonl': anEvent(line, changes) })
    expect((await records()).map(record => record.kind)).toEqual([kind])
  })
})

describe('files', () => {
  test.each<[string, string | Buffer]>([
    ['an array in a JSON file', JSON.stringify(EVENTS)],
    ['an array laid out over lines', JSON.stringify(EVENTS, null, 2)],
    ['joined objects, as a queue writes them', LINES.join('')],
    [
      'objects with claims of a token beside them',
      EVENTS.map(event => JSON.stringify({ iat: 1772456400, ...event })).join('\n'),
    ],
  ])('%s holds the same records as lines', async (_how, text) => {
    await load({ 'lines.jsonl.gz': gzipSync(LOG) })
    expect(await load({ 'events.json': text })).toMatchObject(SUMMARY)
    const found = await records()
    expect(found).toHaveLength(48)
    expect(new Set(found.map(({ id, hash }) => id + hash)).size).toBe(24)
  })

  test('bad events are dead letters by file, place and field, and the good ones go on', async () => {
    const bad = [
      anEvent(4, { metadata: { event_time: 'at noon' } }),
      anEvent(4, { metadata: { event_name: 'pat was here' } }),
      JSON.stringify({ metadata: EVENTS[3]!.metadata }),
      anEvent(4, { metadata: { user_id: { deep: 1 } } }),
      LINES[3]! + LINES[4]!.slice(0, 100),
      LINES[5]!,
    ]
    expect(await load({ 'events.jsonl': bad.join('\n') })).toMatchObject({ read: 7, stored: 2, dead: 5 })
    const dead = (await ingest.deadLetters()).map(({ door, code, place }) => `${door} ${code} ${place}`)
    expect(dead.sort()).toEqual([
      'canvas ROW_INVALID events.jsonl line 1 field metadata.event_time',
      'canvas ROW_INVALID events.jsonl line 2 field metadata.event_name',
      'canvas ROW_INVALID events.jsonl line 3 field body',
      'canvas ROW_INVALID events.jsonl line 4 field metadata.user_id',
      'canvas ROW_INVALID events.jsonl line 5 object 2',
    ])
    expect((await ingest.deadLetters()).some(({ reason }) => reason.includes('pat was here'))).toBe(false)
  })
})

describe('people', () => {
  test('are in the log by pseudonym only', async () => {
    let marked = LOG
    const marks = [
      'Sam Other',
      'Pat Example',
      'pat@example.org',
      'Newly Arrived',
      'newly',
      'mx.oak',
      '7CGV0SxY',
      '21070000000000048',
    ]
    marks.forEach((mark, i) => (marked = marked.replaceAll(`"${mark}"`, `"zyxperson${i}"`)))
    marked = marked.replaceAll('"zyxperson7"', '"21070987654321048"')
    await load({ 'events.jsonl': marked + anEvent(4, { metadata: { event_time: 'zyxperson9 at noon' } }) })
    const told = (
      await Promise.all((['records', 'dead-letters', 'rosters'] as const).map(topic => ingest.text(topic)))
    ).join('\n')
    expect(['zyxperson', '21070987654321048'].filter(mark => told.includes(mark))).toEqual([])
    expect((await ingest.text('identities')).includes('zyxperson3')).toBe(true)
  })

  test('and the original is given back whole; of who was erased a token is left', async () => {
    await load({ 'events.jsonl': LINES[22]! })
    const [record] = await records()
    const entries = await ingest.identities()
    const salt = entries.find(entry => entry.type === 'salt' && entry.id === saltIdOf(record!.raw))
    const text = opened(record!.raw, salt?.type === 'salt' ? salt.salt : '', SECRETS.masterSecret)
    for (const name of ['Newly', 's-3', '7CGV0SxY', 'mx.oak']) expect(text.includes(`"${name}`)).toBe(false)
    const agents = new Map(entries.flatMap(entry => (entry.type === 'agent' ? [[entry.id, entry.agent] as const] : [])))
    expect(whole(text, agents)).toEqual(EVENTS[22])
    const erased = whole(text, new Map()) as { body: { name: string; workflow_state: string } }
    expect(erased.body.name).toMatch(/^urn:homeroom:erased:/)
    expect(erased.body.workflow_state).toBe('pre_registered')
  })
})
