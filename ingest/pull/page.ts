import { HomeroomError } from '../../infra/errors.ts'
import { instantOf } from '../../schemas/formats.ts'
import type { XapiVersion } from '../../schemas/xapi.ts'
import { mediaTypeOf, parseMultipart, type Part } from '../receive/multipart.ts'
import type { Answer } from './client.ts'
import type { PageTimes } from './cursor.ts'
import type { Source } from './source.ts'

/** One answer of the Statements resource. */
export type Page = {
  statements: unknown[]
  /** The bytes of attachments; null: the source sent none. */
  parts: Part[] | null
  times: PageTimes
}

type Asked = Pick<Source, 'url' | 'pageSize' | 'attachments'>

/** What of the source's description a link to a next page keeps: a link that was asked for otherwise is not followed. */
export const askedFor = ({ pageSize, attachments }: Asked): string => `limit=${pageSize}&attachments=${attachments}`

/** The address of the first page of a walk. */
export function firstPage(source: Asked, since: string | null): URL {
  const url = new URL(`${source.url}/statements`)
  // exact: what is imported must stay as it was received, as the standard says.
  url.search = new URLSearchParams({
    ascending: 'true',
    format: 'exact',
    limit: String(source.pageSize),
    ...(source.attachments && { attachments: 'true' }),
    ...(since !== null && { since }),
  }).toString()
  return url
}

/**
 * The address that a link to a next page names.
 * @throws HomeroomError SOURCE_INVALID if it is none, or leads to another server: the credentials are for this one
 */
export function linkedPage(source: Pick<Source, 'name' | 'url'>, more: string): URL {
  const base = `${source.url}/statements`
  const url = URL.parse(more, base)
  if (url?.origin === new URL(base).origin) return url
  throw broken(source, 'has a link to the next page that leads to another server, where the credentials do not belong')
}

/**
 * @param now_ms by our clock, where the source does not tell the time
 * @throws HomeroomError SOURCE_INVALID if the answer is no page of statements
 */
export function pageIn(answer: Answer, source: Pick<Source, 'name'>, now_ms: number): Page {
  const contentType = answer.headers.get('content-type') ?? ''
  const isMultipart = mediaTypeOf(contentType) === 'multipart/mixed'
  const { statements: text, parts } = isMultipart
    ? multipartIn(answer.body, contentType, source)
    : { statements: answer.body, parts: null }
  const result = jsonIn(text, source)
  if (typeof result !== 'object' || result === null || !('statements' in result) || !Array.isArray(result.statements)) {
    throw broken(source, `is JSON without an array "statements"; is ${source.name} an xAPI endpoint?`)
  }
  const statements: unknown[] = result.statements
  const more = 'more' in result && typeof result.more === 'string' && result.more !== '' ? result.more : null
  const date_ms = Date.parse(answer.headers.get('date') ?? '')
  const through_ms = instantOf(answer.headers.get('x-experience-api-consistent-through') ?? '')
  const times = {
    stored: statements.map(storedOf).filter(stored => stored !== null),
    answered_ms: Number.isNaN(date_ms) ? now_ms : date_ms,
    consistentThrough_ms: Number.isNaN(through_ms) ? null : through_ms,
    more,
  }
  return { statements, parts, times }
}

/** The newest version that both sides speak, by what the About resource answered; 1.0.3 where it says nothing useful. */
export function versionIn(answer: Answer): XapiVersion {
  try {
    const about = JSON.parse(answer.body.toString('utf8')) as { version?: unknown } | null
    const versions: unknown[] = answer.status === 200 && Array.isArray(about?.version) ? about.version : []
    return versions.some(version => /^2\.0(\.\d+)?$/.test(String(version))) ? '2.0.0' : '1.0.3'
  } catch (error) {
    if (error instanceof SyntaxError) return '1.0.3'
    throw error
  }
}

function storedOf(statement: unknown): string | null {
  if (typeof statement !== 'object' || statement === null || !('stored' in statement)) return null
  const { stored } = statement
  return typeof stored === 'string' && !Number.isNaN(instantOf(stored)) ? stored : null
}

function multipartIn(body: Buffer, contentType: string, source: Pick<Source, 'name'>) {
  try {
    return parseMultipart(body, contentType)
  } catch (cause) {
    const why = cause instanceof HomeroomError ? cause.message : String(cause)
    throw broken(
      source,
      `cannot be used: ${why}. "attachments": false in the sources file leaves attachments out`,
      cause,
    )
  }
}

function jsonIn(text: Buffer, source: Pick<Source, 'name'>): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text))
  } catch (cause) {
    throw broken(source, `of ${text.length} bytes is not JSON in UTF-8`, cause)
  }
}

function broken({ name }: Pick<Source, 'name'>, what: string, cause?: unknown): HomeroomError {
  return new HomeroomError('SOURCE_INVALID', `source ${name}: a page ${what}. Nothing of it was stored`, { cause })
}
