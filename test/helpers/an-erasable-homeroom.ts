import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '../../infra/config.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { readSecrets } from '../../infra/secrets.ts'
import { aHomeroom, type Homeroom } from './a-homeroom.ts'
import { until } from './until.ts'

/** What stands in files only where it is told of Zyx, in whatever letters. */
export const ZYX = {
  given: 'Zyxagiven',
  family: 'Zyxafamily',
  email: 'zyxamail@example.org',
  login: 'zyxalogin',
  sourcedId: 'zyxa-sourced',
  account: 'zyxalogin',
  words: 'zyxawords',
}
export const ZYX_TEXTS = [
  'zyxagiven',
  'zyxafamily',
  'Zyxagiven',
  'Zyxafamily',
  'zyxamail',
  'zyxalogin',
  'zyxa-sourced',
  'zyxawords',
]

const MAIN = fileURLToPath(new URL('../../infra/main.ts', import.meta.url))
const LMS = 'https://lms.example.org'
const XAPI = { 'X-Experience-API-Version': '1.0.3' }

export type Erasable = {
  homeroom: Homeroom
  /** Pseudonyms of Zyx. */
  pseudonyms: string[]
  /** Header of the sender's credentials. */
  authorization: string
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  ask(path: string): Promise<Response>
  load(): Promise<void>
  /** `erase --apply`, killed by -9 as soon as it says this. */
  killedErase(identifier: string, when: RegExp): Promise<void>
  remove(): Promise<void>
}

/**
 * A district of one homeroom, Zyx and four others, that runs: with Zyx's roster, statements, documents, attachment, answers in a
 * survey, scores, a meeting, records of others that name Zyx, and dead letters.
 */
export async function anErasableHomeroom(): Promise<Erasable> {
  const files = await mkdtemp(join(tmpdir(), 'homeroom-files-'))
  const homeroom = await aHomeroom({ accounts: [{ homePage: LMS, field: 'username' }] })
  await writeFiles(files)
  await homeroom.start()
  const load = async (): Promise<void> => void (await homeroom.command('load', files, '--json'))
  await load()
  const made = await homeroom.command('user', 'source', 'lms')
  const authorization = `Basic ${Buffer.from(`lms:${/^password: (\S+)$/m.exec(made)![1]!}`).toString('base64')}`
  const post: Erasable['post'] = (path, body, headers = {}) =>
    fetch(`${homeroom.url}${path}`, {
      method: path.includes('/state?') ? 'PUT' : 'POST',
      headers: { authorization, 'content-type': 'application/json', ...XAPI, ...headers },
      body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body),
    })
  const ask: Erasable['ask'] = path => fetch(`${homeroom.url}${path}`, { headers: { authorization, ...XAPI } })
  // The running server takes new credentials within seconds.
  await until(async () => (await ask('/xapi/statements?limit=1')).status === 200, 'the credentials are known')
  const pseudonymise = pseudonymiser(readSecrets(homeroom.config).pseudonymKey, homeroom.config.district)
  const pseudonyms = [
    pseudonymise('sourcedId', ZYX.sourcedId),
    pseudonymise('username', ZYX.login),
    pseudonymise('mbox', ZYX.email),
    pseudonymise('account', `${LMS}|${ZYX.account}`),
  ]
  const remove = async (): Promise<void> => {
    await homeroom.remove()
    await rm(files, { recursive: true, force: true })
  }
  const killedErase: Erasable['killedErase'] = (identifier, when) =>
    killed(homeroom, ['erase', identifier, '--apply'], when)
  return { homeroom, pseudonyms, authorization, post, ask, load, killedErase, remove }
}

const byMail = (name: string, email: string): object => ({ objectType: 'Agent', name, mbox: `mailto:${email}` })
export const zyxByMail = byMail(`${ZYX.given} ${ZYX.family}`, ZYX.email)
export const zyxByAccount = { objectType: 'Agent', account: { homePage: LMS, name: ZYX.account } }
export const ann = byMail('Ann Other', 'ann@example.org')

