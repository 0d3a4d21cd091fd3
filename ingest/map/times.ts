const TEN_YEARS_MS = 10 * 365.25 * 86_400_000
const DAY_MS = 86_400_000

/** The first and the last instant that count as events for what is stored at a given time. */
export type Window = { first: string; last: string }

export function windowOf(storedMs: number): Window {
  const at = (ms: number): string => new Date(ms).toISOString()
  return { first: at(storedMs - TEN_YEARS_MS), last: at(storedMs + DAY_MS) }
}

/** Instants of one form compare as text. */
export const isTimely = (occurredAt: string, { first, last }: Window): boolean =>
  occurredAt >= first && occurredAt <= last

/** A whole, positive number of milliseconds; undefined for anything else, which counts as "not said". */
export function positiveMs(ms: number): number | undefined {
  const rounded = Math.round(ms)
  return Number.isSafeInteger(rounded) && rounded > 0 ? rounded : undefined
}

/** A scaled score, −1..1: as said, or from raw, min (default 0) and max; undefined where it cannot be. */
export function scaledScore(score: { scaled?: number; raw?: number; min?: number; max?: number }): number | undefined {
  const { scaled, raw, min = 0, max } = score
  if (typeof scaled === 'number') return Math.min(1, Math.max(-1, scaled))
  if (typeof raw !== 'number' || typeof max !== 'number' || !(max > min)) return undefined
  const value = (raw - min) / (max - min)
  return Number.isFinite(value) ? Math.min(1, Math.max(-1, value)) : undefined
}
