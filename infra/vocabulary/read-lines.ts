import type { z } from 'zod'
import { LINE_COLUMNS, VocabularyLine } from '../../schemas/vocabulary.ts'
import { rowsOfText } from '../csv.ts'

/** What stands in a vocabulary file: its lines, or everything that is wrong with it. */
export type Lines = {
  lines: VocabularyLine[]
  /** Columns of a CSV file in order; null: the file is JSON. */
  columns: string[] | null
  /** `line 7: kind is "juggled", expected one of …` */
  faults: string[]
}

type Found = { place: string; value: unknown }

const SHOWN = 80

/**
 * Lines of a CSV text whose header names the columns of `VocabularyLine` (any order; verb and kind must be there), or of a
 * JSON array of such lines. Empty cells say nothing. A verb may stand once alone, and once with each type and category.
 */
export function readLines(text: string, format: 'csv' | 'json'): Lines {
  const { found, columns, faults } = format === 'json' ? ofJson(text) : ofCsv(text)
  const lines: VocabularyLine[] = []
  const placeOf = new Map<string, string>()
  for (const { place, value } of found) {
    const parsed = VocabularyLine.safeParse(value)
    if (!parsed.success) {
      faults.push(...parsed.error.issues.map(issue => `${place}: ${sentence(issue, value)}`))
      continue
    }
    const { verb, activityType, category } = parsed.data
    const key = JSON.stringify([verb, activityType, category])
    const before = placeOf.get(key)
    if (before === undefined) placeOf.set(key, place)
    else faults.push(`${place}: the verb, activityType and category of ${before}, expected each of them once`)
    lines.push(parsed.data)
  }
  return { lines, columns, faults }
}

type Raw = { found: Found[]; columns: string[] | null; faults: string[] }

function ofJson(text: string): Raw {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    return { found: [], columns: null, faults: [`not JSON: ${(cause as Error).message}`] }
  }
  if (!Array.isArray(value)) return { found: [], columns: null, faults: ['one JSON value, expected an array of lines'] }
  return {
    found: value.map((line, i) => ({ place: `line ${i + 1} of the array`, value: line })),
    columns: null,
    faults: [],
  }
}

function ofCsv(text: string): Raw {
  // Line by line, so that the number told is the one that an editor shows: no cell may go over two of them.
  const [header, ...rows] = text
    .replace(/^\ufeff/, '')
    .split('\n')
    .flatMap((line, i) => rowsOfText(line).map(row => ({ ...row, row: i + 1 })))
  const columns = header === undefined || header.fault !== undefined ? [] : header.fields.map(name => name.trim())
  const faults = columnFaults(columns)
  if (faults.length > 0) return { found: [], columns, faults }
  const found: Found[] = []
  for (const row of rows) {
    const place = `line ${row.row}`
    if (row.fault !== undefined) faults.push(`${place}: ${row.fault}`)
    else if (row.fields.length > columns.length)
      faults.push(`${place}: ${row.fields.length} cells, expected ${columns.length} as in the header`)
    else if (row.fields.some(cell => cell.trim() !== '')) found.push({ place, value: cellsOf(columns, row.fields) })
  }
  return { found, columns, faults }
}

function cellsOf(columns: readonly string[], fields: readonly string[]): Record<string, string> {
  const cells = columns.map((column, i) => [column, fields[i]?.trim() ?? ''] as const)
  return Object.fromEntries(cells.filter(([, cell]) => cell !== ''))
}

function columnFaults(columns: readonly string[]): string[] {
  const known: readonly string[] = LINE_COLUMNS
  const faults = columns
    .filter((column, i) => !known.includes(column) || columns.indexOf(column) < i)
    .map(column => `header: the column ${shown(column)}, expected each once of ${known.join(', ')}`)
  const missing = ['verb', 'kind'].filter(column => !columns.includes(column))
  if (missing.length > 0) faults.push(`header: no column ${missing.join(' and ')}, expected ${known.join(', ')}`)
  return faults
}

function sentence(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'unrecognized_keys')
    return `${issue.keys.map(shown).join(', ')}, expected only ${LINE_COLUMNS.join(', ')}`
  const [field] = issue.path
  if (field === undefined) return `${shown(value)}, expected an object with verb and kind`
  const got = (value as Record<PropertyKey, unknown>)[field]
  return `${String(field)} is ${got === undefined ? 'missing' : shown(got)}, expected ${issue.message}`
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}
