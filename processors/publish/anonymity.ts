/** Values of one person by column; null: left out. */
export type Row = Readonly<Record<string, string | null>>

/** What a table tells of its people at worst. */
export type Anonymity = {
  /** Size of the smallest group of people who are alike in every quasi-identifier (k-anonymity). */
  k: number
  /** Fewest different values of any sensitive column in one of these groups (distinct l-diversity). */
  l: number
  /** Number of groups. */
  groups: number
}

/** E5: what data for research must reach. */
export const RESEARCH = { k: 10, l: 2 } as const

/**
 * k-anonymity and distinct l-diversity of a table (Sweeney 2002; Machanavajjhala et al. 2007), as pycanon counts them.
 *
 * @param quasi columns that a reader may know of a person from elsewhere: school level, grade band, gender, group, band
 * @param sensitive columns that nobody must learn of a person; [] gives l = Infinity
 * @returns k = l = Infinity for a table without rows
 */
export function anonymity(rows: readonly Row[], quasi: readonly string[], sensitive: readonly string[]): Anonymity {
  const groups = [...groupsOf(rows, quasi).values()]
  return {
    k: Math.min(Infinity, ...groups.map(group => group.length)),
    l: Math.min(Infinity, ...groups.flatMap(group => sensitive.map(column => distinct(group, column)))),
    groups: groups.length,
  }
}

/** One coarser way to say a column: `08` → `6-8` → null. */
export type Generalisation = { column: string; coarser: (value: string) => string | null }

/**
 * A table in which every group has at least `k` people and `l` values of each sensitive column (E5): columns are said more
 * coarsely, one step after the other, until all but a few people are in such groups; these few are dropped.
 *
 * @param steps in the order in which they are given up; a column may come several times
 * @param mayDrop share of the rows, 0..1, that may be dropped instead of taking the next step
 * @returns the rows, in their order, with what was done to them; no rows if no step is enough
 */
export function anonymised(
  rows: readonly Row[],
  quasi: readonly string[],
  sensitive: readonly string[],
  {
    k = RESEARCH.k,
    l = RESEARCH.l,
    steps,
    mayDrop,
  }: { k?: number; l?: number; steps: readonly Generalisation[]; mayDrop: number },
): { rows: Row[]; dropped: number; steps: number } {
  let coarse = [...rows]
  for (let taken = 0; ; taken++) {
    const kept = safeRows(coarse, quasi, sensitive, { k, l })
    const dropped = coarse.length - kept.length
    const step = steps[taken]
    if (dropped <= mayDrop * rows.length || !step) return { rows: kept, dropped, steps: taken }
    coarse = coarse.map(row => {
      const value = row[step.column]
      return value === null || value === undefined ? row : { ...row, [step.column]: step.coarser(value) }
    })
  }
}

function safeRows(
  rows: readonly Row[],
  quasi: readonly string[],
  sensitive: readonly string[],
  { k, l }: { k: number; l: number },
): Row[] {
  const groups = groupsOf(rows, quasi)
  const safe = new Set(
    groups
      .values()
      .filter(group => group.length >= k && sensitive.every(column => distinct(group, column) >= l))
      .flatMap(group => group.values()),
  )
  return rows.filter(row => safe.has(row))
}

const groupsOf = (rows: readonly Row[], quasi: readonly string[]): Map<string, Row[]> =>
  Map.groupBy(rows, row => JSON.stringify(quasi.map(column => row[column] ?? null)))

const distinct = (rows: readonly Row[], column: string): number => new Set(rows.map(row => row[column] ?? null)).size
