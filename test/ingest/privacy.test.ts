import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadFiles } from '../../ingest/load/load.ts'
import { EXTENSIONS } from '../../schemas/xapi.ts'
import { aStatement, JSON_HEADERS, NOW, SECRETS, startIngest, XAPI_HEADERS, type Ingest } from './start-ingest.ts'

/** Marked so that nothing else can contain them: name, address, account, login, roster id, IRI, in every door. */
const MARKS = [
  'Zyxname',
  'zyxmail',
  'zyxaccount',
  'zyxlogin',
  'zyxsourced',
  'zyxcaliper',
  'zyxopenid',
  'zyxgroup',
  'zyxdistrictid',
]
const PERSON = { name: 'Zyxname Zyxname', mbox: 'mailto:zyxmail@example.org' }

let ingest: Ingest
let folder: string
beforeEach(async () => {
  ingest = await startIngest()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-privacy-'))
})
afterEach(async () => {
  await ingest.close()
  await rm(folder, { recursive: true, force: true })
})

const statements = [
  aStatement({ id: undefined, actor: PERSON }),
  aStatement({
    id: undefined,
    actor: { name: 'Zyxname', account: { homePage: 'https://lms.example.org', name: 'zyxaccount' } },
  }),
  aStatement({
    id: undefined,
    actor: { openid: 'https://zyxopenid.example.org' },
    context: {
      instructor: PERSON,
      team: {
        objectType: 'Group',
        name: 'Zyxname',
        account: { homePage: 'https://a.example.org', name: 'zyxgroup' },
        member: [PERSON],
      },
    },
  }),
  aStatement({
    id: undefined,
    actor: { objectType: 'Group', name: 'Zyxname', member: [PERSON, { mbox: 'mailto:other@example.org' }] },
  }),
  aStatement({ id: undefined, object: { objectType: 'Agent', ...PERSON } }),
  aStatement({
    id: undefined,
    object: {
      objectType: 'SubStatement',
      actor: PERSON,
      verb: { id: 'urn:v' },
      object: { objectType: 'Agent', ...PERSON },
    },
  }),
  aStatement({
    id: undefined,
    authority: PERSON,
    result: { response: 'Zyxname thinks so', extensions: { 'urn:note': 'Zyxname' } },
  }),
]

// Identifiers in the wrong places, as real senders put them: what is refused must not tell them either.
const badStatements = [
  aStatement({ actor: { ...PERSON, openid: 'https://zyxopenid.example.org' } }),
  aStatement({ actor: { mbox: 'zyxmail@example.org' } }),
  aStatement({ timestamp: 'Zyxname at noon', verb: { id: 'zyxmail@example.org' } }),
  aStatement({
    actor: undefined,
    Zyxname_zyxmail: 1,
    'zyxmail@example.org': 1,
    result: { score: { scaled: 'zyxmail@example.org' } },
  }),
  aStatement({ context: { extensions: { 'zyxlogin was here': 1 }, language: 'zyxaccount' } }),
]

const caliper = (data: unknown[]): object => ({
  sensor: 'urn:s',
  sendTime: '2026-03-02T14:00:00Z',
  dataVersion: 'http://purl.imsglobal.org/ctx/caliper/v1p2',
  data,
})
const KIM = 'https://lms.example.org/users/zyxcaliper'
const IDENTIFIER = { type: 'SystemIdentifier', identifierType: 'AccountUserName', identifier: 'zyxlogin' }
const event = (changes: object): object => ({
  id: 'urn:uuid:fd41c918-b88b-4b20-a0a5-a4c32391aaa0',
  type: 'AssessmentItemEvent',
  actor: { id: KIM, type: 'Person', name: 'Zyxname', otherIdentifiers: [IDENTIFIER] },
  action: 'Completed',
  object: { id: 'urn:i', type: 'AssessmentItem', creators: [KIM, { id: KIM, type: 'Person', name: 'Zyxname' }] },
  generated: { id: 'urn:r', type: 'Response', attempt: { id: 'urn:a', type: 'Attempt', assignee: KIM } },
  eventTime: '2026-03-02T13:59:00Z',
  extensions: { [EXTENSIONS.subject]: 'math' },
  ...changes,
})

const participants = [
  { id: 'zyxsourced', idType: 'sourcedId', role: 'student' },
  { id: 'zyxmail@example.org', idType: 'email', role: 'adviser' },
  { id: 'zyxaccount', idType: 'account:https://lms.example.org', role: 'tutor' },
]
const row = (changes: object): object => ({ at: '2026-03-02T08:45:00Z', kind: 'met', participants, ...changes })

