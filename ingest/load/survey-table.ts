import { csvRows, decoded } from '../../infra/csv.ts'
import { HomeroomError } from '../../infra/errors.ts'
import { labelKey, type Instrument } from '../../schemas/survey.ts'
import { invalid, type SourceFile } from './file-set.ts'
import { templateColumns, type SurveyBlock, type WideBlock } from './survey-mapping.ts'
import { tableRows, type TableRow } from './table.ts'

/** The header of a file of responses. */
export type SurveyHeader = {
  /** One name for each column: of the first header row; a name that comes again is numbered. */
  columns: string[]
  /** Columns by everything that the header rows call them, compared as labels are. */
  named: Map<string, string[]>
  /** Names that several columns have, with all of these. */
  repeated: Map<string, string[]>
  /** The header rows as they stand there. */
  text: string
}

/**
 * Reads the header rows. Qualtrics has three: short names, question texts, and `{"ImportId":"QID12"}`.
 * @throws HomeroomError FILE_INVALID if there are fewer, or a column is missing that a template names
 */
export async function surveyHeader(file: SourceFile, block: SurveyBlock): Promise<SurveyHeader> {
  const rows: { fields: string[]; text: string }[] = []
  for await (const row of csvRows(decoded(await file.open()), delimiterOf(block))) {
    if (row.fault !== undefined) throw invalid(file.name, `has a header that is ${row.fault}`)
    rows.push({ fields: row.fields.map(field => field.trim()), text: row.text })
    if (rows.length === block.headerRows) break
  }
  if (rows.length < block.headerRows) throw invalid(file.name, `has ${rows.length} rows, fewer than its header`)
  const header: SurveyHeader = {
    columns: [],
    named: new Map(),
    repeated: new Map(),
    text: rows.map(({ text }) => text).join('\n'),
  }
  const names = rows[0]!.fields
  header.columns = numbered(names)
  header.columns.forEach((column, i) => {
    header.repeated.set(names[i]!, [...(header.repeated.get(names[i]!) ?? []), column])
    for (const key of rows.flatMap(({ fields }) => namesIn(fields[i] ?? '')))
      header.named.set(key, [...new Set([...(header.named.get(key) ?? []), column])])
  })
  const missing = templateColumns(block).filter(column => !header.columns.includes(column))
  if (missing.length > 0)
    throw invalid(file.name, `lacks the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`)
  return header
}

/** One name for each column: one that comes again is numbered. */
export function numbered(names: readonly string[]): string[] {
  const counts = new Map<string, number>()
  return names.map(name => {
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    return count === 1 ? name : `${name} #${count}`
  })
}

/** The responses under a header; `text` has the header above the row, so that it can be read again by itself. */
export async function* surveyRows(
  file: SourceFile,
  block: SurveyBlock,
  header: SurveyHeader,
): AsyncGenerator<TableRow> {
  const repeated = [...header.repeated.values()].filter(columns => columns.length > 1)
  for await (const row of tableRows(file, { delimiter: delimiterOf(block), columns: header.columns })) {
    if (row.row <= block.headerRows) continue
    const { values } = row
    // A question that stands in several sections of a form is answered in one of them.
    for (const [name = '', ...others] of repeated) {
      const found = others.find(column => values[column] !== undefined)
      if (values[name] === undefined && found !== undefined) values[name] = values[found]!
    }
    values['#file'] = file.name
    values['#row'] = String(row.row)
    yield { ...row, text: `${header.text}\n${row.text}` }
  }
}

/**
 * The columns of each item that the form had, in the order of the instrument.
 * @throws HomeroomError FILE_INVALID naming the items whose column is not found
 */
export function itemColumns(
  file: SourceFile,
  block: WideBlock,
  { items }: Instrument,
  header: SurveyHeader,
): { item: string; columns: string[] }[] {
  const found = items
    .filter(({ id }) => !block.notAsked.includes(id))
    .map(({ id, text }) => {
      const said = block.items[id]
      const names = said === undefined ? [id, ...Object.values(text)] : [said].flat()
      return { item: id, columns: [...new Set(names.flatMap(name => header.named.get(labelKey(name)) ?? []))] }
    })
  const lost = found.filter(({ columns }) => columns.length === 0).map(({ item }) => item)
  if (lost.length > 0) {
    const message = `has no column for ${lost.join(', ')}: none of its names is the item's id or text. Name the column in items, or the item in notAsked. Nothing of it was loaded`
    throw new HomeroomError('FILE_INVALID', `${file.name} ${message}`)
  }
  return found
}

export const delimiterOf = ({ delimiter, format }: SurveyBlock): string => delimiter ?? (format === 'tsv' ? '\t' : ',')

/** What one field of a header may be called: itself, the row of a grid ("How true? [I feel safe]"), Qualtrics' own id. */
function namesIn(field: string): string[] {
  const row = field.endsWith(']') ? field.slice(field.lastIndexOf('[') + 1, -1) : undefined
  const id = /^\{"ImportId":"([^"]+)"/.exec(field)?.[1]
  return [field, row, id].filter(name => name !== undefined && name !== '').map(name => labelKey(name!))
}
