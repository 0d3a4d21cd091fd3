import { z } from 'zod'
import type { Score } from '../../schemas/score.ts'
import type { Door } from '../dead-letters.ts'
import { fault, faultsOf, type Fault } from '../faults.ts'
import { pseudonymOfParticipant } from '../map/from-interaction.ts'
import type { Loader, RowOutcome } from './loader.ts'
import type { RowReader } from './mapped.ts'
import { gradeOf } from './oneroster-rows.ts'
import { columnsByField, numberIn, withColumn } from './row-fields.ts'
import { dayIn, windowAt } from './score-dates.ts'
import type { ScoreMapping } from './score-mapping.ts'
import { addScoreEntry, Sittings } from './sittings.ts'
import type { TableRow } from './table.ts'
import { compile, type Template, type Values } from './template.ts'

/**
 * Reads the rows of a block as scores; the same sitting of the same source always becomes the same score, so that a row
 * that is corrected and loaded again replaces what it said before.
 */
export function scoreReader(block: ScoreMapping, loader: Loader, door: Door = 'mapping'): RowReader {
  const parts = (block.each ?? [{}]).map(part => partOf({ ...block, ...part }, loader))
  const isDeleted = compile(block.status)
  const sittings = new Sittings(loader)
  const read = (row: TableRow): RowOutcome => {
    if (row.unreadable) return refused([row.unreadable])
    const made = parts.map(part => part(row))
    const faults = made.flatMap(score => (Array.isArray(score) ? score : []))
    if (faults.length > 0) return refused(faults)
    const scores = made.filter((score): score is Score => score !== null && !Array.isArray(score))
    if (scores.length === 0) return { nobody: 'rows without a score' }
    if (isDeleted(row.values) === 'deleted') return takenBack(scores, loader)
    const known = scores.map(score => sittings.known(score))
    if (known.includes('otherwise')) return refused([contradiction(row)])
    for (const [i, score] of scores.entries()) {
      if (known[i] !== 'new') continue
      addScoreEntry(loader, score)
      if (block.complete) sittings.holdsAllOf(score.list)
    }
    return known.includes('new') ? 'stored' : 'duplicate'

    function refused(found: readonly Fault[]): RowOutcome {
      sittings.isWhole = false
      loader.bury(
        door,
        row.place,
        row.text,
        found,
        'The scores of this row count in no growth',
        'ROW_INVALID',
        row.values,
      )
      return 'dead'
    }
  }
  return Object.assign(read, { end: () => sittings.end() })
}

function takenBack(scores: readonly Score[], loader: Loader): RowOutcome {
  for (const { id, source, storedAt } of scores) addScoreEntry(loader, { type: 'withdrawal', id, source, storedAt })
  return 'stored'
}

const contradiction = (row: TableRow): Fault => ({
  ...fault(
    row.row,
    `${row.place} field score`,
    'another one than an earlier row has for the same sitting',
    'one row for a sitting, or a naturalKey that tells two sittings apart',
  ),
  rule: 'unique',
})

type Part = Omit<ScoreMapping, 'each'>

/** Reads one score of a row; null where the row has none; faults where it cannot be right. */
function partOf(part: Part, loader: Loader): (row: TableRow) => Score | null | Fault[] {
  const valuesOf = compiled(part)
  const schema = schemaOf(part)
  const key = part.naturalKey?.map(compile)
  const score = compile(part.score)
  const level = compile(part.level)
  const columns = columnNames(part)
  // A mark says something without points; of an assessment without its score a level says too little.
  const isGiven = ({ values }: TableRow): boolean =>
    score(values) !== undefined || ((part.score === undefined || part.kind === 'grade') && level(values) !== undefined)
  return row => {
    if (!isGiven(row)) return null
    const values = valuesOf(row.values)
    const parsed = schema.safeParse(values)
    if (!parsed.success) {
      const found = faultsOf(parsed.error.issues, values, row.row, row.place, ' field ')
      return found.map(each => withColumn(each, row, columns))
    }
    const found = parsed.data
    const tooLate = lateFault(row, found.date, loader)
    if (tooLate !== null) return [withColumn(tooLate, row, columns)]
    const { test, subject, window, date } = found
    const student = pseudonymOfParticipant(
      { id: found.student, idType: part.student.idType },
      loader.intake.pseudonymise,
    )
    // Of several scores of one row the text that names the score tells which it is: labels may be corrected.
    const natural = key
      ? [...key.map(each => each(row.values) ?? ''), JSON.stringify(part.score ?? part.level ?? '')]
      : [student, test, subject, window, date]
    return scoreOf(found, part, student, natural.join('|'), loader)
  }
}

