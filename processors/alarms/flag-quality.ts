import { wilson } from '../statistics/wilson.ts'

/** Of students: flagged and off track later, flagged and not, not flagged and off track, neither. */
export type Outcomes = { hits: number; alarms: number; misses: number; rests: number }

type Share = NonNullable<ReturnType<typeof wilson>>

export type Quality = {
  /** Of those flagged, who was off track later; null: nobody was flagged. */
  precision: Share | null
  /** Of those off track later, who had been flagged; null: nobody was. */
  recall: Share | null
  /** Harmonic mean of the two, 0..1; null: neither flagged nor off track. */
  f1: number | null
  /** Matthews correlation of flag and outcome, −1..1; null: one of the two did not vary. */
  mcc: number | null
}

/**
 * How often flags were right, with 95 % intervals (Wilson).
 *
 * Source: indicators B9; Matthews 1975 (MCC). Of rare outcomes nearly every flag has few misses: that is why precision, recall and
 * MCC stand together, and accuracy nowhere.
 */
export function flagQuality({ hits, alarms, misses, rests }: Outcomes): Quality {
  const spread = (hits + alarms) * (hits + misses) * (rests + alarms) * (rests + misses)
  const either = 2 * hits + alarms + misses
  return {
    precision: wilson(hits, hits + alarms),
    recall: wilson(hits, hits + misses),
    f1: either === 0 ? null : (2 * hits) / either,
    mcc: spread === 0 ? null : (hits * rests - alarms * misses) / Math.sqrt(spread),
  }
}