async function roster(): Promise<void> {
  const files: Record<string, string> = {
    'orgs.csv': 'sourcedId,name,type\nschool-1,Oak,school\n',
    'classes.csv': 'sourcedId,classType,schoolSourcedId,classCode,title\nc-1,homeroom,school-1,HR-1,Zyxname homeroom\n',
    'users.csv': [
      'sourcedId,role,username,userIds,givenName,familyName,identifier,email,grades',
      `zyxsourced,student,zyxlogin,{caliper:${KIM}},Zyxname,Zyxname,zyxdistrictid,zyxmail@example.org,09`,
      'zyxsourced2,pupil,zyxlogin2,,Zyxname,Zyxname,,zyxmail2@example.org,09',
      'zyxsourced3,student,zyxlogin,,Zyxname,Zyxname,,zyxmail@example.org,09',
    ].join('\n'),
    'enrollments.csv':
      'sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role\ne-zyxsourced,c-1,school-1,zyxsourced,student\ne-2,c-9,school-1,zyxsourced,student\n',
    'demographics.csv': 'sourcedId,birthDate,sex\nzyxsourced,2011-01-01,female\n',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
}

test('no name, address, account or id of a person stands in records, rosters or dead letters; only in identities', async () => {
  expect((await ingest.post('/xapi/statements', statements)).statusCode).toBe(200)
  for (const bad of badStatements)
    expect((await ingest.post('/xapi/statements', [bad], XAPI_HEADERS)).statusCode).toBe(400)
  expect(
    (
      await ingest.post(
        '/caliper/events',
        caliper([
          event({}),
          event({ actor: KIM }),
          event({ eventTime: 'Zyxname' }),
          event({ type: 'zyxmail@example.org' }),
          event({ action: 'Zyxname ate', actor: 'zyxmail@' }),
        ]),
      )
    ).json(),
  ).toMatchObject({ accepted: 2 })
  expect(
    (
      await ingest.post('/interactions', [
        row({}),
        row({ kind: 'zyxmail@example.org' }),
        row({ at: 'Zyxname' }),
        row({ zyxlogin: 1, participants: [{ id: 'zyxsourced' }] }),
      ])
    ).json(),
  ).toMatchObject({ accepted: 1 })
  const csv = { ...JSON_HEADERS, 'content-type': 'text/csv' }
  await ingest.post(
    '/interactions',
    'at,kind,participants\nZyxname,zyxlogin,zyxsourced\nzyxmail@example.org\n"Zyxname,a,b\n',
    csv,
  )
  await roster()
  const summary = await loadFiles([folder], {
    log: ingest.log,
    config: { ...ingest.config, accounts: [{ homePage: 'https://lms.example.org', field: 'username' }] },
    secrets: SECRETS,
    clock: () => NOW,
  })
  expect([summary.dead, summary.partly]).toEqual([2, 2])

  expect(await ingest.records()).toHaveLength(10)
  expect((await ingest.deadLetters()).length).toBeGreaterThan(15)
  for (const topic of ['records', 'rosters', 'dead-letters'] as const) {
    const text = (await ingest.text(topic)).toLowerCase()
    for (const mark of MARKS) expect(text.includes(mark.toLowerCase()), `${mark} in ${topic}`).toBe(false)
  }
  const identities = await ingest.text('identities')
  for (const mark of ['Zyxname', 'zyxmail', 'zyxaccount', 'zyxsourced', 'zyxcaliper', 'zyxopenid'])
    expect(identities).toContain(mark)
})

test('the roster connects every name that senders use to one person', async () => {
  await roster()
  const config = { ...ingest.config, accounts: [{ homePage: 'https://lms.example.org', field: 'identifier' as const }] }
  await writeFile(
    join(folder, 'users.csv'),
    `sourcedId,role,username,userIds,givenName,familyName,identifier,email,grades\nzyxsourced,student,zyxlogin,{caliper:${KIM}},Z,Z,zyxaccount,Zyxmail@example.org,9\n`,
  )
  await loadFiles([folder], { log: ingest.log, config, secrets: SECRETS, clock: () => NOW })
  await ingest.post('/xapi/statements', [
    aStatement({ id: undefined, actor: PERSON }),
    // SHA-1 of mailto:zyxmail@example.org and of mailto:Zyxmail@example.org
    ...['mailto:zyxmail@example.org', 'mailto:Zyxmail@example.org'].map(text =>
      aStatement({ id: undefined, actor: { mbox_sha1sum: sha1(text) } }),
    ),
    aStatement({ id: undefined, actor: { account: { homePage: 'https://lms.example.org', name: 'zyxaccount' } } }),
  ])
  await ingest.post('/caliper/events', caliper([event({})]))
  await ingest.post('/interactions', [row({ participants: participants.slice(0, 1) })])
  const aliases = new Map(
    (await ingest.rosters()).flatMap(entry =>
      entry.type === 'alias' && entry.status === 'active' ? [[entry.id, entry.person]] : [],
    ),
  )
  const persons = (await ingest.records()).map(({ actor }) => aliases.get(actor.id))
  expect(persons).toHaveLength(6)
  expect(persons[0]).toMatch(/^[0-9a-f]{64}$/)
  expect(new Set(persons).size).toBe(1)
})

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex')
