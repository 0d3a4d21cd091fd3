import type { z } from 'zod'
import type { Score, ScoreKind } from '../../schemas/score.ts'
import type { FileSet } from './file-set.ts'
import type { Loader } from './loader.ts'
import { baseOf, eachRow, isDelta, parsed, refuse, type Outcome } from './oneroster.ts'
import {
  AssessmentResultRow,
  DeletedRow,
  LineItemRow,
  REQUIRED_SCORES,
  ResultRow,
  ScoreTermRow,
} from './oneroster-score-rows.ts'
import { windowAt } from './score-dates.ts'
import { addScoreEntry, Sittings } from './sittings.ts'
import { checkHeader, type TableRow } from './table.ts'

export const hasScores = (set: FileSet): boolean => Object.keys(REQUIRED_SCORES).some(name => set.files.has(name))

/**
 * Load the gradebook of a OneRoster 1.1 or 1.2 CSV set: categories, line items and results (grades), assessment line items
 * and assessment results (assessments), and the scales that give letters a number.
 *
 * A result is taken back by its row with status `tobedeleted`, with its line item, or by a bulk set that has its line item
 * and no longer has it, if every row of its results could be used.
 * @throws HomeroomError FILE_INVALID if a file lacks a column without which it means nothing; then nothing is loaded
 */
export async function loadScores(set: FileSet, loader: Loader): Promise<void> {
  const isBulk = !(await isDelta(set))
  for (const [name, required] of Object.entries(REQUIRED_SCORES)) await checkHeader(set.files.get(name), { required })
  const each = (name: string, load: (row: TableRow) => Outcome) =>
    eachRow(set, name, REQUIRED_SCORES[name] ?? [], loader, load)
  await each('categories.csv', row => loadTerm(row, 'category', loader))
  await each('scorescales.csv', row => loadTerm(row, 'scale', loader))
  for (const files of GRADEBOOKS) {
    const items = new Set<string>()
    await each(files.items, row => loadItem(row, files.kind, items, loader))
    const gradebook = { ...files, known: isBulk && set.files.has(files.items) ? items : null }
    const sittings = new Sittings(loader)
    await each(files.results, row => {
      const outcome = loadResult(row, gradebook, sittings, loader)
      if (outcome === 'dead') sittings.isWhole = false
      return outcome
    })
    if (isBulk && set.files.has(files.results)) for (const item of items) sittings.holdsAllOf(listOf(files.kind, item))
    sittings.end()
  }
  await loader.flush()
}

type Gradebook = {
  kind: ScoreKind
  items: string
  results: string
  /** Column of a result that names its line item. */
  column: 'lineItemSourcedId' | 'assessmentLineItemSourcedId'
}

const GRADEBOOKS: readonly Gradebook[] = [
  { kind: 'grade', items: 'lineitems.csv', results: 'results.csv', column: 'lineItemSourcedId' },
  {
    kind: 'assessment',
    items: 'assessmentlineitems.csv',
    results: 'assessmentresults.csv',
    column: 'assessmentLineItemSourcedId',
  },
]

/** Line items of the two kinds may have the same ids. */
const itemOf = (kind: ScoreKind, id: string): string => (kind === 'grade' ? id : `assessment|${id}`)
const listOf = (kind: ScoreKind, id: string): string => `item|${itemOf(kind, id)}`

function loadTerm(row: TableRow, of: 'category' | 'scale', loader: Loader): Outcome {
  const consequence = of === 'category' ? 'Its line items have no category' : 'Its letters are worth nothing'
  const gone = deleted(row)
  const found = gone ?? parsed(row, ScoreTermRow, loader, consequence)
  if (found === null) return 'dead'
  const { title, scoreScaleValue: values } = 'title' in found ? found : NO_TERM
  addScoreEntry(loader, { type: 'term', of, id: found.sourcedId, ...baseOf(loader, found.status), title, values })
  return 'stored'
}

const NO_TERM = { title: '', scoreScaleValue: {} }

