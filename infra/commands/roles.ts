import { Command } from 'commander'
import { startProcessor } from '../../processors/run.ts'
import { sentenceOf } from '../errors.ts'
import { superviseProcessor, type SupervisedProcessor } from './processor-child.ts'
import { notifyAgainAndAgain } from './notify.ts'
import { retentionDaily } from './retention-daily.ts'
import { openRuntime, prepare, untilStopped, type Runtime } from './runtime.ts'
import { createServer, type Roles } from './server.ts'

const STATS_EVERY_MS = 1000

/** `all`, `ingest`, `serve` and `process`: the long-running parts, together or apart. */
export function roleCommands(): Command[] {
  return [
    new Command('all')
      .description('receive, process and serve, in one command: the processors run as a child process')
      .action(async () => serve({ ingest: true, dashboards: true }, true)),
    new Command('ingest')
      .description('receive events and append them to the log')
      .action(async () => serve({ ingest: true, dashboards: false }, false)),
    new Command('serve')
      .description('draw the pages')
      .action(async () => serve({ ingest: false, dashboards: true }, false)),
    new Command('process')
      .description('store what the log holds and recompute the indicators that it touches')
      .action(runProcessor),
  ]
}

async function serve(roles: Roles, withProcessor: boolean): Promise<void> {
  const runtime = await openRuntime()
  const { config, logger } = runtime
  let processor: SupervisedProcessor | null = null
  try {
    await prepare(runtime)
    const app = await createServer(runtime, roles, withProcessor ? () => processor?.stats() ?? null : null)
    try {
      // Only with the port in hand: of two commands on the same data the second ends here.
      await app.listen({ host: config.host, port: config.port })
      processor = withProcessor ? superviseProcessor(runtime) : null
      logger.info({ address: `http://${config.host}:${config.port}`, ...roles, processor: withProcessor }, 'serving')
      await untilStopped()
      logger.info('stopping: requests in flight are answered first')
    } finally {
      // Also where the port was taken: the doors' threads and timers would keep this process alive.
      await app.close()
    }
  } finally {
    await processor?.stop()
    await runtime.close()
  }
}

async function runProcessor(): Promise<void> {
  // Heard from the first moment: a parent that dies while this process starts is not told of twice.
  const stopped = untilStopped()
  try {
    const runtime = await openRuntime()
    try {
      await processUntil(stopped, runtime)
    } finally {
      await runtime.close()
    }
  } finally {
    // The channel to the parent would keep this process alive, also one that could not start.
    if (process.connected) process.disconnect()
  }
}

async function processUntil(stopped: Promise<void>, runtime: Runtime): Promise<void> {
  const { logger } = runtime
  await prepare(runtime)
  const stopping = new AbortController()
  const retention = retentionDaily(runtime, stopping.signal)
  const notifying = notifyAgainAndAgain(runtime, stopping.signal)
  const processor = await startProcessor({
    ...runtime,
    onError: error => logger.warn({ err: error }, `the same work is tried again: ${sentenceOf(error)}`),
  })
  try {
    // A supervised child leaves health and metrics to its parent; alone, it answers for itself.
    const supervised = process.send !== undefined
    const app = supervised ? null : await createServer(runtime, { ingest: false, dashboards: false }, processor.stats)
    await app?.listen({ host: runtime.config.host, port: runtime.config.port })
    logger.info('processing')
    const reporting = setInterval(() => {
      const stats = processor.stats()
      logger.debug(stats, 'processed so far')
      if (process.connected) process.send?.({ type: 'stats', stats })
    }, STATS_EVERY_MS)
    await stopped
    clearInterval(reporting)
    await app?.close()
  } finally {
    stopping.abort()
    await Promise.all([retention, notifying])
    await processor.stop()
  }
}
