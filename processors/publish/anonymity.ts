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

/** How many people a row stands for: tables may come counted. */
export type Size = (row: Row) => number
const ONE: Size = () => 1

/** E5: what data for research must reach. */
export const RESEARCH = { k: 10, l: 2 } as const

/**
 * k-anonymity and distinct l-diversity of a table (Sweeney 2002; Machanavajjhala et al. 2007), as pycanon counts them.
 *
 * @param quasi columns that a reader may know of a person from elsewhere: school level, grade band, gender, group, band
 * @param sensitive columns that nobody must learn of a person; [] gives l = Infinity
 * @param size people that a row stands for
 * @returns k = l = Infinity for a table without rows
 */
export function anonymity(
  rows: readonly Row[],
  quasi: readonly string[],
  sensitive: readonly string[],
  size: Size = ONE,
): Anonymity {
  const groups = [...groupsOf(rows, quasi).values()]
  return {
    k: groups.reduce((least, group) => Math.min(least, people(group, size)), Infinity),
    l: groups.reduce((least, group) => Math.min(least, ...sensitive.map(column => distinct(group, column))), Infinity),
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
  options: Partial<Aim> & Ways,
): { rows: Row[]; dropped: number; steps: number } {
  const { coarse, safe, taken } = coarsened(rows, quasi, sensitive, { ...RESEARCH, size: ONE, ...options })
  return { rows: coarse.filter((_, at) => safe[at]), dropped: safe.filter(is => !is).length, steps: taken }
}

/**
 * The same, but the few people who are left over are first said more coarsely by themselves, by the steps that were not
 * taken for everybody: only those whom no step brings into a safe group are dropped.
 *
 * @returns `rows`: one for each row given, null if it is dropped; `taken`: steps that were taken for everybody; `coarser`:
 *   places of the rows for which more were
 */
export function generalised(
  rows: readonly Row[],
  quasi: readonly string[],
  sensitive: readonly string[],
  options: Aim & Ways & { size: Size },
): { rows: (Row | null)[]; taken: number; coarser: ReadonlySet<number> } {
  const { coarse, safe, taken } = coarsened(rows, quasi, sensitive, options)
  const coarser = new Set<number>()
  for (const step of options.steps.slice(taken)) {
    if (safe.every(Boolean)) break
    safe.forEach((is, at) => {
      if (is) return
      coarse[at] = afterStep(coarse[at]!, step)
      coarser.add(at)
    })
    // Who joins a safe group leaves it safe: it has more people, and no fewer values.
    safeOf(coarse, quasi, sensitive, options).forEach((is, at) => (safe[at] ||= is))
  }
  return { rows: coarse.map((row, at) => (safe[at] ? row : null)), taken, coarser }
}

type Aim = { k: number; l: number }
type Ways = { steps: readonly Generalisation[]; mayDrop: number; size?: Size }

function coarsened(
  rows: readonly Row[],
  quasi: readonly string[],
  sensitive: readonly string[],
  aim: Aim & Ways & { size: Size },
): { coarse: Row[]; safe: boolean[]; taken: number } {
  const { steps, mayDrop, size } = aim
  const all = people(rows, size)
  let coarse = [...rows]
  for (let taken = 0; ; taken++) {
    const safe = safeOf(coarse, quasi, sensitive, aim)
    const rest = people(
      coarse.filter((_, at) => !safe[at]),
      size,
    )
    const step = steps[taken]
    if (rest <= mayDrop * all || !step) return { coarse, safe, taken }
    coarse = coarse.map(row => afterStep(row, step))
  }
}

function afterStep(row: Row, { column, coarser }: Generalisation): Row {
  const value = row[column]
  return value === null || value === undefined ? row : { ...row, [column]: coarser(value) }
}

function safeOf(
  rows: readonly Row[],
  quasi: readonly string[],
  sensitive: readonly string[],
  { k, l, size }: Aim & { size: Size },
): boolean[] {
  const safe = new Set(
    groupsOf(rows, quasi)
      .values()
      .filter(group => people(group, size) >= k && sensitive.every(column => distinct(group, column) >= l))
      .flatMap(group => group.values()),
  )
  return rows.map(row => safe.has(row))
}

const people = (rows: readonly Row[], size: Size): number => rows.reduce((sum, row) => sum + size(row), 0)

const groupsOf = (rows: readonly Row[], quasi: readonly string[]): Map<string, Row[]> =>
  Map.groupBy(rows, row => JSON.stringify(quasi.map(column => row[column] ?? null)))

const distinct = (rows: readonly Row[], column: string): number => new Set(rows.map(row => row[column] ?? null)).size
