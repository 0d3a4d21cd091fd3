import { csvRows, decoded } from '../../infra/csv.ts'
import { fault, type Fault } from '../faults.ts'
import { damaged, invalid, type SourceFile } from './file-set.ts'
import { jsonRows } from './json-rows.ts'
import { rowsTogether, type Together } from './rows-together.ts'

/**
 * One row of a file with a header: its fields by column; or why it cannot be read. `text` is the row as it stands there,
 * under the header if the file has one, so that it can be read again by itself.
 */
export type TableRow = {
  row: number
  place: string
  text: string
  values: Record<string, string>
  unreadable?: Fault
  /** Further rows that are one event with it, if the format puts rows together. */
  others?: TableRow[]
}

export type TableFormat = {
  /** JSON objects instead of delimited rows: no header, and a property may be missing in any of them. */
  json?: boolean
  delimiter?: string
  /** Names of the columns where the file has no header. */
  columns?: readonly string[]
  /** Columns that must be there. */
  required?: readonly string[]
  /** Which rows are one event. */
  together?: Together
}

/**
 * The rows of a file, streaming; empty fields are left out.
 * @throws HomeroomError FILE_INVALID if a required column is missing or the file cannot be read
 */
export function tableRows(file: SourceFile, format: TableFormat = {}): AsyncGenerator<TableRow> {
  const { together, ...plain } = format
  return together === undefined ? singleRows(file, plain) : rowsTogether(singleRows(file, plain), together)
}

async function* singleRows(file: SourceFile, format: TableFormat): AsyncGenerator<TableRow> {
  if (format.json === true) return yield* jsonRows(file)
  let columns = format.columns
  let above = ''
  try {
    for await (const row of csvRows(decoded(await file.open()), format.delimiter)) {
      if (columns === undefined) {
        columns = header(file, row, format.required ?? [])
        above = `${row.text}\n`
        continue
      }
      const place = `${file.label} row ${row.row}`
      const base = { row: row.row, place, text: above + row.text, values: {} }
      if (row.fault !== undefined)
        yield { ...base, unreadable: fault(row.row, place, row.fault, 'a row of delimited fields') }
      else if (row.fields.length !== columns.length) {
        yield {
          ...base,
          unreadable: fault(row.row, place, `a row of ${row.fields.length} fields`, `${columns.length} fields`),
        }
      } else yield { ...base, values: valuesOf(columns, row.fields) }
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code?.startsWith('Z_') || code?.startsWith('ERR_ZLIB')) throw damaged(file, cause)
    throw cause
  }
  if (columns === undefined && (format.required ?? []).length > 0)
    throw invalid(file.label, 'is empty, without even a header')
}

/** @throws HomeroomError FILE_INVALID if a required column is missing; a file that is not there is in order */
export async function checkHeader(file: SourceFile | undefined, format: TableFormat): Promise<void> {
  if (file === undefined || format.json === true) return
  const rows = singleRows(file, format)
  await rows.next()
  await rows.return(undefined)
}

function header(
  file: SourceFile,
  row: { fields?: string[]; fault?: string | undefined },
  required: readonly string[],
): string[] {
  if (row.fields === undefined) throw invalid(file.label, `has a header that is ${row.fault ?? 'unreadable'}`)
  const columns = row.fields.map(column => column.trim())
  const missing = required.filter(column => !columns.includes(column))
  if (missing.length > 0)
    throw invalid(file.label, `lacks the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`)
  return columns
}

function valuesOf(columns: readonly string[], fields: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {}
  for (let i = 0; i < columns.length; i++) {
    const field = fields[i]!.trim()
    if (field !== '') values[columns[i]!] = field
  }
  return values
}
