import {
  arrowStream,
  dictionaryColumn,
  hexColumn,
  millisecondsColumn,
  nullableFloatColumn,
  numberColumn,
  textColumn,
} from '../../infra/warehouse/arrow-batch.ts'
import { columnsOf, daysColumn, uint64Column, uint8Column } from '../../infra/warehouse/columns-of.ts'
import type { Columns } from '../../infra/warehouse/read-columns.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { PercentileModel } from './percentile-model.ts'
import { outcomeOf } from './percentile-outcomes.ts'
import type { Cohort, KeptFit, PlacedScore } from './store-percentiles.ts'

/** What growth follows from: the scores of one test in one subject. */
export type Measure = { test: string; subject: string }

/** The slice of figures that a test in a subject gives, without a group of students; commas and equals signs separate pairs. */
export const sliceOf = ({ test, subject }: Measure): string => {
  const [one, other] = [subject, test].map(name => name.replace(/[,=]/g, ' '))
  return `subject=${one},test=${other}`
}

const VERSION = 1
const DAY_MS = 86_400_000

/** Fits as they were stored, by `JSON.stringify([window, grade])`. */
export async function keptFits(warehouse: Warehouse, measure: Measure): Promise<Map<string, KeptFit>> {
  const found = await warehouse.query<{
    window: string
    grade: string
    inputs: string
    n: number
    as_of: number
    model: string
  }>(
    `select window, grade, leftPad(lower(hex(inputs)), 16, '0') as inputs, toFloat64(n) as n, toFloat64(toUnixTimestamp64Milli(as_of)) as as_of, model
     from growth_models final
     where indicator = 'growth_percentile' and test = {test:String} and subject = {subject:String} and version = {version:UInt16}`,
    { ...measure, version: VERSION },
  )
  return new Map(
    found.map(({ window, grade, inputs, n, as_of, model }) => {
      const { models, otherwise } = JSON.parse(model) as { models: unknown[]; otherwise: number }
      const parsed = models.map(one => PercentileModel.parse(one))
      return [JSON.stringify([window, grade]), { models: parsed, otherwise, inputs, students: n, cutOffMs: as_of }]
    }),
  )
}

export async function storeFit(
  warehouse: Warehouse,
  measure: Measure,
  { window, grade }: Cohort,
  fit: KeptFit,
  computed: string,
): Promise<void> {
  const { models, otherwise, inputs, students, cutOffMs } = fit
  const { status, reason } = models.length > 0 ? { status: 'ok', reason: '' } : outcomeOf(otherwise, 0)
  await warehouse.insert('growth_models', [
    {
      indicator: 'growth_percentile',
      ...measure,
      window,
      grade,
      version: VERSION,
      inputs: String(BigInt(`0x${inputs}`)),
      n: students,
      as_of: new Date(cutOffMs).toISOString(),
      model: JSON.stringify({ models, otherwise }),
      status,
      reason,
      computed,
      deleted: 0,
    },
  ])
}

/** The growth percentiles of one cohort. */
export async function storePlaced(
  warehouse: Warehouse,
  { test, subject }: Measure,
  pairs: Columns,
  { window, grade, from }: Cohort,
  scores: readonly PlacedScore[],
  computed: string,
): Promise<void> {
  const text = (name: string): ((score: PlacedScore) => string) => {
    const values = pairs.texts(name)
    return ({ row }) => values[from + row]!
  }
  const day = (name: string): ((score: PlacedScore) => number) => {
    const values = pairs.texts(name)
    return ({ row }) => Date.parse(values[from + row]!) / DAY_MS
  }
  const float = (name: string): ((score: PlacedScore) => number) => {
    const values = pairs.floats(name)
    return ({ row }) => values[from + row]!
  }
  const column = columnsOf(scores)
  const columns = [
    column(hexColumn, 'student_id', text('student_id')),
    column(dictionaryColumn, 'indicator', () => 'growth_percentile'),
    column(dictionaryColumn, 'test', () => test),
    column(dictionaryColumn, 'subject', () => subject),
    column(dictionaryColumn, 'window', () => window),
    column(daysColumn, 'window_begin', day('window_begin')),
    column(dictionaryColumn, 'grade', () => grade),
    column(daysColumn, 'day', day('day')),
    column(floatColumn, 'score', float('score')),
    column(nullableFloatColumn, 'prior', score => score.prior),
    column(uint8Column, 'priors', score => score.priors),
    column(uint8Column, 'band', score => score.band),
    column(nullableFloatColumn, 'value', score => score.value),
    column(nullableFloatColumn, 'lo', score => score.lo),
    column(nullableFloatColumn, 'hi', score => score.hi),
    column(textColumn, 'school_id', text('school_id')),
    column(dictionaryColumn, 'status', score => score.status),
    column(dictionaryColumn, 'reason', score => score.reason),
    column(millisecondsColumn, 'as_of', float('as_of')),
    column(uint64Column, 'computed', () => BigInt(computed)),
    column(uint8Column, 'deleted', () => 0),
  ]
  await warehouse.insertArrow('student_growth', arrowStream(scores.length, columns))
}

export const floatColumn = (name: string, values: readonly number[]): ReturnType<typeof numberColumn> =>
  numberColumn(name, 'Float64', Float64Array.from(values))
