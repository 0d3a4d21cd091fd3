import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { HomeroomError, type ErrorCode } from '../../infra/errors.ts'
import type { CohortScores, GrowthPercentiles } from './percentiles.ts'

export type ToPercentileWorker = { index: number; cohort: CohortScores; keepAll: boolean }
export type FromPercentileWorker =
  | { index: number; found: GrowthPercentiles }
  | { index: number; failed: { code: ErrorCode; message: string; cause: unknown } }

export type WorkerOptions = {
  /** As in `growthPercentiles`. */
  keepAll?: boolean
  /** Default: as many as there are cores, and no more than cohorts. */
  threads?: number
  /** Called after every cohort with how many are done. */
  onProgress?: (done: number) => void
}

/**
 * `growthPercentiles` of many cohorts, in threads of their own, the largest first: one cohort is one piece of work.
 *
 * @returns in the order of the cohorts, whatever the order in which they were done
 * @throws HomeroomError what the first cohort that failed threw; the others are given up then
 */
export async function percentilesOfCohorts(
  cohorts: readonly CohortScores[],
  options: WorkerOptions = {},
): Promise<GrowthPercentiles[]> {
  const results: GrowthPercentiles[] = []
  if (cohorts.length === 0) return results
  const waiting = cohorts
    .map((cohort, index) => ({ index, cohort, keepAll: options.keepAll ?? false }))
    .sort((a, b) => a.cohort.score.length - b.cohort.score.length)
  const threads = Math.min(options.threads ?? availableParallelism(), cohorts.length)
  const workers = Array.from({ length: threads }, () => new Worker(new URL('./percentile-worker.ts', import.meta.url)))
  let done = 0
  const serve = async (worker: Worker): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      results[next.index] = await ask(worker, next)
      options.onProgress?.(++done)
    }
  }
  try {
    await Promise.all(workers.map(serve))
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
  }
  return results
}

function ask(worker: Worker, question: ToPercentileWorker): Promise<GrowthPercentiles> {
  const { promise, resolve, reject } = Promise.withResolvers<GrowthPercentiles>()
  const ended = (cause: unknown): void => {
    const { length } = question.cohort.score
    const message = `growth percentiles: the thread for a cohort of ${length} students has ended, expected its result. Nothing of it was kept`
    reject(new HomeroomError('INTERNAL', message, { cause }))
  }
  worker.once('error', ended)
  worker.once('exit', ended)
  worker.once('message', (answer: FromPercentileWorker) => {
    worker.off('error', ended)
    worker.off('exit', ended)
    if ('found' in answer) resolve(answer.found)
    else reject(new HomeroomError(answer.failed.code, answer.failed.message, { cause: answer.failed.cause }))
  })
  worker.postMessage(question)
  return promise
}
