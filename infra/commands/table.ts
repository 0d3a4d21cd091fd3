import { createReadStream } from 'node:fs'
import { csvRows, decoded, rowsOfText } from '../csv.ts'
import { HomeroomError } from '../errors.ts'

/** A row of a table of text. `row` counts from 1, the header included. */
export type TableRow = { row: number; fields: string[]; text: string }

export type Table = {
  columns: string[]
  /** The header as it stands in the file. */
  header: string
  delimiter: string
  /** Reads the file anew, row by row; a row that cannot be read goes to `onFault` and is left out. */
  rows: (onFault?: (fault: string) => void) => AsyncGenerator<TableRow>
  /** Place of a column. @throws HomeroomError FILE_INVALID if there is none of that name, or several */
  at: (column: string) => number
}

/**
 * A CSV or TSV file with a header, for commands that compute something of its columns.
 *
 * @throws HomeroomError FILE_INVALID if it cannot be opened or has no header
 */
export async function openTable(file: string): Promise<Table> {
  const header = await headerOf(file)
  const delimiter = header.includes('\t') ? '\t' : ','
  const [first] = rowsOfText(header, delimiter)
  if (first?.fault !== undefined) {
    throw new HomeroomError('FILE_INVALID', `${file}: the header has ${first.fault}. Nothing was computed`)
  }
  const columns = first!.fields.map(name => name.trim())
  return {
    columns,
    header,
    delimiter,
    rows: onFault => rowsOf(file, delimiter, columns.length, onFault),
    at: column => placeOf(file, columns, column),
  }
}

async function* textOf(file: string): AsyncGenerator<string> {
  try {
    yield* decoded(createReadStream(file))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new HomeroomError('FILE_INVALID', `${file} cannot be read: ${reason}. Nothing was computed`, { cause })
  }
}

async function headerOf(file: string): Promise<string> {
  for await (const { text } of csvRows(textOf(file))) return text
  throw new HomeroomError('FILE_INVALID', `${file} is empty, expected a header and rows. Nothing was computed`)
}

async function* rowsOf(
  file: string,
  delimiter: string,
  width: number,
  onFault?: (fault: string) => void,
): AsyncGenerator<TableRow> {
  for await (const row of csvRows(textOf(file), delimiter)) {
    if (row.row === 1) continue
    if (row.fault !== undefined) onFault?.(`row ${row.row}: ${row.fault}`)
    else if (row.fields.length !== width)
      onFault?.(`row ${row.row}: ${row.fields.length} fields, expected ${width} as in the header`)
    else yield row
  }
}

function placeOf(file: string, columns: readonly string[], column: string): number {
  const at = columns.indexOf(column)
  if (at >= 0 && at === columns.lastIndexOf(column)) return at
  const found = at < 0 ? 'no column' : 'several columns'
  throw new HomeroomError(
    'FILE_INVALID',
    `${file}: ${found} ${column}, expected one; the file has ${columns.join(', ')}. Nothing was computed`,
  )
}

const MISSING = new Set(['', 'NA', 'N/A', 'NaN', 'NULL', 'null', '.'])

/** A number as text; NaN for one that is missing, undefined for what is no number. */
export function numberOf(text: string): number | undefined {
  const trimmed = text.trim()
  if (MISSING.has(trimmed)) return Number.NaN
  const value = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}

/** A field of CSV or TSV. */
export function cell(text: string, delimiter: string): string {
  return text.includes('"') || text.includes(delimiter) || text.includes('\n')
    ? `"${text.replaceAll('"', '""')}"`
    : text
}
