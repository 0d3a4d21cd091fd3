import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Command } from 'commander'
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
    .description('tell advisers of new offers of help, once, as HOMEROOM_NOTIFY says')
    .option('--json', 'print one JSON line')
    .action(async (options: { json?: boolean }) => {
      const runtime = await openRuntime()
      try {
        const settings = readNotify(runtime.config.notify)
        if (settings === null)
          throw new HomeroomError('CONFIG_INVALID', 'HOMEROOM_NOTIFY is not set: nobody is told of anything')
        await prepare(runtime)
        const result = await notifyNow(runtime, settings)
        console.log(options.json ? JSON.stringify({ ...result, failures: sentencesOf(result) }) : said(result))
        if (result.failures.length > 0) process.exitCode = 1
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
      const result = await notifyNow(runtime, settings)
      for (const failure of result.failures) logger.warn({ err: failure }, 'a notice was not taken')
      const { emails, webhook, unreachable } = result
      if (emails > 0 || webhook) logger.info({ emails, webhook, unreachable }, 'advisers were told of offers of help')
    } catch (error) {
      logger.warn({ err: error }, 'nobody was told of offers of help; it is tried again in five minutes')
    }
  }
}

/** Two at once would tell everybody twice. */
function notifyNow(runtime: Runtime, settings: NotifySettings): Promise<NotifyResult> {
  const { config, warehouse, log } = runtime
  return alone(join(config.data, 'notify.lock'), 'homeroom notify', async () =>
    notifyOnce({
      warehouse,
      settings,
      accounts: await listAccounts(warehouse),
      timeZone: config.timeZone,
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
    }),
  )
}

const sentencesOf = ({ failures }: NotifyResult): string[] => failures.map(failure => failure.sentence())

function said(result: NotifyResult): string {
  if (result.quiet) return 'quiet hours: nothing was sent'
  const lines = [
    `${result.emails} ${result.emails === 1 ? 'person was' : 'people were'} told by e-mail${result.webhook ? ', the webhook took one message' : ''}`,
    ...(result.unreachable > 0
      ? [`${result.unreachable} with something new have no e-mail address in the roster`]
      : []),
    ...sentencesOf(result),
  ]
  return lines.join('\n')
}
