import type { z } from 'zod'
import { fault, faultsOf, type Fault } from '../faults.ts'
import type { Loader } from './loader.ts'
import type { TableRow } from './table.ts'

/** A dead letter for an object that cannot be used. */
export function bad(
  row: TableRow,
  loader: Loader,
  faults = [row.unreadable!],
  consequence = 'It is not loaded',
): 'dead' {
  loader.bury('edfi', row.place, row.text, faults, consequence, 'ROW_INVALID', row.values)
  return 'dead'
}

/** The object as its schema has it; null, and a dead letter, if it is not. */
export function parsed<T>(row: TableRow, schema: z.ZodType<T>, loader: Loader, consequence: string): T | null {
  const result = schema.safeParse(row.values)
  if (row.unreadable === undefined && result.success) return result.data
  bad(
    row,
    loader,
    row.unreadable ? [row.unreadable] : faultsOf(result.error?.issues ?? [], row.values, row.row, row.place, ' field '),
    consequence,
  )
  return null
}

/** A fault of a field that is well-formed and yet cannot be right. */
export const wrong = (
  row: TableRow,
  field: string,
  got: string,
  expected: string,
  rule: 'reference' | 'order',
): Fault => ({
  ...fault(row.row, `${row.place} field ${field}`, got, expected),
  rule,
})

export const baseOf = ({ batch }: Loader) => ({
  source: batch.source,
  storedAt: batch.storedAt,
  status: 'active' as const,
})

/** The fault of an object that has to name a section and does not, or not whole. */
export const noSection = (row: TableRow): Fault =>
  fault(
    row.row,
    `${row.place} field sectionReference`,
    'missing or without a part of its key',
    'schoolId, schoolYear, sessionName, localCourseCode, sectionIdentifier',
  )
