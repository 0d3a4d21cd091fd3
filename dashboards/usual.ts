import type { Day } from '../schemas/record.ts'
import { addDays } from './weeks.ts'

/** Earlier weeks that "usual" is made of, and how many of them have to be known. */
const USUAL_WEEKS = 8
export const LEAST_WEEKS = 4

/** A week of learning activity: minutes, null: not known; `usual`: the middle half of the eight weeks before, null: too few known. */
export type UsualWeek = { week: Day; value: number | null; usual: { low: number; high: number } | null }

/**
 * Weeks beside what was usual for the same student before them.
 *
 * @param weeks Mondays that are asked for
 * @param known minutes of the weeks that there are, whatever else is asked for
 */
export function besideUsual(
  weeks: readonly Day[],
  known: readonly { week: Day; minutes: number | null }[],
): UsualWeek[] {
  const byWeek = new Map(known.map(({ week, minutes }) => [week, minutes]))
  return weeks.map(week => {
    const before = Array.from({ length: USUAL_WEEKS }, (_, i) => byWeek.get(addDays(week, -7 * (i + 1))))
    const usual = middleHalf(before.filter(minutes => minutes !== undefined && minutes !== null))
    return { week, value: byWeek.get(week) ?? null, usual }
  })
}

/** From the first quartile to the third (type 7); null: of fewer than four values. */
export function middleHalf(values: readonly number[]): UsualWeek['usual'] {
  if (values.length < LEAST_WEEKS) return null
  const sorted = values.toSorted((a, b) => a - b)
  return { low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) }
}

/** Of sorted values, between neighbours (type 7). */
function quantile(sorted: readonly number[], p: number): number {
  const at = (sorted.length - 1) * p
  const low = sorted[Math.floor(at)]!
  return low + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - low)
}
