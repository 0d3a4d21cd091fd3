import type { Account } from '../../infra/accounts.ts'
import { HomeroomError } from '../../infra/errors.ts'
import { Mailer } from '../../infra/notify/email.ts'
import type { NotifySettings } from '../../infra/notify/notify-settings.ts'
import { isQuiet } from '../../infra/notify/quiet-hours.ts'
import type { Secrets } from '../../infra/secrets.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { tierOf, withinRoster } from '../access.ts'
import { dueReports, dueThresholds, sendingOf, type DueMail } from './due-mails.ts'
import { reportLetter, thresholdLetter } from './letters.ts'
import { endAddress } from './links.ts'
import { confirmedAddresses } from './mail-addresses.ts'
import { isDue, rememberSending, sendings, type Sending } from './sendings.ts'
import { allSubscriptions } from './subscriptions.ts'

export type SendDeps = {
  warehouse: Warehouse
  settings: NotifySettings
  /** Those in force. */
  accounts: readonly Account[]
  secrets: Pick<Secrets, 'masterSecret'>
  timeZone: string
  now: Date
}

export type SendResult = {
  /** Nothing was sent, because of the hour. */
  quiet: boolean
  sent: number
  /** What was not taken; it is tried again. */
  failures: HomeroomError[]
}

/**
 * Send what readers have subscribed to: monthly reports, and thresholds that a newly published figure has crossed. Whether the reader may
 * still see the unit is asked before each. A mail is remembered when the server has taken it: **sent first, remembered second**. A
 * process that dies between the two sends once more, with the same message id.
 */
export async function sendMails(deps: SendDeps): Promise<SendResult> {
  const { warehouse, settings, timeZone, now } = deps
  const result: SendResult = { quiet: isQuiet(now, settings.quiet, timeZone), sent: 0, failures: [] }
  if (result.quiet || !settings.email) return result
  const subscriptions = await allSubscriptions(warehouse)
  if (subscriptions.length === 0) return result
  const sent = await sendings(
    warehouse,
    subscriptions.map(({ id }) => id),
  )
  const day = new Intl.DateTimeFormat('en-CA', { timeZone })
  const dayOf = (ms: number): string => day.format(ms)
  const today = dayOf(now.getTime())
  const [reports, thresholds] = await Promise.all([
    dueReports(warehouse, subscriptions, { today, dayOf }),
    dueThresholds(warehouse, subscriptions, { today, sent }),
  ])
  const due = [...reports, ...thresholds].filter(mail => isDue(sendingOf(mail, sent), now))
  if (due.length > 0) await sendAll(deps, { due, sent, email: settings.email }, result)
  return result
}

type Batch = {
  due: readonly DueMail[]
  sent: ReadonlyMap<string, Sending>
  email: NonNullable<NotifySettings['email']>
}

async function sendAll(deps: SendDeps, { due, sent, email }: Batch, result: SendResult): Promise<void> {
  const { warehouse, settings, now } = deps
  const [addresses, names] = await Promise.all([confirmedAddresses(warehouse), schoolNames(warehouse)])
  const mailer = new Mailer(email, settings.url)
  try {
    for (const mail of due) {
      const { account } = mail.subscription
      const to = addresses.get(account)
      if (to === undefined || !maySee(deps.accounts, mail, new Set(names.keys()))) continue
      const of = mail.subscription.unit_type === 'school' ? names.get(mail.subscription.unit_id)! : 'the district'
      let reason = ''
      try {
        const about = `subscription|${mail.subscription.id}|${mail.occasion}`
        await mailer.deliver({ to, account, about, ...letterOf(deps, mail, of) })
        result.sent++
      } catch (error) {
        if (!(error instanceof HomeroomError)) throw error
        // One mailbox that refuses holds up nobody else's; it is said, and tried again.
        result.failures.push(error)
        reason = error.code
      }
      const sending = { subscription: mail.subscription.id, occasion: mail.occasion }
      await rememberSending(warehouse, sending, { before: sendingOf(mail, sent), reason, now })
    }
  } finally {
    mailer.close()
  }
}

function letterOf({ settings, secrets }: SendDeps, { subscription, occasion, facts }: DueMail, of: string) {
  const end = endAddress(settings.url, secrets, subscription.id)
  const links = { url: settings.url, end }
  const said =
    subscription.kind === 'report'
      ? reportLetter(subscription, { of, month: `${occasion}-01`, facts }, links)
      : thresholdLetter(subscription, { of, fact: facts[0]! }, links)
  return { ...said, endAddress: end }
}

/** Within the roster of today: who lost a school is told of it no more. */
function maySee(accounts: readonly Account[], { subscription }: DueMail, schools: ReadonlySet<string>): boolean {
  const account = accounts.find(({ id }) => id === subscription.account)
  if (!account) return false
  const { unit_type: type, unit_id: id } = subscription
  return (type === 'district' || schools.has(id)) && tierOf(withinRoster(account, schools), { type, id }) !== 'none'
}

async function schoolNames(warehouse: Warehouse): Promise<Map<string, string>> {
  const found = await warehouse.query<{ id: string; name: string }>('select school_id as id, name from schools final')
  return new Map(found.map(({ id, name }) => [id, name]))
}
