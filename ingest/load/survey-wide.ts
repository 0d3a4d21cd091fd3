import { fault, shown, type Fault } from '../faults.ts'
import type { SourceFile } from './file-set.ts'
import type { RowOutcome } from './loader.ts'
import { answerReader, type Read } from './survey-answers.ts'
import type { WideBlock } from './survey-mapping.ts'
import { addResponse, naturalKey, type Survey } from './survey-response.ts'
import { saidReader } from './survey-said.ts'
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

type Columns = ReturnType<typeof itemColumns>

function rowReader(survey: Survey<WideBlock>, columns: Columns): (row: TableRow) => RowOutcome {
  const { loader, block, instrument } = survey
  const saidIn = saidReader(block, instrument, loader)
  const answersIn = rowAnswers(survey, columns)
  const nth = counter()
  return row => {
    if (row.unreadable) return bury(survey, row, [row.unreadable], NOT_LOADED)
    const { said, faults } = saidIn(row)
    if (faults.length > 0) return bury(survey, row, faults, NOT_LOADED)
    const { reads, raw, unreadable } = answersIn(row)
    if (!addResponse(survey, said, reads, naturalKey(said, raw, nth))) return 'duplicate'
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

function bury({ loader }: Survey, row: TableRow, faults: Fault[], consequence: string): 'dead' {
  loader.bury('survey', row.place, row.text, faults, consequence, 'ROW_INVALID', row.values)
  return 'dead'
}

/** How often a content has come, this time included. */
function counter(): (content: string) => number {
  const counts = new Map<string, number>()
  return content => {
    const count = (counts.get(content) ?? 0) + 1
    counts.set(content, count)
    return count
  }
}
