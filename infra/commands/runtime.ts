import pino, { type Logger } from 'pino'
import { Accounts } from '../accounts.ts'
import { refuseHalfRestored } from '../backup/half-restored.ts'
import { readConfig, type Config } from '../config.ts'
import { Erased } from '../erased.ts'
import type { EventLog, LogAdmin } from '../log/event-log.ts'
import { openLog } from '../log/open-log.ts'
import { readSecrets, type Secrets } from '../secrets.ts'
import { tracedLog } from '../tracing/traced-log.ts'
import { openTracing, type Tracing } from '../tracing/tracing.ts'
import { readVocabulary, type Vocabulary } from '../vocabulary/vocabulary.ts'
import { refreshResearch } from '../../processors/research/common.ts'
import { restoreErasures } from './erase-person.ts'
import { migrate } from '../warehouse/migrate.ts'
import { openWarehouse } from '../warehouse/open-warehouse.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'

const ACCOUNTS_EVERY_SECONDS = 5

/** What every command works with. */
export type Runtime = {
  config: Config
  logger: Logger
  secrets: Secrets
  vocabulary: Vocabulary
  warehouse: Warehouse
  log: EventLog & LogAdmin
  accounts: Accounts
  erased: Erased
  /** null: nothing is traced. */
  tracing: Tracing | null
  close: () => Promise<void>
}

/**
 * Open everything that the settings name; close it in the opposite order.
 * @throws HomeroomError BACKUP_FAILED if a backup is in place by half
 */
export async function openRuntime(overrides: Partial<Config> = {}): Promise<Runtime> {
  const config = readConfig(undefined, overrides)
  refuseHalfRestored(config)
  const vocabulary = readVocabulary(config.vocabulary)
  const logger = pino({ level: config.logLevel, base: null }, pino.destination({ fd: 2, sync: true }))
  const secrets = readSecrets(config)
  const warehouse = await openWarehouse(config)
  try {
    const tracing = await openTracing(config, error =>
      logger.warn({ err: error }, 'the collector did not take the last traces; they are lost, and nothing else is'),
    )
    const opened = await openLog(config)
    const log = tracing === null ? opened : tracedLog(opened, tracing)
    const accounts = new Accounts(warehouse)
    const erased = new Erased(warehouse)
    return {
      config,
      logger,
      secrets,
      vocabulary,
      warehouse,
      log,
      accounts,
      erased,
      tracing,
      close: async () => {
        accounts.stop()
        erased.stop()
        await log.close()
        await tracing?.close()
        await warehouse.close()
      },
    }
  } catch (error) {
    await warehouse.close()
    throw error
  }
}

/** Open and prepare everything for one piece of work, and close it when that has ended, well or not. */
export async function opened(use: (runtime: Runtime) => Promise<void>): Promise<void> {
  const runtime = await openRuntime()
  try {
    await prepare(runtime)
    await use(runtime)
  } finally {
    await runtime.close()
  }
}

/** Tables and topics as this version wants them; the accounts, and who was erased, in memory. */
export async function prepare(runtime: Runtime): Promise<{ tables: string[]; topics: string[] }> {
  const tables = (await migrate(runtime.warehouse)).applied
  await refreshResearch(runtime.warehouse)
  const topics = (await runtime.log.createTopics()).created
  await runtime.accounts.start(ACCOUNTS_EVERY_SECONDS, error =>
    runtime.logger.warn({ err: error }, 'accounts were not refreshed; the last ones known stay in force'),
  )
  const restored = await restoreErasures(runtime)
  if (restored.length > 0)
    runtime.logger.warn(
      { erasures: restored.length },
      'this data is older than erasures that the file beside the secrets remembers: run homeroom erase --resume',
    )
  await runtime.erased.start(error =>
    runtime.logger.warn({ err: error }, 'who was erased was not asked anew; what is known stays in force'),
  )
  return { tables, topics }
}

/** Resolves at the first SIGTERM or SIGINT, or when `also` does. */
export function untilStopped(also?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
    // A supervised child ends with its parent.
    process.once('disconnect', () => resolve())
    also?.addEventListener('abort', () => resolve(), { once: true })
  })
}
