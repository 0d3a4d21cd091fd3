import { readColumns } from '../../infra/warehouse/read-columns.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'
import { conditionalGrowth, type ConditionalGrowth } from './conditional-growth.ts'
import type { TestScale } from './scales.ts'

const query = sql(new URL('./conditional-pairs.sql', import.meta.url))

/** One grade's students with a score in both windows. */
export type ConditionalCohort = ConditionalGrowth & {
  /** '' = not said: one cohort for all. */
  grade: string
  /** In the order of `index`. */
  rows: ConditionalRow[]
}

export type ConditionalRow = {
  /** Pseudonym. */
  student_id: string
  /** Where half of the school days between the two were spent; '' = nowhere. */
  school_id: string
  /** First day of anybody's sitting in the second window. */
  window_begin: Day
  /** Of the second sitting. */
  day: Day
  pre: number
  post: number
  /** Of the second score, points; NaN: not said. */
  csem: number
  /** Weeks of instruction between the two. */
  weeks: number
  /** storedAt of the newer score, ms since 1970. */
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
  const { floats, texts } = await readColumns(warehouse, query, asked)
  const rowAt = (row: number): ConditionalRow => ({
    student_id: texts('student_id')[row]!,
    school_id: texts('school_id')[row]!,
    window_begin: texts('window_begin')[row]!,
    day: texts('day')[row]!,
    pre: floats('pre')[row]!,
    post: floats('post')[row]!,
    csem: Number.isNaN(floats('csem')[row]) ? (scale.csem ?? Number.NaN) : floats('csem')[row]!,
    weeks: floats('weeks')[row]!,
    as_of_ms: floats('as_of')[row]!,
  })
  const grades = Map.groupBy(texts('grade').entries(), ([, grade]) => grade)
  return [...grades].map(([grade, entries]) => {
    const [first, end] = [entries[0]![0], entries.at(-1)![0] + 1]
    const part = (name: string) => floats(name).subarray(first, end)
    const growth = conditionalGrowth({ pre: part('pre'), post: part('post'), weeks: part('weeks') }, scale)
    return { grade, rows: entries.map(([row]) => rowAt(row)), ...growth }
  })
}
