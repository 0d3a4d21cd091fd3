import type { z } from 'zod'
import { HomeroomError } from '../errors.ts'

/**
 * Rows of a query in the shape that the caller expects.
 * @throws HomeroomError WAREHOUSE_REFUSED naming the first row and column that differ: the SQL and the shape have parted
 */
export function rows<Shape extends z.ZodType>(shape: Shape, found: readonly unknown[]): z.infer<Shape>[] {
  return found.map((row, index) => {
    const parsed = shape.safeParse(row)
    if (parsed.success) return parsed.data
    const issue = parsed.error.issues[0]
    throw new HomeroomError(
      'WAREHOUSE_REFUSED',
      `row ${index + 1} of ${found.length}: ${issue?.path.join('.')}: ${issue?.message}. The query and the shape of its rows differ; nothing was shown`,
      { cause: parsed.error },
    )
  })
}
