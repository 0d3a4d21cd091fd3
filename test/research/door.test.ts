import { hash } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { allowedFunctions, type EngineFunction } from '../../infra/warehouse/engine/allowed-functions.ts'
import { changeResearchers } from '../../infra/warehouse/engine/researchers-file.ts'
import { ADA, BEN, EVE, openDoor, PASSWORD, researcher, type Answer, type Door } from './a-door.ts'

let door: Door
beforeAll(async () => {
  door = await openDoor()
})
afterAll(() => door.stop())

async function rows(user: string, sql: string, more: Record<string, string> = {}): Promise<unknown> {
  const answer = await door.ask(user, sql, { default_format: 'JSONCompact', ...more })
  if (answer.status !== 200) throw new Error(answer.text)
  return (JSON.parse(answer.text) as { data: unknown }).data
}

const refused = ({ status, text }: Answer): [number, string] => [status, text.trim()]

test.each([
  ['the own study by default', 'SELECT count(), sum(minutes) FROM students', [[20, 1900]]],
  ['a name with its database', 'SELECT max(minutes) FROM research_a.students AS s WHERE s.minutes < 50', [[40]]],
  ['what is published', 'SELECT * FROM research.published', [['Known']]],
  [
    'a join, a window and a subquery',
    `WITH t AS (SELECT person, minutes FROM students WHERE minutes > (SELECT avg(minutes) FROM students))
     SELECT person, row_number() OVER w AS r FROM t LEFT JOIN research.published AS p ON t.person = p.name
     WINDOW w AS (ORDER BY minutes) ORDER BY r LIMIT 1`,
    [['p10', 1]],
  ],
  [
    'a recursive CTE',
    'WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 4) SELECT sum(n) FROM t',
    [[10]],
  ],
  [
    'combinators',
    'SELECT quantilesExactIf(0.5)(minutes, minutes > 100), countIf(minutes > 100), uniqExact(person) FROM students',
    [[[150], 9, 20]],
  ],
  [
    'lambdas and transformers',
    "SELECT arrayMap(x -> x + 1, [1]), COLUMNS('minutes') APPLY(toString) FROM students ORDER BY minutes LIMIT 1",
    [[[2], '0']],
  ],
  [
    'settings and format at the end',
    'SELECT 1 AS a SETTINGS join_use_nulls = 1, output_format_json_quote_64bit_integers = 0 FORMAT JSONCompact;',
    [[1]],
  ],
  ['columns called settings and format', 'SELECT 1 AS settings, 2 AS format', [[1, 2]]],
  ['tables', 'SHOW TABLES', [['students']]],
  ['tables of what all may read', 'SHOW TABLES FROM research', [['kept'], ['published']]],
  ['databases, the own only', 'SHOW DATABASES', [['research'], ['research_a']]],
  ['whether there is a table', 'EXISTS TABLE `research_a`.students', [[1]]],
  ['computed rows', 'SELECT sum(number) FROM numbers(5)', [[10]]],
  ['what clients ask first', "SELECT version() != '', timezone()", [[1, 'UTC']]],
])('a researcher reads %s', async (_, sql, expected) => {
  expect(await rows(ADA, sql)).toEqual(expected)
})

test('a description names columns and types, without how they are made', async () => {
  const nothing = ['', '', '', '', '']
  expect(await rows(ADA, 'DESCRIBE TABLE students')).toEqual([
    ['person', 'String', ...nothing],
    ['minutes', 'Int32', ...nothing],
  ])
})

test('parameters are values and names, both judged', async () => {
  const sql = 'SELECT max(minutes) FROM {t:Identifier} WHERE minutes < {most:Int32}'
  expect(await rows(ADA, sql, { param_t: 'students', param_most: '31' })).toEqual([[30]])
  expect((await door.ask(ADA, sql, { param_t: 'identity.people', param_most: '1' })).status).toBe(403)
})

test('each study is read by its own researchers alone, whether or not the engine has a role for it', async () => {
  expect(await rows(BEN, 'SELECT minutes FROM students')).toEqual([[4711]])
  expect(await rows(EVE, 'SELECT count() FROM students')).toEqual([[20]])
  const other = 'Code: 497. DB::Exception: Table "research_a.students" is refused or unknown'
  for (const user of [BEN, EVE])
    expect((await door.ask(user, 'SELECT * FROM research_a.students')).text).toContain(other)
})

test('a wrong password, an ended study and an unknown name get the same answer', async () => {
  const sentence = (user: string) =>
    `Code: 516. DB::Exception: ${user}: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)`
  expect(refused(await door.ask(ADA, 'SELECT 1', {}, { password: 'no' }))).toEqual([403, sentence(ADA)])
  for (const user of ['researcher_late', 'researcher_nobody'])
    expect(refused(await door.ask(user, 'SELECT 1'))).toEqual([403, sentence(user)])
})

