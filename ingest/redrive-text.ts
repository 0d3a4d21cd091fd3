import { csvField, rowsOfText } from '../infra/csv.ts'
import { blocksFor } from './load/mapped.ts'
import { delimiterOf, numbered } from './load/survey-table.ts'
import type { DoorOptions, Letter } from './redrive-doors.ts'
import { fixed, type Fix } from './redrive-fix.ts'
import { rowPlace } from './redrive-places.ts'
import { surveyBlock } from './redrive-surveys.ts'

type Table = {
  delimiter: string
  /** Of a file without a header. */
  columns: readonly string[] | null
  /** Of a file of responses to a survey, whose header stays as it is; null: of any other. */
  headerRows: number | null
}

/**
 * An original with a fix applied: JSON by its properties, a row of a table by its columns. What is neither stays as it is.
 * @returns null if a `test` of the fix says that this letter is not meant
 */
export function fixedText(text: string, fix: Fix, letter: Letter, options: Mapped): string | null {
  const json = jsonIn(text)
  if (json !== undefined) {
    const changed = fixed(json, fix)
    return changed === null ? null : JSON.stringify(changed)
  }
  const table = tableOf(letter, options)
  const read = rowsOfText(text, table.delimiter)
  const above = read.splice(0, table.columns === null ? (table.headerRows ?? 1) : 0)
  const columns = table.columns ?? fieldsOf(above[0])
  const fields = fieldsOf(read.shift())
  if (columns === null || fields === null || fields.length !== columns.length || read.length > 0) return text
  const trimmed = columns.map(column => column.trim())
  const names = table.headerRows === null ? trimmed : numbered(trimmed)
  const changed = fixed(Object.fromEntries(names.map((name, i) => [name, fields[i]!])), fix) as Record<
    string,
    string | number | boolean | null
  > | null
  if (changed === null) return null
  // A file without a header has the columns that its mapping file says, and no others; a survey those of its form.
  const canGrow = table.columns === null && table.headerRows === null
  const kept = canGrow ? [...new Set([...names, ...Object.keys(changed)])] : names
  const row = lineOf(
    kept.map(name => String(changed[name] ?? '')),
    table.delimiter,
  )
  if (canGrow) return `${lineOf(kept, table.delimiter)}\n${row}`
  return [...above.map(each => each.text), row].join('\n')
}

type Mapped = Pick<DoorOptions, 'mappings' | 'surveys'>

function tableOf(letter: Letter, { mappings, surveys = [] }: Mapped): Table {
  const plain = { delimiter: ',', columns: null, headerRows: null }
  const planned = surveyBlock(letter, surveys)
  if (planned !== null) return { ...plain, delimiter: delimiterOf(planned.block), headerRows: planned.block.headerRows }
  const { source, place } = letter
  const file = rowPlace(place)?.file ?? ''
  for (const mapping of mappings) {
    const [block] = mapping.source === source || mappings.length === 1 ? blocksFor(mapping, file) : []
    if (block !== undefined)
      return { ...plain, delimiter: block.format.delimiter ?? ',', columns: block.format.columns ?? null }
  }
  return plain
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
