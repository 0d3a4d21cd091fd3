import { gzipSync } from 'node:zlib'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadFiles, type LoadSummary } from '../../ingest/load/load.ts'
import { compile } from '../../ingest/load/template.ts'
import { zonedIn } from '../../ingest/load/zoned.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { JSON_HEADERS, NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

let ingest: Ingest
let folder: string
beforeEach(async () => {
  ingest = await startIngest()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-mapping-'))
})
afterEach(async () => {
  await ingest.close()
  await rm(folder, { recursive: true, force: true })
})

const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')

async function load(mapping: unknown, files: Record<string, string | Buffer>): Promise<LoadSummary> {
  await writeFile(join(folder, 'mapping.json'), typeof mapping === 'string' ? mapping : JSON.stringify(mapping))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return loadFiles([join(folder, 'mapping.json')], {
    log: ingest.log,
    config: ingest.config,
    secrets: SECRETS,
    clock: () => NOW,
  })
}

const role = (column: string): object => ({ from: `{${column}}`, map: { Teachers: 'teacher' }, otherwise: 'student' })
const member = (id: string, group: string): object => ({
  id: `{${id}}`,
  role: role(group),
  grade: { from: `{${group}}`, map: { '3B': '3', '4B': '4' } },
  class: { from: `{${group}}`, map: { Teachers: '' }, otherwise: '{' + group + '}' },
  school: 'primary',
  begin: '2026-02-02',
})

/** The layout of the SocioPatterns primary school contacts: t i j Ci Cj, tab separated, zipped, no header. Rows made up. */
const CONTACTS = {
  source: 'contacts',
  about: 'made-up rows in the layout of the SocioPatterns primary school data',
  schools: [{ id: 'primary', name: 'Primary school' }],
  rosters: [
    {
      files: ['contacts.csv.gz'],
      format: 'tsv',
      columns: ['t', 'i', 'j', 'Ci', 'Cj'],
      persons: [member('i', 'Ci'), member('j', 'Cj')],
    },
  ],
  interactions: [
    {
      files: ['contacts.csv.gz'],
      format: 'tsv',
      columns: ['t', 'i', 'j', 'Ci', 'Cj'],
      time: { origin: '2026-02-26T00:00:00', seconds: '{t}' },
      kind: 'met',
      seconds: '20',
      participants: [
        { id: '{i}', idType: 'sourcedId', role: role('Ci') },
        { id: '{j}', idType: 'sourcedId', role: role('Cj') },
      ],
      naturalKey: ['{t}', '{i}', '{j}'],
    },
  ],
}
const CONTACT_ROWS =
  ['31220\t1\t2\t3B\t3B', '31240\t1\t2\t3B\t3B', '31240\t2\t9\t3B\tTeachers', '31260\t3\t9\t4B\tTeachers'].join('\n') +
  '\n'

