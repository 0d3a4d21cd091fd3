import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { brotliCompressSync, gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { clickhouseServer } from '../helpers/clickhouse-server.ts'
import { until } from '../helpers/until.ts'
import { freshConfig, freshWarehouse } from '../helpers/warehouse.ts'

const server = await clickhouseServer()
const backends: { name: string; clickhouse: string | null }[] = [
  { name: 'embedded engine', clickhouse: null },
  ...('url' in server ? [{ name: 'ClickHouse server', clickhouse: server.url }] : []),
]
test.each('url' in server ? [] : [server.unavailable])('on a ClickHouse server: unavailable here, %s', reason => {
  console.info(`The warehouse contract on a ClickHouse server: unavailable here, ${reason}`)
  expect(backends).toHaveLength(1)
})
afterAll(() => ('stop' in server ? server.stop() : undefined))

describe.each(backends)('$name', ({ clickhouse }) => {
  let warehouse: Warehouse
  let client: ClickHouseClient

  beforeAll(async () => {
    warehouse = await freshWarehouse({ migrated: false, ...(clickhouse ? { clickhouse } : {}) })
    client = createClient({
      url: warehouse.url,
      database: warehouse.database,
      log: { level: ClickHouseLogLevel.OFF },
      compression: { request: true, response: true },
    })
    await warehouse.command('CREATE TABLE pairs (a UInt64, s String) ENGINE = MergeTree ORDER BY a')
  })
  afterAll(() => client.close())

  /** One HTTP request as curl would send it. */
  async function http(
    ask: Record<string, string>,
    body?: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
    method = body === undefined ? 'GET' : 'POST',
  ): Promise<Response> {
    const { origin, username, password } = new URL(warehouse.url)
    const authorization = `Basic ${btoa(`${username}:${decodeURIComponent(password)}`)}`
    const address = `${origin}/?${new URLSearchParams({ database: warehouse.database, ...ask }).toString()}`
    return await fetch(address, {
      method,
      headers: { authorization, ...headers },
      ...(body === undefined ? {} : { body }),
    })
  }

  const texts = [
    "it's",
    'a\nb',
    'a\tb',
    'back\\slash',
    '"`{}',
    '\n\n; DROP TABLE pairs',
    'ü😀',
    '',
    String.raw`\N`,
    '--',
    '/* */',
  ]
  test('parameters come back as they were, whatever they contain', async () => {
    for (const text of texts)
      expect(await warehouse.query('SELECT {text:String} AS text', { text })).toEqual([{ text }])
    expect(await warehouse.query('SELECT {texts:Array(String)} AS texts', { texts })).toEqual([{ texts }])
    const query =
      'SELECT {day:Date} AS day, {n:UInt64} AS n, {none:Nullable(String)} AS none, {map:Map(String, UInt8)} AS map'
    const params = { day: '2026-03-02', n: '18446744073709551615', none: null, map: { "k'": 1 } }
    expect(await warehouse.query(query, params)).toEqual([params])
  })

  test('the identity database is a parameter of every statement', async () => {
    await warehouse.command('CREATE TABLE {identity:Identifier}.found (a UInt8) ENGINE = MergeTree ORDER BY a')
    await warehouse.insert(`${warehouse.identity}.found`, [{ a: 1 }])
    expect(await warehouse.query('SELECT a FROM {identity:Identifier}.found')).toEqual([{ a: 1 }])
    expect(warehouse.identity).not.toBe(warehouse.database)
  })

  test('parameters longer than any address are taken', async () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => `student-${i}`)
    const [row] = await warehouse.query<{ n: number }>('SELECT toUInt32(length({ids:Array(String)})) AS n', { ids })
    expect(row).toEqual({ n: 20_000 })
  })

  test('64-bit integers are text, so that none is rounded', async () => {
    expect(await warehouse.query('SELECT toUInt64(18446744073709551615) AS n')).toEqual([{ n: '18446744073709551615' }])
  })

  test('settings hold for their statement only', async () => {
    const query = "SELECT toString(getSetting('max_block_size')) AS n"
    const [before] = await warehouse.query<{ n: string }>(query)
    expect(await warehouse.query(query, {}, { max_block_size: 1234 })).toEqual([{ n: '1234' }])
    expect(await warehouse.query(query)).toEqual([before])
  })

  test('eight statements run side by side', async () => {
    const started = performance.now()
    await Promise.all(Array.from({ length: 8 }, () => warehouse.query('SELECT sleep(1)')))
    expect(performance.now() - started).toBeLessThan(4000)
  })

  test('blank lines and SQL in inserted data are data', async () => {
    const hostile = 'a\n\n; DROP TABLE pairs'
    await warehouse.insert('pairs', [{ a: 1, s: hostile }])
    await client.insert({
      table: 'pairs',
      format: 'CSV',
      values: Readable.from([`2,"${hostile}"\n`], { objectMode: false }),
    })
    expect((await http({}, `INSERT INTO pairs VALUES (3, '${hostile}')`)).status).toBe(200)
    expect(
      (await http({ query: 'INSERT INTO pairs FORMAT TSV' }, `4\t${hostile.replaceAll('\n', '\\n')}\n`)).status,
    ).toBe(200)
    expect(
      (await http({}, `INSERT INTO pairs (s, a) FORMAT JSONEachRow\n${JSON.stringify({ a: 5, s: hostile })}`)).status,
    ).toBe(200)
    await warehouse.command('INSERT INTO pairs VALUES ({a:UInt64}, {s:String})', { a: 6, s: hostile })
    await warehouse.command('INSERT INTO pairs (a, s) SELECT 7, {s:String}', { s: hostile })
    const stored = await warehouse.query('SELECT toUInt32(a) AS a, s FROM pairs WHERE a BETWEEN 1 AND 7 ORDER BY a')
    expect(stored).toEqual([1, 2, 3, 4, 5, 6, 7].map(a => ({ a, s: hostile })))
  })

  test('any bytes survive RowBinary in and out', async () => {
    await warehouse.command('CREATE TABLE bytes (i UInt32, b FixedString(64)) ENGINE = MergeTree ORDER BY i')
    const given = Array.from({ length: 500 }, (_, i) =>
      Buffer.concat([uint32(i), i === 0 ? Buffer.from('\n\n;'.padEnd(64, '\0')) : randomBytes(64)]),
    )
    const inserted = await http({ query: 'INSERT INTO bytes FORMAT RowBinary' }, new Uint8Array(Buffer.concat(given)))
    expect(inserted.status).toBe(200)
    expect(JSON.parse(inserted.headers.get('x-clickhouse-summary')!)).toMatchObject({ written_rows: '500' })
    const read = await http({ query: 'SELECT i, b FROM bytes ORDER BY i', default_format: 'RowBinary' })
    expect(Buffer.from(await read.arrayBuffer()).equals(Buffer.concat(given))).toBe(true)
  })

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('a body compressed with %s is taken', async (encoding, compress) => {
    const body = new Uint8Array(compress(Buffer.from('{"a":100,"s":"x"}\n'.repeat(1000))))
    const answer = await http({ query: 'INSERT INTO pairs FORMAT JSONEachRow' }, body, { 'content-encoding': encoding })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    expect(await warehouse.query('SELECT toUInt32(count()) AS n FROM pairs WHERE a = 100')).toEqual([{ n: 1000 }])
    await warehouse.command('ALTER TABLE pairs DELETE WHERE a = 100', {}, { mutations_sync: 2 })
  })

  test('LZ4 frames, as Python clients send them, are taken', async () => {
    // Python's lz4.frame.compress of: INSERT INTO pairs FORMAT JSONEachRow, and three times {"a":300,"s":"lz4"}.
    const frame =
      'BCJNGGhAYQAAAAAAAABDQwAAAP8pSU5TRVJUIElOVE8gcGFpcnMgRk9STUFUIEpTT05FYWNoUm93CnsiYSI6MzAwLCJzIjoibHo0In0UABFQejQifQoAAAAA'
    const body = new Uint8Array(Buffer.from(frame, 'base64'))
    expect((await http({}, body, { 'content-encoding': 'lz4' })).status).toBe(200)
    expect(await warehouse.query('SELECT toUInt32(count()) AS n FROM pairs WHERE a = 300')).toEqual([{ n: 3 }])
  })

  test('an unknown compression and a broken body are refused', async () => {
    const insert = { query: 'INSERT INTO pairs FORMAT JSONEachRow' }
    const unknown = await http(insert, 'x', { 'content-encoding': 'x-nothing' })
    expect(unknown.headers.get('x-clickhouse-exception-code')).toMatch(/^\d+$/)
    const broken = await http(insert, 'not gzip', { 'content-encoding': 'gzip' })
    expect(broken.status).toBeGreaterThanOrEqual(400)
    expect((await client.ping()).success).toBe(true)
  })

  test('a statement in a compressed body is run, an answer is compressed on request only', async () => {
    const body = new Uint8Array(gzipSync("SELECT repeat('x', 100000) AS x FORMAT TSV"))
    const plain = await http({}, body, { 'content-encoding': 'gzip', 'accept-encoding': 'gzip' })
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect((await plain.text()).length).toBe(100_001)
    const { rows } = (await (await client.query({ query: 'SELECT number FROM numbers(1000)' })).json()) as {
      rows: number
    }
    expect(rows).toBe(1000)
    const raw = await rawGzip(warehouse, "SELECT repeat('x', 100000) FORMAT TSV")
    expect(raw.encoding).toBe('gzip')
    expect(raw.bytes.length).toBeLessThan(10_000)
    expect(gunzipSync(raw.bytes).length).toBe(100_001)
  })

  test('a body larger than any buffer is stored whole', async () => {
    await warehouse.command('CREATE TABLE large (a UInt64, s String) ENGINE = MergeTree ORDER BY a')
    const line = (i: number) => `${i},"${'x'.repeat(80)}"\n`
    const blocks = function* () {
      for (let block = 0; block < 300; block++)
        yield Array.from({ length: 1000 }, (_, i) => line(1000 * block + i)).join('')
    }
    const { summary } = await client.insert({
      table: 'large',
      format: 'CSV',
      values: Readable.from(blocks(), { objectMode: false }),
    })
    expect(summary?.written_rows).toBe('300000')
    expect(await warehouse.query('SELECT toUInt32(uniqExact(a)) AS n, min(length(s)) AS l FROM large')).toEqual([
      { n: 300_000, l: '80' },
    ])
  })

  test('an insert of nothing stores nothing and is no error', async () => {
    await warehouse.insert('pairs', [])
    expect((await http({ query: 'INSERT INTO pairs FORMAT JSONEachRow' }, '')).status).toBe(200)
  })

  test.each([
    ['an unknown table', 'SELECT * FROM nope', 60, 404],
    ['wrong syntax', 'SELECT FROM WHERE', 62, 400],
    ['an unknown column', 'SELECT nope FROM pairs', 47, 404],
    ['a number that is none', "SELECT toUInt8('x')", 6, 400],
    ['an unknown function', 'SELECT nope(1)', 46, 404],
    ['an expression that is no statement', '1 + 1', 62, 400],
    ['two statements', 'SELECT 1; DROP TABLE pairs', 62, 400],
    ['an error under way', "SELECT throwIf(number = 3, 'three') FROM numbers(5)", 395, 500],
  ])('%s is refused with the number and the status of ClickHouse', async (_, query, number, status) => {
    const answer = await http({ wait_end_of_query: '1' }, query)
    expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([status, String(number)])
    expect(await answer.text()).toMatch(new RegExp(`^Code: ${number}\\. DB::Exception: [\\s\\S]* \\([A-Z_]+\\)`))
    await expect(client.query({ query })).rejects.toMatchObject({ code: String(number) })
  })

  test('a refused insert says which row, and stores nothing', async () => {
    const body = '{"a":200,"s":"x"}\n{"a":"two hundred","s":"x"}\n'
    const answer = await http({ query: 'INSERT INTO pairs FORMAT JSONEachRow' }, body)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('at row 2')
    expect(await warehouse.query('SELECT a FROM pairs WHERE a = 200')).toEqual([])
  })

  test('an unknown setting is refused', async () => {
    await expect(warehouse.query('SELECT 1', {}, { no_such_setting: 1 })).rejects.toMatchObject({
      cause: { code: '115' },
    })
  })

  test('refusals are errors of ours with the statement, the number and the cause', async () => {
    await expect(warehouse.query('SELECT * FROM nope')).rejects.toMatchObject({
      code: 'WAREHOUSE_REFUSED',
      message: expect.stringMatching(/^SELECT \* FROM nope: ClickHouse 60 UNKNOWN_TABLE: /),
      cause: { code: '60' },
    })
  })

  test('a wrong password is refused', async () => {
    const answer = await http({ query: 'SELECT 1' }, undefined, { authorization: `Basic ${btoa('default:wrong')}` })
    expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([403, '516'])
  })

  test('ping answers without a password', async () => {
    const { origin } = new URL(warehouse.url)
    expect(await (await fetch(`${origin}/ping`)).text()).toBe('Ok.\n')
    expect((await client.ping()).success).toBe(true)
  })

  test('a GET request changes nothing', async () => {
    const answer = await http({ query: 'DROP TABLE pairs' })
    expect(answer.headers.get('x-clickhouse-exception-code')).toBe('164')
    expect(
      await warehouse.query("SELECT name FROM system.tables WHERE database = currentDatabase() AND name = 'pairs'"),
    ).toHaveLength(1)
  })

  test('the query id, the format and the type of the answer stand in its head', async () => {
    const answer = await http({
      query: 'SELECT 1 AS one',
      default_format: 'JSON',
      query_id: `id-${warehouse.database}`,
    })
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-clickhouse-query-id': `id-${warehouse.database}`,
      'x-clickhouse-format': 'JSON',
      'content-type': 'application/json; charset=UTF-8',
    })
    expect(await answer.json()).toMatchObject({ data: [{ one: 1 }] })
    const named = await http({}, 'SELECT 1 FORMAT TSV -- FORMAT JSON')
    expect(named.headers.get('x-clickhouse-format')).toBe('TSV')
  })

  test('an aborted query stops in the engine', async () => {
    const mark = `aborted ${warehouse.database}`
    const running =
      "SELECT toUInt32(count()) AS n FROM system.processes WHERE position(query, {mark:String}) > 0 AND query NOT LIKE '%system.processes%'"
    const count = async () => (await warehouse.query<{ n: number }>(running, { mark }))[0]!.n
    const abort = new AbortController()
    const query = `SELECT max(sipHash64(number)) FROM numbers(1000000000000) /* ${mark} */`
    const result = client.query({ query, abort_signal: abort.signal }).then(
      () => 'answered',
      () => 'aborted',
    )
    await until(async () => (await count()) === 1, 'the query is listed')
    abort.abort()
    expect(await result).toBe('aborted')
    await until(async () => (await count()) === 0, 'the query is gone')
  })

  test('a district is created where it is missing, and a second one is apart', async () => {
    const config = { ...freshConfig(), clickhouse }
    const other = await openWarehouse(config)
    try {
      expect(await other.query('SHOW TABLES')).toEqual([])
      expect(other.identity).toBe(`${config.district}_identity`)
    } finally {
      for (const database of [other.identity, other.database])
        await other.command('DROP DATABASE {database:Identifier} SYNC', { database })
      await other.close()
    }
  })
})

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** fetch inflates by itself; this does not. */
async function rawGzip(warehouse: Warehouse, query: string): Promise<{ encoding: string | undefined; bytes: Buffer }> {
  const { request } = await import('node:http')
  const url = new URL(warehouse.url)
  const options = {
    host: url.hostname,
    port: url.port,
    auth: `${url.username}:${url.password}`,
    headers: { 'accept-encoding': 'gzip' },
  }
  const path = `/?${new URLSearchParams({ query, enable_http_compression: '1' }).toString()}`
  return await new Promise((resolve, reject) => {
    request({ ...options, path }, answer => {
      Array.fromAsync<Buffer>(answer).then(
        chunks => resolve({ encoding: answer.headers['content-encoding'], bytes: Buffer.concat(chunks) }),
        reject,
      )
    })
      .on('error', reject)
      .end()
  })
}
