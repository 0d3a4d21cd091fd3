import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Json = Record<string, unknown>
export type Collections = Record<string, Json[]>

export type OneRosterService = {
  /** Of its rostering service. */
  url: string
  tokenUrl: string
  /** By name; changed by tests as they go. */
  collections: Collections
  /** What it does not understand or offer, and what it leaves out of its answers. */
  lacks: Set<'fields' | 'sort' | 'total' | 'links' | 'offset' | 'demographics' | 'gradebook'>
  /** Answered to the next requests for objects, one each. */
  troubles: { status: number; headers?: Record<string, string> }[]
  /** The most objects it gives at once. */
  most: number
  now_ms: number
  /** Tokens live so long; they are counted. */
  expiresIn_s: number
  tokens: number
  /** Tokens given so far open nothing from now on. */
  revoke: () => void
  /** Told before each answer of objects. */
  onAsked: (url: URL) => void
  asked: URL[]
  close: () => Promise<void>
}

/**
 * A OneRoster service as its REST binding describes it, 1.1 and 1.2 alike: the client credentials grant, `limit`, `offset`,
 * `sort`, `orderBy`, `fields`, `filter` on dateLastModified, X-Total-Count, Link; rostering and gradebook at their addresses.
 * No package of a registry holds such a service, only clients.
 */
export async function aOneRoster(collections: Collections, version: 'v1p1' | 'v1p2'): Promise<OneRosterService> {
  const server = createServer((request, response) => void answer(request, response, service))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let generation = 0
  const service: OneRosterService & { valid: () => string } = {
    url: `${host}/ims/oneroster/${version === 'v1p1' ? 'v1p1' : 'rostering/v1p2'}`,
    tokenUrl: `${host}/token`,
    collections,
    lacks: new Set(),
    troubles: [],
    most: 100,
    now_ms: Date.parse('2026-03-02T15:00:00.000Z'),
    expiresIn_s: 3600,
    tokens: 0,
    revoke: () => void generation++,
    valid: () => `token-${generation}`,
    onAsked: () => undefined,
    asked: [],
    close: () => new Promise(resolve => void (server.closeAllConnections(), server.close(() => resolve()))),
  }
  return service
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  service: OneRosterService & { valid: () => string },
): Promise<void> {
  const url = new URL(request.url!, service.url)
  response.setHeader('date', new Date(service.now_ms).toUTCString())
  if (url.pathname === '/token') return token(request, response, service)
  service.asked.push(url)
  service.onAsked(url)
  const trouble = service.troubles.shift()
  if (trouble) return void response.writeHead(trouble.status, trouble.headers).end()
  if (request.headers.authorization !== `Bearer ${service.valid()}`) return fail(response, 401)
  const [, part, rest = ''] = /^\/ims\/oneroster\/(?:(rostering|gradebook)\/v1p2|v1p1)\/(.+)$/.exec(url.pathname) ?? []
  const [name = '', id] = rest.split('/').map(decodeURIComponent)
  const isScore = !['orgs', 'academicSessions', 'courses', 'classes', 'users', 'demographics', 'enrollments'].includes(
    name,
  )
  if (part !== undefined && isScore !== (part === 'gradebook')) return fail(response, 404)
  if (service.lacks.has('demographics') && name === 'demographics') return fail(response, 403)
  if (service.lacks.has('gradebook') && isScore) return fail(response, 404)
  const all = service.collections[name] ?? []
  if (id === undefined) return page(response, url, name, all, service)
  const found = all.find(({ sourcedId }) => sourcedId === id)
  if (!found) return fail(response, 404)
  send(response, { [name === 'demographics' ? name : name.replace(/s$/, '')]: found })
}

async function token(
  request: IncomingMessage,
  response: ServerResponse,
  service: OneRosterService & { valid: () => string },
): Promise<void> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const form = new URLSearchParams(body)
  const expected = `Basic ${Buffer.from('homeroom:hush%3A+hush').toString('base64')}`
  if (request.method !== 'POST' || request.headers.authorization !== expected) {
    return void response.writeHead(401).end('{"error": "invalid_client"}')
  }
  if (form.get('grant_type') !== 'client_credentials' || !form.get('scope')?.includes('roster-core.readonly')) {
    return void response.writeHead(400).end('{"error": "invalid_scope"}')
  }
  service.tokens++
  send(response, { access_token: service.valid(), token_type: 'bearer', expires_in: service.expiresIn_s })
}

function page(response: ServerResponse, url: URL, name: string, all: Json[], service: OneRosterService): void {
  const { lacks, most } = service
  const asked = url.searchParams
  if (['fields', 'sort'].some(word => asked.has(word) && lacks.has(word as 'fields'))) return fail(response, 400)
  const since = /^dateLastModified>='([^']+)'$/.exec(asked.get('filter') ?? '')?.[1]
  if (asked.has('filter') && since === undefined) return fail(response, 400)
  const found = all.filter(
    item => since === undefined || Date.parse(String(item.dateLastModified)) >= Date.parse(since),
  )
  const by = asked.get('sort')
  if (by !== null) found.sort((a, b) => (String(a[by]) < String(b[by]) ? -1 : 1))
  const limit = Math.min(Number(asked.get('limit') ?? 100), most)
  const offset = lacks.has('offset') ? 0 : Number(asked.get('offset') ?? 0)
  const fields = asked.get('fields')?.split(',')
  const items = found
    .slice(offset, offset + limit)
    .map(item => (fields ? Object.fromEntries(Object.entries(item).filter(([key]) => fields.includes(key))) : item))
  if (!lacks.has('total')) response.setHeader('x-total-count', found.length)
  if (!lacks.has('links')) response.setHeader('link', links(url, offset, limit, found.length))
  send(response, { [name]: items })
}

function links(url: URL, offset: number, limit: number, total: number): string {
  const at = (place: number, rel: string): string => {
    const link = new URL(url)
    link.searchParams.set('offset', String(place))
    return `<${link.href}>; rel="${rel}"`
  }
  const next = offset + limit < total ? [at(offset + limit, 'next')] : []
  return [at(0, 'first'), ...next, at(Math.max(0, total - limit), 'last')].join(', ')
}

function send(response: ServerResponse, json: Json): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(json))
}

const fail = (response: ServerResponse, status: number): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end('{"imsx_codeMajor": "failure"}')
