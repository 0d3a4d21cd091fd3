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
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Status } from '../../schemas/indicator.ts'
import { hasEnough, type GrowthFit } from './growth-fit.ts'
import { sliceOf, type Measure } from './growth-tables.ts'
import { UNKNOWN_SCALE, type TestScale } from './scales.ts'
import { fitOf } from './store-fit.ts'
import { storedHistories, type StoredHistories } from './stored-histories.ts'
import { schoolGrowth, trajectories, type Trajectory } from './trajectories.ts'

const ofClasses = sql(new URL('./trajectory-aggregates.sql', import.meta.url))
const scoreSpan = sql(new URL('./score-span.sql', import.meta.url))

const DAY_MS = 86_400_000
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
  { district, scale, computed }: { district: string; scale: TestScale | null; computed: string },
): Promise<void> {
  const [span] = await warehouse.query<Span>(scoreSpan, measure)
  if (span === undefined) return
  const { from, to, week, window: period } = span
  const histories = await storedHistories(warehouse, { ...measure, from, to, scale: scale ?? UNKNOWN_SCALE })
  const fit = await fitOf(warehouse, measure, histories, scale, computed)
  await storeStudents(warehouse, measure, trajectories(fit, histories), histories, computed)
  if (fit.model !== null) {
    const params = {
      ...measure,
      window: period,
      week,
      slice: sliceOf(measure),
      spread: fit.model.atCentre.student.slope,
      computed,
    }
    await warehouse.command(`insert into indicators ${ofClasses}`, params)
  }
  const as_of = new Date(histories.newest_ms.reduce((a, b) => Math.max(a, b), 0)).toISOString()
  const unit = { period, week, as_of, computed, slice: sliceOf(measure) }
  const enrolled = new Map([...Map.groupBy(histories.students.keys(), student => histories.school[student]!)].map(([school, all]) => [school, [...all].length])) // prettier-ignore
  await warehouse.insert(
    'indicators',
    [districtFigure(fit, histories, district), ...schoolFigures(fit)].map(figure => ({
      version: 1,
      ...figure,
      ...unit,
      n_eff: figure.n,
      members: membersOf(histories, figure),
      enrolled: figure.unit_type === 'district' ? histories.students.length : (enrolled.get(figure.unit_id) ?? 0),
      deleted: 0,
    })),
  )
}

/** From the day of anybody's first score to that after the last; the window of the last, with the Monday of its first day. */
type Span = { from: string; to: string; window: string; week: string }

/** Sum, modulo 2^64, of hashes of the students behind a figure: pseudonyms are such hashes. */
function membersOf(histories: StoredHistories, { unit_type, unit_id }: Figure): string {
  let sum = 0n
  histories.students.forEach((student, at) => {
    if (unit_type === 'school' && (histories.school[at] !== unit_id || !hasEnough(histories, at))) return
    sum += BigInt(`0x${student.slice(0, 16)}`)
  })
  return String(BigInt.asUintN(64, sum))
}

function districtFigure({ model, status, reason }: GrowthFit, histories: StoredHistories, district: string): Figure {
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
  histories: StoredHistories,
  computed: string,
): Promise<void> {
  const column = columnsOf(found)
  const origin = Date.parse(histories.origin) / DAY_MS
  const spans = histories.last.map((last, student) => last - histories.first[student]!)
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
      column(daysColumn, 'middle', ({ line }) => (line === null ? 0 : origin + line.middle)),
      column(nullableFloatColumn, 'level', ({ line }) => line && line.level),
      column(nullableFloatColumn, 'level_se', ({ line }) => line && line.levelSe),
      column(nullableFloatColumn, 'slope', row => row.value),
      column(nullableFloatColumn, 'se', row => row.se),
      column(nullableFloatColumn, 'level_slope', ({ line }) => line && line.levelSlope),
      column(nullableFloatColumn, 'reliability', row => row.reliability),
      column(dictionaryColumn, 'status', row => row.status),
      column(dictionaryColumn, 'reason', row => row.reason),
      millisecondsColumn('as_of', [...histories.newest_ms]),
      column(uint64Column, 'computed', () => BigInt(computed)),
      column(uint8Column, 'deleted', () => 0),
    ]),
  )
}
