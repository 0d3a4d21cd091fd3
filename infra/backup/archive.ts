import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readFile, readlink } from 'node:fs/promises'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { z } from 'zod'
import { HomeroomError } from '../errors.ts'
import type { BackupSecret } from './backup-key.ts'
import { MESSAGE_BYTES, sealedMessages, sealedWriter } from './sealed-stream.ts'

/** What a backup consists of. `keys`: of identities; `settings`: all else in the data folder. */
export const PARTS = ['keys', 'log', 'warehouse', 'documents', 'settings'] as const
export type Part = (typeof PARTS)[number]

/** What stands at the beginning. */
export const Facts = z.strictObject({
  homeroom: z.string(),
  district: z.string(),
  timeZone: z.string(),
  madeAt: z.iso.datetime(),
  log: z.enum(['embedded', 'kafka']),
  warehouse: z.enum(['embedded', 'server']),
  /** Of the embedded log: up to where each group had handled each partition before anything else was copied. */
  offsets: z.array(z.tuple([z.string(), z.string(), z.int(), z.int()])),
})
export type Facts = z.infer<typeof Facts>

const PartSum = z.strictObject({ files: z.int(), bytes: z.int(), sha256: z.string() })
/** `sha256` of a part is over path and hash of its files, in their order. */
const Sums = z.partialRecord(z.enum(PARTS), PartSum)
export type Sums = z.infer<typeof Sums>

const File = z.strictObject({ part: z.enum(PARTS), path: z.string(), mode: z.int(), link: z.string().nullable() })
export type ArchivedFile = z.infer<typeof File>
const FileEnd = z.strictObject({ bytes: z.int(), sha256: z.string() })

/** First byte of a message. */
const FACTS = 0
const FILE = 1
const DATA = 2
const DATA_ZSTD = 3
const FILE_END = 4
const END = 5

/** What ClickHouse has written is compressed already. */
const COMPRESSED: ReadonlySet<Part> = new Set(['warehouse'])
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

export type ArchiveWriter = {
  /** @param source file or symbolic link that is stored under `path` (relative, with /) */
  add(part: Part, path: string, source: string): Promise<void>
  end(): Promise<{ sums: Sums; bytes: number }>
  abandon(): Promise<void>
}

export async function archiveWriter(path: string, secret: BackupSecret, facts: Facts): Promise<ArchiveWriter> {
  const out = await sealedWriter(path, secret)
  const sums = summing()
  await out.write(json(FACTS, facts))
  return {
    async add(part, at, source) {
      const found = await lstat(source)
      const link = found.isSymbolicLink() ? await readlink(source) : null
      const file: ArchivedFile = { part, path: at, mode: found.mode & 0o777, link }
      await out.write(json(FILE, file))
      const hash = createHash('sha256')
      let bytes = 0
      for await (const chunk of link === null ? chunksOf(source, found.size) : []) {
        hash.update(chunk)
        bytes += chunk.length
        await out.write(data(chunk, part))
      }
      const end = { bytes, sha256: hash.digest('hex') }
      sums.add(file, end)
      await out.write(json(FILE_END, end))
    },
    end: async () => ({ sums: sums.of(), bytes: await out.end(json(END, sums.of())) }),
    abandon: () => out.abandon(),
  }
}

/** Takes what is read; `file` is followed by its data and by `fileEnd`. */
export type ArchiveReader = {
  facts(facts: Facts): Promise<void>
  file(file: ArchivedFile): Promise<void>
  data(bytes: Buffer): Promise<void>
  fileEnd(): Promise<void>
}

/**
 * Read a whole backup, checking every hash in it.
 * @returns its sums, once it was read to its end: only then is anything of it to be used
 * @throws HomeroomError BACKUP_INVALID, BACKUP_KEY_WRONG
 */
