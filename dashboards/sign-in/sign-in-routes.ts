import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Audit } from '../audit.ts'
import type { Entry } from './entry.ts'
import { layout } from '../layout.ts'
import type { Problem } from '../pages/problem.ts'
import { linksOnlyPage, signInPage, signedOutPage, usedLinkPage } from '../pages/sign-in.ts'
import type { Provider } from './sign-in-provider.ts'
import { SignInLinks } from './sign-in.ts'

const Form = z.object({ token: z.string().regex(/^[\w-]{43}$/) })

/** By address: a link is tried by one who holds it. */
const FEW = { rateLimit: { max: 30, timeWindow: '1 minute' } }

type SignIn = { warehouse: Warehouse; entry: Entry; audit: Audit; provider: Provider | null; now: () => Date }

/** Signing in by a single-use link, where no provider is set. Pressing its button is a POST with a form token. */
export function linkRoutes(app: FastifyInstance, { warehouse, entry, audit, now }: SignIn): void {
  const links = new SignInLinks(warehouse, now)

  app.get('/sign-in', (_request, reply) => page(reply, 200, linksOnlyPage()))

  // The address holds the secret until it is used up: it must not reach the request log.
  app.get<{ Params: { token: string } }>('/sign-in/:token', { logLevel: 'warn' }, (request, reply) =>
    page(reply, 200, signInPage(request.params.token, reply.generateCsrf())),
  )

  app.post('/sign-in', { config: FEW, preHandler: app.csrfProtection }, async (request, reply) => {
    const form = Form.safeParse(request.body)
    const link = form.success ? await links.use(form.data.token) : null
    const account = link === null ? undefined : await entry.account(link.account_id)
    if (account?.kind === 'person' && link!.made_ms >= (account.signedOutAt?.getTime() ?? 0))
      return entry.open(request, reply, account)
    const refused = new HomeroomError(
      'SIGN_IN_REFUSED',
      'the link is unknown, used or too old, or its account has ended',
    )
    await audit.refused(request, null, refused)
    return page(reply, 403, usedLinkPage())
  })
}

/** Signing out changes something, so that it is a POST with a form token too. */
export function signOutRoute(app: FastifyInstance, { entry, provider }: SignIn): void {
  app.post('/sign-out', { preHandler: app.csrfProtection }, async (request, reply) => {
    await entry.close(request, reply, request.reader)
    if (!provider) return reply.redirect('/', 303)
    // Not a redirect: the browser refuses a form that leads to another site, and the reader may be at a shared computer.
    const elsewhere = await provider.endAddress().catch((error: unknown) => {
      if (error instanceof HomeroomError && error.code === 'SIGN_IN_UNAVAILABLE') return null
      throw error
    })
    return page(reply, 200, signedOutPage(provider.settings.name, elsewhere))
  })
}

function page(reply: FastifyReply, status: number, content: Problem): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(layout({ ...content, reader: null }))
}
