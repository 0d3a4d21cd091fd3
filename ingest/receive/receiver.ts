import type { FastifyBaseLogger } from 'fastify'
import { sentenceOf } from '../../infra/errors.ts'
import { storedRecords } from '../../infra/warehouse/record-index.ts'
import { Intake } from '../intake.ts'
import { Consistency } from '../lrs/consistency.ts'
import type { Lrs } from '../lrs/statements.ts'
import { hasOtherWriters } from '../other-writers.ts'
import { RecordIds } from '../record-ids.ts'
import { countersIn, type Counted } from './metrics.ts'
import { Pipe } from './pipe.ts'
import { Preparer } from './preparer.ts'
import type { IngestDeps } from './routes.ts'
import { Pool } from './workers/pool.ts'

/** What the doors share. */
export type Receiver = Lrs & { pipe: Pipe; preparer: Preparer; recordIds: RecordIds; counted: Counted }

/** Begins what runs beside the requests: threads, and looks at the log and the warehouse; `close` ends it. */
export function openReceiver(deps: IngestDeps): { receiver: Receiver; close: () => Promise<void> } {
  const { log, config, warehouse, secrets, resources, logger } = deps
  const intake = new Intake(deps)
  const pipe = new Pipe()
  const pool = openPool(deps, intake)
  deps.erased?.onMore(() => pool?.forgetAll())
  const consistency = new Consistency(
    log,
    () => intake.stampedBefore(),
    () => config.kafka !== null || hasOtherWriters(config.data),
  )
  const recordIds = new RecordIds(storedRecords(warehouse))
  consistency.start(warned(logger, 'where the processors are is not known'))
  recordIds.start(warned(logger, 'the ids of what is stored are not known yet; each one is asked for'))
  const preparer = new Preparer(intake, pipe, pool)
  const counted = countersIn(deps.registry)
  return {
    receiver: { intake, pipe, preparer, recordIds, counted, warehouse, secrets, resources, consistency },
    async close() {
      consistency.stop()
      recordIds.stop()
      await pool?.close()
    },
  }
}

function openPool({ log, config, secrets, threads = 0, logger }: IngestDeps, intake: Intake): Pool | null {
  if (threads === 0) return null
  const { district, accounts, timeZone } = config
  return new Pool(
    { config: { district, accounts, timeZone }, secrets, packing: log.packing },
    threads,
    (fresh, forget) => intake.durable.write(fresh, forget),
    warned(logger, 'a thread has ended; its requests were answered 503, and another one takes its place'),
  )
}

const warned =
  (logger: FastifyBaseLogger | undefined, what: string) =>
  (error: unknown): void =>
    logger?.warn({ err: error }, `${what}: ${sentenceOf(error)}`)
