import { fault, shown, type Fault } from '../faults.ts'
import type { SourceFile } from './file-set.ts'
import type { RowOutcome } from './loader.ts'
import { answerReader, type Read } from './survey-answers.ts'
import type { WideBlock } from './survey-mapping.ts'
import { addResponse, naturalKey, type Survey } from './survey-response.ts'
import { saidReader, type Said } from './survey-said.ts'
import { itemColumns, surveyHeader, surveyRows } from './survey-table.ts'
import type { TableRow } from './table.ts'
import type { Values } from './template.ts'

const NOT_LOADED = 'This response counts in no number'
const PARTLY = 'These answers count as not readable, the others of the response are stored'

/**
 * Files in which a row is a response.
 * @throws HomeroomError FILE_INVALID if a column is missing, of a template or of an item
 */
export async function loadWide(survey: Survey<WideBlock>, files: readonly SourceFile[]): Promise<void> {
  for (const file of files) {
    const header = await surveyHeader(file, survey.block)
    const read = rowReader(survey, itemColumns(file, survey.block, survey.instrument, header))
    const summary = survey.loader.file(file.label)
    for await (const row of surveyRows(file, survey.block, header)) await survey.loader.counted(summary, read(row))
    await survey.loader.finished(summary)
  }
}

/**
 * Read one response by itself, under its header.
 * @param number of its row in the file that it stood in
 * @param isStored the answers of it that could be read are stored
 * @returns why it cannot be told by itself which response it is; null: it is in the loader's batch
 */
export async function loadWideRow(
  survey: Survey<WideBlock>,
  file: SourceFile,
  number: number,
  isStored: boolean,
): Promise<string | null> {
  const header = await surveyHeader(file, survey.block)
  let isUntold = false
  const keyOf: KeyOf = (said, raw) => {
    const isByContent = said.response === undefined && said.respondent === null
    if (isByContent && (isStored || said.ms === null)) isUntold = true
    return naturalKey(said, raw, () => 1)
  }
  const read = rowReader(survey, itemColumns(file, survey.block, survey.instrument, header), keyOf)
  for await (const row of surveyRows(file, survey.block, header)) {
    const values = { ...row.values, '#row': String(number) }
    await survey.loader.counted(
      survey.loader.file(file.label),
      read({ ...row, row: number, place: `${file.label} row ${number}`, values }),
    )
  }
  return isUntold ? 'nothing but its answers tells which anonymous response it is; load its file again' : null
}

type Columns = ReturnType<typeof itemColumns>
type KeyOf = (said: Said, raw: Record<string, string>) => string

function rowReader(
  survey: Survey<WideBlock>,
  columns: Columns,
  keyOf: KeyOf = keysOfFile(),
): (row: TableRow) => RowOutcome {
  const { loader, block, instrument } = survey
  const saidIn = saidReader(block, instrument, loader)
  const answersIn = rowAnswers(survey, columns)
  return row => {
    if (row.unreadable) return lose(survey, row, [row.unreadable])
    const { said, faults } = saidIn(row)
    if (faults.length > 0) return lose(survey, row, faults)
    const { reads, raw, unreadable } = answersIn(row)
    if (!addResponse(survey, said, reads, keyOf(said, raw))) return 'duplicate'
    if (unreadable.length === 0 || said.deleted) return 'stored'
    bury(survey, row, unreadable, PARTLY)
    return 'partly'
  }
}

function rowAnswers({ block, instrument }: Survey<WideBlock>, columns: Columns) {
  const answer = answerReader(instrument, block)
  return (row: TableRow) => {
    const reads = new Map<string, Read>()
    const raw: Record<string, string> = {}
    const unreadable: Fault[] = []
    for (const { item, columns: of } of columns) {
      const texts = filled(row.values, of)
      if (texts.length > 0) raw[item] = texts.join('|')
      const read: Read =
        texts.length > 1 ? { state: 'unreadable', expected: 'one answer in one column' } : answer(item, texts[0])
      reads.set(item, read)
      if (read.state !== 'unreadable') continue
      const column = of.find(name => row.values[name] !== undefined) ?? of[0]!
      const got = texts.length > 1 ? `${texts.length} answers` : shown(texts[0], '')
      unreadable.push(fault(row.row, `${row.place} field ${column}`, got, read.expected!))
    }
    return { reads, raw, unreadable }
  }
}

const filled = (values: Values, columns: readonly string[]): string[] => [
  ...new Set(columns.flatMap(column => values[column] ?? [])),
]

function lose(survey: Survey, row: TableRow, faults: Fault[]): 'dead' {
  survey.lost.rows++
  return bury(survey, row, faults, NOT_LOADED)
}

function bury({ loader }: Survey, row: TableRow, faults: Fault[], consequence: string): 'dead' {
  loader.bury('survey', row.place, row.text, faults, consequence, 'ROW_INVALID', row.values)
  return 'dead'
}

/** Keys of the responses of one file; equal contents are counted. */
function keysOfFile(): KeyOf {
  const counts = new Map<string, number>()
  const nth = (content: string): number => {
    const count = (counts.get(content) ?? 0) + 1
    counts.set(content, count)
    return count
  }
  return (said, raw) => naturalKey(said, raw, nth)
}