let made = 0
/** A lesson completed, at ten o'clock in New York. */
export function aLesson(actor: object, day: string, more: object = {}): { id: string } {
  return {
    id: `6b7f0d3a-58c1-4c4e-9a55-${String(++made).padStart(12, '0')}`,
    actor,
    verb: { id: 'http://adlnet.gov/expapi/verbs/completed' },
    object: { objectType: 'Activity', id: 'https://lms.example.org/lessons/1' },
    result: { completion: true, duration: 'PT20M' },
    timestamp: `${day}T10:00:00-05:00`,
    ...more,
  } as { id: string }
}

export const STATE = `/xapi/activities/state?activityId=${encodeURIComponent('https://lms.example.org/lessons/1')}&stateId=bookmark&agent=`
export const stateOf = (agent: object): string => STATE + encodeURIComponent(JSON.stringify(agent))

/** Everything that the doors take of Zyx, and of others with Zyx. @returns ids of Ann's statements that name Zyx */
export async function sendEverything({ post }: Erasable): Promise<{ named: string[]; own: string[] }> {
  const ok = async (answer: Promise<Response>): Promise<void> => {
    const { status } = await answer
    if (status >= 300) throw new Error(`answered ${status}: ${await (await answer).text()}`)
  }
  const own = [
    aLesson(zyxByMail, '2026-03-02', {
      result: { completion: true, duration: 'PT20M', response: `${ZYX.words} said` },
    }),
    aLesson(zyxByAccount, '2026-03-03'),
    aLesson(zyxByMail, '2026-03-10'),
  ]
  const named = [
    aLesson(ann, '2026-03-04', { context: { instructor: zyxByMail } }),
    aLesson(ann, '2026-03-05', { object: zyxByMail, verb: { id: 'http://adlnet.gov/expapi/verbs/commented' } }),
  ]
  const others = ['ann', 'bob', 'cyd', 'dee'].map(name => aLesson(byMail(name, `${name}@example.org`), '2026-03-02'))
  // Sealed under the key of the member whose pseudonym comes first, perhaps Zyx.
  const together = aLesson({ objectType: 'Group', member: [ann, zyxByMail] }, '2026-03-04', {
    verb: { id: 'https://w3id.org/xapi/dod-isd/verbs/collaborated' },
  })
  await ok(post('/xapi/statements', [...own, ...named, together, ...others]))
  await ok(post(stateOf(zyxByMail), { page: 7, note: ZYX.words }))
  await ok(post(stateOf(ann), { page: 3 }))
  await ok(withAttachment(post))
  await post('/xapi/statements', [aLesson(zyxByMail, '2026-03-02', { verb: { id: `not an IRI of ${ZYX.email}` } })])
  await post('/xapi/statements', [aLesson(ann, '2026-03-02', { verb: { id: 'not an IRI' } })])
  return { named: named.map(({ id }) => id), own: own.map(({ id }) => id) }
}

function withAttachment(post: Erasable['post']): Promise<Response> {
  const text = `${ZYX.words} handed in`
  const sha2 = createHash('sha256').update(text).digest('hex')
  const attachment = {
    usageType: 'http://adlnet.gov/expapi/attachments/text',
    display: { en: 'work' },
    contentType: 'text/plain',
    length: text.length,
    sha2,
  }
  const statement = aLesson(zyxByMail, '2026-03-04', { attachments: [attachment] })
  const body = [
    '--b',
    'Content-Type: application/json',
    '',
    JSON.stringify(statement),
    '--b',
    'Content-Type: text/plain',
    'Content-Transfer-Encoding: binary',
    `X-Experience-API-Hash: ${sha2}`,
    '',
    text,
    '--b--',
    '',
  ].join('\r\n')
  return post('/xapi/statements', Buffer.from(body), { 'content-type': 'multipart/mixed; boundary=b' })
}

