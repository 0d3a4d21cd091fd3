import { Command } from 'commander'
import { publish } from '../../processors/publish/publish.ts'
import { openRuntime, prepare } from './runtime.ts'
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
      await runtime.close()
      if (options.json) console.log(JSON.stringify(snapshot))
      else if (snapshot)
        console.log(
          `snapshot ${snapshot.snapshot}: ${snapshot.cells} cells, ${snapshot.suppressed} suppressed; ${snapshot.audits} tables audited, ${snapshot.kept} stand as they were`,
        )
      else console.log('nothing to publish yet: a week can be published from the third day after its end')
    })
}
