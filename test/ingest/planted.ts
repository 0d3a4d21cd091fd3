import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { csvField, rowsOfText } from '../../infra/csv.ts'
import { loadFiles, type LoadSummary } from '../../ingest/load/load.ts'
import { NOW, SECRETS, startIngest } from './start-ingest.ts'

/** What the report says of one fault, beside what follows from it and what to do. */
export type Told = { field: string; rule: string; value: string }

/** A line of a file: a good one, or one with faults; `partly`: it is stored without what is wrong. */
export type Line = string | { text: string; faults: Told[]; partly?: boolean }

/** A kind of file with one violation of each of its rules planted in it: files of lines, or of anything that has no rows. */
export type Planted = { name: string; files: Record<string, Line[] | object> }

type Row = Record<string, string>
/** Changes to a good row, then the field that is told, the rule, and what the report says stands there. */
export type Case = [changes: Row, field: string, rule: string, value: string]

/** Lines of a table: a good row, then a row for each case. @param key column that has another value in every row */
export function table(
  good: Row,
  cases: readonly Case[],
  { key = '', delimiter = ',', more = [] as Line[] } = {},
): Line[] {
  const columns = Object.keys(good)
  const rowOf = (changes: Row, n: number): string => {
    const row: Row = { ...good, ...(key !== '' && n > 0 && { [key]: `${good[key]}-${n}` }), ...changes }
    return columns.map(column => csvField(row[column] ?? '', delimiter)).join(delimiter)
  }
  const bad = cases.map(([changes, field, rule, value], i) => ({
    text: rowOf(changes, i + 1),
    faults: [{ field, rule, value }],
  }))
  return [columns.join(delimiter), rowOf({}, 0), ...bad, ...more]
}

/** Objects, one a line: a good one, then one for each case. A change to `undefined` leaves the property out. */
export function objects(
  good: object,
  cases: readonly [changes: Record<string, unknown>, field: string, rule: string, value: string][],
  more: Line[] = [],
): Line[] {
  const bad = cases.map(([changes, field, rule, value]) => ({
    text: JSON.stringify(changed(good, changes)),
    faults: [{ field, rule, value }],
  }))
  return [JSON.stringify(good), ...bad, ...more]
}

/** A copy of an object, changed at paths such as `studentReference.studentUniqueId`. */
export function changed(object: object, changes: Record<string, unknown>): object {
  const copy = structuredClone(object) as Record<string, unknown>
  for (const [path, value] of Object.entries(changes)) {
    const parts = path.split('.')
    const last = parts.pop()!
    let place = copy
    for (const part of parts) place = place[part] as Record<string, unknown>
    place[last] = value
  }
  return copy
}

/** A line that cannot be read at all. */
export const unreadable = (text: string, value: string): Line => ({
  text,
  faults: [{ field: '', rule: 'readable', value }],
})

export type Found = {
  summary: LoadSummary
  /** Lines of the report, by column. */
  report: Record<string, string>[]
}

/** Load it into a real log. */
export async function loadPlanted({ files }: Planted): Promise<Found> {
  const ingest = await startIngest()
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-planted-'))
  try {
    for (const [name, content] of Object.entries(files)) {
      const text = Array.isArray(content)
        ? content.map(line => textOf(line as Line) + '\n').join('')
        : JSON.stringify(content)
      await writeFile(join(folder, name), text)
    }
    const { log, config } = ingest
    const reportFile = join(folder, 'report', 'report.csv')
    const summary = await loadFiles([folder], { log, config, secrets: SECRETS, clock: () => NOW, reportFile })
    const [header, ...lines] = rowsOfText(await readFile(reportFile, 'utf8')).map(row =>
      row.fault === undefined ? row.fields : [],
    )
    return { summary, report: lines.map(line => Object.fromEntries(header!.map((name, i) => [name, line[i]!]))) }
  } finally {
    await ingest.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const textOf = (line: Line): string => (typeof line === 'string' ? line : line.text)

/** What the report has to say, as `file row: field, rule: value`, and how many rows of each file are dead and partly stored. */
export function expectedOf({ files }: Planted): {
  told: string[]
  rows: Record<string, { dead: number; partly: number }>
} {
  const told: string[] = []
  const rows: Record<string, { dead: number; partly: number }> = {}
  for (const [file, lines] of Object.entries(files)) {
    if (!Array.isArray(lines)) continue
    const bad = (lines as Line[])
      .map((line, i) => ({ line, row: i + 1 }))
      .filter(({ line }) => typeof line === 'object')
    for (const { line, row } of bad as { line: Exclude<Line, string>; row: number }[]) {
      const counts = (rows[file] ??= { dead: 0, partly: 0 })
      counts[line.partly ? 'partly' : 'dead']++
      for (const { field, rule, value } of line.faults)
        told.push(toldText({ file, row: String(row), field, rule, value }))
    }
  }
  return { told: told.sort(), rows }
}

export const toldText = ({ file, row, field, rule, value }: Record<string, string>): string =>
  `${file} ${row}: ${field}, ${rule}: ${value}`
