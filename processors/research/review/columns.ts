import { isHidden, numberOf, type OutputTable } from './table.ts'

/** What the columns of a table of results hold, by their numbers. */
export type Columns = {
  /** Numbers of people. */
  counts: number[]
  /** Shares or percentages, `percent`: from 0 to 100. */
  shares: { column: number; percent: boolean }[]
  /** Sums, and the largest and second largest contribution to each. */
  dominance: { sum: number; largest: number; second: number | null } | null
  /** Words that say which group a row is about. */
  labels: number[]
}

/** Names of columns that an author names where the words do not say it. */
export type Named = { counts?: readonly string[]; labels?: readonly string[] }

const COUNT =
  /^(?:n|n_.*|.*_n|count|counts|.*_count|count_.*|num|number|students|people|respondents|enrolled|pupils|persons|freq|frequency|size|obs|observations|nobs)$/i
const GROUP = /^(?:grade|grades|year|school_year|week|weeks|band|fifth|quarter|level|class|cohort|period|window|term)$/i
const SHARE = /(?:^|_)(?:share|pct|percent|percentage|proportion|prop|rate|fraction)(?:$|_)|%/i
const SUM = /^(?:sum|total|.*_sum|sum_.*)$/i
const LARGEST = /^(?:largest|max|maximum|top|top1|largest_contribution|.*_max|max_.*)$/i
const SECOND = /^(?:second|second_largest|top2|.*_second|second_.*)$/i

export function columnsOf({ columns, rows }: OutputTable, named: Named = {}): Columns {
  const at = columns.map((_, column) => column)
  const numeric = at.filter(column => isNumeric(rows.map(row => row[column] ?? '')))
  const isLabel = (column: number): boolean =>
    named.labels?.includes(columns[column]!) === true ||
    (named.labels === undefined && GROUP.test(columns[column]!.trim()))
  const isNamed = (column: number, pattern: RegExp): boolean => pattern.test(columns[column]!.trim())
  const isSilent = (column: number): boolean => rows.length > 0 && rows.every(row => isHidden(row[column] ?? ''))
  const whole = at.filter(
    column =>
      !isLabel(column) &&
      (numeric.includes(column) || isSilent(column)) &&
      isCounting(rows.map(row => row[column] ?? '')),
  )
  const counts = named.counts
    ? at.filter(column => named.counts!.includes(columns[column]!))
    : whole.filter(column => isNamed(column, COUNT) || isCrossed(columns, rows, whole, column))
  const others = numeric.filter(column => !counts.includes(column) && !isLabel(column))
  const [sum, largest, second] = [SUM, LARGEST, SECOND].map(pattern => others.find(column => isNamed(column, pattern)))
  return {
    counts,
    shares: others
      .filter(column => isNamed(column, SHARE) || isPercentage(rows.map(row => row[column] ?? '')))
      .map(column => ({ column, percent: rows.some(row => (numberOf(row[column] ?? '') ?? 0) > 1) })),
    dominance: sum === undefined || largest === undefined ? null : { sum, largest, second: second ?? null },
    labels: at.filter(column => isLabel(column) || (!numeric.includes(column) && !counts.includes(column))),
  }
}

function isNumeric(values: readonly string[]): boolean {
  const told = values.filter(value => !isHidden(value))
  return told.length > 0 && told.every(value => numberOf(value) !== null)
}

const isCounting = (values: readonly string[]): boolean =>
  values.every(
    value => isHidden(value) || (Number.isInteger(numberOf(value)) && numberOf(value)! >= 0 && !value.includes('%')),
  )

const isPercentage = (values: readonly string[]): boolean => values.some(value => value.trim().endsWith('%'))

const TOTAL = /^(?:total|totals|all|sum|overall|together|everybody|everyone)$/i

/** Does a word stand for all groups together? */
export const isTotal = (text: string): boolean => TOTAL.test(text.trim())

/** In a two-way table every whole column beside a total is of counts: the first column names the rows. */
function isCrossed(
  columns: readonly string[],
  rows: OutputTable['rows'],
  whole: readonly number[],
  column: number,
): boolean {
  if (columns.some(name => LARGEST.test(name.trim()))) return false
  if (whole.length < 2 || !whole.includes(column) || whole.includes(0)) return false
  const hasTotals = whole.some(one => isTotal(columns[one]!)) || rows.some(row => isTotal(row[0] ?? ''))
  return hasTotals && columns.length === whole.length + 1
}
