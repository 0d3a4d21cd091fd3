import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import sodium from 'sodium-native'
import { z } from 'zod'
import { HomeroomError } from '../errors.ts'

/** What a backup is sealed with: a passphrase, or a key of 32 bytes. */
export type BackupSecret = { kind: 'passphrase' | 'key'; bytes: Buffer }

/** How the key follows from a passphrase (Argon2id); stands in the open part of the file. */
export const Derivation = z.strictObject({
  salt: z.string().regex(/^[0-9a-f]{32}$/),
  operations: z.int().min(1).max(20),
  /** Refused above: a file that was altered must not take the machine's memory. */
  bytes: z
    .int()
    .min(8192)
    .max(2 ** 30),
})
export type Derivation = z.infer<typeof Derivation>

const KEY_BYTES = 32
const SHORTEST_PASSPHRASE = 16

/**
 * The secret in a file: 64 hexadecimal digits are a key, any other line is a passphrase.
 * @throws HomeroomError ARGUMENT_INVALID if there is none, or it is too short to withstand guessing
 */
export function readBackupSecret(path: string): BackupSecret {
  const text = readText(path).trim()
  if (/^[0-9a-f]{64}$/.test(text)) return { kind: 'key', bytes: Buffer.from(text, 'hex') }
  if (text.length >= SHORTEST_PASSPHRASE && !text.includes('\n'))
    return { kind: 'passphrase', bytes: Buffer.from(text) }
  throw new HomeroomError(
    'ARGUMENT_INVALID',
    `--key ${path} holds ${text.split('\n').length} lines and ${text.length} characters, expected one line: a passphrase of ${SHORTEST_PASSPHRASE} characters or more, or a key that --new-key made. Nothing was done`,
  )
}

/** Make a random key, readable by its owner only. @throws HomeroomError ARGUMENT_INVALID if there is a file of that name */
export function makeBackupKey(path: string): BackupSecret {
  const bytes = randomBytes(KEY_BYTES)
  try {
    writeFileSync(path, `${bytes.toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true })
  } catch (cause) {
    throw new HomeroomError(
      'ARGUMENT_INVALID',
      `--new-key ${path} cannot be made: ${String(cause)}. Nothing was done`,
      {
        cause,
      },
    )
  }
  return { kind: 'key', bytes }
}

/** How a new backup derives its key; null: the secret is the key. */
export function newDerivation({ kind }: BackupSecret): Derivation | null {
  if (kind === 'key') return null
  return {
    salt: randomBytes(sodium.crypto_pwhash_SALTBYTES).toString('hex'),
    operations: sodium.crypto_pwhash_OPSLIMIT_MODERATE,
    bytes: sodium.crypto_pwhash_MEMLIMIT_MODERATE,
  }
}

/** The key that seals; takes about a second and 256 MB where it follows from a passphrase. */
export function keyOf({ bytes }: BackupSecret, derivation: Derivation | null): Buffer {
  if (derivation === null) return bytes
  const key = Buffer.alloc(KEY_BYTES)
  const salt = Buffer.from(derivation.salt, 'hex')
  const { operations, bytes: memory } = derivation
  sodium.crypto_pwhash(key, bytes, salt, operations, memory, sodium.crypto_pwhash_ALG_ARGON2ID13)
  return key
}

/** By which a wrong key is told from an altered file; says nothing of the key. */
export function fingerprintOf(key: Buffer): string {
  return createHmac('sha256', key).update('v1|backup|fingerprint').digest('hex').slice(0, 16)
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new HomeroomError('ARGUMENT_INVALID', `--key ${path} cannot be read: ${String(cause)}. Nothing was done`, {
      cause,
    })
  }
}