describe('contacts of a primary school', () => {
  test('every row is one contact of 20 seconds, and the rows themselves give the roster', async () => {
    const summary = await load(CONTACTS, { 'contacts.csv.gz': gzipSync(CONTACT_ROWS) })
    expect(summary).toMatchObject({ read: 8, stored: 8, dead: 0, records: 4 })
    const records = (await ingest.records()).sort((a, b) => (a.occurredAt < b.occurredAt ? -1 : 1))
    expect(records[0]).toMatchObject({
      source: 'contacts',
      standard: 'interaction',
      kind: 'met',
      mode: 'peer',
      durationMs: 20_000,
      // 31,220 s after midnight in New York.
      occurredAt: '2026-02-26T13:40:20.000Z',
      actor: { id: pseudonymise('sourcedId', '1'), role: 'student' },
      counterparts: [{ id: pseudonymise('sourcedId', '2'), role: 'student' }],
    })
    expect(records.map(({ mode }) => mode).sort()).toEqual(['adult', 'adult', 'peer', 'peer'])
    const entries = await ingest.rosters()
    const of = (type: string) => entries.filter(entry => entry.type === type)
    expect(of('school')).toMatchObject([{ id: 'primary' }])
    expect(
      of('person')
        .map(entry => (entry.type === 'person' ? `${entry.role} ${entry.grade}` : ''))
        .sort(),
    ).toEqual(['student 03', 'student 03', 'student 04', 'teacher '])
    expect(
      of('class')
        .map(entry => (entry.type === 'class' ? `${entry.id} ${entry.classType} ${entry.grades.join()}` : ''))
        .sort(),
    ).toEqual(['3B homeroom 03', '4B homeroom 04'])
    expect(of('enrolment')).toHaveLength(3)
    expect(of('alias')).toHaveLength(4)
  })

  test('loaded twice, or with the same row twice, every contact has the same id', async () => {
    const { files } = await load(CONTACTS, { 'contacts.csv.gz': gzipSync(CONTACT_ROWS + CONTACT_ROWS) })
    expect(files[1]).toMatchObject({ read: 8, stored: 4, duplicate: 4, dead: 0 })
    await load(CONTACTS, { 'contacts.csv.gz': gzipSync(CONTACT_ROWS) })
    const records = await ingest.records()
    expect(records).toHaveLength(8)
    expect(new Set(records.map(({ id }) => id)).size).toBe(4)
  })

  test('bad rows are dead letters by row and field, in the roster and in the contacts', async () => {
    const rows =
      CONTACT_ROWS + ['noon\t1\t2\t3B\t3B', '31300\t\t2\t3B\t3B', '31300\t1\t2', '31320\t1\t2\t4B\t3B'].join('\n')
    const summary = await load(CONTACTS, { 'contacts.csv.gz': gzipSync(rows) })
    expect(summary.files).toMatchObject([
      { file: 'contacts.csv.gz (roster)', read: 8, stored: 5, dead: 3 },
      { file: 'contacts.csv.gz', read: 8, stored: 5, dead: 3 },
    ])
    const dead = (await ingest.deadLetters()).map(({ place, door }) => `${door}: ${place}`)
    expect(dead.sort()).toEqual([
      'mapping: contacts.csv.gz row 5 field at',
      'mapping: contacts.csv.gz row 6 field id',
      'mapping: contacts.csv.gz row 6 field participants[0].id',
      'mapping: contacts.csv.gz row 7',
      'mapping: contacts.csv.gz row 7',
      'mapping: contacts.csv.gz row 8 field id',
    ])
  })

  test('a file that is damaged where it is compressed is refused by name', async () => {
    const damaged = gzipSync(CONTACT_ROWS.repeat(100))
    await expect(load(CONTACTS, { 'contacts.csv.gz': damaged.subarray(0, damaged.length - 20) })).rejects.toMatchObject(
      { code: 'FILE_INVALID' },
    )
  })
})

/** The layout of the Open University's studentVle.csv. Rows made up. */
const CLICKS = {
  source: 'clicks',
  schools: [{ id: 'university', name: 'University' }],
  rosters: [
    {
      files: ['studentVle*.csv'],
      persons: [
        {
          id: '{id_student}',
          role: 'student',
          class: '{code_module}_{code_presentation}',
          label: '{code_module} {code_presentation}',
          classType: 'scheduled',
          school: 'university',
          begin: { from: '{code_presentation}', map: { '2013J': '2025-10-01' } },
        },
      ],
    },
  ],
  interactions: [
    {
      files: ['studentVle*.csv'],
      time: { origin: { from: '{code_presentation}', map: { '2013J': '2025-10-01' } }, days: '{date}', at: '12:00' },
      kind: 'viewed',
      participants: [{ id: '{id_student}', idType: 'sourcedId', role: 'student' }],
      section: '{code_module}_{code_presentation}',
      object: 'site/{id_site}',
      naturalKey: ['{code_module}', '{code_presentation}', '{id_student}', '{id_site}', '{date}', '{sum_click}'],
    },
  ],
}
const HEADER = 'code_module,code_presentation,id_student,id_site,date,sum_click\n'

