import {
  arrowStream,
  dictionaryColumn,
  hexColumn,
  millisecondsColumn,
  nullableFloatColumn,
  textColumn,
} from '../../infra/warehouse/arrow-batch.ts'
import { columnsOf, daysColumn, uint64Column, uint8Column } from '../../infra/warehouse/columns-of.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { floatColumn, sliceOf, type Measure } from './growth-tables.ts'
import { UNKNOWN_SCALE, type TestScale } from './scales.ts'
import { bandsOf } from './store-percentiles.ts'
import { storedConditionalGrowth, type ConditionalCohort, type ConditionalRow } from './stored-conditional-growth.ts'
import { nameWithin, windowSpans, yearOf, type WindowBegin, type WindowSpan } from './window-spans.ts'

const aggregates = sql(new URL('./conditional-aggregates.sql', import.meta.url))

const VERSION = 1
const DAY_MS = 86_400_000

/**
 * Conditional growth (A5) within the school years of the given windows: students, models of their cohorts, and the means of classes,
 * advisories, schools and the district.
 *
 * @param of.windows those whose scores changed; null: every window
 */
export async function storeConditional(
  warehouse: Warehouse,
  measure: Measure,
  of: { windows: readonly string[] | null; district: string; scale: TestScale | null; computed: string },
): Promise<void> {
  const { windows, district, computed } = of
  const known = await warehouse.query<WindowBegin>(
    `select toString(window) as window, toString(min(window_begin)) as begin from window_scores final
     where test = {test:String} and subject = {subject:String} group by window`,
    measure,
  )
  const years = windows === null ? null : new Set(windows.map(yearOf))
  const scale = of.scale ?? UNKNOWN_SCALE
  for (const span of windowSpans(known)) {
    if (years !== null && !years.has(span.year)) continue
    for (const cohort of await storedConditionalGrowth(warehouse, { ...measure, ...span, scale })) {
      await storeModel(warehouse, measure, span, cohort, computed)
      await storeStudents(warehouse, measure, span, cohort, computed)
    }
    const params = { ...measure, window: span.name, slice: `${fromOf(span)},${sliceOf(measure)}`, district, computed }
    await warehouse.command(`insert into indicators ${aggregates}`, params)
  }
}

/** Two spans that end in one window are two slices. */
const fromOf = ({ year, from }: WindowSpan): string => `from=${nameWithin(year, from).replace(/[,=]/g, ' ')}`

/** The equation of what is expected of a cohort. Late scores are in it as soon as they come. */
async function storeModel(
  warehouse: Warehouse,
  measure: Measure,
  { name, from, to }: WindowSpan,
  { grade, rows, n, status, reason, coefficients, sd }: ConditionalCohort,
  computed: string,
): Promise<void> {
  await warehouse.insert('growth_models', [
    {
      indicator: 'conditional_growth',
      ...measure,
      window: name,
      grade,
      version: VERSION,
      // Fitted in milliseconds: there is no need to know whether the scores are the same.
      inputs: '0',
      n,
      as_of: new Date(rows.reduce((newest, { as_of_ms }) => Math.max(newest, as_of_ms), 0)).toISOString(),
      model: coefficients === null ? '' : JSON.stringify({ from, to, coefficients, sd }),
      status,
      reason,
      computed,
      deleted: 0,
    },
  ])
}

async function storeStudents(
  warehouse: Warehouse,
  { test, subject }: Measure,
  { name }: WindowSpan,
  cohort: ConditionalCohort,
  computed: string,
): Promise<void> {
  const { rows, grade, index, sd } = cohort
  const value = Array.from(rows, (_, at) => (index === null || Number.isNaN(index[at]) ? null : index[at]!))
  const bands = bandsOf(Float64Array.from(rows, ({ pre }) => pre))
  // The score less or plus its error of measurement, as far from what is expected.
  const shifted = (sign: number) =>
    rows.map(({ csem }, at) => (value[at] === null || Number.isNaN(csem) ? null : value[at]! + (sign * csem) / sd!))
  const column = columnsOf(rows)
  await warehouse.insertArrow(
    'student_growth',
    arrowStream(rows.length, [
      column(hexColumn, 'student_id', row => row.student_id),
      column(dictionaryColumn, 'indicator', () => 'conditional_growth'),
      column(dictionaryColumn, 'test', () => test),
      column(dictionaryColumn, 'subject', () => subject),
      column(dictionaryColumn, 'window', () => name),
      column(daysColumn, 'window_begin', row => Date.parse(row.window_begin) / DAY_MS),
      column(dictionaryColumn, 'grade', () => grade),
      column(daysColumn, 'day', row => Date.parse(row.day) / DAY_MS),
      column(floatColumn, 'score', row => row.post),
      column(nullableFloatColumn, 'prior', row => row.pre),
      column(uint8Column, 'priors', () => 1),
      uint8Column('band', [...bands]),
      nullableFloatColumn('value', value),
      nullableFloatColumn('lo', shifted(-1)),
      nullableFloatColumn('hi', shifted(1)),
      column(textColumn, 'school_id', row => row.school_id),
      dictionaryColumn(
        'status',
        value.map(one => (one === null ? 'insufficient' : 'ok')),
      ),
      dictionaryColumn(
        'reason',
        rows.map((row, at) => (value[at] === null ? whyNone(cohort, row) : cohort.reason)),
      ),
      column(millisecondsColumn, 'as_of', row => row.as_of_ms),
      column(uint64Column, 'computed', () => BigInt(computed)),
      column(uint8Column, 'deleted', () => 0),
    ]),
  )
}

const whyNone = ({ index, reason }: ConditionalCohort, { weeks }: ConditionalRow): string =>
  index === null ? reason : weeks > 0 ? 'a score that the test cannot give' : 'no school day between the two tests'
