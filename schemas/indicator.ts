import { z } from 'zod'
import { Day } from './record.ts'

export const UnitType = z.enum(['student', 'class', 'advisory', 'school', 'district'])
export type UnitType = z.infer<typeof UnitType>

export const Status = z.enum(['ok', 'insufficient', 'not_applicable', 'stale', 'suppressed'])
export type Status = z.infer<typeof Status>

/**
 * One value of one indicator for one unit and period, with what is needed to read it honestly.
 * `value`, `se`, `lo95`, `hi95` are null unless status is `ok`: unknown is never 0.
 */
export const IndicatorRow = z.strictObject({
  indicator: z.string(),
  version: z.int(),
  unit_type: UnitType,
  unit_id: z.string(),
  /** Sorted `key=value` pairs joined by `,`; '' = all. */
  slice: z.string(),
  /** ISO week, `2026-W10`. */
  period: z.string(),
  /** The week's Monday. */
  week: Day,
  as_of: z.string(),
  value: z.number().nullable(),
  se: z.number().nullable(),
  lo95: z.number().nullable(),
  hi95: z.number().nullable(),
  /** Students behind the value; null where even the number is suppressed. */
  n: z.int().nullable(),
  n_eff: z.number().nullable(),
  status: Status,
  /** Why status is not `ok`, or what to know when reading the value; '' = nothing. */
  reason: z.string(),
})
export type IndicatorRow = z.infer<typeof IndicatorRow>
