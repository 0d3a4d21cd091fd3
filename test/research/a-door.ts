import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changeResearchers, type Researcher } from '../../infra/warehouse/engine/researchers-file.ts'
import { startEngine } from '../../infra/warehouse/engine/start-engine.ts'

export const PASSWORD = 'a password for tests'

export type Answer = { status: number; text: string; bytes: Buffer; headers: Headers }
export type Options = {
  password?: string
  method?: string
  headers?: Record<string, string>
  path?: string
  body?: string | Uint8Array
}

/** An embedded engine with two studies, people beneath a view, and their researchers. */
export type Door = {
  data: string
  url: string
  /** Send a statement as somebody; the rest of the address in `more`. */
  ask(user: string, sql: string | null, more?: Record<string, string>, options?: Options): Promise<Answer>
  /** A statement of the application that has to succeed. */
  run(sql: string): Promise<string>
  /** Ends the engine in good order and starts it again. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Study a, known when the engine started: its researcher has a role of its own. */
export const ADA = 'researcher_a'
/** Study b, admitted while the engine runs. */
export const BEN = 'researcher_b'
/** Of a district whose databases no role was written for: the widest role there is. */
export const EVE = 'researcher_east'

/** What no answer to a researcher of study a may hold: names beneath the view, and a figure of study b. */
export const SECRETS = ['Ada Lovelace', '4711', 'Ben Hidden']

const TABLES = [
  'CREATE DATABASE research',
  'CREATE DATABASE research_a',
  'CREATE DATABASE research_b',
  'CREATE DATABASE east_research_a',
  'CREATE DATABASE identity',
  'CREATE DATABASE homeroom',
  'CREATE TABLE identity.people (name String, visible Bool) ENGINE = MergeTree ORDER BY name',
  "INSERT INTO identity.people VALUES ('Ada Lovelace', false), ('Ben Hidden', false), ('Known', true)",
  'CREATE TABLE homeroom.west_secret (west_column Int32) ENGINE = MergeTree ORDER BY west_column',
  'CREATE VIEW research.published SQL SECURITY NONE AS SELECT name FROM identity.people WHERE visible',
  'CREATE VIEW research.kept DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT name FROM identity.people GROUP BY name HAVING max(visible)',
  ...['research_a', 'east_research_a'].flatMap(database => [
    `CREATE TABLE ${database}.students (person String, minutes Int32) ENGINE = MergeTree ORDER BY person COMMENT 'Of the study'`,
    `INSERT INTO ${database}.students SELECT concat('p', toString(number)), number * 10 FROM numbers(20)`,
  ]),
  'CREATE TABLE research_b.students (person String, minutes Int32) ENGINE = MergeTree ORDER BY person',
  "INSERT INTO research_b.students VALUES ('q1', 4711)",
  'CREATE DICTIONARY homeroom.names (name String, visible Bool) PRIMARY KEY name SOURCE(CLICKHOUSE(TABLE people DB identity)) LAYOUT(COMPLEX_KEY_HASHED()) LIFETIME(0)',
  'CREATE TABLE homeroom.joined (person String, secret String) ENGINE = Join(ANY, LEFT, person)',
  "INSERT INTO homeroom.joined VALUES ('p1', 'Ada Lovelace')",
]

export async function openDoor(): Promise<Door> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-door-'))
  await changeResearchers(data, () => [researcher(ADA, ['research_a', 'research'])])
  let engine = (await startEngine(data, null))!
  const urlOf = () => `http://127.0.0.1:${engine.address.port}`
  const ask: Door['ask'] = async (user, sql, more = {}, options = {}) => {
    const key = options.password ?? (user === 'default' ? engine.address.password : PASSWORD)
    const authorization = `Basic ${Buffer.from(`${user}:${key}`).toString('base64')}`
    const body = options.method === 'GET' ? undefined : ((options.body ?? sql) as string)
    const address = `${urlOf()}${options.path ?? '/'}?${new URLSearchParams(more).toString()}`
    const answer = await fetch(address, {
      method: options.method ?? 'POST',
      headers: { authorization, ...options.headers },
      body,
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    return { status: answer.status, text: bytes.toString(), bytes, headers: answer.headers }
  }
  const run = async (sql: string): Promise<string> => {
    const { status, text } = await ask('default', sql)
    if (status !== 200) throw new Error(`${sql}: ${text}`)
    return text
  }
  for (const statement of TABLES) await run(statement)
  await changeResearchers(data, before => [
    ...before,
    researcher(BEN, ['research_b', 'research']),
    researcher(EVE, ['east_research_a']),
    { ...researcher('researcher_late', ['research_a']), expiresAt: '2020-01-01T00:00:00.000Z' },
  ])
  const stop = async () => {
    await engine.stop()
    await rm(data, { recursive: true, force: true })
  }
  const restart = async () => {
    await engine.stop()
    engine = (await startEngine(data, null))!
  }
  return {
    data,
    get url() {
      return urlOf()
    },
    ask,
    run,
    restart,
    stop,
  }
}

export function researcher(user: string, databases: string[]): Researcher {
  const secretHash = createHash('sha256').update(PASSWORD).digest('hex')
  return { user, secretHash, databases, expiresAt: '2099-01-01T00:00:00.000Z' }
}
