import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../helpers/until.ts'
import { ADA, EVE, openDoor, PASSWORD, SECRETS, type Answer, type Door } from './a-door.ts'
import { FUNCTIONS, TABLE_FUNCTIONS } from './attacks-by-function.ts'
import { HTTP, LIMITS, SETTINGS } from './attacks-by-request.ts'
import { OTHERS, STATEMENTS, SYSTEM } from './attacks.ts'

let door: Door
let out: string
let listener: Server
let port: number
let reached = 0
/** As it was before all attacks, and has to be after each. */
let untouched: unknown

beforeAll(async () => {
  door = await openDoor()
  out = await mkdtemp(join(tmpdir(), 'homeroom-attack-'))
  listener = createServer((_, response) => {
    reached++
    response.end('1\n')
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => listener.once('listening', resolve))
  port = (listener.address() as AddressInfo).port
  untouched = await state()
})
afterAll(async () => {
  listener.close()
  await door.stop()
  await rm(out, { recursive: true, force: true })
})

/** Everything that a statement might have changed: rows, tables, rights, files, and whether somebody was called. */
async function state(): Promise<unknown> {
  const [tables, people, students, roles] = await Promise.all([
    door.run(
      "SELECT database, name, create_table_query, total_rows FROM system.tables WHERE database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema') ORDER BY 1, 2",
    ),
    door.run('SELECT sum(cityHash64(*)) FROM identity.people'),
    door.run('SELECT sum(cityHash64(*)), count() FROM research_a.students'),
    door.run("SELECT currentRoles(), getSetting('max_threads'), getSetting('readonly')"),
  ])
  const spool = await readdir(join(door.data, 'engine', 'spool'))
  const home = await readdir(join(door.data, 'engine'))
  return { tables, people, students, roles, spool, home, out: await readdir(out), reached }
}

const here = (text: string): string => text.replaceAll('<OUT>', out).replaceAll('PORT', String(port))

function expectRefused({ status, text, headers }: Answer, answer: RegExp): void {
  expect(text).toMatch(answer)
  expect(status).toBeGreaterThanOrEqual(400)
  expect(headers.get('x-clickhouse-exception-code')).toMatch(/^\d+$/)
  // A sentence, of what was refused and what to do; and nothing of what may not be read.
  expect(text).toMatch(/^Code: \d+\. DB::Exception: .+\([A-Z_]+\)\s*$/s)
  for (const secret of [...SECRETS, 'root:', 'SQL SECURITY']) expect(text).not.toContain(secret)
}

// The one has a role for the own databases alone, the other the widest role there is: then only the gates stand.
describe.each([
  ['with a role of the own', ADA],
  ['under the widest role', EVE],
])('a researcher %s', (_, user) => {
  describe.each([
    ['tables', OTHERS],
    ['functions', FUNCTIONS],
    ['table functions', TABLE_FUNCTIONS],
    ['statements', STATEMENTS],
    ['system tables', SYSTEM],
    ['settings and formats', SETTINGS],
  ])('is refused %s', (_kind, attacks) => {
    test.each(attacks)('%s', async (_what, sql, answer) => {
      expectRefused(await door.ask(user, here(sql)), answer)
      expect(await state()).toEqual(untouched)
    })
  })

  test.each(HTTP)('is refused by HTTP: %s', async (_what, sql, more, options, answer) => {
    expectRefused(await door.ask(user, sql, more, options), answer)
    expect(await state()).toEqual(untouched)
  })
})

test.each(LIMITS)('a researcher comes to the limit: %s', async (_, sql, answer) => {
  const came = await door.ask(ADA, sql)
  expect(came.text).toMatch(answer)
  expectRefused(came, answer)
})

test.each([
  ['in WHERE', "SELECT * FROM research.published WHERE throwIf(name LIKE '%e%')"],
  ['in PREWHERE', "SELECT * FROM research.published PREWHERE throwIf(name LIKE '%e%') = 0"],
  ['in SELECT', "SELECT throwIf(name LIKE '%e%') FROM research.published"],
  ['as a value that is no number', 'SELECT * FROM research.published WHERE toInt32(name) > 0'],
  [
    'in a join',
    "SELECT * FROM research.published AS v JOIN students AS s ON s.person = toString(throwIf(v.name LIKE '%e%'))",
  ],
  ['in GROUP BY', "SELECT count() FROM research.published GROUP BY throwIf(name LIKE '%e%')"],
  ['in ORDER BY … LIMIT', "SELECT * FROM research.published ORDER BY throwIf(name LIKE '%e%') LIMIT 1"],
  [
    'behind IN',
    "SELECT * FROM students WHERE person IN (SELECT name FROM research.published WHERE throwIf(name LIKE '%e%') = 0)",
  ],
  ['in HAVING', "SELECT name FROM research.published GROUP BY name HAVING throwIf(name LIKE '%e%') = 0"],
  ['in two levels', "SELECT * FROM (SELECT * FROM research.published) WHERE throwIf(name LIKE '%e%') = 0"],
  ['in an aggregate', "SELECT sumIf(1, throwIf(name LIKE '%e%') = 0) FROM research.published"],
])('rows that a view leaves out cannot be felt by an error %s', async (_, sql) => {
  for (const view of ['published', 'kept']) {
    const { text } = await door.ask(ADA, sql.replaceAll('published', view))
    expect(text).not.toMatch(/FUNCTION_THROW_IF_VALUE_IS_NON_ZERO/)
    for (const secret of SECRETS) expect(text).not.toContain(secret)
  }
})

test('they could be felt where filters are pushed below a view', async () => {
  const sql = "SELECT * FROM research.kept WHERE throwIf(name LIKE '%e%') = 0"
  expect((await door.ask('default', sql)).text).toMatch(/FUNCTION_THROW_IF_VALUE_IS_NON_ZERO/)
})

test('the engine’s own errors name no database of others', async () => {
  await door.run('CREATE TABLE identity.gone (name String) ENGINE = MergeTree ORDER BY name')
  await door.run('CREATE VIEW research.broken SQL SECURITY NONE AS SELECT name FROM identity.gone')
  await door.run('DROP TABLE identity.gone')
  const { status, text } = await door.ask(ADA, 'SELECT * FROM research.broken')
  await door.run('DROP VIEW research.broken')
  expect(status).toBe(404)
  expect(text).not.toMatch(/identity|gone/)
})

test('while researchers compute as much as they may, the application is answered at once', async () => {
  const stop = new AbortController()
  const slow = 'SELECT sum(cityHash64(number)) FROM numbers(900000000)'
  const busy = [ADA, ADA, ADA, EVE, EVE].map(user =>
    fetch(`${door.url}/`, {
      method: 'POST',
      body: slow,
      headers: { authorization: `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString('base64')}` },
      signal: stop.signal,
    }).catch((error: Error) => error.name),
  )
  await until(async () => Number(await door.run(RUNNING)) >= 4, 'four of them run')
  const fourth = await door.ask(ADA, 'SELECT 1')
  expect([fourth.status, fourth.text]).toEqual([
    503,
    expect.stringMatching(/^Code: 202.*3 of your statements are running/),
  ])
  const times: number[] = []
  for (let n = 0; n < 20; n++) {
    const began = performance.now()
    await door.run('SELECT count() FROM research_a.students')
    times.push(performance.now() - began)
  }
  expect(times.sort((a, b) => a - b)[10]).toBeLessThan(500)
  stop.abort()
  await Promise.all(busy)
  // What its client has left is stopped, not run to its end.
  await until(async () => Number(await door.run(RUNNING)) === 0, 'none of them runs')
  await until(async () => (await readdir(join(door.data, 'engine', 'spool'))).length === 0, 'no result is left')
})

test('a statement of ten thousand casts, or one that comes byte by byte, keeps nobody waiting', async () => {
  let longest = 0
  let last = performance.now()
  const watch = setInterval(() => {
    void door.run('SELECT 1').then(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    })
  }, 20)
  const casts = await door.ask(
    ADA,
    `SELECT ${Array.from({ length: 10_000 }, (_, n) => `1::Int8 AS a${n}`).join(', ')} FORMAT Null`,
  )
  const bytes = await slowly(`SELECT '${'x'.repeat(20_000)}' FORMAT Null`)
  clearInterval(watch)
  expect([casts.status, bytes]).toEqual([200, 200])
  expect(longest).toBeLessThan(2000)
})

/** Sent in pieces of one byte. */
function slowly(text: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(door.url, { method: 'POST', auth: `${ADA}:${PASSWORD}` }, answer => {
      answer.resume().on('end', () => resolve(answer.statusCode))
    }).on('error', reject)
    sent.setNoDelay(true)
    for (const byte of Buffer.from(text)) sent.write(Buffer.of(byte))
    sent.end()
  })
}

const RUNNING =
  "SELECT count() FROM system.processes WHERE query LIKE '%cityHash64(number)%' AND query NOT LIKE '%processes%'"
