import { HomeroomError, type ErrorCode } from '../../infra/errors.ts'
import { realTiming } from './client.ts'
import { pullFrom, type PullDeps, type PullSummary } from './pull.ts'
import type { Source } from './source.ts'

export type FollowDeps = PullDeps & {
  /** Where the first pull begins, whatever was pulled before. */
  since?: string
  /** Between the end of one pull and the next. */
  every_ms: number
  /** Told of each pull that ended by itself. */
  onPull?: (summary: PullSummary) => void
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
export async function follow(source: Source, deps: FollowDeps): Promise<void> {
  const { timing = realTiming, signal, every_ms } = deps
  const pull = pullFrom(source, deps)
  let { since } = deps
  while (!signal?.aborted) {
    try {
      const summary = await pull(since)
      since = undefined
      deps.onPull?.(summary)
    } catch (error) {
      if (!(error instanceof HomeroomError) || !PASSING.has(error.code)) throw error
      deps.onTrouble?.(error)
    }
    // Rejects only when it is aborted, which ends the loop.
    await timing.sleep(every_ms, signal).catch((error: unknown) => {
      if (!signal?.aborted) throw error
    })
  }
}
