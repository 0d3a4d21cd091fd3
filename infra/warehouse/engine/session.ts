import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Exception, exception, fromNative } from './exception.ts'
import type { Connection, Native, NativeResult } from './native.ts'

/** What a statement runs under. `params` are `param_x` with values in ClickHouse's escaped form. */
export type Session = {
  database: string | null
  settings: readonly (readonly [string, string])[]
  params: readonly (readonly [string, string])[]
  /** Of roles.ts; not given: all of them. */
  roles?: readonly string[]
}

/** One statement with all that belongs to it. */
export type Statement = Session & { sql: string; format: string; readonly: boolean }

/** Runs a statement in the session; for the time of the callback that it was given to. */
export type Ask = (sql: string, format: string) => Promise<NativeResult>
/** How chdb's parser classifies a text: how many statements, and whether they only read (0). */
export type Classify = (sql: string) => Promise<{ statementCount: number; queryClass: number }>

const KILL_AGAIN_MS = 200
/** Characters; longer parameters would pass max_query_size, 256 KiB by default, which a server does not count them in. */
const LONG_SETTINGS = 64_000

/**
 * Runs a statement in a session of its own: settings, parameters and database cannot leak, and statements run side by side.
 * @throws Exception with ClickHouse's number; 394 if the signal was aborted, in which case the engine has stopped it
 */
export function runInSession(
  native: Native,
  directory: string,
  { sql, format, readonly, settings, ...session }: Statement,
  signal: AbortSignal,
): Promise<NativeResult> {
  const all = readonly ? [...settings, ['readonly', '2'] as const] : settings
  return inSession(native, directory, { ...session, settings: all }, signal, ask => ask(sql, format))
}

/** As `runInSession`, for several statements, one after the other. */
export async function inSession<T>(
  native: Native,
  directory: string,
  session: Session,
  signal: AbortSignal,
  use: (ask: Ask, classify: Classify) => Promise<T>,
): Promise<T> {
  const mark = `/*${randomUUID()}*/`
  const ended = new AbortController()
  let killing: Promise<void> | undefined
  const kill = () => {
    killing = killUntil(ended.signal, native, directory, mark)
  }
  try {
    return await withConnection(native, directory, async connection => {
      await prepare(native, connection, session)
      if (signal.aborted) throw cancelled()
      signal.addEventListener('abort', kill, { once: true })
      const ask: Ask = (sql, format) => native.QueryAsyncConnection(connection, `${mark} ${sql}`, format)
      return await use(ask, sql => native.DurableClassifyAsync(connection, sql, null))
    })
  } catch (error) {
    if (!signal.aborted) throw error instanceof Exception ? error : fromNative(error)
    throw signal.reason instanceof Exception ? signal.reason : cancelled()
  } finally {
    signal.removeEventListener('abort', kill)
    ended.abort()
    await killing
  }
}

export function cancelled() {
  return exception(394, 'QUERY_WAS_CANCELLED', 'Query was cancelled')
}

async function prepare(native: Native, connection: Connection, session: Session): Promise<void> {
  const run = (sql: string) => native.QueryAsyncConnection(connection, sql, 'Null')
  const pairs = [
    // Without this, any text that is an expression would be a SELECT.
    ['implicit_select', '0'] as const,
    ...session.params,
    ...session.settings,
  ]
  const settings = `SET ${pairs.map(([name, value]) => assignment(name, value)).join(', ')}`
  if (session.database) await run(`USE ${quoted(session.database, '`')}`)
  if (settings.length > LONG_SETTINGS) await run(`SET max_query_size = ${2 * settings.length}`)
  await run(settings)
  if (session.roles) await run(`SET ROLE ${session.roles.join(', ')}`)
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
