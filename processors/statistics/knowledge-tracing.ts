/**
 * Bayesian knowledge tracing (Corbett & Anderson 1995, User Modeling and User-Adapted Interaction 4): each student knows a
 * skill or not; who does not may learn it between two responses, and nobody forgets.
 */
export type TracingParameters = {
  /** Probability of knowing the skill before the first response. */
  initial: number
  /** Of learning it between two responses. */
  learn: number
  /** Of a right response without knowing. */
  guess: number
  /** Of a wrong response in spite of knowing. */
  slip: number
}

/** Responses of many lists (one student, one skill), one list after the other, each in order. */
export type ResponseLists = {
  /** 1 right, 0 wrong. */
  correct: Uint8Array
  /** Where each list begins, and after the last the number of responses. */
  begin: Uint32Array
}

/** P(right | known with probability `known`). */
export const chanceOfRight = (known: number, { guess, slip }: TracingParameters): number =>
  known * (1 - slip) + (1 - known) * guess

/** Probability of knowing the skill, once a response is seen. */
export function posteriorOf(known: number, correct: boolean, parameters: TracingParameters): number {
  const right = chanceOfRight(known, parameters)
  return correct ? (known * (1 - parameters.slip)) / right : (known * parameters.slip) / (1 - right)
}

/** Probability of knowing it before the next response. */
export const afterLearning = (posterior: number, { learn }: TracingParameters): number =>
  Math.min(SURE, posterior + (1 - posterior) * learn)

/** After some twenty right responses rounding would make it 1, which no wrong response can lower again. */
const SURE = 1 - 1e-12

/**
 * Probability of knowing the skill after each response.
 * @param parametersOf those of a list, by its number
 */
export function trace(lists: ResponseLists, parametersOf: (list: number) => TracingParameters): Float64Array {
  const { correct, begin } = lists
  const posterior = new Float64Array(correct.length)
  for (let list = 0; list + 1 < begin.length; list++) {
    const { initial, learn, guess, slip } = parametersOf(list)
    let known = initial
    for (let at = begin[list]!; at < begin[list + 1]!; at++) {
      // Written out: three calls a response cost half of the rate.
      const right = known * (1 - slip) + (1 - known) * guess
      const after = correct[at] === 1 ? (known * (1 - slip)) / right : (known * slip) / (1 - right)
      posterior[at] = after
      known = Math.min(SURE, after + (1 - after) * learn)
    }
  }
  return posterior
}

/** log P(responses) of all lists under one set of parameters. */
export function logLikelihood({ correct, begin }: ResponseLists, parameters: TracingParameters): number {
  let sum = 0
  for (let list = 0; list + 1 < begin.length; list++) {
    let known = parameters.initial
    for (let at = begin[list]!; at < begin[list + 1]!; at++) {
      const right = chanceOfRight(known, parameters)
      sum += Math.log(correct[at] === 1 ? right : 1 - right)
      known = afterLearning(posteriorOf(known, correct[at] === 1, parameters), parameters)
    }
  }
  return sum
}
