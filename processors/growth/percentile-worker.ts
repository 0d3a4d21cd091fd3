import { parentPort } from 'node:worker_threads'
import { HomeroomError } from '../../infra/errors.ts'
import type { FromPercentileWorker, ToPercentileWorker } from './percentile-workers.ts'
import { growthPercentiles } from './percentiles.ts'

/** A thread of percentile-workers.ts: one cohort in, its percentiles out. */
parentPort!.on('message', ({ index, cohort, keepAll }: ToPercentileWorker) => {
  let answer: FromPercentileWorker
  try {
    answer = { index, found: growthPercentiles(cohort, { keepAll }) }
  } catch (error) {
    // What is not one of ours ends the thread, and whoever waits hears of it.
    if (!(error instanceof HomeroomError)) throw error
    answer = { index, failed: { code: error.code, message: error.message, cause: error.cause } }
  }
  parentPort!.postMessage(answer)
})
