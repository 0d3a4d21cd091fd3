import { MINIMUM } from '../../publish/cells.ts'
import type { Columns } from './columns.ts'
import { decimalsOf, fileRow, numberOf, type Finding, type OutputTable } from './table.ts'

const isSmall = (people: number): boolean => people > 0 && people < MINIMUM

/** Cells of 1 to 9 people, written as such or to be had from a share and its number of people. */
export function smallCells(table: OutputTable, columns: Columns): Finding[] {
  return table.rows.flatMap((row, at) => [...counted(table, columns, row, at), ...shared(table, columns, row, at)])
}

function counted({ columns }: OutputTable, { counts }: Columns, row: readonly string[], at: number): Finding[] {
  return counts.flatMap(column => {
    const people = numberOf(row[column] ?? '')
    if (people === null || !isSmall(people)) return []
    return [
      {
        row: fileRow(at),
        column: columns[column]!,
        rule: 'small cell',
        why: `${people} people: fewer than ${MINIMUM} can be recognised`,
        next: 'put the group together with another, or leave out the cell and one more of its row and column',
      },
    ]
  })
}

/** One number of people a row: more than one leave it open of whom the share is. */
function shared(table: OutputTable, { counts, shares }: Columns, row: readonly string[], at: number): Finding[] {
  if (counts.length !== 1) return []
  const n = numberOf(row[counts[0]!] ?? '')
  if (n === null || n < MINIMUM) return []
  return shares.flatMap(({ column, percent }): Finding[] => {
    const text = row[column] ?? ''
    const value = numberOf(text)
    if (value === null) return []
    const scale = percent && !text.includes('%') ? 100 : 1
    const half = 0.5 * 10 ** -decimalsOf(text)
    const found = smallSide(n, (value - half) / scale, (value + half) / scale)
    if (found === null) return []
    return [
      {
        row: fileRow(at),
        column: table.columns[column]!,
        rule: 'small cell',
        why: `${text} of ${n} people ${found}`,
        next: 'round the share more coarsely, give a range, or put the group together with another',
      },
    ]
  })
}

/** Which people a share must stand for, rounded between `low` and `high`, if they are 1 to 9 or all but 1 to 9. */
export function smallSide(n: number, low: number, high: number): string | null {
  const tolerance = 1e-9 * n
  const least = Math.max(0, Math.ceil(low * n - tolerance))
  const most = Math.min(n, Math.floor(high * n + tolerance))
  if (least > most) return null
  const people = (from: number, to: number): string => (from === to ? `${from}` : `${from} to ${to}`)
  if (least >= 1 && most < MINIMUM) return `are ${people(least, most)}`
  if (most <= n - 1 && least > n - MINIMUM) return `leave ${people(n - most, n - least)} others`
  return null
}
