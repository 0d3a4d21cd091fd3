import { isAscii, isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { HomeroomError } from '../../infra/errors.ts'
import { takeSpace } from '../../infra/spaces.ts'
import { BODY_LIMIT, drain, MAX_ITEMS, type Admission } from './admission.ts'

const inflate = promisify(gunzip)

/** A larger body is written into memory that is used again. */
const LARGE_BYTES = 64 * 1024

/**
 * Read a body of at most 8 MB, inflating gzip. Everything it takes is counted in `taken` at once, so that whoever answers
 * the request can give it back whatever happens here.
 * @throws HomeroomError BODY_TOO_LARGE, LOG_BEHIND, BODY_INVALID, MEDIA_TYPE_UNSUPPORTED; the rest of the body is read first
 */
export async function readBody(
  message: IncomingMessage,
  admission: Admission,
  taken: { bytes: number },
): Promise<Buffer> {
  const encoding = message.headers['content-encoding']?.toLowerCase() ?? 'identity'
  const take = (bytes: number): void => {
    admission.take(bytes)
    taken.bytes += bytes
  }
  try {
    if (encoding !== 'identity' && encoding !== 'gzip') {
      throw new HomeroomError(
        'MEDIA_TYPE_UNSUPPORTED',
        'the content encoding is not one of identity, gzip; nothing was taken',
      )
    }
    const declared = Number(message.headers['content-length'] ?? 0)
    if (declared > BODY_LIMIT) throw tooLarge(`${declared} bytes`)
    take(declared)
    const sent = await heard(message, admission.silence_ms, heard =>
      collect(message, declared, bytes => {
        heard()
        if (bytes > taken.bytes) take(bytes - taken.bytes)
      }),
    )
    if (encoding === 'identity') return sent
    const inflated = await inflated8M(sent)
    take(inflated.length)
    return inflated
  } catch (error) {
    await drain(message)
    throw error
  }
}

/** @throws HomeroomError BODY_INVALID if there is no body or it is not UTF-8 */
export function textOf(body: unknown): string {
  if (!Buffer.isBuffer(body)) throw new HomeroomError('BODY_INVALID', 'the request has no body; nothing was stored')
  // Most bodies are ASCII, and this is the faster way to their text.
  if (isAscii(body)) return body.toString('latin1')
  if (!isUtf8(body))
    throw new HomeroomError('BODY_INVALID', `the body of ${body.length} bytes is not UTF-8; nothing was stored`)
  // A byte order mark is not part of the text.
  return body.length >= 3 && body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf
    ? body.toString('utf8', 3)
    : body.toString('utf8')
}

/** @throws HomeroomError BODY_INVALID if the text is not JSON */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const where = /at position (\d+)/.exec(String(cause))?.[1]
    throw new HomeroomError(
      'BODY_INVALID',
      `the body of ${text.length} characters is not JSON${where === undefined ? '' : ` from character ${where} on`}; nothing was stored`,
      { cause },
    )
  }
}

/** @throws HomeroomError BODY_TOO_LARGE if there are more items than are taken at once */
export function checkCount(count: number, items: string): void {
  if (count <= MAX_ITEMS) return
  const message = `the body has more than ${MAX_ITEMS} ${items}, which is the most that are taken at once; nothing was stored`
  throw new HomeroomError('BODY_TOO_LARGE', message)
}

/** Ends the connection of a sender that stops in the middle: what it declared is held for it, and others need the room. */
async function heard<T>(
  message: IncomingMessage,
  silence_ms: number,
  read: (heard: () => void) => Promise<T>,
): Promise<T> {
  const timer = setTimeout(() => {
    const what = `nothing more of the body came for ${silence_ms} ms; nothing was stored`
    message.destroy(new HomeroomError('REQUEST_TIMEOUT', what))
  }, silence_ms)
  try {
    return await read(() => timer.refresh())
  } finally {
    clearTimeout(timer)
  }
}

/** @param declared length of the body; 0: not known */
async function collect(message: IncomingMessage, declared: number, onBytes: (total: number) => void): Promise<Buffer> {
  const space = declared > LARGE_BYTES ? takeSpace(declared) : null
  const chunks: Buffer[] = []
  let total = 0
  // Left early, the message must stay readable: destroying it would cut the connection before the answer.
  for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    if (space !== null) chunk.copy(space, total)
    else chunks.push(chunk)
    total += chunk.length
    if (total > BODY_LIMIT) throw tooLarge(`more than ${BODY_LIMIT} bytes`)
    onBytes(total)
  }
  if (space !== null) return space.subarray(0, total)
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, total)
}

async function inflated8M(sent: Buffer): Promise<Buffer> {
  try {
    return await inflate(sent, { maxOutputLength: BODY_LIMIT })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(`${sent.length} bytes, inflated more than ${BODY_LIMIT}`)
    throw new HomeroomError(
      'BODY_INVALID',
      `the body of ${sent.length} bytes is not gzip, as its content encoding says; nothing was stored`,
      { cause },
    )
  }
}

function tooLarge(size: string): HomeroomError {
  return new HomeroomError(
    'BODY_TOO_LARGE',
    `the body has ${size}, at most ${BODY_LIMIT} are taken at once; nothing was stored`,
  )
}