async function writeFiles(folder: string): Promise<void> {
  const write = async (name: string, ...lines: string[]): Promise<void> => {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), `${lines.join('\n')}\n`)
  }
  const others = ['ann', 'bob', 'cyd', 'dee']
  await write('roster/orgs.csv', 'sourcedId,name,type', 'oak,Oak,school')
  await write('roster/classes.csv', 'sourcedId,title,classType,schoolSourcedId', 'hr-1,Home,homeroom,oak')
  await write(
    'roster/users.csv',
    'sourcedId,role,givenName,familyName,email,username,grades',
    `${ZYX.sourcedId},student,${ZYX.given},${ZYX.family},${ZYX.email},${ZYX.login},09`,
    ...others.map(name => `s-${name},student,${name},Other,${name}@example.org,${name},09`),
  )
  await write(
    'roster/enrollments.csv',
    'sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role',
    ...[ZYX.sourcedId, ...others.map(name => `s-${name}`)].map((id, i) => `e-${i},hr-1,oak,${id},student`),
  )
  await write(
    'scores/scores.csv',
    'student,date,score,id',
    `${ZYX.login},2025-09-10,501,1`,
    'ann,2025-09-10,502,2',
    'bob,2025-09-10,503,3',
  )
  await write('scores/mapping.json', JSON.stringify(SCORES))
  await write(
    'survey/answers.csv',
    'when,who,I am known.,What else?',
    `2026-02-10T09:00:00-05:00,${ZYX.email},Agree,${ZYX.words} of the survey`,
    '2026-02-10T09:01:00-05:00,ann@example.org,Agree,nothing',
  )
  await write('survey/mapping.json', JSON.stringify(SURVEY))
  await write('survey/climate.json', JSON.stringify(INSTRUMENT))
  await write(
    'meetings/meetings.csv',
    'at,who,with',
    `2026-03-05T12:00:00-05:00,${ZYX.login},ann`,
    '2026-03-05T13:00:00-05:00,bob,cyd',
    // Cannot be used, and tells of Zyx.
    `noon,${ZYX.login},ann`,
  )
  await write('meetings/mapping.json', JSON.stringify(MEETINGS))
}

const SCORES = {
  source: 'tests',
  scores: [
    {
      files: ['scores.csv'],
      student: { id: '{student}', idType: 'username' },
      test: 'star',
      subject: 'mathematics',
      window: '2025-2026 fall',
      grade: '9',
      date: '{date}',
      score: '{score}',
      naturalKey: ['{id}'],
    },
  ],
}
const INSTRUMENT = {
  instrument: 'climate',
  version: '1',
  title: { en: 'Climate' },
  informant: 'student',
  languages: ['en'],
  scales: { agree: { min: 1, max: 2, labels: { en: ['Disagree', 'Agree'] } } },
  items: [
    { id: 'Q1', text: { en: 'I am known.' }, scale: 'agree', domain: 'belonging' },
    { id: 'C1', text: { en: 'What else?' }, free: true },
  ],
  windows: [{ id: 'spring', begin: '2026-02-01', end: '2026-03-01' }],
}
const SURVEY = {
  source: 'forms',
  instruments: ['climate.json'],
  surveys: [
    {
      layout: 'wide',
      files: ['answers.csv'],
      instrument: 'climate',
      respondent: { id: '{who}', idType: 'email' },
      answered: '{when}',
    },
  ],
}
const MEETINGS = {
  source: 'meetings',
  interactions: [
    {
      files: ['meetings.csv'],
      time: { text: '{at}' },
      kind: 'met',
      object: 'talk',
      participants: [
        { id: '{who}', idType: 'username', role: 'student' },
        { id: '{with}', idType: 'username', role: 'student' },
      ],
    },
  ],
}

function killed({ config }: Homeroom, args: string[], when: RegExp): Promise<void> {
  const env = childEnvironment(config)
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (when.test(said)) child.kill('SIGKILL')
  })
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) =>
      signal === 'SIGKILL' ? resolve() : reject(new Error(`it ended by itself with ${code}: ${said}`)),
    )
  })
}
