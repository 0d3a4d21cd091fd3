import { MINIMUM } from '../../publish/cells.ts'
import type { Columns } from './columns.ts'
import { fileRow, numberOf, type Finding, type OutputTable } from './table.ts'

/** A published number of people: `names`, what a table may call its unit; empty for the district. */
export type PublishedCount = {
  unit_type: string
  names: readonly string[]
  slice: string
  period: string
  people: number
}

/**
 * Numbers of people that differ by 1 to 9 from a published one of the same unit and group of students: whoever has both knows so
 * few. A school that the table calls by a name of its own is held against every school.
 *
 * @param published numbers that are shown: of students behind figures, and enrolled
 */
export function differencing(table: OutputTable, columns: Columns, published: readonly PublishedCount[]): Finding[] {
  if (published.length === 0) return []
  const periods = new Set(published.map(({ period }) => period))
  const known = new Set(published.flatMap(({ names }) => names.map(folded)))
  return table.rows.flatMap((row, at) => {
    const words = row.map(folded)
    const period = row.find(text => periods.has(text.trim()))?.trim()
    const slices = slicesOf(table, row)
    const isOf = ({ unit_type, names, slice, period: of }: PublishedCount): boolean =>
      slices.has(groupOf(slice)) &&
      (period === undefined || of === period) &&
      (unit_type === 'district' ? !hasSchool(table, words, known) : isNamed(names, words, table, known))
    const beside = published.filter(isOf)
    return columns.counts.flatMap((column): Finding[] => {
      const people = numberOf(row[column] ?? '')
      if (people === null || people < MINIMUM) return []
      const near = beside.filter(one => one.people !== people && Math.abs(one.people - people) < MINIMUM)
      const nearest = near.toSorted((a, b) => Math.abs(a.people - people) - Math.abs(b.people - people))[0]
      if (nearest === undefined) return []
      const unit = nearest.unit_type === 'district' ? 'the district' : nearest.names[0]
      const of = [unit, nearest.slice, nearest.period].filter(Boolean).join(', ')
      const why = `${people} people, published are ${nearest.people} (${of}): the difference is ${Math.abs(nearest.people - people)}`
      const next = 'take the students of the published figure, or leave out so many more that ten or more differ'
      return [{ row: fileRow(at), column: table.columns[column]!, rule: 'differencing', why, next }]
    })
  })
}

const folded = (text: string): string => text.trim().toLowerCase()

const SCHOOL = /school|unit/i

/** Does the row say one school, by whatever name? */
function hasSchool({ columns }: OutputTable, words: readonly string[], known: ReadonlySet<string>): boolean {
  return words.some(
    (word, column) => known.has(word) || (SCHOOL.test(columns[column]!) && !/^(?:|all|total|district)$/.test(word)),
  )
}

function isNamed(
  names: readonly string[],
  words: readonly string[],
  table: OutputTable,
  known: ReadonlySet<string>,
): boolean {
  if (names.some(name => words.includes(folded(name)))) return true
  return hasSchool(table, words, known) && !words.some(word => known.has(word))
}

/** The group of students of a slice: what it is measured by is another question. */
const groupOf = (slice: string): string =>
  slice
    .split(',')
    .filter(pair => /^(?:grade|band|fifth)=/.test(pair))
    .join(',')

/** `grade=09` where a column `grade` says 9 or 09; a row without such columns is of all students. */
function slicesOf({ columns }: OutputTable, row: readonly string[]): Set<string> {
  const pairs = columns.flatMap((name, column) => {
    const key = folded(name)
    const value = (row[column] ?? '').trim()
    if (!['grade', 'band', 'fifth'].includes(key) || /^(?:|all|total)$/i.test(value)) return []
    return [key === 'grade' && /^\d$/.test(value) ? `${key}=0${value}` : `${key}=${value}`]
  })
  const slice = columns.findIndex(name => folded(name) === 'slice')
  return new Set([pairs.length > 0 ? pairs.join(',') : slice >= 0 ? groupOf(row[slice] ?? '') : ''])
}