test('who is admitted or dismissed is so with the next statement; the file holds hashes and is for its owner alone', async () => {
  await changeResearchers(door.data, before => [...before, researcher('researcher_new', ['research_a'])])
  expect(await rows('researcher_new', 'SELECT 1')).toEqual([[1]])
  const path = join(door.data, 'researchers.json')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const text = await readFile(path, 'utf8')
  expect([text.includes(PASSWORD), text.includes(hash('sha256', PASSWORD))]).toEqual([false, true])
  await changeResearchers(door.data, before => before.filter(one => one.user !== 'researcher_new'))
  expect((await door.ask('researcher_new', 'SELECT 1')).status).toBe(403)
})

test('a list that cannot be read lets nobody in, says so, and does not keep the application out', async () => {
  const path = join(door.data, 'researchers.json')
  const before = await readFile(path)
  await writeFile(path, before.subarray(0, -30))
  const answer = refused(await door.ask(ADA, 'SELECT 1'))
  expect(answer).toEqual([403, expect.stringMatching(/^Code: 516.*the list of researchers cannot be read/)])
  expect(answer[1]).not.toMatch(/JSON|[0-9a-f]{8}/)
  expect(await door.run('SELECT 1')).toBe('1\n')
  await writeFile(path, before)
  expect(await rows(ADA, 'SELECT 1')).toEqual([[1]])
})

test('ten changes of the file at once are all in it', async () => {
  const users = Array.from({ length: 10 }, (_, n) => `researcher_at_once_${n}`)
  await Promise.all(
    users.map(user => changeResearchers(door.data, before => [...before, researcher(user, ['research_a'])])),
  )
  for (const user of users) expect(await rows(user, 'SELECT 1')).toEqual([[1]])
  await changeResearchers(door.data, before => before.filter(one => !users.includes(one.user)))
})

test.each([
  ['gzip', gunzipSync],
  ['zstd', zstdDecompressSync],
  ['br', brotliDecompressSync],
])('a result is packed with %s where the client asks', async (coding, unpack) => {
  const plain = await raw(door.url, 'SELECT * FROM students FORMAT CSV', {})
  const packed = await raw(door.url, 'SELECT * FROM students FORMAT CSV', { 'accept-encoding': coding })
  expect(packed.coding).toBe(coding)
  expect(unpack(packed.bytes).equals(plain.bytes)).toBe(true)
})

test('a statement may be packed with gzip', async () => {
  const answer = await door.ask(
    ADA,
    null,
    {},
    {
      body: gzipSync('SELECT 1 AS one FORMAT JSONEachRow'),
      headers: { 'content-encoding': 'gzip' },
    },
  )
  expect(answer.text).toBe('{"one":1}\n')
})

test('a result of 50 MB comes whole, from a file that is gone afterwards', async () => {
  const { bytes } = await door.ask(ADA, "SELECT repeat('a', 99) FROM numbers(500000) FORMAT TSV")
  expect(bytes.length).toBe(50_000_000)
  expect(await spooled()).toEqual([])
})

test('an engine that is started again is where it was, and has a role for every study', async () => {
  const again = await openDoor()
  const { port } = new URL(again.url)
  await again.restart()
  expect(new URL(again.url).port).toBe(port)
  const wide = await again.ask('default', 'SHOW ROLES')
  expect(wide.text.split('\n')).toEqual(
    expect.arrayContaining(['read_research_a', 'read_research_b', 'read_east_research_a']),
  )
  expect((await again.ask(BEN, 'SELECT minutes FROM students')).text).toBe('4711\n')
  await again.stop()
})

test('the functions that may be called are those that were looked at', async () => {
  const all = JSON.parse(
    await door.run(
      'SELECT name, is_aggregate, case_insensitive, alias_to, origin, categories FROM system.functions ORDER BY name FORMAT JSON',
    ),
  ) as { data: EngineFunction[] }
  const mayCall = allowedFunctions(all.data)
  const others = all.data.map(one => one.name).filter(name => !mayCall(name))
  // An engine with other functions: look at the new ones, then write them here or in the list.
  const list = await readFile(new URL('refused-functions.txt', import.meta.url), 'utf8')
  expect([all.data.length, others.join('\n')]).toEqual([1825, list.trim()])
})

/** fetch would unpack the body. */
async function raw(url: string, sql: string, headers: Record<string, string>) {
  const address = `${url}/?enable_http_compression=1&query=${encodeURIComponent(sql)}`
  const authorization = `Basic ${Buffer.from(`${ADA}:${PASSWORD}`).toString('base64')}`
  return new Promise<{ bytes: Buffer; coding: string | undefined }>((resolve, reject) => {
    request(address, { headers: { authorization, ...headers } }, answer => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => resolve({ bytes: Buffer.concat(chunks), coding: answer.headers['content-encoding'] }))
    })
      .on('error', reject)
      .end()
  })
}

async function spooled(): Promise<string[]> {
  return readdir(join(door.data, 'engine', 'spool'))
}
