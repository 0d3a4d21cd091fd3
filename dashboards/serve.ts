import compress from '@fastify/compress'
import cookie from '@fastify/cookie'
import csrfProtection from '@fastify/csrf-protection'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Account, Accounts } from '../infra/accounts.ts'
import type { Config } from '../infra/config.ts'
import { ERRORS, HomeroomError } from '../infra/errors.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { tierOf } from './access.ts'
import { indicatorRows } from './api.ts'
import { Figures } from './figures.ts'
import { layout, schoolPath } from './layout.ts'
import { cataloguePage } from './pages/catalogue.ts'
import { districtPage } from './pages/district.ts'
import { notSignedInPage, problemPage } from './pages/problem.ts'
import { schoolPage } from './pages/school.ts'
import { statusPage } from './pages/status.ts'
import type { Content, Visit } from './pages/visit.ts'
import { SESSION_COOKIE, signInRoutes } from './sign-in-routes.ts'
import { Sessions } from './sessions.ts'
import { stylesheet } from './stylesheet.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in; null for nobody. Set in the scope of the dashboards only. */
    reader: Account | null
  }
}

export type DashboardDeps = {
  warehouse: Warehouse
  config: Pick<Config, 'timeZone' | 'district'>
  accounts: Pick<Accounts, 'find' | 'refresh'>
  /** A clock, for tests. */
  now?: () => Date
}

/**
 * Everything that people look at, as a fastify plugin: sign-in, pages, stylesheet, JSON, error pages. Its headers,
 * hooks, limits and error pages stay in its own scope; register it once per app, beside ingest or alone.
 */
export async function dashboardRoutes(app: FastifyInstance, deps: DashboardDeps): Promise<void> {
  const { warehouse, config, accounts, now = () => new Date() } = deps
  const figures = new Figures(warehouse)
  const sessions = new Sessions(warehouse, now)
  await guards(app)
  app.decorateRequest('reader', null)
  app.addHook('onRequest', async request => {
    const id = await sessions.find(request.cookies[SESSION_COOKIE] ?? '')
    request.reader = (id !== null && accounts.find(id)) || null
  })
  app.setErrorHandler((error, request, reply) => fail(error, request, reply))
  app.setNotFoundHandler((request, reply) =>
    fail(new HomeroomError('NOT_FOUND', `Nothing is at ${request.url}`), request, reply),
  )
  app.get('/style.css', (_request, reply) =>
    reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .type('text/css; charset=utf-8')
      .send(stylesheet),
  )
  signInRoutes(app, { warehouse, accounts, sessions, now })

  pageRoutes(app, figures, config.timeZone)
  app.get('/api/indicators', async (request, reply) => {
    if (!request.reader) throw new HomeroomError('CREDENTIALS_MISSING', 'no session; sign in with a link first')
    const found = await indicatorRows(
      { warehouse, figures, reader: request.reader, district: config.district },
      request.query,
    )
    return reply.header('cache-control', 'no-store').send(found)
  })
}

function pageRoutes(app: FastifyInstance, figures: Figures, timeZone: string): void {
  const page =
    (make: (visit: Visit, request: FastifyRequest) => Content | Promise<Content>) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const { reader } = request
      if (!reader) return send(reply, { ...notSignedInPage(), status: 401 })
      const schools = await figures.schools()
      const query = request.query as Record<string, unknown>
      const content = await make({ reader, figures, schools, timeZone, query }, request)
      return send(reply, content, { reader, schools, path: request.url.split('?')[0]! })
    }
  app.get('/', (request, reply) =>
    request.reader
      ? reply.redirect(firstPage(request.reader), 303)
      : send(reply, { ...notSignedInPage(), status: 401 }),
  )
  app.get('/district', page(districtPage))
  app.get(
    '/schools/:id',
    page((visit, request) => schoolPage(visit, (request.params as { id: string }).id)),
  )
  app.get('/catalogue', page(cataloguePage))
  app.get('/status', page(statusPage))
}

/** Cookies, forms, forgery protection, rate limits, compression and security headers. */
async function guards(app: FastifyInstance): Promise<void> {
  await app.register(cookie)
  await app.register(formbody, { bodyLimit: 10_000 })
  await app.register(csrfProtection, {
    cookieKey: 'homeroom_form',
    cookieOpts: { path: '/', sameSite: 'strict', httpOnly: true },
  })
  await app.register(rateLimit, { global: false })
  await app.register(compress, { encodings: ['gzip'], threshold: 2048 })
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CSP },
    referrerPolicy: { policy: 'no-referrer' },
    // Loopback is served over plain HTTP.
    strictTransportSecurity: false,
  })
}

const CSP = {
  defaultSrc: ["'none'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
}

/** Where a reader begins. */
function firstPage(reader: Account): string {
  const school = reader.scope.schools.find(id => tierOf(reader, { type: 'school', id }) !== 'none')
  if (school !== undefined && reader.role !== 'analyst') return schoolPath(school)
  return tierOf(reader, { type: 'district', id: '' }) === 'none' ? '/status' : '/district'
}

type Frame = { reader: Account; schools: Visit['schools']; path: string }

function send(reply: FastifyReply, { title, body, status = 200 }: Content, frame?: Frame): FastifyReply {
  if (status === 503) reply.header('retry-after', '5')
  const csrf = frame ? { csrf: reply.generateCsrf() } : {}
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(layout({ title, body, reader: frame?.reader ?? null, ...frame, ...csrf }))
}

/** An error as a plain page; as JSON for machines. What is ours to mend goes to the log and is not shown. */
function fail(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = error instanceof HomeroomError ? error.http : ((error as { statusCode?: number }).statusCode ?? 500)
  const message = error instanceof Error ? error.message : ''
  if (status >= 500) request.log.error({ err: error }, 'a page could not be shown')
  if (!isForMachine(request)) {
    return send(reply, { ...(status === 401 ? notSignedInPage() : problemPage(status, message)), status })
  }
  const code = error instanceof HomeroomError ? error.code : status < 500 ? 'QUERY_INVALID' : 'INTERNAL'
  const body = {
    code,
    message: status < 500 ? message : 'the request failed; the log says why',
    next: ERRORS[code].next,
  }
  return reply.code(status).header('cache-control', 'no-store').send(body)
}

/** Browsers ask for text/html by name. */
function isForMachine({ url, headers }: FastifyRequest): boolean {
  return url.startsWith('/api/') || (headers.accept !== undefined && !headers.accept.includes('text/html'))
}