export async function readArchive(path: string, secret: BackupSecret, reader: ArchiveReader): Promise<Sums> {
  const sums = summing()
  let open: { file: ArchivedFile; hash: Hash; bytes: number } | null = null
  let said: Sums | null = null
  for await (const message of sealedMessages(path, secret)) {
    const type = message[0]
    const body = message.subarray(1)
    if (type === FACTS) await reader.facts(parsed(path, Facts, body))
    else if (type === FILE) {
      open = { file: checkedPath(path, parsed(path, File, body)), hash: createHash('sha256'), bytes: 0 }
      await reader.file(open.file)
    } else if ((type === DATA || type === DATA_ZSTD) && open) {
      const bytes = type === DATA ? body : zstdDecompressSync(body, { maxOutputLength: MESSAGE_BYTES })
      open.hash.update(bytes)
      open.bytes += bytes.length
      await reader.data(bytes)
    } else if (type === FILE_END && open) {
      const end = { bytes: open.bytes, sha256: open.hash.digest('hex') }
      expectSame(path, `${open.file.part}/${open.file.path}`, parsed(path, FileEnd, body), end)
      sums.add(open.file, end)
      await reader.fileEnd()
      open = null
    } else if (type === END) said = parsed(path, Sums, body)
    else throw unreadable(path, `a message of type ${type} stands where none is expected`)
  }
  expectSame(path, 'the sums of its parts', said, sums.of())
  return sums.of()
}

function summing(): { add(file: ArchivedFile, end: z.infer<typeof FileEnd>): void; of(): Sums } {
  const parts = new Map<Part, { files: number; bytes: number; hash: Hash }>()
  return {
    add({ part, path, link }, { bytes, sha256 }) {
      const sum = parts.get(part) ?? { files: 0, bytes: 0, hash: createHash('sha256') }
      parts.set(part, sum)
      sum.files++
      sum.bytes += bytes
      sum.hash.update(`${path}\n${link ?? sha256}\n`)
    },
    of: () =>
      Object.fromEntries(
        [...parts].map(([part, { files, bytes, hash }]) => [part, { files, bytes, sha256: hash.copy().digest('hex') }]),
      ),
  }
}

function data(chunk: Buffer, part: Part): Buffer {
  if (COMPRESSED.has(part)) return Buffer.concat([Buffer.of(DATA), chunk])
  const packed = zstdCompressSync(chunk, LEVEL)
  return packed.length < chunk.length
    ? Buffer.concat([Buffer.of(DATA_ZSTD), packed])
    : Buffer.concat([Buffer.of(DATA), chunk])
}

const CHUNK_BYTES = MESSAGE_BYTES - 1

/** Most files of a warehouse are small: opening a stream would take longer than reading them. */
async function* chunksOf(path: string, size: number): AsyncGenerator<Buffer> {
  if (size > CHUNK_BYTES) return yield* createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>
  const bytes = await readFile(path)
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES)
}

const json = (type: number, value: unknown): Buffer =>
  Buffer.concat([Buffer.of(type), Buffer.from(JSON.stringify(value))])

function parsed<T>(path: string, schema: z.ZodType<T>, body: Buffer): T {
  try {
    return schema.parse(JSON.parse(body.toString('utf8')))
  } catch (cause) {
    throw unreadable(path, 'it was made by a Homeroom whose backups this one does not read', cause)
  }
}

/** Who has the key can make any file: it must not write outside of the folder that it is restored to. */
function checkedPath(path: string, file: ArchivedFile): ArchivedFile {
  if (!isInside(file.path, file.link))
    throw unreadable(path, `it holds a file ${file.path} that leads out of its folder`)
  return file
}

/** Whether a file stays within its part. @param path relative, with / @param link what it links to; null: it is none */
export function isInside(path: string, link: string | null): boolean {
  const steps = path.split('/')
  const target = link === null ? steps : [...steps.slice(0, -1), ...link.split('/')]
  return !steps.includes('..') && staysInside(steps) && staysInside(target)
}

function staysInside(steps: readonly string[]): boolean {
  let depth = 0
  for (const step of steps) {
    depth += step === '..' ? -1 : 1
    if (step === '' || step === '.' || depth < 0) return false
  }
  return depth > 0
}

function expectSame(path: string, what: string, expected: unknown, got: unknown): void {
  if (JSON.stringify(expected) !== JSON.stringify(got))
    throw unreadable(path, `${what}: got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`)
}

function unreadable(path: string, what: string, cause?: unknown): HomeroomError {
  return new HomeroomError('BACKUP_INVALID', `${path}: ${what}. Nothing of it is in force`, { cause })
}
