import {
  anonymity,
  generalised,
  RESEARCH,
  type Anonymity,
  type Generalisation,
  type Row,
} from '../publish/anonymity.ts'

/** What others may know of a student, in the order in which a study usually needs it. */
export const QUASI = ['school_level', 'school', 'grade_band', 'band', 'gender', 'demographic'] as const
export type Quasi = (typeof QUASI)[number]

/** What nobody must learn of a student. */
export const SENSITIVE = ['absence', 'adult_contact', 'growth'] as const
export type Sensitive = (typeof SENSITIVE)[number]

/** Stands where a value was given up. */
export const WITHHELD = 'withheld'

/** Students who are alike in everything that is looked at. */
export type Alike = Record<Quasi | Sensitive, string> & { students: number }

export type Generalised = {
  /** In the order of the input: what is said of them in its place; null: they are left out. */
  said: (Record<Quasi, string> | null)[]
  /** Of those that are left, as counted over every column that is told. */
  reached: Anonymity
  /** Students that are left, students that are left out. */
  kept: number
  dropped: number
  /** What was said more coarsely of everybody, in this order; and of how many besides, because they were few. */
  ofAll: string[]
  ofFew: number
}

/** So much of the students may be few enough to be said more coarsely by themselves, before it is done for everybody. */
const MAY_BE_FEW = 0.05

/**
 * Coarser words for groups of students until each group that is alike has at least 10 students and 2 values of everything
 * sensitive; students for whom no words are coarse enough are left out (E5).
 *
 * @param order columns, most needed first: they are given up from the end
 */
export function generalise(alike: readonly Alike[], order: readonly Quasi[]): Generalised {
  const sensitive = SENSITIVE.filter(column => new Set(alike.map(row => row[column])).size > 1)
  const steps = order.toReversed().flatMap(stepsOf)
  const size = (row: Row): number => Number(row.students)
  const given = alike.map(row => ({ ...row, students: String(row.students) }))
  const { rows, taken, coarser } = generalised(given, QUASI, sensitive, {
    ...RESEARCH,
    steps,
    mayDrop: MAY_BE_FEW,
    size,
  })
  const left = rows.filter(row => row !== null)
  const count = (some: readonly Row[]): number => some.reduce((sum, row) => sum + size(row), 0)
  return {
    said: rows.map(
      row => row && (Object.fromEntries(QUASI.map(column => [column, row[column]!])) as Record<Quasi, string>),
    ),
    reached: anonymity(left, QUASI, sensitive, size),
    kept: count(left),
    dropped: count(given) - count(left),
    ofAll: steps.slice(0, taken).map(({ words }) => words),
    ofFew: count(rows.filter((row, at) => row !== null && coarser.has(at)) as Row[]),
  }
}

type Step = Generalisation & { words: string }

const withheld = (column: Quasi): Step => ({ column, coarser: () => WITHHELD, words: `${column} is not said` })

function stepsOf(column: Quasi): Step[] {
  if (column !== 'band') return [withheld(column)]
  const halves = (band: string): string => ({ '1': '1-2', '2': '1-2', '3': '3-4', '4': '3-4' })[band] ?? band
  return [{ column, coarser: halves, words: 'band: quarters are halves' }, withheld(column)]
}
