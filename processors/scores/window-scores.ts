import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { Day, Pseudonym } from '../../schemas/record.ts'

const query = sql(new URL('./window-scores.sql', import.meta.url))

export const WindowScore = z.strictObject({
  student_id: Pseudonym,
  test: z.string(),
  subject: z.string(),
  window: z.string(),
  /** First day of anybody's sitting in the window. */
  window_begin: Day,
  grade: z.string(),
  day: Day,
  /** Points of the test's own scale. */
  score: z.number(),
  csem: z.number().nullable(),
  percentile: z.number().nullable(),
  level: z.string(),
  /** School of enrolment on the day; '' = none. */
  school_id: z.string(),
  /** Sittings of the student in the window, those that do not count included. */
  sittings: z.int().positive(),
})
export type WindowScore = z.infer<typeof WindowScore>

/**
 * What growth is computed from: one score per student, test, subject and window.
 *
 * @param of '' = every test, every subject
 * @returns ordered by test, subject, window, student; [] where nothing is known
 * @throws WAREHOUSE_REFUSED if the query is refused
 */
export async function windowScores(
  warehouse: Warehouse,
  of: { test?: string; subject?: string } = {},
): Promise<WindowScore[]> {
  const { test = '', subject = '' } = of
  const found = await warehouse.query<object>(
    `select * except (stored_at) replace (lower(hex(student_id)) as student_id, toFloat64(sittings) as sittings) from (${query})`,
    { test, subject },
  )
  return rows(WindowScore, found)
}