function loadItem(row: TableRow, kind: ScoreKind, items: Set<string>, loader: Loader): Outcome {
  const gone = deleted(row)
  const found = gone ?? parsed(row, LineItemRow, loader, 'Results of it will be refused')
  if (found === null) return 'dead'
  if (gone === null) items.add(found.sourcedId)
  const item: Partial<LineItemRow> = 'title' in found ? found : {}
  addScoreEntry(loader, {
    type: 'item',
    id: itemOf(kind, found.sourcedId),
    ...baseOf(loader, found.status),
    kind,
    title: item.title ?? '',
    category: item.categorySourcedId ?? '',
    class: item.classSourcedId ?? '',
    period: item.gradingPeriodSourcedId ?? item.academicSessionSourcedId ?? '',
    scale: item.scoreScaleSourcedId ?? '',
    min: item.resultValueMin ?? null,
    max: item.resultValueMax ?? null,
  })
  return 'stored'
}

function loadResult(
  row: TableRow,
  book: Gradebook & { known: ReadonlySet<string> | null },
  sittings: Sittings,
  loader: Loader,
): Outcome {
  const { source, storedAt } = loader.batch
  const consequence = 'This result counts nowhere'
  const idOf = (sourcedId: string): string => loader.intake.derivedId(source, `${book.results}|${sourcedId}`)
  const gone = deleted(row)
  if (gone !== null) {
    addScoreEntry(loader, { type: 'withdrawal', id: idOf(gone.sourcedId), source, storedAt })
    return 'stored'
  }
  const found =
    book.kind === 'grade'
      ? parsed<Result>(row, ResultRow, loader, consequence)
      : parsed<Result>(row, AssessmentResultRow, loader, consequence)
  if (found === null) return 'dead'
  const item = found.lineItemSourcedId ?? found.assessmentLineItemSourcedId ?? ''
  if (book.known?.has(item) === false)
    return refuse(
      row,
      loader,
      book.column,
      `a line item that ${book.items} does not have`,
      'the sourcedId of a line item',
      consequence,
      'reference',
    )
  const id = idOf(found.sourcedId)
  if (found.score === undefined && found.textScore === undefined) {
    // What had a score may have been exempted since.
    addScoreEntry(loader, { type: 'withdrawal', id, source, storedAt })
    return 'stored'
  }
  const score = scoreOf(found, book.kind, item, id, loader)
  const known = sittings.known(score)
  if (known === 'otherwise')
    return refuse(
      row,
      loader,
      'sourcedId',
      'the id of a result in an earlier row',
      'an id of its own',
      'The earlier row stands',
      'unique',
    )
  if (known === 'same') return 'duplicate'
  addScoreEntry(loader, score)
  return 'stored'
}

type Result = Omit<z.infer<typeof ResultRow>, 'lineItemSourcedId'> & {
  lineItemSourcedId?: string
  assessmentLineItemSourcedId?: string
}

function scoreOf(row: Result, kind: ScoreKind, item: string, id: string, loader: Loader): Score {
  const { source, storedAt } = loader.batch
  const { scoreDate: date, score, textScore: level, scorePercentile: percentile, scoreScaleSourcedId: scale } = row
  return {
    type: 'score',
    id,
    source,
    storedAt,
    kind,
    student: loader.intake.pseudonymise('sourcedId', row.studentSourcedId),
    date,
    test: '',
    subject: '',
    // Nothing else says when an assessment is taken; the grading period of a grade is its line item's.
    window: kind === 'assessment' ? (windowAt(date, { yearBegins: '07-01', seasons: {} }) ?? '') : '',
    grade: '',
    score: score ?? null,
    ...(percentile !== undefined && { percentile }),
    ...(level !== undefined && { level }),
    counts: row.scoreStatus === 'fully graded',
    item: itemOf(kind, item),
    ...(scale !== undefined && { scale }),
    list: listOf(kind, item),
  }
}

function deleted(row: TableRow): z.infer<typeof DeletedRow> | null {
  return row.unreadable === undefined ? (DeletedRow.safeParse(row.values).data ?? null) : null
}
