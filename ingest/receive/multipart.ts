import { hash } from 'node:crypto'
import { HomeroomError } from '../../infra/errors.ts'
import { isSha2 } from '../../schemas/formats.ts'

/** One attachment as sent: `body` is a view of the request's body, `sha2` its hash in lower case, which was checked. */
export type Part = {
  /** Empty where the part has no Content-Type. */
  contentType: string
  sha2: string
  body: Buffer
  /** Whether the part says its own length, which then is that of `body`. */
  saysLength?: boolean
}

/**
 * The parts of a multipart/mixed body as xAPI sends statements with attachments (RFC 2046, 5.1; xAPI 1.0.3,
 * Communication 1.5.2): first the statements as application/json, then each attachment under X-Experience-API-Hash.
 *
 * Strict where a lenient reader would guess: lines end with CR LF, the last boundary closes, and each hash is that of its
 * part. A preamble and an epilogue are ignored, as the RFC says. The line break behind an attachment may be missing, as
 * TinCanJS and @xapi/xapi leave it out between two: the hash tells for certain where it ends.
 *
 * @throws HomeroomError BODY_INVALID naming the part, counted from 0
 */
export function parseMultipart(body: Buffer, contentType: string): { statements: Buffer; parts: Part[] } {
  const [first, ...others] = sectionsOf(body, boundaryOf(contentType))
  if (first === undefined) throw invalid('the multipart body has no part')
  if (mediaTypeOf(first.headers.get('content-type') ?? '') !== 'application/json') {
    throw invalid('the first part is not application/json; it must hold the statements')
  }
  checkEncoding(first, 0)
  return { statements: first.body, parts: others.map((section, i) => partOf(section, i + 1)) }
}

/** Type and subtype in lower case, without parameters. */
export const mediaTypeOf = (contentType: string): string => contentType.split(';', 1)[0]!.trim().toLowerCase()

/** `isHashed`: the body has the hash that its header says. */
type Section = { headers: Map<string, string>; body: Buffer; isHashed: boolean }

const MAX_PARTS = 1000
const MAX_HEADER_BYTES = 16 * 1024
const CRLF = '\r\n'
const HASH = 'x-experience-api-hash'
const SHA2 = { 56: 'sha224', 64: 'sha256', 96: 'sha384', 128: 'sha512' } as const

function partOf(section: Section, index: number): Part {
  const { headers, body } = section
  checkEncoding(section, index)
  const sha2 = headers.get(HASH)?.toLowerCase()
  if (sha2 === undefined) throw invalid(`part ${index} has no X-Experience-API-Hash`)
  if (!isSha2(sha2)) throw invalid(`X-Experience-API-Hash of part ${index} is not a SHA-2 hash in hexadecimal digits`)
  if (!section.isHashed)
    throw invalid(`X-Experience-API-Hash of part ${index} is not the ${algorithmOf(sha2)} of its ${body.length} bytes`)
  const declared = headers.get('content-length')
  if (declared !== undefined && declared !== String(body.length)) {
    throw invalid(`Content-Length of part ${index} is not its length, ${body.length} bytes`)
  }
  return { contentType: headers.get('content-type') ?? '', sha2, body, saysLength: declared !== undefined }
}

const algorithmOf = (sha2: string): string | undefined => SHA2[sha2.length as keyof typeof SHA2]

function isHashOf(headers: Map<string, string>, body: Buffer): boolean {
  const sha2 = headers.get(HASH)?.toLowerCase() ?? ''
  const algorithm = algorithmOf(sha2)
  return algorithm !== undefined && hash(algorithm, body, 'hex') === sha2
}

// The standard demands `binary` of senders, and of receivers to assume it; JSON in 7bit or 8bit is the same bytes.
function checkEncoding({ headers }: Section, index: number): void {
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase()
  const allowed = index === 0 ? ['binary', '7bit', '8bit'] : ['binary']
  if (encoding === undefined || allowed.includes(encoding)) return
  throw invalid(`Content-Transfer-Encoding of part ${index} is not binary`)
}

