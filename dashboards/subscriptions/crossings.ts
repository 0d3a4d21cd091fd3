import type { Day } from '../../schemas/record.ts'

/** A published figure with its 95 % interval. */
export type Point = { week: Day; value: number; lo95: number; hi95: number }

export type Threshold = {
  direction: 'below' | 'above'
  threshold: number
  /** Monday of the newest week that was published when it was set: of it and of earlier ones nothing is told; '1970-01-01': none was. */
  after: Day
}

/**
 * The newest crossing that is to be told: a week whose **whole interval** lies beyond the threshold, and before which the figure
 * was not beyond, or had come back: its best estimate on the other side of the threshold, or on it. A week in between, whose
 * interval holds the threshold, settles nothing: it neither crosses nor brings back.
 *
 * @param points ascending, without weeks that have no figure
 * @param told Monday of the newest week that was told; null: none was
 */
export function crossing(points: readonly Point[], rule: Threshold, told: Day | null): Point | null {
  const isTold = told !== null && told >= rule.after
  const from = isTold ? told : rule.after
  let [armed, found]: [boolean, Point | null] = [!isTold, null]
  for (const point of points) {
    // What was told stands, whatever is published of earlier weeks later.
    if (isTold && point.week < from) continue
    if (isBeyond(point, rule)) {
      if (armed && point.week > from) found = point
      armed = false
    } else if (hasComeBack(point, rule)) armed = true
  }
  return found
}

/** Is the whole interval on the far side? */
export const isBeyond = ({ lo95, hi95 }: Point, { direction, threshold }: Threshold): boolean =>
  direction === 'below' ? hi95 < threshold : lo95 > threshold

const hasComeBack = ({ value }: Point, { direction, threshold }: Threshold): boolean =>
  direction === 'below' ? value >= threshold : value <= threshold
