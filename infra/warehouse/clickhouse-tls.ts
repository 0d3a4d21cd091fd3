import { HomeroomError } from '../errors.ts'
import { jsonSetting } from '../json-setting.ts'
import { readTlsFiles, TlsFiles } from '../tls-files.ts'

/** The client wants the authority whenever anything else is given. */
const Settings = TlsFiles.required({ ca: true })

export type ClickHouseTls = { ca_cert: Buffer } | { ca_cert: Buffer; cert: Buffer; key: Buffer }

/**
 * The certificates of an https server.
 * @param setting JSON, or the path of a file with it; null: what this machine trusts
 * @throws HomeroomError CONFIG_INVALID naming each fault; also for an address without TLS, where they would do nothing
 */
export function readClickHouseTls(url: string, setting: string | null): ClickHouseTls | undefined {
  if (setting === null) return undefined
  if (!url.startsWith('https:')) throw invalid('HOMEROOM_CLICKHOUSE is no https address, so nothing would be encrypted')
  const parsed = Settings.safeParse(jsonSetting(setting, invalid))
  if (!parsed.success)
    throw invalid(parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; '))
  const { ca, cert, key } = readTlsFiles(parsed.data, invalid)
  return cert && key ? { ca_cert: ca!, cert, key } : { ca_cert: ca! }
}

const invalid = (faults: string, cause?: unknown): HomeroomError =>
  new HomeroomError('CONFIG_INVALID', `HOMEROOM_CLICKHOUSE_TLS: ${faults}. Nothing was started`, { cause })
