import { Command } from 'commander'
import { forgetDerived } from '../../processors/replay.ts'
import { removeAgain } from '../../processors/retention.ts'
import { startProcessor } from '../../processors/run.ts'
import { progress } from './progress.ts'
import { openRuntime, prepare, type Runtime } from './runtime.ts'
import { messagesWaiting, untilCaughtUp } from './wait.ts'

export function replayCommand(): Command {
  return new Command('replay')
    .description('drop every derived table and compute it again from the log; stop the processors first')
    .option('--resume', 'go on with a replay that was cut off')
    .option('--json', 'print one JSON line')
    .action(async (options: { resume?: boolean; json?: boolean }) => {
      const runtime = await openRuntime()
      await prepare(runtime)
      if (!options.resume) await forgetDerived(runtime.warehouse, runtime.log)
      const began = Date.now()
      const counts = await replay(runtime)
      await runtime.close()
      const seconds = (Date.now() - began) / 1000
      console.log(
        options.json
          ? JSON.stringify({ ...counts, seconds })
          : `replayed in ${seconds.toFixed(1)} s: ${counts.stored} records stored, ${counts.duplicates} duplicates`,
      )
    })
}

async function replay(runtime: Runtime): Promise<{ stored: number; duplicates: number }> {
  const total = await messagesWaiting(runtime.log)
  const shown = progress('Replaying messages of the log', total)
  const processor = await startProcessor({
    ...runtime,
    onError: error => runtime.logger.warn({ err: error }, 'tried again'),
  })
  await untilCaughtUp(runtime, () => void messagesWaiting(runtime.log).then(left => shown.update(total - left)))
  shown.end()
  const { stored, duplicates } = processor.stats()
  await processor.stop()
  await removeAgain(runtime.warehouse)
  return { stored, duplicates }
}
