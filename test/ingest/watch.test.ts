import { spawn } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { childEnvironment, readConfig } from '../../infra/config.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { Watch, type Taken } from '../../ingest/load/watch.ts'
import { entriesOf } from '../helpers/figures.ts'
import { until } from '../helpers/until.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

let ingest: Ingest
let folder: string
beforeEach(async () => {
  ingest = await startIngest()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-watch-'))
  await mkdir(join(folder, 'in', 'mappings'), { recursive: true })
  await put('mappings/tutoring.json', JSON.stringify(MAPPING))
})
afterEach(async () => {
  await ingest.close()
  await rm(folder, { recursive: true, force: true })
})

const MAPPING = {
  source: 'tutoring',
  interactions: [
    {
      files: ['sessions*.csv'],
      time: { text: '{ended}' },
      kind: 'met',
      participants: [{ id: '{student}', idType: 'sourcedId', role: 'student' }],
      naturalKey: ['{id}'],
    },
  ],
}
const row = (i: number): string => `${i},2026-02-02T09:15:00-05:00,s-${i % 7}\n`
const sessions = (from: number, to: number): string =>
  'id,ended,student\n' + Array.from({ length: to - from }, (_, i) => row(from + i)).join('')

const put = (name: string, text: string): Promise<void> => writeFile(join(folder, 'in', name), text)
const names = async (place: string): Promise<string[]> => (await readdir(join(folder, 'in', place))).sort()
const aWatch = (): Watch =>
  new Watch(join(folder, 'in'), {
    log: ingest.log,
    config: ingest.config,
    secrets: SECRETS,
    clock: () => NOW,
    places: join(folder, 'places'),
    taken: join(folder, 'taken'),
  })
const twice = async (watch: Watch): Promise<Taken[]> => [...(await watch.look()), ...(await watch.look())]

test('a file is taken when two looks find it unchanged, and lies in done afterwards', async () => {
  const watch = aWatch()
  await put('sessions.csv', sessions(0, 3))
  expect(await watch.look()).toEqual([])
  expect(await watch.look()).toMatchObject([{ name: 'sessions.csv', outcome: 'done', summary: { read: 3, stored: 3 } }])
  expect(await names('done')).toEqual(['sessions.csv'])
  expect(await watch.look()).toEqual([])
})

test('a file that is still written is not taken, nor one under the name of an unfinished upload', async () => {
  const watch = aWatch()
  await put('sessions.csv', sessions(0, 3))
  await put('sessions2.csv.part', sessions(3, 6))
  await watch.look()
  await appendFile(join(folder, 'in', 'sessions.csv'), row(9))
  expect(await watch.look()).toEqual([])
  expect(await watch.look()).toMatchObject([{ name: 'sessions.csv', summary: { read: 4 } }])
  await rename(join(folder, 'in', 'sessions2.csv.part'), join(folder, 'in', 'sessions2.csv'))
  expect(await twice(watch)).toMatchObject([{ name: 'sessions2.csv', outcome: 'done' }])
})

test('a file that is marked as complete is taken at the first look, and its mark goes', async () => {
  await put('sessions.csv', sessions(0, 3))
  await put('sessions.csv.done', '')
  expect(await aWatch().look()).toMatchObject([{ name: 'sessions.csv', outcome: 'done' }])
  expect(await names('.')).toEqual(['done', 'mappings'])
})

test('the same content is taken once, under whichever name and by whichever process it is offered', async () => {
  await put('sessions.csv', sessions(0, 3))
  await twice(aWatch())
  for (const name of ['sessions.csv', 'sessions-again.csv']) {
    await put(name, sessions(0, 3))
    expect(await twice(aWatch())).toMatchObject([{ name, outcome: 'known', summary: null }])
  }
  expect(await names('done')).toEqual(['sessions-again.csv', 'sessions.csv', 'sessions.csv.2'])
  expect(await ingest.records()).toHaveLength(3)
})

test('what cannot be used lies in rejected with the reason beside it, and does not hold up the others', async () => {
  await put('notes.txt', 'nothing')
  await put('sessions.csv', 'id,ended\n1,2026-02-02T09:15:00-05:00\n')
  await put('sessions2.csv', sessions(0, 3))
  const taken = await twice(aWatch())
  expect(taken.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
    'notes.txt rejected',
    'sessions.csv rejected',
    'sessions2.csv done',
  ])
  expect(await names('rejected')).toEqual([
    'notes.txt',
    'notes.txt.report.csv',
    'sessions.csv',
    'sessions.csv.report.csv',
  ])
  expect(await readFile(join(folder, 'in', 'rejected', 'sessions.csv.report.csv'), 'utf8')).toContain(
    'lacks the column student',
  )
})

test('bad rows stop no good ones: the file lies in done with its report beside it', async () => {
  await put('sessions.csv', `${sessions(0, 3)}9,yesterday,s-1\n`)
  expect(await twice(aWatch())).toMatchObject([{ outcome: 'done', summary: { stored: 3, dead: 1 } }])
  expect(await names('done')).toEqual(['sessions.csv', 'sessions.csv.report.csv'])
  expect(await readFile(join(folder, 'in', 'done', 'sessions.csv.report.csv'), 'utf8')).toContain('sessions.csv,5,at,')
})

test('a folder is one delivery, and is moved as a whole', async () => {
  await mkdir(join(folder, 'in', 'roster'))
  await put('roster/orgs.csv', 'sourcedId,name,type\nschool-1,Oak,school\n')
  await put('roster/users.csv', 'sourcedId,role\ns-1,student\n')
  expect(await twice(aWatch())).toMatchObject([{ name: 'roster', outcome: 'done', summary: { read: 2, stored: 2 } }])
  expect(await names('done/roster')).toEqual(['orgs.csv', 'users.csv'])
})

const MAIN = fileURLToPath(new URL('../../infra/main.ts', import.meta.url))
const ROWS = 60_000

test(
  'killed with -9 anywhere, the next watch goes on: every row is in the log, the file lies in done once',
  { timeout: 120_000 },
  async () => {
    const config = readConfig({}, { data: join(folder, 'data'), logLevel: 'error' })
    const log = await openLog(config)
    await log.createTopics()
    await put('sessions.csv', sessions(0, ROWS))
    await put('sessions.csv.done', '')
    for (const appended of [1, 30_000]) {
      const child = start(config)
      await until(async () => (await count(log)) >= appended, `${appended} rows are in the log`)
      child.kill('SIGKILL')
      await child.ended
    }
    const last = start(config)
    await until(async () => (await names('.')).includes('done'), 'the file is done')
    last.kill('SIGTERM')
    await last.ended
    const ids = (await entriesOf(log, 'records')).map(({ value }) => (JSON.parse(value!) as { id: string }).id)
    await log.close()
    expect(new Set(ids).size).toBe(ROWS)
    // At most the stretch under way comes twice at each kill.
    expect(ids.length).toBeLessThanOrEqual(ROWS + 2 * 40_000)
    expect(await names('done')).toEqual(['sessions.csv'])
  },
)

const count = async (log: Parameters<typeof entriesOf>[0]): Promise<number> => (await entriesOf(log, 'records')).length

function start(config: Parameters<typeof childEnvironment>[0]): {
  kill: (signal: NodeJS.Signals) => void
  ended: Promise<unknown>
} {
  const child = spawn(process.execPath, [MAIN, 'watch', join(folder, 'in'), '--every', '1'], {
    env: childEnvironment(config),
    stdio: 'ignore',
  })
  return { kill: signal => child.kill(signal), ended: new Promise(resolve => child.once('exit', resolve)) }
}
