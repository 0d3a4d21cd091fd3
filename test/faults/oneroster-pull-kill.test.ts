import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { childEnvironment, readConfig, type Config } from '../../infra/config.ts'
import { lagOf, type EventLog, type LogAdmin } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import type { Topic } from '../../infra/log/topics.ts'
import { readSecrets } from '../../infra/secrets.ts'
import { migrate } from '../../infra/warehouse/migrate.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { pullOneRosterFrom, type OneRosterSummary } from '../../ingest/pull/oneroster.ts'
import { sourceNamed } from '../../ingest/pull/source.ts'
import { isCaughtUp, startProcessor } from '../../processors/run.ts'
import { aOneRoster, type Collections, type OneRosterService } from '../helpers/an-oneroster.ts'
import { entriesOf } from '../helpers/figures.ts'
import { killedWhen } from '../helpers/killed.ts'
import { until } from '../helpers/until.ts'

const MAIN = fileURLToPath(new URL('../../infra/main.ts', import.meta.url))
const MINUTE_MS = 60_000
const STUDENTS = 2000
const PAGE = 250
/** Killed when so many more pages were asked for, or when so many more appends of a topic are in the log. */
const KILLS = [
  ['asked', 1],
  ['asked', 9],
  ['rosters', 1],
  ['rosters', 3],
  ['scores', 1],
] as const satisfies [Topic | 'asked', number][]

let folder: string
let config: Config
let service: OneRosterService
let warehouse: Warehouse
let log: EventLog & LogAdmin

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-oneroster-kill-'))
  service = await aOneRoster(aDistrict(), 'v1p1')
  service.now_ms = Date.now()
  service.most = PAGE
  const settings = {
    district: district(),
    timeZone: zoneOfNoon(),
    sourcesFile: join(folder, 'sources.json'),
    logLevel: 'error' as const,
  }
  config = readConfig({}, { data: join(folder, 'data'), secretsFile: join(folder, 'secrets.json'), ...settings })
  const { url, tokenUrl } = service
  const source = { kind: 'oneroster', url, tokenUrl, clientId: 'homeroom', clientSecret: 'hush: hush', pageSize: PAGE }
  await writeFile(config.sourcesFile, JSON.stringify({ sis: source }), { mode: 0o600 })
  warehouse = await openWarehouse(config)
  await migrate(warehouse)
  log = await openLog(config)
  await log.createTopics()
})
afterEach(async () => {
  await log.close()
  await warehouse.close()
  await service.close()
  await rm(folder, { recursive: true, force: true })
})

/** A zone in which no midnight comes soon: who has left a class leaves it today. */
function zoneOfNoon(): string {
  const hours = 12 - new Date().getUTCHours()
  return `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`
}

const district = (): string => `t_${randomBytes(6).toString('hex')}`

test(
  'after kill -9 a OneRoster pull goes on: the warehouse is as if it had never been killed, no page is asked for without need',
  { timeout: 3 * MINUTE_MS },
  async () => {
    await pull()
    await processed(log, warehouse)
    const other = await openLog({ ...config, data: join(folder, 'other') })
    try {
      await other.createTopics()
      for (const topic of TOPICS) await other.append(topic, await entriesOf(log, topic))
      change(service.collections)
      const asked = service.asked.length
      const whole = await pullUnharmed(other)
      const pages = service.asked.length - asked

      for (const [what, count] of KILLS) await pullUntilKilled(what, count)
      const summary = await pull('--full')
      const askedInAll = service.asked.length - asked - pages
      console.log(`${KILLS.length} kills -9 of a OneRoster pull:`, { pages, askedInAll, read: summary.read })
      expect(summary).toMatchObject({ complete: true, read: whole.read, stored: whole.stored, dead: 0, ended: 1 })
      // Each page once, and after each kill the page under way once more.
      expect(askedInAll).toBeLessThanOrEqual(pages + KILLS.length)
      expect(await storedBy(log)).toEqual(await storedBy(other))
    } finally {
      await other.close()
    }
  },
)

const TOPICS = ['rosters', 'scores', 'identities'] as const satisfies Topic[]

async function pull(...options: string[]): Promise<OneRosterSummary> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, 'pull', 'sis', '--json', ...options], {
    env: childEnvironment(config),
  })
  return JSON.parse(stdout) as OneRosterSummary
}