type Row = z.infer<ReturnType<typeof schemaOf>>

function scoreOf(row: Row, part: Part, student: string, naturalKey: string, loader: Loader): Score {
  const { source, storedAt } = loader.batch
  const { test, subject, window, date, csem, percentile, level, school, teacher } = row
  return {
    type: 'score',
    id: loader.intake.derivedId(source, `score|${naturalKey}`),
    source,
    storedAt,
    kind: part.kind,
    student,
    date,
    test,
    subject,
    window,
    grade: gradeOf(row.grade),
    score: row.score ?? null,
    ...(csem !== undefined && { csem }),
    ...(percentile !== undefined && { percentile }),
    ...(level !== undefined && { level }),
    counts: row.counts,
    ...(school !== undefined && { school }),
    ...(teacher !== undefined && {
      teacher: pseudonymOfParticipant(
        { id: teacher, idType: part.teacher?.idType ?? 'sourcedId' },
        loader.intake.pseudonymise,
      ),
    }),
    list: part.complete ? [test, subject, window].join('|') : '',
  }
}

function schemaOf({ range = [-1e9, 1e9], dateFormat }: Part) {
  return z.object({
    student: z.string().trim().min(1).max(512),
    teacher: z.string().trim().min(1).max(512).optional(),
    test: z.string().min(1).max(128),
    subject: z.string().min(1).max(128),
    date: z.string().refine(text => dayIn(text, 'y-m-d') === text, { error: `a date written as ${dateFormat}` }),
    window: z.custom<string>(isWindow, { error: 'a window of at most 64 characters, or a date that lies in one' }),
    grade: z.string().max(16).optional(),
    score: z.number().min(range[0]).max(range[1]).optional(),
    csem: z.number().positive().optional(),
    percentile: z.number().min(0).max(100).optional(),
    level: z.string().max(128).optional(),
    school: z.string().max(256).optional(),
    counts: z.boolean(),
  })
}

const isWindow = (value: unknown): boolean => typeof value === 'string' && value.length >= 1 && value.length <= 64

const TEXTS = ['test', 'subject', 'grade', 'level', 'school'] as const
const NUMBERS = ['score', 'csem', 'percentile'] as const

function compiled(part: Part): (values: Values) => Record<string, unknown> {
  const texts = TEXTS.map(field => [field, compile(part[field])] as const)
  const numbers = NUMBERS.map(field => [field, compile(part[field])] as const)
  const student = compile(part.student.id)
  const teacher = compile(part.teacher?.id)
  const date = compile(part.date)
  const counts = part.counts === undefined ? () => 'true' : compile(part.counts)
  const window = windowOf(part)
  return values => {
    const row: Record<string, unknown> = { student: student(values), teacher: teacher(values) }
    for (const [field, text] of texts) row[field] = text(values)
    for (const [field, text] of numbers) row[field] = numberIn(text(values))
    const written = date(values)
    const day = written === undefined ? undefined : dayIn(written, part.dateFormat)
    row.date = day ?? written
    row.window = window(values, day)
    row.counts = /^(?:true|1|y|yes)$/i.test(counts(values) ?? '')
    return row
  }
}

function windowOf({ window }: Part): (values: Values, day: string | undefined) => string | undefined {
  if (window !== undefined && typeof window === 'object' && !('from' in window))
    return (_, day) => (day === undefined ? undefined : windowAt(day, window))
  const text = compile(window)
  return values => text(values)
}

/** Nobody sits a test tomorrow: such a date is a day and month in the wrong order, or a wrong year. */
function lateFault({ row, place }: TableRow, date: string, loader: Loader): Fault | null {
  if (date >= '1970-01-01' && Date.parse(date) <= loader.batch.storedMs + 86_400_000) return null
  return fault(row, `${place} field date`, JSON.stringify(date), 'a day between 1970 and today')
}

function columnNames(part: Part): Map<string, string> {
  return columnsByField([
    ['student', part.student.id],
    ['teacher', part.teacher?.id],
    ['date', part.date],
    ['window', typeof part.window === 'string' ? part.window : undefined],
    ...[...TEXTS, ...NUMBERS].map((field): [string, Template | undefined] => [field, part[field]]),
  ])
}