test('clicks by day become views at noon of that day, also before the beginning and over a change of the clock', async () => {
  const summary = await load(CLICKS, {
    'studentVle_0.csv': `${HEADER}AAA,2013J,28400,546652,-10,4\n"AAA","2013J","28400","546652","0","1"\n`,
    'studentVle_1.csv': `${HEADER}AAA,2013J,28400,546652,32,1\nBBB,2013J,30268,546614,1,11\n`,
  })
  expect(summary).toMatchObject({ read: 8, stored: 8, dead: 0, records: 4 })
  const records = (await ingest.records()).sort((a, b) => (a.occurredAt < b.occurredAt ? -1 : 1))
  expect(records.map(({ occurredAt }) => occurredAt)).toEqual([
    '2025-09-21T16:00:00.000Z',
    '2025-10-01T16:00:00.000Z',
    '2025-10-02T16:00:00.000Z',
    '2025-11-02T17:00:00.000Z',
  ])
  expect(records[0]).toMatchObject({
    kind: 'viewed',
    mode: 'individual',
    section: 'AAA_2013J',
    object: 'site/546652',
    counterparts: [],
  })
  expect(records[0]).not.toHaveProperty('durationMs')
  const classes = (await ingest.rosters()).flatMap(entry =>
    entry.type === 'class' ? [`${entry.id} ${entry.classType} ${entry.label}`] : [],
  )
  expect(classes.sort()).toEqual(['AAA_2013J scheduled AAA 2013J', 'BBB_2013J scheduled BBB 2013J'])
})

test.each<[string, unknown, string]>([
  ['that is no JSON', '{', 'is not JSON'],
  ['without a source', { ...CONTACTS, source: undefined }, 'mapping.source is missing'],
  ['with an unknown field', { ...CONTACTS, colour: 'red' }, 'no such property'],
  [
    'that names a column which is not there',
    { ...CONTACTS, interactions: [{ ...CONTACTS.interactions[0], kind: '{kind}' }] },
    'kind is not one',
  ],
  [
    'whose file lacks a column',
    { ...CLICKS, interactions: [{ ...CLICKS.interactions[0], kind: '{kind}' }] },
    'lacks the column kind',
  ],
  [
    'whose file is not there',
    { ...CONTACTS, rosters: [], interactions: [{ ...CONTACTS.interactions[0], files: ['none.csv'] }] },
    'cannot be read',
  ],
  [
    'whose pattern matches nothing',
    { ...CONTACTS, rosters: [], interactions: [{ ...CONTACTS.interactions[0], files: ['none*.csv'] }] },
    'matches no file',
  ],
])('a mapping file %s is refused with what is wrong', async (_what, mapping, message) => {
  await expect(
    load(mapping, { 'contacts.csv.gz': gzipSync(CONTACT_ROWS), 'studentVle_0.csv': HEADER }),
  ).rejects.toMatchObject({
    code: 'FILE_INVALID',
    message: expect.stringContaining(message) as unknown,
  })
})

test('every field of an interaction can be mapped', async () => {
  const interactions = [
    {
      files: ['log.csv'],
      time: { text: '{began}', marks: 'begin' },
      kind: '{what}',
      participants: [{ id: '{who}', idType: 'email', role: 'student' }],
      minutes: '{min}',
      mode: 'individual',
      choice: 'chosen',
      subject: '{subject}',
      skills: '{skills}',
      score: '{score}',
      success: '{ok}',
      completion: '{done}',
      attempt: '{try}',
      team: 'team-{team}',
      school: 'school-1',
      objectType: 'quiz',
    },
  ]
  const header = 'began,what,who,min,subject,skills,score,ok,done,try,team\n'
  const summary = await load(
    { source: 'quiz', interactions },
    {
      'log.csv': `${header}2026-03-02T08:00:00-05:00,answered,kim@example.org,2.5,math,a;b,0.5,yes,0,2,\n2026-03-02T08:00:00-05:00,answered,kim@example.org,2.5,math,a;b,high,perhaps,0,2,\n`,
    },
  )
  expect(summary).toMatchObject({ stored: 1, dead: 1 })
  const [record] = await ingest.records()
  expect(record).toMatchObject({
    occurredAt: '2026-03-02T13:02:30.000Z',
    actor: { id: pseudonymise('mbox', 'kim@example.org') },
    durationMs: 150_000,
    subject: 'math',
    skills: ['a', 'b'],
    score: 0.5,
    success: true,
    completion: false,
    attempt: 2,
    choice: 'chosen',
    school: 'school-1',
    objectType: 'quiz',
  })
  expect(record).not.toHaveProperty('team')
  expect((await ingest.deadLetters())[0]).toMatchObject({
    place: 'log.csv row 3 field score',
    reason: expect.stringMatching(/row 3 field score .*; .*row 3 field success/) as unknown,
  })
})

