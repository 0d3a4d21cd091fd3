import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Accounts } from '../infra/accounts.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { layout } from './layout.ts'
import { signInPage, usedLinkPage } from './pages/sign-in.ts'
import type { Sessions } from './sessions.ts'
import { SignInLinks } from './sign-in.ts'

export const SESSION_COOKIE = 'homeroom_session'

const Form = z.object({ token: z.string().regex(/^[\w-]{43}$/) })

type SignIn = {
  warehouse: Warehouse
  accounts: Pick<Accounts, 'find' | 'refresh'>
  sessions: Sessions
  now: () => Date
}

/** Signing in by a single-use link, and signing out. Both change something, so both are POSTs with a form token. */
export function signInRoutes(app: FastifyInstance, { warehouse, accounts, sessions, now }: SignIn): void {
  const links = new SignInLinks(warehouse, now)

  // The address holds the secret until it is used up: it must not reach the request log.
  app.get<{ Params: { token: string } }>('/sign-in/:token', { logLevel: 'warn' }, (request, reply) =>
    page(reply, 200, signInPage(request.params.token, reply.generateCsrf())),
  )

  const few = { rateLimit: { max: 30, timeWindow: '1 minute' } }
  app.post('/sign-in', { config: few, preHandler: app.csrfProtection }, async (request, reply) => {
    const form = Form.safeParse(request.body)
    const id = form.success ? await links.use(form.data.token) : null
    const account = id === null ? undefined : await find(id)
    if (account?.kind !== 'person') return page(reply, 403, usedLinkPage())
    await endSession(request.cookies[SESSION_COOKIE])
    const { secret, expires } = await sessions.open(account.id)
    // No `secure`: it is served on loopback only, over plain HTTP.
    return reply
      .setCookie(SESSION_COOKIE, secret, { path: '/', httpOnly: true, sameSite: 'strict', expires })
      .redirect('/', 303)
  })

  app.post('/sign-out', { preHandler: app.csrfProtection }, async (request, reply) => {
    await endSession(request.cookies[SESSION_COOKIE])
    return reply.clearCookie(SESSION_COOKIE, { path: '/', httpOnly: true, sameSite: 'strict' }).redirect('/', 303)
  })

  /** An account that another process has just made is known here after a refresh. */
  async function find(id: string) {
    const known = accounts.find(id)
    if (known) return known
    await accounts.refresh()
    return accounts.find(id)
  }

  const endSession = async (secret: string | undefined): Promise<void> => {
    if (secret) await sessions.end(secret)
  }
}

function page(reply: FastifyReply, status: number, content: ReturnType<typeof usedLinkPage>) {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(layout({ ...content, reader: null }))
}
