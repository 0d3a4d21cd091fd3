import { Command } from 'commander'
import { publish } from '../../processors/publish/publish.ts'
import { sentenceOf } from '../errors.ts'
import { readNotify } from '../notify/notify-settings.ts'
import { notifyNow } from './notify.ts'
import { openRuntime, prepare, type Runtime } from './runtime.ts'
import { untilCaughtUp } from './wait.ts'

export function publishCommand(): Command {
  return new Command('publish')
    .description('freeze the current figures as a new snapshot, small cells suppressed')
    .option('--now', 'do not wait until everything received is in the figures')
    .option('--json', 'print one JSON line')
    .action(async (options: { now?: boolean; json?: boolean }) => {
      const runtime = await openRuntime()
      await prepare(runtime)
      if (!options.now) await untilCaughtUp(runtime)
      const snapshot = await publish(runtime.warehouse)
      if (snapshot) await tellOf(runtime)
      await runtime.close()
      if (options.json) console.log(JSON.stringify(snapshot))
      else if (snapshot)
        console.log(
          `snapshot ${snapshot.snapshot}: ${snapshot.cells} cells, ${snapshot.suppressed} suppressed; ${snapshot.audits} tables audited, ${snapshot.kept} stand as they were`,
        )
      else console.log('nothing to publish yet: a week can be published from the third day after its end')
    })
}

/** Of thresholds that the new snapshot crosses; what does not succeed, the processors do within five minutes. */
async function tellOf(runtime: Runtime): Promise<void> {
  const settings = readNotify(runtime.config.notify)
  if (settings === null) return
  try {
    const { told, mails } = await notifyNow(runtime, settings)
    for (const failure of [...told.failures, ...mails.failures]) console.error(failure.sentence())
  } catch (error) {
    console.error(`the snapshot is complete, but nobody was told of it yet: ${sentenceOf(error)}`)
  }
}
