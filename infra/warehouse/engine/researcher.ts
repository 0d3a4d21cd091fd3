import { randomUUID } from 'node:crypto'
import { rm, stat } from 'node:fs/promises'
import { allowedFunctions, type EngineFunction, type MayCall } from './allowed-functions.ts'
import { Exception, exception, fromNative } from './exception.ts'
import { judge, refusedStates, type Bounds } from './gate.ts'
import { catalogueStatement } from './catalogue-statement.ts'
import { allowedFormat, askedSettings, LIMITS, sessionSettings } from './research-limits.ts'
import { rolesFor } from './roles.ts'
import type { Researcher } from './researchers-file.ts'
import type { Ask, Classify, Session } from './session.ts'
import { cutTail, onlyStatement } from './statement-text.ts'
import { takeTurns, type Store } from './store.ts'
import { keyword, tokens } from '../sql-text.ts'

/** A researcher's statement as it came. */
export type Question = Session & {
  sql: string
  format: string
  /** What the result is packed with; one of the engine's own methods. */
  compression: 'none' | 'gzip' | 'zstd' | 'br' | 'lz4'
}

/** A result in a file, which whoever sends it removes. */
export type ResultFile = { path: string; format: string; bytes: number; rowsRead: number; bytesRead: number }

/** The engine as researchers may use it. */
export type ResearchDoor = (researcher: Researcher, question: Question, signal: AbortSignal) => Promise<ResultFile>

const WATCH_MS = 200
/** What the engine's own time limit does not end, because it looks between two blocks only, is stopped after this. */
const GRACE_SECONDS = 5

/**
 * @param spool folder for results: they are written as they come, whatever their size, and sent when whole, so that an error
 *   is an error from the first byte
 * @param known databases that have a role of their own
 */
export function researchDoor(store: Store, spool: string, known: ReadonlySet<string>): ResearchDoor {
  const turns = takeTurns(LIMITS.of_all)
  const running = new Map<string, number>()
  let functions: Promise<MayCall> | undefined

  return async (researcher, question, signal) => {
    const { user } = researcher
    const now = running.get(user) ?? 0
    if (now >= LIMITS.of_one_user) throw tooMany(now)
    running.set(user, now + 1)
    const path = `${spool}/${randomUUID()}`
    try {
      functions ??= functionsOf(store)
      const mayCall = await functions.catch((error: unknown) => {
        functions = undefined
        throw error
      })
      const bounds = { databases: researcher.databases, existing: await databasesOf(store), mayCall }
      const session = sessionOf(researcher, question, known)
      return await turns(() =>
        withinLimits(path, signal, stop =>
          store.use(session, stop, (ask, classify) => answer(question, bounds, path, ask, classify)),
        ),
      ).catch((error: unknown) => {
        throw cleaned(error, bounds)
      })
    } catch (error) {
      await rm(path, { force: true })
      throw error
    } finally {
      const left = running.get(user)! - 1
      if (left > 0) running.set(user, left)
      else running.delete(user)
    }
  }
}

