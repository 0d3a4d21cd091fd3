import type { ErrorCode } from '../../../infra/errors.ts'
import type { Entry } from '../../../infra/log/event-log.ts'
import type { PackLimits } from '../../../infra/log/message.ts'
import type { MakerDeps } from '../../record-maker.ts'
import type { Job, Prepared } from '../prepare.ts'

/** What a worker is started with. */
export type Setup = Pick<MakerDeps, 'config' | 'secrets'> & { packing: PackLimits }

/**
 * `forget`: agents and salts that the worker has handed out may not be durable, or not be used any more. `spaces`: memory of messages that are
 * stored.
 */
export type ToWorker = { seq: number; job: Job } | { forget: true } | { spaces: Uint8Array[] }

/** The answer to a job; large parts of it are handed over, not copied. Buffers arrive as plain bytes. */
export type Reply = {
  seq: number
  outcome: Prepared | { kind: 'failed'; code: ErrorCode; message: string; cause?: unknown }
  /** Agents and salts handed out since the last answer. */
  fresh: Entry[]
  /** The job's body, given back. */
  body: Uint8Array
}
