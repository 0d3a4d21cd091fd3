/** Below this many students nothing is told of a group, and no interval that can be worked out is narrower (E1, E2). */
export const MINIMUM = 10

/** One cell of a table of students: a unit, at most one slice, and how many students stand behind it. */
export type Cell = { unit_type: string; unit_id: string; slice: string; n: number }

/**
 * What everybody knows of a table: the students of `parent` are those of `children`, each counted once.
 *
 * @property rest students of the parent in none of the children; negative: students that two children share
 */
export type Relation = { parent: number; children: number[]; rest: number }

/**
 * The totals of a table: a unit is all values of each of its slices; the district, and every slice of it, all schools.
 * A cell without students is known to be empty, and stands in none.
 *
 * @returns indices into `cells`
 */
export function relations(cells: readonly Cell[]): Relation[] {
  const found: Relation[] = []
  const indices = cells.flatMap((cell, index) => (cell.n > 0 ? [index] : []))
  const relate = (parent: number | undefined, children: number[]) => {
    if (parent === undefined || children.length === 0) return
    const sum = children.reduce((total, child) => total + cells[child]!.n, 0)
    found.push({ parent, children, rest: cells[parent]!.n - sum })
  }
  for (const ofUnit of Map.groupBy(indices, i => unitOf(cells[i]!)).values()) {
    const whole = ofUnit.find(i => cells[i]!.slice === '')
    const sliced = Map.groupBy(
      ofUnit.filter(i => cells[i]!.slice !== ''),
      i => dimensionOf(cells[i]!.slice),
    )
    for (const children of sliced.values()) relate(whole, children)
  }
  for (const ofSlice of Map.groupBy(indices, i => cells[i]!.slice).values()) {
    const schools = ofSlice.filter(i => cells[i]!.unit_type === 'school')
    relate(
      ofSlice.find(i => cells[i]!.unit_type === 'district'),
      schools,
    )
  }
  return found
}

/** `grade` of `grade=09`; '' of ''. */
export const dimensionOf = (slice: string): string => slice.split('=', 1)[0]!

export const unitOf = ({ unit_type, unit_id }: Cell): string => `${unit_type} ${unit_id}`
