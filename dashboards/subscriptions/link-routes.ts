import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HomeroomError } from '../../infra/errors.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { within } from '../guards.ts'
import { layout } from '../layout.ts'
import { confirmPage, confirmedPage, endPage, endedPage } from '../pages/mail-links.ts'
import type { Problem } from '../pages/problem.ts'
import { askedBy, confirmAddress } from './mail-addresses.ts'
import { endSubscription, subscriptionByLink, type Subscription } from './subscriptions.ts'

/** A mail provider may press for many of its mailboxes at once. */
const OF_ADDRESS = 300

/** Nobody signs in here, and nothing is written to the request log: the address is the secret. */
const OPTIONS = { config: { anonymous: true }, logLevel: 'warn' } as const

/**
 * What links in mails open, for whoever holds them: confirming a mailbox, ending a subscription. Looking at one changes nothing, so
 * that a mail scanner that follows it does no harm; the button is a POST, and so is what a mailbox sends by itself (RFC 8058),
 * which has no token of a form.
 */
export function mailLinkRoutes(
  app: FastifyInstance,
  { warehouse, now }: { warehouse: Warehouse; now: () => Date },
): void {
  const ofAddress = app.createRateLimit({ max: OF_ADDRESS, timeWindow: '1 minute' })
  const limited = {
    ...OPTIONS,
    onRequest: (request: FastifyRequest, reply: FastifyReply): Promise<void> => within(ofAddress, request, reply),
  }
  app.get('/mail/confirm/:token', limited, async (request, reply) => {
    const asked = await askedOf(warehouse, request, now())
    return send(reply, confirmPage(asked.address, pathOf(request)))
  })
  app.post('/mail/confirm/:token', limited, async (request, reply) => {
    const asked = await askedOf(warehouse, request, now())
    if (!asked.confirmed) await confirmAddress(warehouse, asked, now())
    return send(reply, confirmedPage())
  })
  app.get('/mail/end/:token', limited, async (request, reply) => {
    const subscription = await endedOf(warehouse, request)
    return send(reply, subscription.is_ended ? endedPage() : endPage(pathOf(request)))
  })
  app.post('/mail/end/:token', limited, async (request, reply) => {
    const subscription = await endedOf(warehouse, request)
    if (!subscription.is_ended) await endSubscription(warehouse, subscription)
    return send(reply, endedPage())
  })
}

/** @throws HomeroomError NOT_FOUND */
async function askedOf(warehouse: Warehouse, request: FastifyRequest, now: Date) {
  const asked = await askedBy(warehouse, tokenOf(request), now)
  if (asked) return asked
  throw new HomeroomError(
    'NOT_FOUND',
    'This link confirms no mailbox: it is older than two days, or a newer one was sent',
  )
}

/** @throws HomeroomError NOT_FOUND */
async function endedOf(warehouse: Warehouse, request: FastifyRequest): Promise<Subscription> {
  const found = await subscriptionByLink(warehouse, tokenOf(request))
  if (found) return found
  throw new HomeroomError('NOT_FOUND', 'This link ends no mails that there are')
}

const tokenOf = ({ params }: FastifyRequest): string => (params as { token: string }).token
const pathOf = ({ url }: FastifyRequest): string => url.split('?')[0]!

const send = (reply: FastifyReply, content: Problem): FastifyReply =>
  reply.type('text/html; charset=utf-8').send(layout({ ...content, reader: null }))
