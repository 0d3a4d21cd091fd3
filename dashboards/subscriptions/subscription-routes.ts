import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import { Mailer } from '../../infra/notify/email.ts'
import type { NotifySettings } from '../../infra/notify/notify-settings.ts'
import type { Secrets } from '../../infra/secrets.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { subscriptionsPage } from '../pages/subscriptions.ts'
import type { Content, Visit } from '../pages/parts/visit.ts'
import { confirmAddressOf } from './links.ts'
import { askAddress, CONFIRM_HOURS, forgetAddress } from './mail-addresses.ts'
import { Address, seenUnits, thresholdIn, unitKey } from './subscription-form.ts'
import { endSubscription, MOST_SUBSCRIPTIONS, subscribe, subscriptionsOf, type Wish } from './subscriptions.ts'

type Make = (visit: Visit, request: FastifyRequest, reply: FastifyReply) => Promise<Content | null>
/** A handler that shows the page to who may see it, after the audit was told. */
type Page = (make: Make) => RouteHandlerMethod

type Subscribing = {
  /** null, or without e-mail: this Homeroom sends no mail. */
  notify: NotifySettings | null
  secrets: Pick<Secrets, 'masterSecret'>
  now: () => Date
  logger: Pick<FastifyBaseLogger, 'error'>
}

/** Confirmation mails that one reader may ask for in an hour: they go to any mailbox. */
const ASKED_AN_HOUR = 5

/** What a reader is told by e-mail: the address, which is confirmed first, monthly reports, thresholds. */
export function subscriptionRoutes(app: FastifyInstance, page: Page, deps: Subscribing): void {
  const { notify, secrets, now } = deps
  const form = { preHandler: app.csrfProtection }
  addressRoutes(app, page, deps)
  app.get(
    '/subscriptions',
    page(visit => subscriptionsPage(visit, { canSend: notify?.email !== undefined })),
  )
  app.post(
    '/subscriptions/report',
    form,
    page(async (visit, request, reply) => {
      const { data } = Report.safeParse(request.body)
      const unit = seenUnits(visit).find(one => unitKey(one) === data?.unit)
      if (!unit) return again(visit, deps, 'Choose a school of the list, or the district')
      const { unit_type, unit_id } = unit
      await add(visit, { secrets, now: now() }, { ...NO_THRESHOLD, kind: 'report', unit_type, unit_id })
      return back(reply, 'report')
    }),
  )
  app.post(
    '/subscriptions/threshold',
    form,
    page(async (visit, request, reply) => {
      const wish = thresholdIn(request.body, seenUnits(visit))
      if (typeof wish === 'string') return again(visit, deps, wish)
      const after = await newestWeek(visit.warehouse, wish)
      await add(visit, { secrets, now: now() }, { ...wish, kind: 'threshold', after })
      return back(reply, 'threshold')
    }),
  )
  app.post(
    '/subscriptions/end',
    form,
    page(async ({ warehouse, reader }, request, reply) => {
      const { data } = End.safeParse(request.body)
      const own = (await subscriptionsOf(warehouse, reader.id)).find(({ id }) => id === data?.subscription)
      if (!own) throw new HomeroomError('NOT_FOUND', 'No subscription of yours has this id. Nothing was ended')
      await endSubscription(warehouse, own)
      return back(reply, 'ended')
    }),
  )
}

