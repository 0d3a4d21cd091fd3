import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import type { SASLOptions } from 'kafkajs'
import { z } from 'zod'
import { HomeroomError } from '../errors.ts'
import { jsonSetting } from '../json-setting.ts'
import { readTlsFiles, TlsFiles } from '../tls-files.ts'

const Sasl = z
  .strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
    username: z.string().min(1),
    password: z.string().min(1).optional(),
    /** File with the password, so that it stands in no setting. */
    passwordFile: z.string().min(1).optional(),
  })
  .refine(({ password, passwordFile }) => (password === undefined) !== (passwordFile === undefined), {
    error: 'expected one of password and passwordFile',
  })

const Settings = z.strictObject({
  /** `{}`: TLS with the authorities that this machine trusts. */
  tls: TlsFiles.optional(),
  sasl: Sasl.optional(),
})

export type KafkaSecurity = { ssl?: ConnectionOptions; sasl?: SASLOptions }

/**
 * How brokers are spoken to: TLS, and who we are.
 *
 * @param setting JSON, or the path of a file with it; null: neither
 * @throws HomeroomError CONFIG_INVALID naming each fault and never a secret; also for a password that would go over an open line
 */
export function readKafkaSecurity(setting: string | null): KafkaSecurity {
  if (setting === null) return {}
  const parsed = Settings.safeParse(jsonSetting(setting, invalid))
  if (!parsed.success)
    throw invalid(parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; '))
  const { tls, sasl } = parsed.data
  if (sasl && !tls)
    throw invalid('sasl without tls would send the password, or what it can be guessed from, over an open line')
  return { ...(tls && { ssl: readTlsFiles(tls, invalid) }), ...(sasl && { sasl: saslOf(sasl) }) }
}

function saslOf({ mechanism, username, password, passwordFile }: z.infer<typeof Sasl>): SASLOptions {
  // One object a mechanism is what the client's types know; what they hold is the same.
  return { mechanism, username, password: password ?? passwordIn(passwordFile!) } as SASLOptions
}

function passwordIn(path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd()
  } catch (cause) {
    throw invalid(`sasl.passwordFile: ${path} is not readable`, cause)
  }
}

const invalid = (faults: string, cause?: unknown): HomeroomError =>
  new HomeroomError('CONFIG_INVALID', `HOMEROOM_KAFKA_SECURITY: ${faults}. Nothing was started`, { cause })
