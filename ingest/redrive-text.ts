import { csvField, rowsOfText } from '../infra/csv.ts'
import { blocksFor } from './load/mapped.ts'
import type { Mapping } from './load/mapping.ts'
import { rowPlace, type Letter } from './redrive-doors.ts'
import { fixed, type Fix } from './redrive-fix.ts'

type Table = { delimiter: string; columns: readonly string[] | null }

/**
 * An original with a fix applied: JSON by its properties, a row of a table by its columns. What is neither stays as it is.
 * @returns null if a `test` of the fix says that this letter is not meant
 */
export function fixedText(text: string, fix: Fix, letter: Letter, mappings: readonly Mapping[]): string | null {
  const json = jsonIn(text)
  if (json !== undefined) {
    const changed = fixed(json, fix)
    return changed === null ? null : JSON.stringify(changed)
  }
  const table = tableOf(letter, mappings)
  const read = rowsOfText(text, table.delimiter)
  const columns = table.columns ?? fieldsOf(read.shift())
  const fields = fieldsOf(read.shift())
  if (columns === null || fields === null || fields.length !== columns.length || read.length > 0) return text
  const names = columns.map(column => column.trim())
  const changed = fixed(Object.fromEntries(names.map((name, i) => [name, fields[i]!])), fix) as Record<
    string,
    string | number | boolean | null
  > | null
  if (changed === null) return null
  // A file without a header has the columns that its mapping file says, and no others.
  const kept = table.columns === null ? [...new Set([...names, ...Object.keys(changed)])] : names
  const row = lineOf(
    kept.map(name => String(changed[name] ?? '')),
    table.delimiter,
  )
  return table.columns === null ? `${lineOf(kept, table.delimiter)}\n${row}` : row
}

function tableOf({ source, place }: Letter, mappings: readonly Mapping[]): Table {
  const file = rowPlace(place)?.file ?? ''
  for (const mapping of mappings) {
    const [block] = mapping.source === source || mappings.length === 1 ? blocksFor(mapping, file) : []
    if (block !== undefined) return { delimiter: block.format.delimiter ?? ',', columns: block.format.columns ?? null }
  }
  return { delimiter: ',', columns: null }
}

const fieldsOf = (row: ReturnType<typeof rowsOfText>[number] | undefined): string[] | null =>
  row === undefined || row.fault !== undefined ? null : row.fields

const lineOf = (fields: readonly string[], delimiter: string): string =>
  fields.map(field => csvField(field, delimiter)).join(delimiter)

/** The JSON in an original; undefined where it is none. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
