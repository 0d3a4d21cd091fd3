import { dimensionOf, MINIMUM, relations, unitOf, type Cell, type Relation } from './cells.ts'
import { intervals, type Bound, type Interval, type Solver, type Unknown } from './intervals.ts'

/** A cell that is not shown, by its index in the table. */
export type Hidden = Interval & { cell: number }

/** Decides which cells of a table are not shown. `also`: cells that must not be shown whatever their number. */
export type Suppression = (cells: readonly Cell[], also?: Iterable<number>) => Hidden[]

/**
 * Primary and complementary suppression of one table (E1, E2).
 *
 * Hidden are the cells of 1 to 9 students, and those that differ by as few from a cell that contains them; for each of them the rectangle with the fewest students that were shown until
 * then (ties: lowest row, then column; totals are rows and columns like others); and, as long as linear programming
 * narrows any hidden number to fewer than 10 possibilities, the smallest cell that stands in a total with it.
 *
 * That no hidden number can be narrowed so far says more than that cells are hidden: any sum or difference of
 * published figures that isolates hidden cells isolates at least 10 students.
 *
 * @param cells of one table: one indicator and week, every unit and slice
 * @returns by index; cells without students, if in `also`, with an interval of [0, 0]
 */
export function suppression(solver: Solver): Suppression {
  return (cells, also = []) => {
    const known = relations(cells)
    const first = primary(cells, [...also, ...tooClose(cells)])
    const hidden = new Set(first)
    for (const cell of first) for (const other of rectangles(cells, cell, hidden)) hidden.add(other)
    const bounds = audited(solver, cells, known, hidden)
    const narrowest = new Map(bounds.flatMap(bound => ('cell' in bound.of ? [[bound.of.cell, bound] as const] : [])))
    return [...hidden].map(cell => {
      const { least, most } = narrowest.get(cell) ?? { least: 0, most: cells[cell]!.n === 0 ? 0 : Infinity }
      return { cell, least, most }
    })
  }
}

/** Only the small cells themselves: what tests attack to show that an attack can succeed. */
export const primaryOnly: Suppression = (cells, also = []) =>
  [...primary(cells, also)].map(cell => ({ cell, least: 0, most: Infinity }))

function primary(cells: readonly Cell[], also: Iterable<number>): Set<number> {
  return new Set([...cells.flatMap(({ n }, cell) => (isFew(n) ? [cell] : [])), ...also])
}

const isFew = (students: number): boolean => students > 0 && students < MINIMUM

/**
 * Cells that differ by 1 to 9 students from one that contains them (E4), the smaller of each pair. Two slices of one unit
 * by different dimensions are taken for such a pair if their numbers are so close: nobody knows that they are not.
 */
function tooClose(cells: readonly Cell[]): number[] {
  const byUnit = Map.groupBy(cells.keys(), cell => unitOf(cells[cell]!))
  const district = cells.flatMap(({ unit_type }, cell) => (unit_type === 'district' ? [cell] : []))
  const contains = (whole: Cell, part: Cell): boolean => {
    const [of, by] = [dimensionOf(whole.slice), dimensionOf(part.slice)]
    if (unitOf(whole) === unitOf(part)) return of !== by && (of === '' || by !== '')
    return whole.unit_type === 'district' && (whole.slice === '' || whole.slice === part.slice)
  }
  return [...cells.keys()].filter(part =>
    [...byUnit.get(unitOf(cells[part]!))!, ...district].some(
      whole => isFew(cells[whole]!.n - cells[part]!.n) && cells[part]!.n > 0 && contains(cells[whole]!, cells[part]!),
    ),
  )
}

/** Ordinary tables take fewer than ten. */
const ROUNDS = 50

