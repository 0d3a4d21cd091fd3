import { readFileSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { z } from 'zod'
import { HomeroomError } from './errors.ts'

const TimeZone = z.string().refine(isTimeZone, 'expected an IANA time zone, for example America/New_York')

const Settings = z.strictObject({
  /** Folder of the embedded log, the embedded engine, and the secrets. */
  HOMEROOM_DATA: z.string().min(1).default('data'),
  /** Id of the district; ClickHouse database and topic prefix. Changing it is a rebuild. */
  HOMEROOM_DISTRICT: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,39}$/, 'expected lower-case letters, digits and _, at most 40, beginning with a letter')
    .default('homeroom'),
  /** The district's one time zone. Changing it is a rebuild. */
  HOMEROOM_TIME_ZONE: TimeZone.default('America/New_York'),
  /** Kafka brokers, `host:port,host:port`; not set: the embedded log. */
  HOMEROOM_KAFKA: z
    .string()
    .regex(/^[\w.-]+:\d+(,[\w.-]+:\d+)*$/, 'expected host:port,host:port')
    .optional(),
  /** TLS and SASL of the brokers: JSON, or a file with it (infra/log/kafka-security.ts); not set: neither. */
  HOMEROOM_KAFKA_SECURITY: z.string().min(1).optional(),
  /** URL of a ClickHouse server with user and password; not set: the embedded engine. */
  HOMEROOM_CLICKHOUSE: z.url({ protocol: /^https?$/ }).optional(),
  /** Certificates for an https URL of ClickHouse: JSON, or a file with it (infra/tls-files.ts); not set: what this machine trusts. */
  HOMEROOM_CLICKHOUSE_TLS: z.string().min(1).optional(),
  /** Where HTTP is served. Any address but loopback needs HOMEROOM_SIGN_IN. */
  HOMEROOM_LISTEN: z
    .string()
    .regex(/^([\w.-]+|\[[\da-fA-F:.]+\]):\d{1,5}$/, 'expected an address and a port, for example 127.0.0.1:8080')
    .default('127.0.0.1:8080'),
  /** Sign-in by OpenID Connect: JSON, or a file with it (dashboards/sign-in/sign-in-settings.ts); not set: single-use links. */
  HOMEROOM_SIGN_IN: z.string().min(1).optional(),
  /** Whose account names are whose: `https://lms.example.org=username,https://forum.example.org=sourcedId`. */
  HOMEROOM_ACCOUNTS: z
    .string()
    .regex(/^$|^[^\s,]+=(username|sourcedId|email|identifier)(,[^\s,]+=(username|sourcedId|email|identifier))*$/, {
      error: 'expected homePage=field,homePage=field; field is username, sourcedId, email or identifier',
    })
    .default(''),
  /** The district's own lines for verbs and activity types, CSV or JSON. Changing it: restart, then homeroom replay. */
  HOMEROOM_VOCABULARY: z.string().min(1).optional(),
  /** File of secrets (pseudonym key, master secret); made when absent; keep it outside every database and backup set. */
  HOMEROOM_SECRETS: z.string().min(1).optional(),
  /** File that describes the learning record stores that `pull` fetches from; holds credentials. */
  HOMEROOM_SOURCES: z.string().min(1).optional(),
  /** JWK set (address or file) of the keys that sign Canvas Live Events; not set: only unsigned ones are taken. */
  HOMEROOM_CANVAS_KEYS: z.string().min(1).optional(),
  /** How long what is kept: JSON, or a file with it (processors/retention-policy.ts); not set: without limit. */
  HOMEROOM_RETENTION: z.string().min(1).optional(),
  /** Scales of the district's own tests: JSON, or a file with it (processors/growth/own-scales.ts). */
  HOMEROOM_TESTS: z.string().min(1).optional(),
  /** Who is told of new offers of help, and how readers' mails go: JSON, or a file with it (infra/notify/); not set: nobody is. */
  HOMEROOM_NOTIFY: z.string().min(1).optional(),
  /** OpenTelemetry collector that takes traces, OTLP over HTTP (infra/tracing/); not set: nothing is traced. */
  HOMEROOM_OTLP: z.url({ protocol: /^https?$/ }).optional(),
  /** Share of the requests that are traced, 0 to 1; a request that comes with a sampled traceparent always is. */
  HOMEROOM_TRACE_SHARE: z.coerce.number().min(0).max(1).default(0.01),
  HOMEROOM_LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
})

