import type { CohortScores } from '../../processors/growth/percentiles.ts'
import { HomeroomError } from '../errors.ts'
import { numberOf, openTable, type Table, type TableRow } from './table.ts'

export type SgpColumns = { priors: string[]; score: string; csem?: string; cohort?: string }

export type SgpTable = {
  table: Table
  /** Rows that could be read. */
  rows: number
  faults: number
  /** By name, '' for a table that is one cohort; the most recent prior first. */
  cohorts: Map<string, CohortScores>
  /** Of every row that could be read: its cohort, counted from 0, and its place in that. */
  cohortOf: Uint32Array
  placeInCohort: Uint32Array
  /** Values of rows that are no numbers, in words. */
  unread: Map<number, string>
}

/** Columns that are added, in their order. */
export const addedColumns = (hasInterval: boolean): string[] => [
  'sgp',
  ...(hasInterval ? ['sgp_low', 'sgp_high'] : []),
  'sgp_status',
  'sgp_reason',
]

/** So many rows that cannot be read are said one by one. */
const FAULTS_SHOWN = 20

/**
 * Reads the scores of a table. What is empty or NA is missing; what is no number counts as missing, and its row says so. A row
 * that is no row (open quotes, other number of fields) is told on standard error and left out.
 *
 * @throws HomeroomError FILE_INVALID if a column is not there, or one of those that are added is there already
 */
export async function readSgpTable(file: string, { priors, score, csem, cohort }: SgpColumns): Promise<SgpTable> {
  const table = await openTable(file)
  const there = addedColumns(csem !== undefined).find(name => table.columns.includes(name))
  if (there !== undefined) {
    const message = `${file} has a column ${there} already, expected none: it would be added. Nothing was computed`
    throw new HomeroomError('FILE_INVALID', message)
  }
  const wanted = [...priors.toReversed(), score, ...(csem === undefined ? [] : [csem])]
  const places = wanted.map(name => table.at(name))
  const cohortAt = cohort === undefined ? null : table.at(cohort)
  const groups = new Map<string, { index: number; columns: number[][] }>()
  const cohortOf: number[] = []
  const placeInCohort: number[] = []
  const unread = new Map<number, string>()
  let faults = 0
  const onFault = (fault: string): void => {
    if (++faults <= FAULTS_SHOWN) process.stderr.write(`ROW_INVALID: ${file} ${fault}. The row was left out\n`)
  }
  for await (const row of table.rows(onFault)) {
    const name = cohortAt === null ? '' : row.fields[cohortAt]!
    const group = groups.get(name) ?? { index: groups.size, columns: wanted.map(() => []) }
    groups.set(name, group)
    const values = places.map((place, i) => valueOf(row, place, wanted[i]!, said => unread.set(cohortOf.length, said)))
    placeInCohort.push(group.columns[0]!.length)
    values.forEach((value, i) => group.columns[i]!.push(value))
    cohortOf.push(group.index)
  }
  if (faults > FAULTS_SHOWN) process.stderr.write(`ROW_INVALID: ${faults - FAULTS_SHOWN} more rows were left out\n`)
  return {
    table,
    rows: cohortOf.length,
    faults,
    cohorts: new Map([...groups].map(([name, { columns }]) => [name, scoresOf(columns, priors.length)])),
    cohortOf: Uint32Array.from(cohortOf),
    placeInCohort: Uint32Array.from(placeInCohort),
    unread,
  }
}

function valueOf({ fields }: TableRow, place: number, column: string, onUnread: (said: string) => void): number {
  const text = fields[place]!
  const value = numberOf(text)
  if (value === undefined) onUnread(`${column} is "${text.slice(0, 40)}", expected a number`)
  return value ?? Number.NaN
}

function scoresOf(columns: readonly number[][], priors: number): CohortScores {
  const arrays = columns.map(values => Float64Array.from(values))
  const csem = arrays[priors + 1]
  return { priors: arrays.slice(0, priors), score: arrays[priors]!, ...(csem && { csem }) }
}
