import { readColumns } from '../../infra/warehouse/read-columns.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { conditionalGrowth, type ConditionalGrowth } from './conditional-growth.ts'
import type { TestScale } from './scales.ts'

const query = sql(new URL('./conditional-pairs.sql', import.meta.url))

/** One grade's students with a score in both windows. */
export type ConditionalCohort = ConditionalGrowth & {
  /** '' = not said: one cohort for all. */
  grade: string
  /** Pseudonyms, in the order of `index`. */
  students: string[]
  /** School of enrolment on the day of the second score; '' = none. */
  schools: string[]
  /** storedAt of the newest score, ms since 1970. */
  as_of_ms: number
}

/**
 * Conditional growth of every grade between two windows.
 *
 * @param of.from first window, `of.to` second, as scores name them
 * @returns one entry per grade, also where it is insufficient
 * @throws WAREHOUSE_REFUSED if the query is refused
 */
export async function storedConditionalGrowth(
  warehouse: Warehouse,
  of: { test: string; subject: string; from: string; to: string; scale: TestScale },
): Promise<ConditionalCohort[]> {
  const { scale, ...asked } = of
  const found = await readColumns(warehouse, query, asked)
  const [pre, post, weeks, stored] = ['pre', 'post', 'weeks', 'as_of'].map(found.floats) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const [students, schools] = ['student_id', 'school_id'].map(found.texts) as [string[], string[]]
  const grades = Map.groupBy(found.texts('grade').entries(), ([, grade]) => grade)
  return [...grades].map(([grade, entries]) => {
    const [first, last] = [entries[0]![0], entries.at(-1)![0] + 1]
    const part = {
      pre: pre.subarray(first, last),
      post: post.subarray(first, last),
      weeks: weeks.subarray(first, last),
    }
    return {
      grade,
      students: students.slice(first, last),
      schools: schools.slice(first, last),
      as_of_ms: stored.subarray(first, last).reduce((newest, ms) => Math.max(newest, ms), 0),
      ...conditionalGrowth(part, scale),
    }
  })
}
