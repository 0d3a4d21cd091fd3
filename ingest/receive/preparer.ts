import { giveSpace } from '../../infra/spaces.ts'
import type { Intake } from '../intake.ts'
import { inSlices, type Pipe } from './pipe.ts'
import { prepare, type Job } from './prepare.ts'
import type { Done, Pool } from './workers/pool.ts'

/** Smaller bodies are prepared sooner than they are handed over. */
const SMALL_BYTES = 16 * 1024

/** Gives each request to the thread where it is prepared best. */
export class Preparer {
  readonly #intake: Intake
  readonly #pipe: Pipe
  readonly #pool: Pool | null

  /** @param pool null: everything is prepared on this thread */
  constructor(intake: Intake, pipe: Pipe, pool: Pool | null) {
    this.#intake = intake
    this.#pipe = pipe
    this.#pool = pool
  }

  /**
   * @param stamped called when the job's turn has come
   * @throws HomeroomError BODY_INVALID, INTERRUPTED
   */
  async run(job: Omit<Job, 'storedMs'>, stamped: () => number): Promise<Done> {
    const { body } = job
    if (this.#pool?.isAlive && body.length > SMALL_BYTES) return this.#pool.run(() => ({ ...job, storedMs: stamped() }))
    const intake = this.#intake
    const prepared = await this.#pipe
      .run(() => prepare(intake, intake.log.packing, inSlices, { ...job, storedMs: stamped() }))
      // Also those of a request that is refused: they count as written from now on.
      .finally(() => intake.writeIdentities())
    const done = (): void => {
      giveSpace(body)
      if (prepared.kind === 'ready') for (const { buffer } of prepared.messages) giveSpace(buffer)
    }
    return { prepared, body, done }
  }
}
