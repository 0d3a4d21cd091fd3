import compress from '@fastify/compress'
import cookie from '@fastify/cookie'
import csrfProtection from '@fastify/csrf-protection'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HomeroomError } from '../infra/errors.ts'
import { withinRoster } from './access.ts'
import type { Audit } from './audit.ts'
import type { Entry } from './sign-in/entry.ts'
import type { Figures } from './figures/figures.ts'
import type { Provider } from './sign-in/sign-in-provider.ts'

/** Requests of one reader in a minute, and cookies that are not known from one address. */
const OF_A_READER = 600
const UNKNOWN_COOKIES = 120

/** Cookies, forms, forgery protection, rate limits, compression and security headers. */
export async function guards(app: FastifyInstance, provider: Provider | null): Promise<void> {
  const secure = provider?.secure ?? false
  await app.register(cookie)
  await app.register(formbody, { bodyLimit: 10_000 })
  await app.register(csrfProtection, {
    cookieKey: `${secure ? '__Host-' : ''}homeroom_form`,
    cookieOpts: { path: '/', sameSite: 'strict', httpOnly: true, secure },
  })
  await app.register(rateLimit, { global: false })
  await app.register(compress, { encodings: ['gzip'], threshold: 2048 })
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CSP },
    referrerPolicy: { policy: 'no-referrer' },
    // Loopback is served over plain HTTP.
    strictTransportSecurity: secure && { maxAge: 31_536_000 },
  })
  app.addHook('onRequest', async (_request, reply) => {
    // What is the same to everybody says otherwise itself.
    reply.header('cache-control', 'no-store')
  })
}

/** Who asks, before anything else is done: `request.reader`. */
export function identify(
  app: FastifyInstance,
  { entry, figures, audit }: { entry: Entry; figures: Figures; audit: Audit },
): void {
  app.decorateRequest('reader', null)
  const ofReader = app.createRateLimit({
    max: OF_A_READER,
    timeWindow: '1 minute',
    keyGenerator: request => request.reader?.id ?? '',
  })
  const unknown = app.createRateLimit({ max: UNKNOWN_COOKIES, timeWindow: '1 minute' })
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config?.anonymous) return
    const found = await entry.reader(request, () => within(unknown, request, reply))
    if (found === null) return
    if (found === 'unknown') {
      const refused = new HomeroomError(
        'CREDENTIALS_INVALID',
        'the session’s cookie opens nothing: it is over, was ended, or is not ours',
      )
      entry.forget(reply)
      await audit.refused(request, null, refused)
      return
    }
    request.reader = { ...found, closed: [] }
    await within(ofReader, request, reply)
    if (found.scope.schools.length === 0) return
    request.reader = withinRoster(found, new Set((await figures.schools()).map(({ id }) => id)))
  })
}

type Limit = ReturnType<FastifyInstance['createRateLimit']>

/** @throws HomeroomError RATE_LIMITED */
export async function within(limit: Limit, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const state = await limit(request)
  if (state.isAllowed || !state.isExceeded) return
  reply.header('retry-after', state.ttlInSeconds)
  throw new HomeroomError('RATE_LIMITED', `more than ${state.max} requests in a minute`)
}

/**
 * What changes something comes from a page of ours: the browser says so itself, beside the form's token.
 * @throws HomeroomError SCOPE_DENIED
 */
export function fromHere({ method, headers }: FastifyRequest, provider: Provider | null): void {
  if (method === 'GET' || method === 'HEAD') return
  const site = headers['sec-fetch-site']
  const own = provider?.origin ?? `http://${headers.host}`
  // Without a referrer the origin of a form is null, whosever it is: then the first header tells.
  const elsewhere = headers.origin !== undefined && headers.origin !== 'null' && headers.origin !== own
  if (elsewhere || (site !== undefined && site !== 'same-origin')) {
    throw new HomeroomError('SCOPE_DENIED', 'This form came from another site. Nothing was changed')
  }
}

/** Options of a route whose page has a script: of our own origin only, and what it fetches too. */
export const withScript = {
  get contentSecurityPolicy() {
    return { useDefaults: false, directives: { ...CSP, scriptSrc: ["'self'"], connectSrc: ["'self'"] } }
  },
}

const CSP = {
  defaultSrc: ["'none'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
}