export type Config = {
  data: string
  district: string
  timeZone: string
  kafka: string[] | null
  clickhouse: string | null
  /** JSON, or the path of a file; null: plain connections. Holds a secret if it is JSON. */
  kafkaSecurity: string | null
  /** JSON, or the path of a file; null: what this machine trusts. */
  clickhouseTls: string | null
  host: string
  port: number
  accounts: { homePage: string; field: 'username' | 'sourcedId' | 'email' | 'identifier' }[]
  /** File; null: the district has no lines of its own. */
  vocabulary: string | null
  secretsFile: string
  sourcesFile: string
  /** Address or file; null: Canvas does not sign. */
  canvasKeys: string | null
  /** JSON, or the path of a file; null: everything is kept. */
  retention: string | null
  /** JSON, or the path of a file; null: only tests that Homeroom knows have a scale. */
  tests: string | null
  /** JSON, or the path of a file; null: nobody is told outside Homeroom. Holds secrets if it is JSON. */
  notify: string | null
  /** JSON, or the path of a file; null: single-use links, on loopback. Holds a secret if it is JSON. */
  signIn: string | null
  /** URL of the collector; null: nothing is traced. */
  otlp: string | null
  traceShare: number
  logLevel: string
}

/**
 * All settings, read once. Later wins: defaults, the file (`HOMEROOM_CONFIG`, JSON), the environment.
 * @throws HomeroomError CONFIG_INVALID naming each wrong setting, what it is and what was expected
 */
export function readConfig(
  env: Record<string, string | undefined> = process.env,
  overrides: Partial<Config> = {},
): Config {
  const file = env.HOMEROOM_CONFIG ? readFile(env.HOMEROOM_CONFIG) : {}
  const fromEnv = Object.fromEntries(
    Object.entries(env).filter(
      ([key, value]) => key.startsWith('HOMEROOM_') && key !== 'HOMEROOM_CONFIG' && value !== '',
    ),
  )
  const parsed = Settings.safeParse({ ...file, ...fromFiles(fromEnv) })
  if (!parsed.success) {
    const faults = parsed.error.issues.map(i => `${i.path.join('.') || 'settings'}: ${i.message}`).join('; ')
    throw new HomeroomError('CONFIG_INVALID', `${faults}. Nothing was started`)
  }
  const s = parsed.data
  const data = resolve(s.HOMEROOM_DATA)
  const secrets = s.HOMEROOM_SECRETS ?? 'secrets.json'
  const sources = s.HOMEROOM_SOURCES ?? 'sources.json'
  const [host, port] = splitListen(s.HOMEROOM_LISTEN)
  if (!LOOPBACK.test(host) && s.HOMEROOM_SIGN_IN === undefined) {
    throw new HomeroomError(
      'CONFIG_INVALID',
      `HOMEROOM_LISTEN is ${s.HOMEROOM_LISTEN}, expected a loopback address, because HOMEROOM_SIGN_IN names no sign-in provider. Nothing was started`,
    )
  }
  return {
    data,
    district: s.HOMEROOM_DISTRICT,
    timeZone: s.HOMEROOM_TIME_ZONE,
    kafka: s.HOMEROOM_KAFKA?.split(',') ?? null,
    clickhouse: s.HOMEROOM_CLICKHOUSE ?? null,
    kafkaSecurity: jsonOrPath(s.HOMEROOM_KAFKA_SECURITY),
    clickhouseTls: jsonOrPath(s.HOMEROOM_CLICKHOUSE_TLS),
    host,
    port,
    accounts: s.HOMEROOM_ACCOUNTS.split(',')
      .filter(Boolean)
      .map(rule => {
        const at = rule.lastIndexOf('=')
        return { homePage: rule.slice(0, at), field: rule.slice(at + 1) as Config['accounts'][number]['field'] }
      }),
    vocabulary: s.HOMEROOM_VOCABULARY === undefined ? null : resolve(s.HOMEROOM_VOCABULARY),
    secretsFile: isAbsolute(secrets) ? secrets : resolve(data, secrets),
    sourcesFile: isAbsolute(sources) ? sources : resolve(data, sources),
    canvasKeys: placeOf(s.HOMEROOM_CANVAS_KEYS),
    retention: jsonOrPath(s.HOMEROOM_RETENTION),
    tests: jsonOrPath(s.HOMEROOM_TESTS),
    notify: jsonOrPath(s.HOMEROOM_NOTIFY),
    signIn: jsonOrPath(s.HOMEROOM_SIGN_IN),
    otlp: s.HOMEROOM_OTLP ?? null,
    traceShare: s.HOMEROOM_TRACE_SHARE,
    logLevel: s.HOMEROOM_LOG_LEVEL,
    ...overrides,
  }
}

