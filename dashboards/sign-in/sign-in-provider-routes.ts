import type { FastifyInstance } from 'fastify'
import { readAccount, storeAccount, NEVER, type Account } from '../../infra/accounts.ts'
import { HomeroomError } from '../../infra/errors.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Entry } from './entry.ts'
import { accountId, entitled, type Roster } from './sign-in-claims.ts'
import type { Claims, Provider } from './sign-in-provider.ts'

/** By address; a school's people come from one. */
const MANY = { rateLimit: { max: 300, timeWindow: '1 minute' } }

type SignIn = {
  warehouse: Warehouse
  entry: Entry
  provider: Provider
  now: () => Date
  roster: () => Roster
}

/** Signing in by the district's own provider: there and back. */
export function providerRoutes(app: FastifyInstance, { warehouse, entry, provider, now, roster }: SignIn): void {
  const cookie = `${provider.secure ? '__Secure-' : ''}homeroom_sign_in`
  // Lax: the provider sends the browser back from another site.
  const options = { path: '/sign-in', httpOnly: true, sameSite: 'lax', secure: provider.secure } as const

  app.get<{ Querystring: { to?: unknown } }>('/sign-in', { config: MANY }, async (request, reply) => {
    const { secret, minutes, address } = await provider.begin(pathWithin(provider.origin, request.query.to))
    return reply.setCookie(cookie, secret, { ...options, maxAge: minutes * 60 }).redirect(address, 303)
  })

  // The address holds the provider's code until it is used up: it must not reach the request log.
  app.get('/sign-in/callback', { config: MANY, logLevel: 'warn' }, async (request, reply) => {
    reply.clearCookie(cookie, options)
    const { claims, to } = await provider.finish(request.cookies[cookie] ?? '', request.url.split('?')[1] ?? '')
    const id = await admit(claims)
    const account = await entry.account(id)
    if (!account) throw ended()
    return entry.open(request, reply, account, to)
  })

  /** @returns the id of the account that is now as the claims, or before them the operator, say */
  async function admit(claims: Claims): Promise<string> {
    const id = accountId(provider.settings, claims)
    const known = await readAccount(warehouse, id)
    if (known && (known.revoked || known.expiresAt <= now())) throw ended()
    if (known?.setBy === 'operator') return id
    const account: Account = {
      ...(known ?? { kind: 'person', secretHash: '', expiresAt: NEVER }),
      ...(await entitled(provider.settings, claims, roster())),
      setBy: 'provider',
    }
    await storeAccount(warehouse, account)
    return id
  }
}

const ended = (): HomeroomError =>
  new HomeroomError('SCOPE_DENIED', 'your account in Homeroom has ended. Nobody was signed in')

/** A path of ours, or the first page: whoever makes an address must not say to which site it leads in the end. */
export function pathWithin(origin: string, to: unknown): string {
  if (typeof to !== 'string' || !/^\/[\x21-\x7e]*$/.test(to) || !URL.canParse(to, origin)) return '/'
  const { origin: leads, pathname, search } = new URL(to, origin)
  const loops = pathname.startsWith('/sign-')
  // A path that begins with // is another host to a browser, also one that only became so by being resolved.
  return leads !== origin || pathname.startsWith('//') || loops ? '/' : pathname + search
}
