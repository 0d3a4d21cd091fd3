import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { open, rm, writeFile } from 'node:fs/promises'
import { pipeline, Readable, type Duplex } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import { exception, Exception } from './exception.ts'
import { insertText, onlyStatement, type InsertText } from './statement-text.ts'

/** What a request asks for: one statement, and the spooled file that it reads, to be removed afterwards. */
export type Received = { sql: string; insert: boolean; params: (readonly [string, string])[]; remove(): Promise<void> }

/** The content of a file in LZ4 frames. */
export type UnpackLz4 = (path: string) => Promise<Buffer>

/** The server's own bound of a statement without data is max_query_size, 256 KiB; longer ones come by `max_query_size=…`. */
const LONGEST_STATEMENT_BYTES = 4 * 1024 * 1024

/**
 * Reads query and body. Data of an INSERT goes to a file as it comes, whatever its size, format and bytes, and the
 * statement reads that file: chdb takes data inside the text for UTF-8, and what follows a blank line in it for SQL.
 *
 * @param query of the address, or null: the statement is in the body
 * @param spool folder, relative to the working directory, so that no character of its path needs quoting
 * @param unpackLz4 the engine knows LZ4 frames, which Python's clickhouse-connect sends by default; Node does not
 * @param only for those who may read only: no INSERT, and no more than that many bytes, are read from the body
 */
export async function receive(
  request: IncomingMessage,
  query: string | null,
  spool: string,
  unpackLz4: UnpackLz4 | null,
  only?: { statement_bytes: number },
): Promise<Received> {
  const type = request.headers['content-type'] ?? ''
  const most = only?.statement_bytes ?? LONGEST_STATEMENT_BYTES
  const body = only ? shortened(await decoded(request, spool, null), most) : await decoded(request, spool, unpackLz4)
  if (/^multipart\/form-data/i.test(type)) return receiveForm(body, type)
  if (only) return receiveStatement(body, query)
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>
  let head = query === null ? Buffer.alloc(0) : Buffer.from(query + '\n')
  for (;;) {
    const chunk = await nextChunk(chunks)
    if (chunk) head = Buffer.concat([head, chunk])
    // One character a byte, so that places in the text are places in the bytes.
    const insert = insertText(head.toString('latin1'), chunk === undefined)
    if (insert) return spooled(head, insert, chunks, spool)
    if (!chunk) return statement(head.toString('utf8'))
    if (head.length > most) throw tooLong(most)
  }
}

/** The whole body, looked at once: looked at with each of many small pieces, it would keep everybody waiting. */
async function receiveStatement(body: Readable, query: string | null): Promise<Received> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>
  const read: Buffer[] = query === null ? [] : [Buffer.from(query + '\n')]
  for (let chunk = await nextChunk(chunks); chunk; chunk = await nextChunk(chunks)) read.push(chunk)
  const whole = Buffer.concat(read)
  if (insertText(whole.toString('latin1'), true))
    throw exception(164, 'READONLY', 'INSERT is refused: a researcher reads, and writes nothing')
  return statement(whole.toString('utf8'))
}

const statement = (text: string): Received => ({
  sql: onlyStatement(text),
  insert: false,
  params: [],
  remove: async () => undefined,
})

async function spooled(
  head: Buffer,
  insert: InsertText,
  rest: AsyncIterator<Buffer, undefined>,
  spool: string,
): Promise<Received> {
  const path = `${spool}/${randomUUID()}`
  const remove = () => rm(path, { force: true })
  try {
    await using file = await open(path, 'wx', 0o600)
    await file.write(head.subarray(insert.dataAt))
    for (let chunk = await nextChunk(rest); chunk; chunk = await nextChunk(rest)) await file.write(chunk)
  } catch (error) {
    await remove()
    throw error
  }
  const before = head.subarray(0, insert.infileAt).toString('utf8')
  const settings = head.subarray(insert.infileAt, insert.formatAt).toString('utf8')
  return {
    sql: `${before} FROM INFILE '${path}' ${settings} FORMAT ${insert.format}`,
    insert: true,
    params: [],
    remove,
  }
}

/** Query and long parameters as a form, as @clickhouse/client sends them when the address would grow too long. */
async function receiveForm(body: Readable, type: string): Promise<Received> {
  const form = await new Response(Readable.toWeb(body) as ReadableStream, {
    headers: { 'content-type': type },
  }).formData()
  const fields = [...form].map(([name, value]) => {
    if (typeof value === 'string') return [name, value] as const
    throw exception(48, 'NOT_IMPLEMENTED', `External table ${name}: the embedded engine takes no external tables`)
  })
  const query = fields.find(([name]) => name === 'query')?.[1] ?? ''
  if (insertText(query, true)) throw exception(48, 'NOT_IMPLEMENTED', 'INSERT with data in a form')
  const params = fields.filter(([name]) => name.startsWith('param_'))
  return { sql: onlyStatement(query), insert: false, params, remove: async () => undefined }
}

async function decoded(request: IncomingMessage, spool: string, unpackLz4: UnpackLz4 | null): Promise<Readable> {
  if (request.headers['content-encoding'] !== 'lz4') return decompressed(request)
  if (unpackLz4 === null) {
    const why = 'so data are sent, and a researcher writes nothing. Send a statement plain, or as gzip'
    throw exception(164, 'READONLY', `A body in lz4 is refused: ${why}`)
  }
  return Readable.from([await lz4Decoded(request, spool, unpackLz4)], { objectMode: false })
}

function decompressed(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding'] ?? ''
  if (encoding === '' || encoding === 'identity') return request
  const decoder = DECODERS[encoding]
  // The callback is there because pipeline wants one: an error of either stream reaches the reader of the last.
  if (decoder) return pipeline(request, decoder(), () => undefined)
  const known = [...Object.keys(DECODERS), 'lz4'].join(', ')
  throw exception(89, 'UNKNOWN_COMPRESSION_METHOD', `Unknown compression method ${encoding}, expected ${known}`)
}

/** Few bytes may unpack to many: what comes out is counted. The request itself stays open for the answer. */
function shortened(body: Readable, most: number): Readable {
  async function* counted(): AsyncGenerator<Buffer> {
    let bytes = 0
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > most) throw tooLong(most)
      yield chunk
    }
  }
  return Readable.from(counted(), { objectMode: false })
}

const tooLong = (most: number) => exception(229, 'QUERY_IS_TOO_LARGE', `Statement is longer than ${most} bytes`)

async function lz4Decoded(request: IncomingMessage, spool: string, unpackLz4: UnpackLz4): Promise<Buffer> {
  const path = `${spool}/${randomUUID()}`
  try {
    await writeFile(path, request, { flag: 'wx', mode: 0o600 })
    return await unpackLz4(path)
  } finally {
    await rm(path, { force: true })
  }
}

const DECODERS: Record<string, () => Duplex> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
}

async function nextChunk(chunks: AsyncIterator<Buffer, undefined>): Promise<Buffer | undefined> {
  try {
    return (await chunks.next()).value
  } catch (cause) {
    if (cause instanceof Exception) throw cause
    throw Object.assign(
      exception(27, 'CANNOT_PARSE_INPUT_ASSERTION_FAILED', `The body could not be read: ${(cause as Error).message}`),
      { cause },
    )
  }
}