/** The same full pull in one go, in this process, into a log and a state of its own. */
async function pullUnharmed(into: EventLog): Promise<OneRosterSummary> {
  const source = await sourceNamed('sis', config.sourcesFile)
  if (source.kind !== 'oneroster') throw new Error('not a OneRoster source')
  const secrets = readSecrets(config)
  const own = { ...config, data: join(folder, 'other') }
  return pullOneRosterFrom(source, { log: into, config: own, warehouse, secrets, full: true })()
}

async function pullUntilKilled(what: Topic | 'asked', count: number): Promise<void> {
  const done = async (): Promise<number> =>
    what === 'asked' ? service.asked.length : lagOf(await log.positions(what, 'nobody'))
  const enough = (await done()) + count
  await killedWhen(config, ['pull', 'sis', '--full'], async () => (await done()) >= enough)
}

/** What the warehouse holds in the end of what a log holds: every row once, without when it was stored. */
async function storedBy(from: EventLog): Promise<Record<string, string[]>> {
  const fresh = await openWarehouse({ ...config, district: district() })
  try {
    await migrate(fresh)
    await processed(from, fresh)
    const tables = ['schools', 'sessions', 'classes', 'persons', 'enrolments', 'person_of', 'aliases', 'current_scores']
    const rows = tables.map(async table => {
      const final = table === 'current_scores' ? '' : 'final'
      const sql = `select * except (${LATER.join(', ')}) from ${table} ${final} order by all`
      return [table, (await fresh.query<object>(sql)).map(row => JSON.stringify(row))] as const
    })
    const found = Object.fromEntries(await Promise.all(rows))
    expect(Object.values(found).every(all => all.length > 0)).toBe(true)
    return found
  } finally {
    await fresh.close()
  }
}

const LATER = ['ver', 'stored_at']

async function processed(from: EventLog, into: Warehouse): Promise<void> {
  const failures: unknown[] = []
  const processor = await startProcessor({ log: from, warehouse: into, config, onError: error => failures.push(error) })
  await until(() => isCaughtUp(from, into), 'all entries are processed', MINUTE_MS, 50)
  await processor.stop()
  expect(failures).toEqual([])
}

const at = { status: 'active', dateLastModified: '2026-01-08T08:00:00.000Z' }
const to = (sourcedId: string) => ({ sourcedId })

function aDistrict(): Collections {
  const students = Array.from({ length: STUDENTS }, (_, n) => `s-${n}`)
  const dates = { startDate: '2025-08-25', endDate: '2099-06-13' }
  return {
    orgs: [{ sourcedId: 'school-1', ...at, name: 'Oak', type: 'school' }],
    academicSessions: [{ sourcedId: 'year', ...at, title: 'Year', type: 'term', ...dates, schoolYear: '2026' }],
    courses: [{ sourcedId: 'co-1', ...at, title: 'Math', subjects: ['Mathematics'] }],
    classes: ['home', 'math'].map(id => ({
      sourcedId: id,
      ...at,
      title: id,
      classCode: id,
      classType: id === 'home' ? 'homeroom' : 'scheduled',
      course: to('co-1'),
      school: to('school-1'),
      terms: [to('year')],
    })),
    users: students.map(id => ({ sourcedId: id, ...at, role: 'student', username: `u${id}`, grades: ['9'] })),
    enrollments: students.flatMap(id => ['home', 'math'].map(group => enrolment(id, group))),
    lineItems: [{ sourcedId: 'quiz', ...at, title: 'Quiz', class: to('math'), resultValueMin: 0, resultValueMax: 9 }],
    results: students.map((id, n) => ({
      sourcedId: `r-${id}`,
      ...at,
      lineItem: to('quiz'),
      student: to(id),
      score: n % 10,
      scoreStatus: 'fully graded',
      scoreDate: '2026-01-30',
    })),
  }
}

const enrolment = (student: string, group: string) => ({
  sourcedId: `${group}-${student}`,
  ...at,
  class: to(group),
  school: to('school-1'),
  user: to(student),
  role: 'student',
})

/** By the second pull one student has left a class, one has come, one has another grade, and one result is gone. */
function change(collections: Collections): void {
  const { users = [], enrollments = [], results = [] } = collections
  collections.enrollments = [...enrollments.slice(1), enrolment('s-new', 'home')]
  collections.users = [{ ...users[0]!, grades: ['10'] }, ...users.slice(1), { ...users[1]!, sourcedId: 's-new' }]
  collections.results = results.slice(1)
}
