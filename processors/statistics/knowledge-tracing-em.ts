import { logLikelihood, trace, type ResponseLists, type TracingParameters } from './knowledge-tracing.ts'

export type TracingFit = {
  parameters: TracingParameters
  logLikelihood: number
  iterations: number
  /** False: stopped after `MOST_ITERATIONS`. */
  converged: boolean
}

/** Beyond these, knowing would be less likely to give a right response than guessing (convention; Badrinath et al. 2021). */
export const BOUNDS = { guess: 0.3, slip: 0.1 } as const

/** No probability may become certain: one surprising response would make the others impossible. */
const LEAST = 0.001

/** A parameter that moves less in an iteration has arrived: what is left lies far below what 200 students can tell. */
const STILL = 1e-5
const MOST_ITERATIONS = 2000
const TRIAL_ITERATIONS = 20

/** The likelihood can have several tops: the best of a few beginnings goes on. */
const BEGINNINGS: readonly TracingParameters[] = [
  { initial: 0.3, learn: 0.1, guess: 0.2, slip: 0.1 },
  { initial: 0.7, learn: 0.05, guess: 0.1, slip: 0.05 },
  { initial: 0.1, learn: 0.3, guess: 0.25, slip: 0.02 },
]

/**
 * Most likely parameters of one skill by expectation and maximisation (Baum-Welch with a state that is never left). Where we
 * differ from pyBKT: fixed beginnings, bounded guess and slip, and a stop when the parameters stand still.
 *
 * @param lists one a student; lists without responses are ignored
 */
export function fitTracing(lists: ResponseLists): TracingFit {
  const tried = BEGINNINGS.map(beginning => climb(lists, beginning, TRIAL_ITERATIONS))
  const best = tried.reduce((one, other) => (other.logLikelihood > one.logLikelihood ? other : one))
  const rest = climb(lists, best.parameters, MOST_ITERATIONS)
  return { ...rest, iterations: best.iterations + rest.iterations }
}

function climb(lists: ResponseLists, from: TracingParameters, most: number): TracingFit {
  let parameters = from
  let iterations = 0
  let moved = 1
  while (moved >= STILL && iterations < most) {
    const next = maximised(lists, parameters)
    moved = Math.max(
      Math.abs(next.initial - parameters.initial),
      Math.abs(next.learn - parameters.learn),
      Math.abs(next.guess - parameters.guess),
      Math.abs(next.slip - parameters.slip),
    )
    parameters = next
    iterations++
  }
  return { parameters, logLikelihood: logLikelihood(lists, parameters), iterations, converged: moved < STILL }
}

/** One iteration: expected counts given all responses, from the last to the first, and the parameters they suggest. */
function maximised(lists: ResponseLists, parameters: TracingParameters): TracingParameters {
  const { correct, begin } = lists
  const posterior = trace(lists, () => parameters)
  const { learn } = parameters
  let first = 0
  let students = 0
  let known = 0
  let slipped = 0
  let guessed = 0
  let learned = 0
  let chances = 0
  for (let list = 0; list + 1 < begin.length; list++) {
    const start = begin[list]!
    const last = begin[list + 1]! - 1
    if (last < start) continue
    // P(known | all responses), and its ratio to what was expected before the response
    let smoothed = posterior[last]!
    for (let at = last; at >= start; at--) {
      if (at < last) {
        const after = posterior[at]!
        const expected = after + (1 - after) * learn
        const ratio = smoothed / expected
        learned += (1 - after) * learn * ratio
        smoothed = after * ratio
        chances += 1 - smoothed
      }
      known += smoothed
      if (correct[at] === 1) guessed += 1 - smoothed
      else slipped += smoothed
    }
    first += smoothed
    students++
  }
  const unknown = correct.length - known
  return {
    initial: within(first / students, 1 - LEAST, parameters.initial),
    learn: within(learned / chances, 1 - LEAST, learn),
    guess: within(guessed / unknown, BOUNDS.guess, parameters.guess),
    slip: within(slipped / known, BOUNDS.slip, parameters.slip),
  }
}

/** What no response tells anything about stays as it was. */
const within = (value: number, most: number, before: number): number =>
  Number.isFinite(value) ? Math.min(most, Math.max(LEAST, value)) : before
