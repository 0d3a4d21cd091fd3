import { spreadsheetField } from '../../infra/csv.ts'
import type { CodebookLine } from '../../schemas/codebook.ts'

/** What a codebook's files say of themselves. */
export type About = { district: string; citation: string | null }

export const CODEBOOK_COLUMNS = [
  'part',
  'database',
  'table',
  'name',
  'type',
  'meaning',
  'unit',
  'range',
  'missing',
  'source',
] as const satisfies readonly (keyof CodebookLine)[]

/** RFC 4180, with a header; a field that a spreadsheet would run as a formula begins with an apostrophe. */
export function codebookCsv(lines: readonly CodebookLine[]): string {
  const rows = [CODEBOOK_COLUMNS, ...lines.map(line => CODEBOOK_COLUMNS.map(column => line[column]))]
  return rows.map(row => `${row.map(field => spreadsheetField(field)).join(',')}\r\n`).join('')
}

export function codebookJson(lines: readonly CodebookLine[], about: About): object {
  const of = (part: CodebookLine['part']) => lines.filter(line => line.part === part)
  return { ...about, tables: of('table'), columns: of('column'), indicators: of('indicator') }
}