function addressRoutes(app: FastifyInstance, page: Page, deps: Subscribing): void {
  const form = { preHandler: app.csrfProtection }
  const asking = app.createRateLimit({
    max: ASKED_AN_HOUR,
    timeWindow: '1 hour',
    keyGenerator: request => `address ${request.reader?.id ?? ''}`,
  })
  app.post(
    '/subscriptions/address',
    form,
    page(async (visit, request, reply) => {
      const { success, data } = Address.safeParse(request.body)
      if (!success) return again(visit, deps, 'That is no e-mail address')
      const state = await asking(request)
      if (!state.isAllowed && state.isExceeded) {
        reply.header('retry-after', state.ttlInSeconds)
        throw new HomeroomError('RATE_LIMITED', `more than ${ASKED_AN_HOUR} confirmation mails in an hour`)
      }
      return back(reply, await askMailbox(deps, visit, data.address))
    }),
  )
  app.post(
    '/subscriptions/address/forget',
    form,
    page(async ({ warehouse, reader }, _request, reply) => {
      await forgetAddress(warehouse, reader, deps.now())
      return back(reply, 'forgotten')
    }),
  )
}

const Report = z.object({ unit: z.string().max(600) })
const End = z.object({ subscription: z.guid() })
const SAME = ['kind', 'unit_type', 'unit_id', 'indicator', 'direction', 'threshold', 'least_n'] as const
const NO_THRESHOLD = { indicator: '', direction: '', threshold: 0, least_n: 0, after: '1970-01-01' } as const

/** The form again, saying what to correct. */
async function again(visit: Visit, { notify }: Subscribing, fault: string): Promise<Content> {
  const content = await subscriptionsPage(visit, { canSend: notify?.email !== undefined, fault })
  return { ...content, status: 400 }
}

async function back(reply: FastifyReply, done: string): Promise<null> {
  await reply.redirect(`/subscriptions?done=${done}`, 303)
  return null
}

/** Wishing the same twice is wishing it once. */
async function add(
  { warehouse, reader }: Visit,
  { secrets, now }: { secrets: Subscribing['secrets']; now: Date },
  wish: Omit<Wish, 'account'>,
): Promise<void> {
  const known = await subscriptionsOf(warehouse, reader.id)
  if (known.some(one => SAME.every(key => one[key] === wish[key]))) return
  if (known.length >= MOST_SUBSCRIPTIONS)
    throw new HomeroomError('QUERY_INVALID', `You have ${MOST_SUBSCRIPTIONS} subscriptions; end one first`)
  await subscribe(warehouse, secrets, { ...wish, account: reader.id }, now)
}

/** Sends the question to the mailbox; nothing else goes there before it is answered. */
async function askMailbox(
  { notify, now, logger }: Subscribing,
  { warehouse, reader }: Visit,
  address: string,
): Promise<string> {
  if (!notify?.email) return 'no-mail'
  const secret = await askAddress(warehouse, reader, address, now())
  const mailer = new Mailer(notify.email, notify.url)
  try {
    await mailer.deliver({
      to: address,
      account: reader.id,
      subject: 'Is this your mailbox? Homeroom asks',
      text: [
        'Somebody who is signed in to Homeroom has given this address for mails with published figures.',
        '',
        `If it was you: ${confirmAddressOf(notify.url, secret)}`,
        `The link opens for ${CONFIRM_HOURS} hours. If it was not you, do nothing: nothing more is sent.`,
      ].join('\n'),
      about: `confirm|${reader.id}|${secret}`,
    })
    return 'asked'
  } catch (error) {
    if (!(error instanceof HomeroomError)) throw error
    logger.error({ err: error }, 'a confirmation mail was not taken; its reader was told')
    return 'not-taken'
  } finally {
    mailer.close()
  }
}

/** The newest published week of the figure; '1970-01-01': none is. */
async function newestWeek(
  warehouse: Warehouse,
  { indicator, unit_type, unit_id }: Pick<Wish, 'indicator' | 'unit_type' | 'unit_id'>,
): Promise<string> {
  const [found] = await warehouse.query<{ week: string }>(
    `select max(week) as week from published
     where snapshot = (select max(snapshot) from snapshots final where complete) and slice = '' and indicator = {indicator:String}
       and unit_type = {unit_type:String} and (unit_type = 'district' or unit_id = {unit_id:String})`,
    { indicator, unit_type, unit_id },
  )
  return found!.week
}
