import { extremes, type Equation, type Solver } from '../../publish/intervals.ts'
import { MINIMUM } from '../../publish/cells.ts'
import { isTotal, type Columns } from './columns.ts'
import { fileRow, isHidden, numberOf, type Finding, type OutputTable } from './table.ts'

/** A number of people in a table: its groups, one a dimension, and where it stands; null: hidden. */
type Place = { groups: readonly string[]; row: number; column: string; people: number | null }

/** The sum of `children` is `parent`, as tables have totals. */
type Total = { parent: number; children: number[] }

/**
 * What totals give away: hidden cells that they narrow to fewer than ten possibilities, and 1 to 9 people whom a total
 * counts and no cell shows. By linear programming, as for what is published.
 */
export function impliedCells(solver: Solver, table: OutputTable, columns: Columns): Finding[] {
  const places = placesOf(table, columns)
  const totals = totalsOf(places)
  return [...leftOver(places, totals), ...narrowed(solver, places, totals)]
}

function placesOf({ columns, rows }: OutputTable, { counts, labels }: Columns): Place[] {
  const isCrossed = counts.length > 1
  return rows.flatMap((row, at) =>
    counts.flatMap((column): Place[] => {
      const text = row[column] ?? ''
      const people = numberOf(text)
      if (people === null && !isHidden(text)) return []
      const words = labels.map(label => (row[label] ?? '').trim())
      const groups = isCrossed ? [...words, columns[column]!] : words
      return [{ groups, row: fileRow(at), column: columns[column]!, people }]
    }),
  )
}

/** Cells that are alike in all but one dimension, in which one of them is the total. */
function totalsOf(places: readonly Place[]): Total[] {
  const dimensions = places[0]?.groups.length ?? 0
  return Array.from({ length: dimensions }).flatMap((_, dimension) => {
    const others = (at: number): string =>
      JSON.stringify(places[at]!.groups.map((group, i) => (i === dimension ? '' : isTotal(group) ? 'total' : group)))
    const sets = Map.groupBy(places.keys(), others)
    return [...sets.values()].flatMap((set): Total[] => {
      const parent = set.filter(at => isTotal(places[at]!.groups[dimension]!))
      const children = set.filter(at => !isTotal(places[at]!.groups[dimension]!))
      return parent.length === 1 && children.length > 0 ? [{ parent: parent[0]!, children }] : []
    })
  })
}

function leftOver(places: readonly Place[], totals: readonly Total[]): Finding[] {
  return totals.flatMap(({ parent, children }): Finding[] => {
    const { people, row, column } = places[parent]!
    if (people === null || children.some(child => places[child]!.people === null)) return []
    const rest = people - children.reduce((sum, child) => sum + places[child]!.people!, 0)
    if (rest <= 0 || rest >= MINIMUM) return []
    const why = `the total of ${people} counts ${rest} people whom no cell shows`
    return [{ row, column, rule: 'implied cell', why, next: 'count them in a group, or leave them out of the total' }]
  })
}

function narrowed(solver: Solver, places: readonly Place[], totals: readonly Total[]): Finding[] {
  const equations = totals.flatMap((total): Equation[] => {
    const hidden = total.children.filter(child => places[child]!.people === null)
    const terms = hidden.map(unknown => ({ unknown, sign: 1 }))
    if (places[total.parent]!.people === null) terms.push({ unknown: total.parent, sign: -1 })
    if (terms.length === 0) return []
    const shown = total.children.reduce((sum, child) => sum + (places[child]!.people ?? 0), 0)
    return [{ terms, total: (places[total.parent]!.people ?? 0) - shown }]
  })
  const unknowns = [...new Set(equations.flatMap(({ terms }) => terms.map(({ unknown }) => unknown)))]
  if (unknowns.length === 0) return []
  const bounds = extremes(solver, unknowns, equations)
  if (bounds === null) {
    const why = 'rows and columns do not add up to their totals, so that nobody can say what the totals give away'
    return [{ row: null, column: null, rule: 'implied cell', why, next: 'mend the totals, or leave them out' }]
  }
  return bounds.flatMap(([at, { least, most }]): Finding[] => {
    if (most === 0 || least >= MINIMUM || most - least >= MINIMUM) return []
    const { row, column } = places[at]!
    const people = least === most ? `${least}` : `${least} to ${most}`
    const why = `hidden, but its totals leave ${people} people`
    return [
      {
        row,
        column,
        rule: 'implied cell',
        why,
        next: 'hide one more cell of its row and of its column, or leave out a total',
      },
    ]
  })
}