/** Hides more cells until nothing is narrowed too far. @returns what can still be worked out */
function audited(solver: Solver, cells: readonly Cell[], known: readonly Relation[], hidden: Set<number>): Bound[] {
  // Students whom a hidden cell shares with a shown one are no cover for the others.
  const shared = new Map<number, number>()
  for (const { parent, children, rest } of known) {
    for (const cell of [parent, ...children]) shared.set(cell, Math.max(shared.get(cell) ?? 0, -rest))
  }
  const needed = (of: Unknown): number => MINIMUM + ('cell' in of ? (shared.get(of.cell) ?? 0) : 0)
  for (let round = 0; round < ROUNDS; round++) {
    const bounds = intervals(solver, cells, known, hidden)
    const narrow = bounds.filter(({ of, n, least, most }) => most - least < needed(of) && ('cell' in of || n < MINIMUM))
    let more = false
    // One a component, then everything is looked at again: what is hidden for one number often protects the next.
    for (const ones of Map.groupBy(narrow, bound => bound.component).values()) {
      // What was hidden last is protected first, so that a chain of totals is followed to its end.
      const last = ones.findLast(({ of }) => 'cell' in of) ?? ones[0]!
      const next = nextSmallest(cells, known, hidden, last, bounds)
      if (next === undefined) continue
      hidden.add(next)
      more = true
    }
    if (!more) return bounds
  }
  // Totals that contradict each other can leave a number that nothing hides. Then no figure of the table is shown.
  for (const cell of cells.keys()) hidden.add(cell)
  return []
}

/** The smallest shown cell in a total with this number; if there is none, in one with what hangs together with it. */
function nextSmallest(
  cells: readonly Cell[],
  known: readonly Relation[],
  hidden: ReadonlySet<number>,
  bound: Bound,
  bounds: readonly Bound[],
): number | undefined {
  const beside = (ones: readonly Bound[]): number | undefined => {
    const together = known.flatMap((relation, index) => {
      const members = [relation.parent, ...relation.children]
      return ones.some(({ of }) => ('cell' in of ? members.includes(of.cell) : of.restOf === index)) ? members : []
    })
    return together.filter(cell => !hidden.has(cell)).sort((a, b) => cells[a]!.n - cells[b]!.n || a - b)[0]
  }
  return beside([bound]) ?? beside(bounds.filter(other => other.component === bound.component))
}

/** In each dimension that the cell has a place in: the three other corners of its cheapest rectangle. */
function rectangles(cells: readonly Cell[], cell: number, hidden: ReadonlySet<number>): number[] {
  const { slice, n } = cells[cell]!
  if (n === 0) return []
  const dimensions = new Set(cells.map(other => dimensionOf(other.slice)).filter(dimension => dimension !== ''))
  const own = slice === '' ? dimensions : [dimensionOf(slice)]
  return [...own].flatMap(dimension => cheapest(cells, cell, hidden, dimension))
}

function cheapest(cells: readonly Cell[], cell: number, hidden: ReadonlySet<number>, dimension: string): number[] {
  const places = cells.flatMap((other, index) =>
    other.n > 0 && (other.slice === '' || dimensionOf(other.slice) === dimension) ? [index] : [],
  )
  const at = new Map(places.map(index => [`${unitOf(cells[index]!)}|${cells[index]!.slice}`, index]))
  const { slice } = cells[cell]!
  const unit = unitOf(cells[cell]!)
  const inColumn = places.filter(index => cells[index]!.slice === slice && index !== cell)
  const inRow = places.filter(index => unitOf(cells[index]!) === unit && index !== cell)
  let best: number[] = []
  let least = Infinity
  for (const below of inColumn) {
    for (const beside of inRow) {
      const across = at.get(`${unitOf(cells[below]!)}|${cells[beside]!.slice}`)
      if (across === undefined) continue
      const fresh = [below, beside, across].filter(index => !hidden.has(index))
      const cost = fresh.reduce((sum, index) => sum + cells[index]!.n, 0)
      if (cost < least) [best, least] = [fresh, cost]
    }
  }
  return best
}
