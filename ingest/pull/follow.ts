import { HomeroomError, type ErrorCode } from '../../infra/errors.ts'
import { realTiming, type ClientOptions } from './client.ts'

export type FollowOptions<Summary> = Pick<ClientOptions, 'timing' | 'signal'> & {
  /** Where the first pull begins, whatever was pulled before. */
  since?: string
  /** Between the end of one pull and the next. */
  every_ms: number
  /** Told of each pull that ended by itself. */
  onPull?: (summary: Summary) => void
  /** Told of a pull that failed and will be tried again. */
  onTrouble?: (error: HomeroomError) => void
}

/** What may be over by the next time. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'SOURCE_UNAVAILABLE',
  'LOG_UNAVAILABLE',
  'STORE_UNAVAILABLE',
  'WAREHOUSE_UNAVAILABLE',
])

/**
 * Pull again and again until the signal is aborted.
 * @throws HomeroomError whatever a person has to mend: refused credentials, answers that are no statements
 */
export async function follow<Summary>(
  pull: (since?: string) => Promise<Summary>,
  options: FollowOptions<Summary>,
): Promise<void> {
  const { timing = realTiming, signal, every_ms } = options
  let { since } = options
  while (!signal?.aborted) {
    try {
      const summary = await pull(since)
      since = undefined
      options.onPull?.(summary)
    } catch (error) {
      if (!(error instanceof HomeroomError) || !PASSING.has(error.code)) throw error
      options.onTrouble?.(error)
    }
    // Rejects only when it is aborted, which ends the loop.
    await timing.sleep(every_ms, signal).catch((error: unknown) => {
      if (!signal?.aborted) throw error
    })
  }
}
