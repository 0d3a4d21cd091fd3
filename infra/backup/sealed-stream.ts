import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import sodium from 'sodium-native'
import { z } from 'zod'
import { HomeroomError } from '../errors.ts'
import { Derivation, fingerprintOf, keyOf, newDerivation, type BackupSecret } from './backup-key.ts'

/**
 * A file of sealed messages: libsodium's secretstream (XChaCha20-Poly1305), in which a message that was altered, left out, repeated or
 * moved does not open, and an end that is missing is known to be. Format: MAGIC, length and text of the open part (JSON), then for
 * each message its sealed length and bytes. Lengths are uint32, little endian. The open part is authenticated by the first message.
 */
const MAGIC = Buffer.from('HOMEROOM-BACKUP\n')
/** A message holds at most so much; the reader takes no more memory, whatever a length says. */
export const MESSAGE_BYTES = 1024 * 1024
const SEALED_BYTES_AT_MOST = MESSAGE_BYTES + 1024
const OPEN_PART_AT_MOST = 64 * 1024
const WRITE_FROM_BYTES = 1024 * 1024
const { crypto_secretstream_xchacha20poly1305_ABYTES: TAG_BYTES } = sodium

const OpenPart = z.strictObject({
  format: z.literal(1),
  derivation: Derivation.nullable(),
  fingerprint: z.string(),
  stream: z.string().regex(/^[0-9a-f]{48}$/),
})

export type SealedWriter = {
  /** @param message at most MESSAGE_BYTES */
  write(message: Buffer): Promise<void>
  /** The last message; durable when it resolves. @returns bytes of the file */
  end(message: Buffer): Promise<number>
  /** Give up: close without an end. */
  abandon(): Promise<void>
}

/** @param path must not exist */
export async function sealedWriter(path: string, secret: BackupSecret): Promise<SealedWriter> {
  const derivation = newDerivation(secret)
  const key = keyOf(secret, derivation)
  const state = Buffer.alloc(sodium.crypto_secretstream_xchacha20poly1305_STATEBYTES)
  const header = Buffer.alloc(sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES)
  sodium.crypto_secretstream_xchacha20poly1305_init_push(state, header, key)
  const openPart = { format: 1, derivation, fingerprint: fingerprintOf(key), stream: header.toString('hex') }
  const text = Buffer.from(JSON.stringify(openPart))
  const handle = await open(path, 'wx', 0o600)
  let waiting: Buffer[] = [MAGIC, uint32(text.length), text]
  let waitingBytes = WRITE_FROM_BYTES
  let total = 0
  let additional: Buffer | null = text

  async function put(message: Buffer, tag: number): Promise<void> {
    const sealed = Buffer.allocUnsafe(message.length + TAG_BYTES)
    sodium.crypto_secretstream_xchacha20poly1305_push(state, sealed, message, additional, tag)
    additional = null
    waiting.push(uint32(sealed.length), sealed)
    waitingBytes += sealed.length
    if (waitingBytes >= WRITE_FROM_BYTES) await flush()
  }
  async function flush(): Promise<void> {
    const bytes = Buffer.concat(waiting)
    await handle.writeFile(bytes)
    total += bytes.length
    waiting = []
    waitingBytes = 0
  }
  return {
    write: message => put(message, sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE),
    async end(message) {
      await put(message, sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL)
      await flush()
      await handle.sync()
      await handle.close()
      return total
    },
    abandon: () => handle.close(),
  }
}

/**
 * The messages of a file, one after the other; complete only when the generator ends by itself.
 * @throws HomeroomError BACKUP_INVALID, BACKUP_KEY_WRONG naming the place
 */
export async function* sealedMessages(path: string, secret: BackupSecret): AsyncGenerator<Buffer> {
  const bytes = bytesOf(path)
  try {
    const magic = await bytes.take(MAGIC.length)
    if (!magic?.equals(MAGIC))
      throw invalid(
        path,
        0,
        `it begins with ${JSON.stringify(magic?.toString('latin1') ?? '')}, expected a backup of Homeroom`,
      )
    const text = await taken(bytes, path, OPEN_PART_AT_MOST, 'the open part')
    const { derivation, fingerprint, stream } = openPartOf(path, text)
    const key = keyOf(secret, derivation)
    refuseOtherKey(path, secret, fingerprint, fingerprintOf(key))
    const state = Buffer.alloc(sodium.crypto_secretstream_xchacha20poly1305_STATEBYTES)
    sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, Buffer.from(stream, 'hex'), key)
    const tag = Buffer.alloc(1)
    for (let number = 1, additional: Buffer | null = text; ; number++, additional = null) {
      const at = bytes.at()
      const sealed = await taken(bytes, path, SEALED_BYTES_AT_MOST, `message ${number}`)
      const message = Buffer.allocUnsafe(Math.max(0, sealed.length - TAG_BYTES))
      try {
        sodium.crypto_secretstream_xchacha20poly1305_pull(state, message, tag, sealed, additional)
      } catch (cause) {
        throw invalid(
          path,
          at,
          `message ${number} of ${sealed.length} bytes does not open: it was altered, left out or moved`,
          cause,
        )
      }
      yield message
      if (tag[0] === sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL) break
    }
    const after = bytes.at()
    if ((await bytes.take(1)) !== null) throw invalid(path, after, 'bytes follow its end')
  } finally {
    bytes.close()
  }
}

function openPartOf(path: string, text: Buffer): z.infer<typeof OpenPart> {
  try {
    return OpenPart.parse(JSON.parse(text.toString('utf8')))
  } catch (cause) {
    throw invalid(path, MAGIC.length, 'its open part is not that of a backup of format 1', cause)
  }
}

function refuseOtherKey(path: string, { kind }: BackupSecret, expected: string, got: string): void {
  if (got === expected) return
  throw new HomeroomError(
    'BACKUP_KEY_WRONG',
    `${path} was sealed under a key with the fingerprint ${expected}, and this ${kind} gives ${got}. Nothing was read or changed`,
  )
}

async function taken(bytes: Bytes, path: string, most: number, what: string): Promise<Buffer> {
  const at = bytes.at()
  const length = (await bytes.take(4))?.readUInt32LE(0)
  if (length !== undefined && length > most)
    throw invalid(path, at, `${what} has ${length} bytes, expected at most ${most}: it was altered`)
  const found = length === undefined ? null : await bytes.take(length)
  if (found === null)
    throw invalid(
      path,
      at,
      `it ends within or before ${what}, expected an end that says that it is one: it was cut off`,
    )
  return found
}

type Bytes = {
  /** The next bytes; null: there are fewer. */
  take(count: number): Promise<Buffer | null>
  at(): number
  close(): void
}

function bytesOf(path: string): Bytes {
  const stream = createReadStream(path, { highWaterMark: MESSAGE_BYTES })
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>
  let have: Buffer = Buffer.alloc(0)
  let at = 0
  return {
    async take(count) {
      while (have.length < count) {
        const next = await chunks.next().catch((cause: unknown) => {
          throw invalid(path, at, `it cannot be read: ${String(cause)}`, cause)
        })
        if (next.done) return null
        have = have.length === 0 ? next.value : Buffer.concat([have, next.value])
      }
      const found = have.subarray(0, count)
      have = have.subarray(count)
      at += count
      return found
    },
    at: () => at,
    close: () => void stream.destroy(),
  }
}

function invalid(path: string, at: number, what: string, cause?: unknown): HomeroomError {
  return new HomeroomError('BACKUP_INVALID', `${path}, byte ${at}: ${what}. Nothing of it is in force`, { cause })
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