/** @throws HomeroomError BODY_INVALID if the content type is not multipart/mixed with a boundary */
function boundaryOf(contentType: string): string {
  if (mediaTypeOf(contentType) !== 'multipart/mixed') throw invalid('the content type is not multipart/mixed')
  const found = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^;]*))/i.exec(contentType)
  const boundary = found?.[1] ?? found?.[2]?.trim() ?? ''
  if (/^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/.test(boundary)) return boundary
  throw invalid('the content type has no boundary of 1 to 70 characters that RFC 2046 allows')
}

/** A boundary stands at the beginning of a line; what stands between two of them is a section. */
function sectionsOf(body: Buffer, boundary: string): Section[] {
  const mark = Buffer.from(`--${boundary}`)
  const delimiter = Buffer.from(`${CRLF}--${boundary}`)
  const sections: Section[] = []
  let at = body.indexOf(mark) === 0 ? mark.length : endOf(body, delimiter, 0)
  if (at === null) throw invalid('no line of the multipart body begins with the boundary that its content type names')
  while (!isClosed(body, at)) {
    const start = lineEnd(body, at, sections.length)
    // The line break before a boundary belongs to the boundary, also that of an empty section.
    const next = endOf(body, delimiter, start - CRLF.length)
    if (next === null) throw invalid(`part ${sections.length} does not end with the boundary: the body was cut off`)
    if (sections.length === MAX_PARTS) throw invalid(`the multipart body has more than ${MAX_PARTS} parts`)
    const section = sectionOf(body, start, next - delimiter.length, sections.length)
    const glued = section.isHashed ? null : beforeGlued(body, section, mark)
    sections.push(glued ?? section)
    at = glued === null ? next : glued.body.byteOffset - body.byteOffset + glued.body.length + mark.length
  }
  return sections
}

/** The section up to a boundary that follows it without a line break, if its hash says that it ends there. */
function beforeGlued(body: Buffer, section: Section, mark: Buffer): Section | null {
  const start = section.body.byteOffset - body.byteOffset
  const shorter = body.subarray(start, body.indexOf(mark, start))
  return isHashOf(section.headers, shorter) ? { ...section, body: shorter, isHashed: true } : null
}

function endOf(body: Buffer, delimiter: Buffer, from: number): number | null {
  const found = body.indexOf(delimiter, from)
  return found === -1 ? null : found + delimiter.length
}

const isClosed = (body: Buffer, at: number): boolean => body[at] === 0x2d && body[at + 1] === 0x2d

/** Behind a boundary there may be blanks; then its line ends. */
function lineEnd(body: Buffer, from: number, index: number): number {
  let at = from
  while (body[at] === 0x20 || body[at] === 0x09) at++
  if (body[at] === 0x0d && body[at + 1] === 0x0a) return at + CRLF.length
  throw invalid(`the boundary before part ${index} is followed by something else than a line break (CR LF)`)
}

function sectionOf(body: Buffer, start: number, end: number, index: number): Section {
  if (start > end) throw invalid(`part ${index} has neither headers nor a blank line`)
  if (body.indexOf(CRLF, start) === start)
    return { headers: new Map(), body: body.subarray(start + CRLF.length, end), isHashed: false }
  const blank = body.indexOf(CRLF + CRLF, start)
  if (blank === -1 || blank > end) throw invalid(`part ${index} has no blank line between headers and content`)
  if (blank - start > MAX_HEADER_BYTES)
    throw invalid(`part ${index} has more than ${MAX_HEADER_BYTES} bytes of headers`)
  const headers = headersOf(body.toString('latin1', start, blank), index)
  const content = body.subarray(Math.min(blank + 2 * CRLF.length, end), end)
  return { headers, body: content, isHashed: isHashOf(headers, content) }
}

function headersOf(text: string, index: number): Map<string, string> {
  const headers = new Map<string, string>()
  for (const line of text.replace(/\r\n[ \t]+/g, ' ').split(CRLF)) {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+)[ \t]*:(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) throw invalid(`part ${index} has a line that is no header`)
    const key = name.toLowerCase()
    if (headers.has(key)) throw invalid(`part ${index} has a header twice`)
    headers.set(key, value.trim())
  }
  return headers
}

const invalid = (what: string): HomeroomError => new HomeroomError('BODY_INVALID', `${what}; nothing was stored`)
