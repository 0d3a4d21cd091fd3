import { HomeroomError } from '../../infra/errors.ts'
import { isShallow } from '../../schemas/formats.ts'
import type { XapiVersion } from '../../schemas/xapi.ts'
import { BODY_LIMIT } from '../receive/admission.ts'
import { jsonOf, textOf } from '../receive/body.ts'
import { mediaTypeOf } from '../receive/multipart.ts'
import type { Document, Place } from './documents-store.ts'

type Headers = { 'if-match'?: string | undefined; 'if-none-match'?: string | undefined }
/** `*`, or the ETags without their quotes. */
type Tags = '*' | readonly string[]

/** What a request demands of what is there; null: nothing. */
export type Precondition = { ifMatch: Tags | null; ifNoneMatch: Tags | null }

export const preconditionOf = (headers: Headers): Precondition => ({
  ifMatch: tagsIn(headers['if-match']),
  ifNoneMatch: tagsIn(headers['if-none-match']),
})

/** Whether a header names what is there. */
export function names(tags: Tags, existing: { etag: string } | null): boolean {
  return existing !== null && (tags === '*' || tags.includes(existing.etag))
}

/**
 * RFC 2616, 14.24 and 14.26.
 * @throws HomeroomError PRECONDITION_FAILED
 */
export function checkPrecondition({ ifMatch, ifNoneMatch }: Precondition, existing: { etag: string } | null): void {
  const failed =
    ifMatch !== null && !names(ifMatch, existing)
      ? 'If-Match does not name'
      : ifNoneMatch !== null && names(ifNoneMatch, existing)
        ? 'If-None-Match excludes'
        : null
  if (failed === null) return
  const there = existing === null ? 'nothing is there' : `it has the ETag "${existing.etag}"`
  throw new HomeroomError('PRECONDITION_FAILED', `${failed} what is there: ${there}. Nothing was changed`)
}

/**
 * A PUT must say that it knows what it replaces. Of xAPI 1.0.3 states need not, and profiles must even where nothing is
 * there; of 2.0.0 all must where something is.
 * @throws HomeroomError DOCUMENT_EXISTS, CONDITION_MISSING
 */
export function checkKnown(
  { ifMatch, ifNoneMatch }: Precondition,
  existing: Document | null,
  kind: Place['kind'],
  version: XapiVersion,
): void {
  if (ifMatch !== null || ifNoneMatch !== null) return
  if (version === '1.0.3' ? kind === 'state' : existing === null) return
  if (existing === null) {
    const message = 'a PUT of a profile has neither If-Match nor If-None-Match. Nothing was stored'
    throw new HomeroomError('CONDITION_MISSING', message)
  }
  throw new HomeroomError(
    'DOCUMENT_EXISTS',
    'there is a document already, and the request has neither If-Match nor If-None-Match. Nothing was changed. Check the current state of the resource and set If-Match to its current ETag to resolve the conflict',
  )
}

/** JSON of documents may go deeper than that of statements, but not so deep that it cannot be written again. */
const MAX_DEPTH = 500

/**
 * What a POST makes of a document: a new one as it is; else the properties of the new one over those of the old one.
 * Only objects sent as application/json can be merged. Numbers stay as they are written, however long they are.
 * @throws HomeroomError BODY_INVALID if one of the two cannot be merged, BODY_TOO_LARGE if both together are too large
 */
export function merged(existing: Document | null, contentType: string, content: Buffer): Buffer {
  const isJson = mediaTypeOf(contentType) === 'application/json'
  const posted = isJson ? objectOf(content, 'the document that was sent') : null
  if (existing === null) return content
  if (posted === null) throw unmerged('the document that was sent is not application/json')
  if (mediaTypeOf(existing.contentType) !== 'application/json')
    throw unmerged('the document that is there is not application/json')
  const both = Buffer.from(JSON.stringify({ ...objectOf(existing.content, 'the document that is there'), ...posted }))
  if (both.length <= BODY_LIMIT) return both
  throw new HomeroomError(
    'BODY_TOO_LARGE',
    `the merged document would have ${both.length} bytes, at most ${BODY_LIMIT} are kept. Nothing was changed`,
  )
}

function objectOf(content: Buffer, what: string): object {
  const text = textOf(content)
  const value = jsonOf(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unmerged(`${what} is no JSON object`)
  if (!isShallow(value, MAX_DEPTH)) throw unmerged(`${what} is more than ${MAX_DEPTH} levels deep`)
  return JSON.parse(text, asWritten as never) as object
}

// JSON.rawJSON keeps a number of more digits than a double has; the types of this year's library lack it.
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown }
const asWritten = (_key: string, value: unknown, { source }: { source: string }): unknown =>
  typeof value === 'number' && String(value) !== source ? rawJSON(source) : value

const unmerged = (what: string): HomeroomError =>
  new HomeroomError('BODY_INVALID', `${what}, so that nothing can be merged with it. Nothing was changed; use PUT`)

/** Quotes may be missing, and a weak tag names our content as well: it is made of the content alone. */
function tagsIn(header: string | undefined): Tags | null {
  if (header === undefined) return null
  if (header.trim() === '*') return '*'
  return header.split(',').map(tag =>
    tag
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1')
      .toLowerCase(),
  )
}
