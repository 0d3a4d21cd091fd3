import { hash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openRuntime, prepare, type Runtime } from '../../infra/commands/runtime.ts'
import { userCommand } from '../../infra/commands/user.ts'
import { readResearchers } from '../../infra/warehouse/engine/researchers-file.ts'
import { admitResearcher, dismissResearcher, dismissResearchers } from '../../infra/warehouse/researchers/admit.ts'
import { databaseUser } from '../../infra/warehouse/researchers/names.ts'
import { admitting, dismissing, endingStudy, lasting } from '../../infra/warehouse/researchers/server-sql.ts'
import { clickhouseServer, type Server } from '../helpers/clickhouse-server.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

let data: string
let runtime: Runtime
let server: Server

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'homeroom-admit-'))
  runtime = await openRuntime({
    data,
    district: 'homeroom',
    secretsFile: join(data, 'secrets.json'),
    logLevel: 'silent',
  })
  await prepare(runtime)
  await runtime.warehouse.command(
    `insert into {identity:Identifier}.studies (study, title, purpose, approved_by, ends_on, terms, created_at, version, extracted_at, deleted_at, manifest, ver)
     select 'mentoring', 'Mentoring', 'a test', 'the board', '2098-06-30', '{}', now64(3), 0, toDateTime64(0, 3), toDateTime64(0, 3), '', 1`,
  )
  await runtime.warehouse.command('create database research_mentoring')
  await runtime.warehouse.command(
    'create table research_mentoring.students (person String) engine = MergeTree order by person',
  )
  await runtime.warehouse.command("insert into research_mentoring.students values ('p1')")
  server = await clickhouseServer()
}, 120_000)

afterAll(async () => {
  await runtime.close()
  await rm(data, { recursive: true, force: true })
  if ('stop' in server) await server.stop()
})

async function user(...args: string[]): Promise<string> {
  const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    await userCommand(use => use(runtime)).parseAsync(args, { from: 'user' })
    return printed.mock.calls.map(([line]) => `${String(line)}\n`).join('')
  } finally {
    printed.mockRestore()
  }
}

async function ask(said: string, sql: string): Promise<[number, string]> {
  const [, url = '', name = '', password = ''] =
    /^database: (\S+)\ndatabase user: (\S+)\npassword: (\S{43})$/m.exec(said) ?? []
  const authorization = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
  const answer = await fetch(url, { method: 'POST', body: sql, headers: { authorization } })
  return [answer.status, await answer.text()]
}

test('homeroom user add --role researcher --study prints credentials that read the study until its last day, and revoke ends them', async () => {
  const said = await user('add', 'jo', '--role', 'researcher', '--study', 'mentoring')
  expect(await ask(said, 'SELECT person FROM students')).toEqual([200, 'p1\n'])
  const [one] = await readResearchers(data)
  expect(one).toEqual({
    user: 'researcher_jo',
    secretHash: hash('sha256', /^password: (\S+)$/m.exec(said)![1]!),
    databases: ['research_mentoring', 'research'],
    expiresAt: '2098-06-30T23:59:59.999Z',
  })
  expect(await user('list')).toContain('jo\tperson\tresearcher\tstudy mentoring')
  await user('limit', 'jo', '--expires', '2097-01-01')
  expect(await readResearchers(data)).toEqual([{ ...one, expiresAt: '2097-01-01T23:59:59.999Z' }])
  await user('limit', 'jo', '--expires', 'never')
  expect(await readResearchers(data)).toEqual([one])
  await user('revoke', 'jo')
  expect(await readResearchers(data)).toEqual([])
  expect((await ask(said, 'SELECT 1'))[0]).toBe(403)
})

test('an account made anew as something else, or left to the provider, has no database user any more', async () => {
  const users = async (): Promise<string[]> => (await readResearchers(data)).map(one => one.user)
  await user('add', 'eve', '--role', 'researcher', '--study', 'mentoring')
  expect(await users()).toEqual(['researcher_eve'])
  await user('add', 'eve', '--role', 'analyst')
  expect(await users()).toEqual([])
  await user('add', 'eve', '--role', 'researcher', '--study', 'mentoring')
  await user('limit', 'eve', '--by-provider')
  expect(await users()).toEqual([])
  await user('revoke', 'eve')
})

test('a study that was not recorded, or a role that is none of a researcher, makes no account', async () => {
  await expect(user('add', 'al', '--role', 'researcher', '--study', 'tutoring')).rejects.toThrow(
    /there is no study "tutoring"/,
  )
  await expect(user('add', 'al', '--role', 'analyst', '--study', 'mentoring')).rejects.toThrow(
    /--study is for researchers/,
  )
  expect(await user('list')).not.toContain('al\t')
})

test('admitted again, a researcher has a new password and no second user; a study is ended for all of its researchers', async () => {
  const place = { warehouse: runtime.warehouse, config: runtime.config }
  const expiresAt = new Date('2098-01-01')
  const first = await admitResearcher(place, { account: 'one', study: 'mentoring', expiresAt })
  const second = await admitResearcher(place, { account: 'one', study: 'mentoring', expiresAt })
  await admitResearcher(place, { account: 'two', study: 'other_study', expiresAt })
  expect(second.password).not.toBe(first.password)
  expect((await readResearchers(data)).map(one => one.user)).toEqual(['researcher_one', 'researcher_two'])
  await dismissResearchers(place, 'mentoring')
  expect((await readResearchers(data)).map(one => one.user)).toEqual(['researcher_two'])
  await dismissResearcher(place, 'two')
  expect(await readResearchers(data)).toEqual([])
})