test('a template is a constant, columns in a text, or a choice; an empty column makes it absent', () => {
  const values = { a: 'x', b: 'y' }
  expect(compile('constant')(values)).toBe('constant')
  expect(compile('{a}')(values)).toBe('x')
  expect(compile('{a}-{b}!')(values)).toBe('x-y!')
  expect(compile('{a}-{c}')(values)).toBeUndefined()
  expect(compile('')(values)).toBeUndefined()
  expect(compile({ from: '{a}', map: { x: '1' } })(values)).toBe('1')
  expect(compile({ from: '{b}', map: { x: '1' } })(values)).toBeUndefined()
  expect(compile({ from: '{b}', map: { x: '1' }, otherwise: '{b}2' })(values)).toBe('y2')
  expect(compile({ from: '{a}', map: { x: '' }, otherwise: 'z' })(values)).toBeUndefined()
})

test.each([
  ['America/New_York', '2026-03-07', 12, '2026-03-07T17:00:00.000Z'],
  ['America/New_York', '2026-03-08', 1.5, '2026-03-08T06:30:00.000Z'],
  ['America/New_York', '2026-03-08', 2.5, '2026-03-08T07:30:00.000Z'],
  ['America/New_York', '2026-03-08', 12, '2026-03-08T16:00:00.000Z'],
  ['America/New_York', '2026-11-01', 1.5, '2026-11-01T05:30:00.000Z'],
  ['America/New_York', '2026-11-01', 12, '2026-11-01T17:00:00.000Z'],
  ['Pacific/Auckland', '2026-04-05', 12, '2026-04-05T00:00:00.000Z'],
  ['UTC', '2026-03-08', 0, '2026-03-08T00:00:00.000Z'],
])('in %s on %s, %d hours after midnight is %s', (zone, day, hours, instant) => {
  expect(new Date(zonedIn(zone)(day, hours * 3_600_000)).toISOString()).toBe(instant)
})

test('the examples of the README work as they stand there', async () => {
  const readme = await readFile(new URL('../../ingest/README.md', import.meta.url), 'utf8')
  const example = (language: string, word = ''): string =>
    readme
      .split(`\`\`\`${language}\n`)
      .slice(1)
      .map(rest => rest.split('\n```')[0]!)
      .find(text => text.includes(word))!
  const rows =
    'ended,min,student,tutor,course,term,size\n2026-03-02T09:15:00-05:00,30,s-1,tutor@example.org,math,spring,1\n'
  expect(await load(example('json', '"tutoring"'), { 'sessions-03.csv.gz': gzipSync(rows) })).toMatchObject({
    stored: 1,
    dead: 0,
  })
  const headers = { ...JSON_HEADERS, 'content-type': 'text/csv' }
  expect((await ingest.post('/interactions', example('csv'), headers)).json()).toEqual({ accepted: 1, refused: [] })
  const records = (await ingest.records()).sort((a, b) => b.durationMs! - a.durationMs!)
  expect(records).toMatchObject([
    { kind: 'met', mode: 'adult', section: 'math_spring', durationMs: 1_800_000, counterparts: [{ role: 'tutor' }] },
    { kind: 'met', mode: 'adult', durationMs: 900_000, actor: { role: 'adviser' } },
  ])
})
