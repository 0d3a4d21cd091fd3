import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { Config } from './config.ts'
import { HomeroomError } from './errors.ts'

/** Keys that must never stand in a database: whoever has them can link pseudonyms to identifiers and open originals. */
export type Secrets = {
  /** HMAC key of every pseudonym and agent token; 32 bytes. Changing it is a rebuild. */
  pseudonymKey: Buffer
  /** With a person's salt it makes the key of that person's originals; 32 bytes. */
  masterSecret: Buffer
  /** Makes the keys of the months' dead letters (`dead-letter-keys.ts`); 32 bytes. */
  deadLetterSecret: Buffer
  /** The month from which on it makes them, `2026-03`; not given: from the first. */
  deadLetterSince?: string
}

const Key = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')
const SecretsFile = z.strictObject({
  pseudonymKey: Key,
  masterSecret: Key,
  deadLetterSecret: Key,
  deadLetterSince: z
    .string()
    .regex(/^\d{4}-\d\d$/)
    .optional(),
})

/**
 * The secrets of the file that `config.secretsFile` names; made with random keys, readable by its owner only, when absent.
 * @throws HomeroomError CONFIG_INVALID if the file exists and is not what it should be: it is never overwritten
 */
export function readSecrets(config: Pick<Config, 'secretsFile'>): Secrets {
  makeIfAbsent(config.secretsFile)
  try {
    const file = SecretsFile.parse(JSON.parse(readFileSync(config.secretsFile, 'utf8')))
    return {
      pseudonymKey: Buffer.from(file.pseudonymKey, 'hex'),
      masterSecret: Buffer.from(file.masterSecret, 'hex'),
      deadLetterSecret: Buffer.from(file.deadLetterSecret, 'hex'),
      ...(file.deadLetterSince !== undefined && { deadLetterSince: file.deadLetterSince }),
    }
  } catch (cause) {
    throw new HomeroomError(
      'CONFIG_INVALID',
      `secrets file ${config.secretsFile} is not readable as three keys of 64 hexadecimal digits; nothing was started, because new keys would give every person a new pseudonym. Restore the file from its backup`,
      { cause },
    )
  }
}

function makeIfAbsent(path: string): void {
  const key = () => randomBytes(32).toString('hex')
  const content = JSON.stringify({ pseudonymKey: key(), masterSecret: key(), deadLetterSecret: key() }, null, 2) + '\n'
  mkdirSync(dirname(path), { recursive: true })
  try {
    // wx: of two processes that start together, one makes the file and both read it.
    writeFileSync(path, content, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new HomeroomError('CONFIG_INVALID', `secrets file ${path} cannot be written`, { cause })
    }
  }
}