test('the user of a provider’s account holds letters, digits and underscores, and no two accounts share one', () => {
  const accounts = ['jo', 'JO', 'jo!', 'jo_', 'login.example.org|0042', 'login.example.org|0043', "a' OR 1 --"]
  const users = accounts.map(account => databaseUser('homeroom', account))
  expect(new Set(users).size).toBe(accounts.length)
  expect(users.every(name => /^researcher_[a-z0-9_]{1,80}$/.test(name))).toBe(true)
  expect(databaseUser('east', 'jo')).toBe('researcher_east_jo')
})

const JO = {
  user: 'researcher_jo',
  secretHash: 'ab'.repeat(32),
  published: 'research',
  extract: 'research_mentoring',
  application: '`homeroom`',
  expiresAt: new Date('2027-06-30T23:59:59.999Z'),
}

test('what is said to a server: grants on two databases, rows of the study for its researchers and the application only, limits', async () => {
  expect(admitting(JO).slice(1)).toEqual([
    "CREATE ROLE IF NOT EXISTS research_mentoring_reader SETTINGS PROFILE 'research_limits'",
    'GRANT SELECT ON research.* TO research_mentoring_reader',
    'GRANT SELECT ON research_mentoring.* TO research_mentoring_reader',
    'CREATE ROW POLICY IF NOT EXISTS research_mentoring_rows ON research_mentoring.* FOR SELECT USING 1 TO research_mentoring_reader, `homeroom`',
    'CREATE ROW POLICY IF NOT EXISTS research_mentoring_rows_only ON research_mentoring.* AS restrictive FOR SELECT USING 0 TO ALL EXCEPT research_mentoring_reader, `homeroom`',
    'CREATE QUOTA IF NOT EXISTS research_mentoring_quota KEYED BY user_name FOR INTERVAL 1 hour MAX queries = 5000, execution_time = 3600, result_rows = 100000000 TO research_mentoring_reader',
    `CREATE USER OR REPLACE researcher_jo IDENTIFIED WITH sha256_hash BY '${JO.secretHash}' VALID UNTIL '2027-06-30 23:59:59' HOST ANY DEFAULT DATABASE research_mentoring SETTINGS PROFILE 'research_limits'`,
    'GRANT research_mentoring_reader TO researcher_jo',
    'ALTER USER researcher_jo DEFAULT ROLE research_mentoring_reader',
  ])
  const [profile] = admitting(JO)
  for (const part of [
    'max_execution_time = 60 CONST',
    'max_memory_usage = 2000000000 CONST',
    "result_overflow_mode = 'throw' CONST",
    'readonly = 1 CONST',
    'query_plan_enable_optimizations = 0 CONST',
  ])
    expect(profile).toContain(part)
  expect(endingStudy(JO)).toEqual([
    'DROP ROW POLICY IF EXISTS research_mentoring_rows, research_mentoring_rows_only ON research_mentoring.*',
    'DROP QUOTA IF EXISTS research_mentoring_quota',
    'DROP ROLE IF EXISTS research_mentoring_reader',
  ])
})

test('every statement for a server is one that ClickHouse parses, with settings that it knows', async () => {
  for (const sql of [...admitting(JO), ...lasting(JO.user, JO.expiresAt), ...dismissing(JO.user), ...endingStudy(JO)])
    await runtime.warehouse.query(`explain ast ${sql}`)
  const names = [...admitting(JO)[0]!.matchAll(/(\w+) (?:= \S+ CONST|CHANGEABLE_IN_READONLY)/g)].map(match => match[1])
  const known = await runtime.warehouse.query<{ name: string }>(
    'select name from system.settings where name in {names:Array(String)}',
    { names },
  )
  expect(known.map(row => row.name).sort()).toEqual([...names].sort())
})

test('on a ClickHouse server a researcher reads the own study, no other, and writes nothing', async ({ annotate }) => {
  if ('unavailable' in server) return void (await annotate(`no server: ${server.unavailable}`))
  const warehouse = await freshWarehouse({ clickhouse: server.url, migrated: false })
  const district = warehouse.database
  const place = { warehouse, config: { data, district, clickhouse: server.url } }
  const other = `${district}_research_other`
  for (const database of [`${district}_research`, `${district}_research_mentoring`, other]) {
    await warehouse.command('create database if not exists {database:Identifier}', { database })
    await warehouse.command('create table {database:Identifier}.rows (n Int32) engine = MergeTree order by n', {
      database,
    })
    await warehouse.command('insert into {database:Identifier}.rows select 1', { database })
  }
  const account = `jo_${randomBytes(4).toString('hex')}`
  await admitResearcher(place, { account: 'someone', study: 'other', expiresAt: new Date('2098-01-01') })
  const {
    user: name,
    password,
    database,
  } = await admitResearcher(place, {
    account,
    study: 'mentoring',
    expiresAt: new Date('2098-01-01'),
  })
  const url = new URL(server.url)
  const said = `database: ${url.protocol}//${url.host}/?database=${database}\ndatabase user: ${name}\npassword: ${password}`
  expect(await ask(said, 'SELECT n FROM rows')).toEqual([200, '1\n'])
  for (const sql of [
    `SELECT * FROM ${other}.rows`,
    'INSERT INTO rows VALUES (2)',
    'SET max_execution_time = 0',
    "SELECT * FROM file('x')",
  ])
    expect((await ask(said, sql))[0]).not.toBe(200)
  await dismissResearchers(place, 'mentoring')
  await dismissResearchers(place, 'other')
  expect((await ask(said, 'SELECT 1'))[0]).not.toBe(200)
  for (const one of [`${district}_research`, `${district}_research_mentoring`, other])
    await warehouse.command('drop database {one:Identifier} sync', { one })
})
