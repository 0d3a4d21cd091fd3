import { readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import type { HomeroomError } from '../../infra/errors.ts'
import { isTimestamp } from '../../schemas/formats.ts'
import type { XapiVersion } from '../../schemas/xapi.ts'
import { onerosterSource, type OneRosterSource } from './oneroster-source.ts'
import { addressIn, faultsIn, invalidSources } from './source-address.ts'

/** A learning record store that statements are fetched from. */
export type Source = {
  kind: 'xapi'
  /** Under which its statements are kept, as those of a credential of this name would be. */
  name: string
  /** Address of its xAPI endpoint, without `/statements` and without a slash at the end. */
  url: string
  /** The Authorization header: a secret. */
  authorization: string | null
  /** Where the first pull begins: only what was stored later. null: at the beginning. */
  since: string | null
  /** How long after its `stored` a statement may become visible there. */
  overlap_ms: number
  /** Statements that one answer is asked for; the store may give fewer. */
  pageSize: number
  attachments: boolean
  /** null: the newest that its About resource names and we speak. */
  version: XapiVersion | null
  /** For one request, answer included. */
  timeLimit_ms: number
}

export type AnySource = Source | OneRosterSource

const Described = z
  .strictObject({
    kind: z.literal('xapi').default('xapi'),
    url: z.url({ protocol: /^https?$/ }),
    user: z.string().min(1).optional(),
    password: z.string().optional(),
    token: z.string().min(1).optional(),
    since: z.string().refine(isTimestamp, 'expected an ISO 8601 date and time').optional(),
    overlapMinutes: z.number().min(0).max(100_000).default(10),
    pageSize: z.int().min(1).max(5000).default(500),
    attachments: z.boolean().default(true),
    version: z.enum(['1.0.3', '2.0.0']).optional(),
    timeLimitSeconds: z.number().min(1).max(600).default(60),
    insecure: z.boolean().default(false),
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), 'user and password go together')
  .refine(({ user, token }) => user === undefined || token === undefined, 'either user and password, or token')

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/
const READABLE_BY_OTHERS = 0o007

/**
 * The sources that a JSON file describes, by name: `{"lms": {"url": …, "user": …, "password": …, "since": …}}`. `kind` is
 * `xapi`, which needs not be said, or `oneroster`.
 * @throws HomeroomError CONFIG_INVALID naming what is wrong where, without repeating a secret
 */
export async function readSources(path: string): Promise<AnySource[]> {
  const file = await jsonIn(path)
  if (typeof file !== 'object' || file === null || Array.isArray(file)) {
    throw invalid(path, 'is not an object of sources by name')
  }
  const sources = Object.entries(file).map(([name, described]) => source(path, name, described))
  if (sources.some(hasSecret) && (await stat(path)).mode & READABLE_BY_OTHERS) {
    throw invalid(path, `holds credentials and every user of this machine may read it; run chmod 600 ${path}`)
  }
  return sources
}

/** @throws HomeroomError CONFIG_INVALID if there is none of this name, naming those that there are */
export async function sourceNamed(name: string, path: string): Promise<AnySource> {
  const sources = await readSources(path)
  const found = sources.find(source => source.name === name)
  if (found) return found
  throw invalid(path, `describes no source ${name}; it describes ${sources.map(s => s.name).join(', ') || 'none'}`)
}

const hasSecret = (source: AnySource): boolean =>
  source.authorization !== null || (source.kind === 'oneroster' && source.token !== null)

function source(path: string, name: string, described: unknown): AnySource {
  if (!NAME.test(name)) throw invalid(path, `has a source of which the name is not 1 to 64 letters, digits, - and _`)
  const kind = typeof described === 'object' && described !== null && 'kind' in described ? described.kind : undefined
  if (kind === 'oneroster') return onerosterSource(path, name, described)
  const { data, error } = Described.safeParse(described)
  if (error) throw invalid(path, `${name}: ${faultsIn(error)}`)
  return {
    kind: 'xapi',
    name,
    url: addressIn(path, name, 'url', data.url, data.insecure).replace(/\/statements$/, ''),
    authorization: authorizationOf(data),
    since: data.since ?? null,
    overlap_ms: data.overlapMinutes * 60_000,
    pageSize: data.pageSize,
    attachments: data.attachments,
    version: data.version ?? null,
    timeLimit_ms: data.timeLimitSeconds * 1000,
  }
}

function authorizationOf({ user, password, token }: z.infer<typeof Described>): string | null {
  if (token !== undefined) return `Bearer ${token}`
  return user === undefined ? null : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

async function jsonIn(path: string): Promise<unknown> {
  let text
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw invalid(path, 'cannot be read; homeroom pull --help shows what it holds', cause)
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    // The parser's own message quotes what stands there, which may be a password.
    const where = /at position \d+(?: \(line \d+ column \d+\))?/.exec(String(error))?.[0] ?? 'at its end'
    throw invalid(path, `is not JSON ${where}`)
  }
}

const invalid: (path: string, what: string, cause?: unknown) => HomeroomError = invalidSources
