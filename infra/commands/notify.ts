import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Command } from 'commander'
import { sendMails, type SendResult } from '../../dashboards/subscriptions/send-mails.ts'
import { storeNotices } from '../../processors/alarms/store-alarms.ts'
import { actionKey } from '../../schemas/action.ts'
import { listAccounts } from '../accounts.ts'
import { HomeroomError } from '../errors.ts'
import { notifyOnce, type NotifyResult } from '../notify/notify.ts'
import { readNotify, type NotifySettings } from '../notify/notify-settings.ts'
import { alone } from './alone.ts'
import { openRuntime, prepare, type Runtime } from './runtime.ts'

const EVERY_MS = 300_000

export function notifyCommand(): Command {
  return new Command('notify')
    .description(
      'tell advisers of new offers of help, and send what readers have subscribed to, once, as HOMEROOM_NOTIFY says',
    )
    .option('--json', 'print one JSON line')
    .action(async (options: { json?: boolean }) => {
      const runtime = await openRuntime()
      try {
        const settings = readNotify(runtime.config.notify)
        if (settings === null)
          throw new HomeroomError('CONFIG_INVALID', 'HOMEROOM_NOTIFY is not set: nobody is told of anything')
        await prepare(runtime)
        const { told, mails } = await notifyNow(runtime, settings)
        const failures = [...told.failures, ...mails.failures].map(failure => failure.sentence())
        const { quiet, emails, unreachable, webhook } = told
        if (options.json)
          console.log(JSON.stringify({ quiet, emails, unreachable, webhook, subscribed: mails.sent, failures }))
        else console.log([...said(told, mails), ...failures].join('\n'))
        if (failures.length > 0) process.exitCode = 1
      } finally {
        await runtime.close()
      }
    })
}

/**
 * Every five minutes, until the signal is aborted; nothing if HOMEROOM_NOTIFY is not set.
 * @throws HomeroomError CONFIG_INVALID at once, if it cannot be understood
 */
export function notifyAgainAndAgain(runtime: Runtime, signal: AbortSignal): Promise<void> {
  const settings = readNotify(runtime.config.notify)
  return settings === null ? Promise.resolve() : again(runtime, settings, signal)
}

async function again(runtime: Runtime, settings: NotifySettings, signal: AbortSignal): Promise<void> {
  const { logger } = runtime
  while (await wait(EVERY_MS, true, { signal, ref: false }).catch(() => false)) {
    try {
      const { told, mails } = await notifyNow(runtime, settings)
      for (const failure of [...told.failures, ...mails.failures])
        logger.warn({ err: failure }, 'a notice was not taken')
      const { emails, webhook, unreachable } = told
      if (mails.sent > 0) logger.info({ sent: mails.sent }, 'mails that readers have subscribed to')
      if (emails > 0 || webhook) logger.info({ emails, webhook, unreachable }, 'advisers were told of offers of help')
    } catch (error) {
      logger.warn(
        { err: error },
        'nobody was told of offers of help, or of what they subscribed to; it is tried again in five minutes',
      )
    }
  }
}

type Notices = { told: NotifyResult; mails: SendResult }

/** Two at once would tell everybody twice. */
export function notifyNow(runtime: Runtime, settings: NotifySettings): Promise<Notices> {
  const { config, warehouse, log, secrets } = runtime
  return alone(join(config.data, 'notify.lock'), 'homeroom notify', async () => {
    const shared = { warehouse, settings, accounts: await listAccounts(warehouse), timeZone: config.timeZone }
    const told = await notifyOnce({
      ...shared,
      district: config.district,
      now: new Date(),
      remember: async entries => {
        await log.append(
          'actions',
          entries.map(entry => ({ key: actionKey(entry), value: JSON.stringify(entry) })),
        )
        // The processors store them too, in their own time; the next run must know them at once.
        await storeNotices(warehouse, entries)
      },
    })
    return { told, mails: await sendMails({ ...shared, secrets, now: new Date() }) }
  })
}

function said(result: NotifyResult, mails: SendResult): string[] {
  if (result.quiet) return ['quiet hours: nothing was sent']
  return [
    `${result.emails} ${result.emails === 1 ? 'person was' : 'people were'} told by e-mail${result.webhook ? ', the webhook took one message' : ''}`,
    ...(result.unreachable > 0
      ? [`${result.unreachable} with something new have no e-mail address in the roster`]
      : []),
    `${mails.sent} ${mails.sent === 1 ? 'mail' : 'mails'} that readers have subscribed to ${mails.sent === 1 ? 'was' : 'were'} sent`,
  ]
}
