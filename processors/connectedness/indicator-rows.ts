import type { Status } from '../../schemas/indicator.ts'
import type { WeekPass } from './recompute-connectedness.ts'

/** What a row of `indicators` says of one unit. */
export type Figure = {
  value: number | null
  se: number | null
  lo95: number | null
  hi95: number | null
  n: number
  n_eff: number
  status: Status
  reason: string
  enrolled: number
  /** Sum of hashes of the students behind it, as a decimal number. */
  members: string
}

/** A row of `indicators` for one week, of everybody in the unit. */
export function indicatorRow(
  { week, computed, asOf, period }: WeekPass,
  indicator: string,
  unit: { unit_type: string; unit_id: string },
  figure: Figure,
): object {
  const { unit_type, unit_id } = unit
  return {
    indicator,
    version: 1,
    unit_type,
    unit_id,
    slice: '',
    period,
    week,
    as_of: asOf,
    ...figure,
    computed,
    deleted: 0,
  }
}