/**
 * `HOMEROOM_X_FILE` names a file that holds the value of `HOMEROOM_X`, as secrets are mounted; the value itself, if it is set too, wins.
 * @throws HomeroomError CONFIG_INVALID
 */
function fromFiles(env: Record<string, string | undefined>): Record<string, string | undefined> {
  const values: Record<string, string | undefined> = {}
  for (const [key, value] of Object.entries(env)) {
    const name = key.replace(/_FILE$/, '')
    if (name === key || !(name in Settings.shape)) values[key] = value
    else values[name] ??= env[name] ?? textOf(key, value!)
  }
  return values
}

function textOf(key: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new HomeroomError('CONFIG_INVALID', `${key}: ${path} is not readable. Nothing was started`, { cause })
  }
}

/** The settings as `doctor` prints them: passwords in URLs hidden. */
export function shownConfig(config: Config): Record<string, unknown> {
  const clickhouse = config.clickhouse && new URL(config.clickhouse)
  if (clickhouse && clickhouse.password) clickhouse.password = 'hidden'
  return {
    ...config,
    clickhouse: clickhouse ? clickhouse.href : 'embedded',
    kafka: config.kafka ?? 'embedded',
    kafkaSecurity: shown(config.kafkaSecurity, 'none'),
    clickhouseTls: shown(config.clickhouseTls, 'none'),
    vocabulary: config.vocabulary ?? 'none',
    notify: shown(config.notify, 'nobody'),
    signIn: shown(config.signIn, 'single-use links'),
  }
}

const shown = (setting: string | null, none: string): string =>
  setting === null ? none : setting.startsWith('{') ? 'hidden' : setting

const LOOPBACK = /^(127\.0\.0\.1|localhost|::1)$/

function jsonOrPath(setting: string | undefined): string | null {
  if (setting === undefined) return null
  const text = setting.trim()
  return text.startsWith('{') ? text : resolve(setting)
}

function placeOf(setting: string | undefined): string | null {
  if (setting === undefined) return null
  return /^https?:/i.test(setting) ? setting : resolve(setting)
}

function readFile(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  } catch (cause) {
    throw new HomeroomError('CONFIG_INVALID', `HOMEROOM_CONFIG: ${path} is not readable as JSON. Nothing was started`, {
      cause,
    })
  }
}

function splitListen(listen: string): [string, number] {
  const at = listen.lastIndexOf(':')
  return [listen.slice(0, at).replace(/^\[|\]$/g, ''), Number(listen.slice(at + 1))]
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

/** The environment of a child process that shall have the same settings. */
export function childEnvironment(config: Config): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOMEROOM_DATA: config.data,
    HOMEROOM_DISTRICT: config.district,
    HOMEROOM_TIME_ZONE: config.timeZone,
    HOMEROOM_KAFKA: config.kafka?.join(',') ?? '',
    HOMEROOM_CLICKHOUSE: config.clickhouse ?? '',
    HOMEROOM_KAFKA_SECURITY: config.kafkaSecurity ?? '',
    HOMEROOM_CLICKHOUSE_TLS: config.clickhouseTls ?? '',
    HOMEROOM_LISTEN: `${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}`,
    HOMEROOM_ACCOUNTS: config.accounts.map(rule => `${rule.homePage}=${rule.field}`).join(','),
    HOMEROOM_VOCABULARY: config.vocabulary ?? '',
    HOMEROOM_SECRETS: config.secretsFile,
    HOMEROOM_SOURCES: config.sourcesFile,
    HOMEROOM_CANVAS_KEYS: config.canvasKeys ?? '',
    HOMEROOM_RETENTION: config.retention ?? '',
    HOMEROOM_TESTS: config.tests ?? '',
    HOMEROOM_NOTIFY: config.notify ?? '',
    HOMEROOM_SIGN_IN: config.signIn ?? '',
    HOMEROOM_OTLP: config.otlp ?? '',
    HOMEROOM_TRACE_SHARE: String(config.traceShare),
    HOMEROOM_LOG_LEVEL: config.logLevel,
  }
}
