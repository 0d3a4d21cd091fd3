import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createClient, ClickHouseLogLevel } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { researchPython } from '../helpers/research-python.ts'
import { ADA, openDoor, PASSWORD, type Door } from './a-door.ts'

const run = promisify(execFile)
const CLIENTS = fileURLToPath(new URL('clients.py', import.meta.url))

let door: Door
let folder: string
beforeAll(async () => {
  door = await openDoor()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-clients-'))
})
afterAll(async () => {
  await door.stop()
  await rm(folder, { recursive: true, force: true })
})

const curl = async (...args: string[]): Promise<string> =>
  (await run('curl', ['--silent', '--user', `${ADA}:${PASSWORD}`, ...args])).stdout

test('curl reads CSV, packed on the way, and a Parquet file', async () => {
  const sql = 'SELECT person, minutes FROM students ORDER BY minutes LIMIT 2 FORMAT CSVWithNames'
  const csv = '"person","minutes"\n"p0",0\n"p1",10\n'
  expect(await curl(`${door.url}/`, '--data-binary', sql)).toBe(csv)
  expect(await curl('--compressed', `${door.url}/?enable_http_compression=1`, '--data-binary', sql)).toBe(csv)
  expect(await curl('--get', `${door.url}/`, '--data-urlencode', `query=${sql}`)).toBe(csv)
  const file = join(folder, 'curl.parquet')
  await curl(
    '--output',
    file,
    `${door.url}/?database=research_a`,
    '--data-binary',
    'SELECT * FROM students FORMAT Parquet',
  )
  const bytes = await readFile(file)
  expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1'])
})

test('@clickhouse/client pings, queries with parameters, streams rows, and is refused an insert', async () => {
  const client = createClient({
    url: door.url,
    username: ADA,
    password: PASSWORD,
    compression: { request: true, response: true },
    log: { level: ClickHouseLogLevel.OFF },
  })
  expect(await client.ping()).toEqual({ success: true })
  expect(await client.ping({ select: true })).toEqual({ success: true })
  const query = 'SELECT * FROM students WHERE minutes < {most:Int32} ORDER BY minutes'
  const result = await client.query({ query, query_params: { most: 20 }, format: 'JSONEachRow' })
  expect(await result.json()).toEqual([
    { person: 'p0', minutes: 0 },
    { person: 'p1', minutes: 10 },
  ])
  let rows = 0
  const many = await client.query({ query: 'SELECT number FROM numbers(100000)', format: 'JSONCompactEachRow' })
  for await (const some of many.stream()) rows += some.length
  expect(rows).toBe(100_000)
  const insert = client.insert({ table: 'students', values: [{ person: 'x', minutes: 1 }], format: 'JSONEachRow' })
  await expect(insert).rejects.toMatchObject({ code: '164', type: 'READONLY' })
  await client.close()
})

test('Python: clickhouse-connect with its defaults, pandas and DuckDB', async () => {
  const { hostname, port } = new URL(door.url)
  const { stdout } = await run(await researchPython(), [CLIENTS, hostname, port, ADA, PASSWORD, folder])
  expect(JSON.parse(stdout)).toEqual({
    query: [
      ['p0', 0],
      ['p1', 10],
    ],
    parameters: [[40]],
    command: 20,
    query_df: 1900,
    query_arrow: 20,
    arrow_types: ['string', 'int32'],
    query_np: 1900,
    tables: [['students']],
    columns: [
      ['person', 'String'],
      ['minutes', 'Int32'],
    ],
    many: 499_999_500_000,
    pandas: 1900,
    duckdb: [1900, 20],
    stream: 20,
    packed: { lz4: [[1900]], zstd: [[1900]], gzip: [[1900]] },
    others: expect.stringContaining('Table "identity.people" is refused or unknown'),
    insert: expect.stringContaining('a researcher writes nothing'),
    'no limit': expect.stringContaining('limits may be made narrower only'),
  })
}, 300_000)

test('R reads a data frame by HTTP, without a package', async ({ annotate }) => {
  const script = `
    credentials <- c(Authorization = "Basic ${Buffer.from(`${ADA}:${PASSWORD}`).toString('base64')}")
    ask <- function(sql) read.csv(url(paste0("${door.url}/?query=", utils::URLencode(sql, reserved = TRUE)), headers = credentials))
    students <- ask("SELECT person, minutes FROM students FORMAT CSVWithNames")
    cat(nrow(students), sum(students$minutes))`
  const r = await run('Rscript', ['-e', script]).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return null
  })
  if (r === null) return void (await annotate('unavailable: there is no Rscript on this machine'))
  expect(r.stdout).toBe('20 1900')
})
