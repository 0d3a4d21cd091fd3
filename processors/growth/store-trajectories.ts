import {
  arrowStream,
  dictionaryColumn,
  hexColumn,
  millisecondsColumn,
  nullableFloatColumn,
  numberColumn,
  textColumn,
} from '../../infra/warehouse/arrow-batch.ts'
import { columnsOf, uint64Column, uint8Column } from '../../infra/warehouse/columns-of.ts'
import { readColumns } from '../../infra/warehouse/read-columns.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Status } from '../../schemas/indicator.ts'
import { fitTrajectories, type GrowthFit } from './growth-fit.ts'
import { sliceOf, type Measure } from './growth-tables.ts'
import { historiesOf, type Histories, type HistoryRow } from './histories.ts'
import { scaleOf } from './scales.ts'
import { schoolGrowth, trajectories, type Trajectory } from './trajectories.ts'

const trajectoryRows = sql(new URL('./trajectory-rows.sql', import.meta.url))

const Z_975 = 1.959_963_984_540_054

/** A figure of a school or the district, as a row of `indicators`. */
type Figure = {
  indicator: 'growth_rate' | 'school_growth'
  unit_type: 'school' | 'district'
  unit_id: string
  value: number | null
  se: number | null
  lo95: number | null
  hi95: number | null
  n: number
  status: Status
  reason: string
}

/**
 * Lines through the scores of one test and subject (A3, A4): every student's, every school's and the district's, by a model that is
 * fitted to all of them.
 */
export async function storeTrajectories(
  warehouse: Warehouse,
  measure: Measure,
  district: string,
  computed: string,
): Promise<void> {
  const columns = await readColumns(warehouse, trajectoryRows, measure)
  const [students, schools, days] = [columns.texts('student_id'), columns.texts('school_id'), columns.texts('day')]
  const [scores, storedMs] = [columns.floats('score'), columns.floats('as_of')]
  const rows = students.map((student_id, row): HistoryRow => ({ student_id, school_id: schools[row]!, day: days[row]!, score: scores[row]! })) // prettier-ignore
  const last = lastWindow(columns.texts('window_begin'), columns.texts('window'))
  if (last === null) return
  const scale = scaleOf(measure.test)
  const origin = days.reduce((first, day) => (day < first ? day : first))
  const histories = historiesOf(rows, scale ?? NO_SCALE, origin)
  const fit = fitTrajectories(histories, scale, 3)
  const newest = newestOf(students, storedMs)
  await storeStudents(warehouse, measure, trajectories(fit, histories), { histories, newest, computed })
  const as_of = new Date(storedMs.reduce((a, b) => Math.max(a, b), 0)).toISOString()
  const unit = { ...last, as_of, computed, slice: sliceOf(measure) }
  const enrolled = new Map([...Map.groupBy(histories.students.keys(), student => histories.school[student]!)].map(([school, all]) => [school, [...all].length])) // prettier-ignore
  await warehouse.insert(
    'indicators',
    [districtFigure(fit, histories, district), ...schoolFigures(fit)].map(figure => ({
      version: 1,
      ...figure,
      ...unit,
      n_eff: figure.n,
      enrolled: figure.unit_type === 'district' ? histories.students.length : (enrolled.get(figure.unit_id) ?? 0),
      deleted: 0,
    })),
  )
}

/** A test of which nothing is known: every score counts, and no points are compared. */
const NO_SCALE = { vertical: false, lowest: Number.NEGATIVE_INFINITY, highest: Number.POSITIVE_INFINITY }

const DAY_MS = 86_400_000

/** The window that figures stand for, with the Monday of its first day. */
function lastWindow(begins: readonly string[], windows: readonly string[]): { period: string; week: string } | null {
  const last = begins.reduce((at, begin, row) => (at < 0 || begin > begins[at]! ? row : at), -1)
  if (last < 0) return null
  const begun = new Date(begins[last]!)
  const monday = begun.getTime() - ((begun.getUTCDay() + 6) % 7) * DAY_MS
  return { period: windows[last]!, week: new Date(monday).toISOString().slice(0, 10) }
}

function newestOf(students: readonly string[], storedMs: Float64Array): Map<string, number> {
  const newest = new Map<string, number>()
  students.forEach((student, row) => newest.set(student, Math.max(storedMs[row]!, newest.get(student) ?? 0)))
  return newest
}

function districtFigure({ model, status, reason }: GrowthFit, histories: Histories, district: string): Figure {
  const [value, se] = model === null ? [null, null] : [model.fixed[1], model.fixedSe[1]]
  return {
    indicator: 'growth_rate',
    unit_type: 'district',
    unit_id: district,
    value,
    se,
    lo95: value === null ? null : value - Z_975 * se,
    hi95: value === null ? null : value + Z_975 * se,
    n: histories.students.length,
    status,
    reason,
  }
}

function schoolFigures(fit: GrowthFit): Figure[] {
  return schoolGrowth(fit).map(({ school_id, ...growth }) => ({
    indicator: 'school_growth',
    unit_type: 'school',
    unit_id: school_id,
    ...growth,
  }))
}

async function storeStudents(
  warehouse: Warehouse,
  { test, subject }: Measure,
  found: readonly Trajectory[],
  { histories, newest, computed }: { histories: Histories; newest: ReadonlyMap<string, number>; computed: string },
): Promise<void> {
  const places = found.keys()
  const column = columnsOf(found)
  const spans = Float64Array.from(places, student => histories.last[student]! - histories.first[student]!)
  await warehouse.insertArrow(
    'student_trajectories',
    arrowStream(found.length, [
      column(hexColumn, 'student_id', row => row.student_id),
      column(dictionaryColumn, 'test', () => test),
      column(dictionaryColumn, 'subject', () => subject),
      column(textColumn, 'school_id', row => row.school_id),
      numberColumn(
        'n',
        'UInt32',
        Uint32Array.from(found, row => row.n),
      ),
      numberColumn('span_years', 'Float64', spans),
      column(nullableFloatColumn, 'slope', row => row.value),
      column(nullableFloatColumn, 'se', row => row.se),
      column(nullableFloatColumn, 'reliability', row => row.reliability),
      column(dictionaryColumn, 'status', row => row.status),
      column(dictionaryColumn, 'reason', row => row.reason),
      column(millisecondsColumn, 'as_of', row => newest.get(row.student_id)!),
      column(uint64Column, 'computed', () => BigInt(computed)),
      column(uint8Column, 'deleted', () => 0),
    ]),
  )
}
