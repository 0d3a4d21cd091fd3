import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { Pseudonym, type Day } from '../../schemas/record.ts'

const query = sql(new URL('./week-values.sql', import.meta.url))

const ValueRow = z.object({
  student: Pseudonym,
  school: z.string(),
  enrolled_days: z.int().min(1).max(7),
  absent_days: z.int().min(0).max(7),
  minutes: z.number().min(0),
  /** Median of ln(1 + minutes) in that school. */
  median: z.number().nullable(),
  /** ln(1 + minutes) less the median; null: the week does not count. */
  deviation: z.number().nullable(),
  reason: z.string(),
})
/** How much of a student's own week there is, beside the school's median. */
export type ValueRow = z.infer<typeof ValueRow>

/**
 * @param week Monday
 * @returns one row per student enrolled on a school day of the week, by pseudonym
 */
export async function weekValues(warehouse: Warehouse, week: Day): Promise<ValueRow[]> {
  return rows(ValueRow, await warehouse.query(query, { week }, SETTINGS))
}

/** Compiling the expressions takes longer than one week's rows do. */
const SETTINGS = { compile_expressions: 0, compile_aggregate_expressions: 0 }
