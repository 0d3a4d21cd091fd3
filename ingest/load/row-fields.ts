import { fault, type Fault } from '../faults.ts'
import { numberOf } from '../interaction-text.ts'
import type { TableRow } from './table.ts'
import type { Template } from './template.ts'

/** A number, or what stands there if it is none: the schema then names it. */
export const numberIn = (text: string | undefined): number | string | undefined =>
  text === undefined ? undefined : numberOf(text)

/**
 * What a field is called in the file, where a single column is all there is to it: that is what its reader looks for. What is
 * worked out (`#date`) stands in no file.
 */
export function columnsByField(
  templates: readonly [field: string, template: Template | undefined][],
): Map<string, string> {
  return new Map(
    templates.flatMap(([field, template]) => {
      const text = typeof template === 'object' ? template.from : template
      const column = /^\{([^{}#][^{}]*)\}$/.exec(text ?? '')?.[1]
      return column === undefined ? [] : [[field, column] as const]
    }),
  )
}

/** The fault under the name of its column. */
export function withColumn(found: Fault, row: TableRow, columns: ReadonlyMap<string, string>): Fault {
  const field = found.path.slice(`${row.place} field `.length)
  const column = columns.get(field)
  if (column === undefined) return found
  return { ...found, ...fault(found.index, `${row.place} field ${column}`, found.got, found.expected) }
}
