import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { exception, fromNative } from './exception.ts'
import type { Connection, Native, NativeResult } from './native.ts'

/** One statement with all that belongs to it. `params` are `param_x` with values in ClickHouse's escaped form. */
export type Statement = {
  sql: string
  format: string
  database: string | null
  settings: readonly (readonly [string, string])[]
  params: readonly (readonly [string, string])[]
  readonly: boolean
}

const KILL_AGAIN_MS = 200
/** Characters; longer parameters would pass max_query_size, 256 KiB by default, which a server does not count them in. */
const LONG_SETTINGS = 64_000

/**
 * Runs a statement in a session of its own: settings, parameters and database cannot leak, and statements run side by side.
 * @throws Exception with ClickHouse's number; 394 if the signal was aborted, in which case the engine has stopped it
 */
export async function runInSession(
  native: Native,
  directory: string,
  statement: Statement,
  signal: AbortSignal,
): Promise<NativeResult> {
  const mark = `/*${randomUUID()}*/`
  const ended = new AbortController()
  let killing: Promise<void> | undefined
  const kill = () => {
    killing = killUntil(ended.signal, native, directory, mark)
  }
  try {
    return await withConnection(native, directory, async connection => {
      await prepare(native, connection, statement)
      if (signal.aborted) throw cancelled()
      signal.addEventListener('abort', kill, { once: true })
      return await native.QueryAsyncConnection(connection, `${mark} ${statement.sql}`, statement.format)
    })
  } catch (error) {
    throw signal.aborted ? cancelled() : fromNative(error)
  } finally {
    signal.removeEventListener('abort', kill)
    ended.abort()
    await killing
  }
}

export function cancelled() {
  return exception(394, 'QUERY_WAS_CANCELLED', 'Query was cancelled')
}

async function prepare(native: Native, connection: Connection, statement: Statement): Promise<void> {
  const run = (sql: string) => native.QueryAsyncConnection(connection, sql, 'Null')
  const pairs = [
    // Without this, any text that is an expression would be a SELECT.
    ['implicit_select', '0'] as const,
    ...statement.settings,
    ...statement.params,
    ...(statement.readonly ? [['readonly', '2'] as const] : []),
  ]
  const settings = `SET ${pairs.map(([name, value]) => assignment(name, value)).join(', ')}`
  if (statement.database) await run(`USE ${quoted(statement.database, '`')}`)
  if (settings.length > LONG_SETTINGS) await run(`SET max_query_size = ${2 * settings.length}`)
  await run(settings)
}

/**
 * KILL QUERY again and again: the statement may not have reached the list of processes yet, and a KILL that failed has the
 * next one behind it. ASYNC: waiting for the end of the statement (SYNC) hangs in chdb.
 */
async function killUntil(ended: AbortSignal, native: Native, directory: string, mark: string): Promise<void> {
  const sql = `KILL QUERY WHERE startsWith(query, '${mark}') ASYNC`
  while (!ended.aborted) {
    const kill = withConnection(native, directory, connection => native.QueryAsyncConnection(connection, sql, 'Null'))
    await kill.catch(() => undefined)
    await delay(KILL_AGAIN_MS, undefined, { signal: ended }).catch(() => undefined)
  }
}

async function withConnection<T>(
  native: Native,
  directory: string,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = native.CreateConnection(directory)
  try {
    return await use(connection)
  } finally {
    native.CloseConnection(connection)
  }
}

function assignment(name: string, value: string): string {
  if (/^\w+$/.test(name)) return `${name} = ${quoted(value, "'")}`
  throw exception(
    115,
    'UNKNOWN_SETTING',
    `Setting ${JSON.stringify(name)} is neither a builtin setting nor started with a known prefix`,
  )
}

function quoted(text: string, quote: string): string {
  return quote + text.replace(/[\\'`]/g, '\\$&') + quote
}
