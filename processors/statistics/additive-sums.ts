/**
 * Six sums a unit, which are all that a straight line in time needs of its scores: n, Σt, Σt², Σy, Σty, Σy², one unit after
 * the other, `t` years and `y` points, both measured from `centre`. They add up: the sums of two parts of a stream with one
 * centre are the sums of the stream.
 */
export type Sums = { centre: Centre; moments: Float64Array }

/** What times and scores are measured from. Near their middle, or the digits that matter cancel. */
export type Centre = { time: number; score: number }

export const MOMENTS = 6

/** One row per score. `unit` counts from 0. */
export type ScoreColumns = {
  unit: Int32Array
  /** Years from anywhere. */
  time: Float64Array
  /** Points. */
  score: Float64Array
}

/** @param units how many there are; one without rows has six zeros */
export function sumsOf(columns: ScoreColumns, units: number, centre: Centre = middleOf(columns)): Sums {
  const moments = new Float64Array(MOMENTS * units)
  const { unit, time, score } = columns
  for (let row = 0; row < unit.length; row++) {
    const at = MOMENTS * unit[row]!
    const t = time[row]! - centre.time
    const y = score[row]! - centre.score
    moments[at]! += 1
    moments[at + 1]! += t
    moments[at + 2]! += t * t
    moments[at + 3]! += y
    moments[at + 4]! += t * y
    moments[at + 5]! += y * y
  }
  return { centre, moments }
}

/**
 * The sums of two parts of a stream.
 * @throws RangeError if their centres or their numbers of units differ
 */
export function addSums(one: Sums, other: Sums): Sums {
  if (one.centre.time !== other.centre.time || one.centre.score !== other.centre.score)
    throw new RangeError('sums with different centres cannot be added')
  if (one.moments.length !== other.moments.length) throw new RangeError('sums of different units cannot be added')
  return { centre: one.centre, moments: one.moments.map((value, at) => value + other.moments[at]!) }
}

/** All units together. */
export function totalOf(moments: Float64Array): Float64Array {
  const total = new Float64Array(MOMENTS)
  for (let at = 0; at < moments.length; at++) total[at % MOMENTS]! += moments[at]!
  return total
}

/** The same sums of (t − time) / timeUnit and (y − score) / scoreUnit. */
export function rescaled(
  moments: Float64Array,
  { time, timeUnit, score, scoreUnit }: { time: number; timeUnit: number; score: number; scoreUnit: number },
): Float64Array {
  const scaled = new Float64Array(moments.length)
  for (let at = 0; at < moments.length; at += MOMENTS) {
    const n = moments[at]!
    const t = moments[at + 1]!
    const y = moments[at + 3]!
    scaled[at] = n
    scaled[at + 1] = (t - n * time) / timeUnit
    scaled[at + 2] = (moments[at + 2]! - 2 * time * t + n * time * time) / timeUnit ** 2
    scaled[at + 3] = (y - n * score) / scoreUnit
    scaled[at + 4] = (moments[at + 4]! - score * t - time * y + n * time * score) / (timeUnit * scoreUnit)
    scaled[at + 5] = (moments[at + 5]! - 2 * score * y + n * score * score) / scoreUnit ** 2
  }
  return scaled
}

function middleOf({ time, score }: ScoreColumns): Centre {
  return { time: meanOf(time), score: meanOf(score) }
}

function meanOf(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return values.length === 0 ? 0 : sum / values.length
}