async function answer(
  question: Question,
  bounds: Bounds,
  path: string,
  ask: Ask,
  classify: Classify,
): Promise<ResultFile> {
  const text = onlyStatement(question.sql)
  await refuseOthers(text, classify)
  const { body, format, settings } = cutTail(text)
  refuseOddNames(text, question.params)
  for (const [name, value] of askedSettings(settings)) await ask(`SET ${name} = '${value}'`, 'Null')
  const about = catalogueStatement(body, bounds.databases, question.database!)
  if (!about) {
    // What the parser of gate 1 does not take, the engine says an error about; or else it is not to be trusted.
    if (!(await refuseOthers(body, classify))) await refuseUnparsed(body, ask)
    if (!/^(SELECT|WITH|FROM|\()$/.test(firstWord(body))) throw notSelect()
    await judge(body, bounds, async sql => (await ask(sql, 'TSVRaw')).bytes.toString())
  }
  const named = allowedFormat(format ?? question.format)
  // clickhouse-connect sets what system.settings calls changeable, and under readonly = 1 that is nothing.
  await ask(`SET readonly = ${/\bsystem\s*\.\s*settings\b/i.test(body) ? 2 : 1}`, 'Null')
  const into = `INTO OUTFILE '${path}' COMPRESSION '${question.compression}' FORMAT ${named}`
  const { rowsRead, bytesRead } = await ask(`${about ?? body}\n${into}`, 'Null')
  return { path, format: named, bytes: (await stat(path)).size, rowsRead, bytesRead }
}

/**
 * Gate 1: the engine's parser says that it is one statement, and that it only reads.
 * @returns false if that parser does not take it for a statement at all
 */
async function refuseOthers(text: string, classify: Classify): Promise<boolean> {
  if (/aggregatefunction/i.test(text)) throw refusedStates()
  const { statementCount, queryClass } = await classify(text)
  if (statementCount > 1) throw exception(62, 'SYNTAX_ERROR', 'Several statements are refused: send them one by one')
  if (statementCount === 1 && queryClass !== 0) throw notSelect()
  return statementCount === 1
}

/** By the engine's own sentence about the syntax, where it has one. */
async function refuseUnparsed(text: string, ask: Ask): Promise<never> {
  await ask(`EXPLAIN AST ${text}`, 'Null')
  throw notSelect()
}

/** A name over several lines would draw lines of its own into what gate 2 reads. */
function refuseOddNames(text: string, params: Session['params']): void {
  const names = [...tokens(text)]
    .filter(token => token.kind !== 'string')
    .map(token => text.slice(token.start, token.end))
    .filter(name => /^["`“]/.test(name))
  const odd =
    names.some(name => /[\\\p{Cc}“]/u.test(name)) ||
    params.some(([, value]) => /\\[^'\\]|\p{Cc}/u.test(value) && /identifier/i.test(text))
  if (odd) throw exception(62, 'SYNTAX_ERROR', 'Names with line breaks, backslashes or typographic quotes are refused')
}

function notSelect() {
  return exception(
    164,
    'READONLY',
    'The statement is refused: a researcher may SELECT, SHOW DATABASES, SHOW TABLES [FROM …], DESCRIBE TABLE … and EXISTS TABLE …, and nothing else',
  )
}

function sessionOf(researcher: Researcher, question: Question, known: ReadonlySet<string>): Session {
  const { database, settings, params } = question
  if (database === null || !researcher.databases.includes(database)) {
    throw exception(
      497,
      'ACCESS_DENIED',
      `The database asked for is refused or unknown: you may read ${researcher.databases.join(', ')}`,
    )
  }
  return { database, params, settings: sessionSettings(askedSettings(settings)), roles: rolesFor(researcher, known) }
}

/** Stops a statement that goes on past the limit of time, or whose result grows past that of bytes. */
async function withinLimits<T>(path: string, signal: AbortSignal, work: (stop: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const late = setTimeout(() => stop.abort(tooLong()), (LIMITS.seconds + GRACE_SECONDS) * 1000)
  const watch = setInterval(() => {
    void stat(path).then(
      ({ size }) => size > LIMITS.result_bytes && stop.abort(tooLarge()),
      () => undefined,
    )
  }, WATCH_MS)
  try {
    return await work(AbortSignal.any([signal, stop.signal]))
  } finally {
    clearTimeout(late)
    clearInterval(watch)
  }
}

const tooLong = () =>
  exception(
    159,
    'TIMEOUT_EXCEEDED',
    `The statement ran longer than ${LIMITS.seconds} s and was stopped: read fewer rows, or aggregate`,
  )
const tooLarge = () =>
  exception(
    396,
    'TOO_MANY_ROWS_OR_BYTES',
    `The result is larger than ${LIMITS.result_bytes} bytes: aggregate, or ask for a part of it`,
  )
const tooMany = (now: number) =>
  exception(
    202,
    'TOO_MANY_SIMULTANEOUS_QUERIES',
    `${now} of your statements are running, as many as may at once: wait until one has ended`,
  )

/** The engine's errors without the names of databases that are none of the researcher's business. */
function cleaned(error: unknown, { databases, existing }: Bounds): Error {
  const native = error instanceof Exception ? error : fromNative(error)
  // Those without a cause are our own, and name what the researcher wrote.
  if (native.cause === undefined) return native
  const others = [...existing].filter(name => !databases.includes(name) && name !== 'system' && name !== 'default')
  native.message = others.reduce(
    (text, name) => text.replace(new RegExp(`(?<!\\w)${name.replace(/\W/g, '\\$&')}(?!\\w)(\`?\\.\\S+)?`, 'g'), '[…]'),
    native.message,
  )
  return native
}

async function functionsOf(store: Store): Promise<MayCall> {
  const sql = 'SELECT name, is_aggregate, case_insensitive, alias_to, origin, categories FROM system.functions'
  const rows = await rowsOf<EngineFunction>(store, sql)
  return allowedFunctions(rows)
}

async function databasesOf(store: Store): Promise<ReadonlySet<string>> {
  const rows = await rowsOf<{ name: string }>(store, 'SELECT name FROM system.databases')
  return new Set(rows.map(row => row.name))
}

async function rowsOf<T>(store: Store, sql: string): Promise<T[]> {
  const statement = { sql, format: 'JSON', database: null, settings: [], params: [], readonly: true }
  const { bytes } = await store.run(statement, new AbortController().signal)
  return (JSON.parse(bytes.toString()) as { data: T[] }).data
}

function firstWord(text: string): string {
  const first = tokens(text).next().value
  return first ? keyword(text, first) || text.charAt(first.start) : ''
}
