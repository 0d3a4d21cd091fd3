import * as highs from 'highs'
import type { Highs } from 'highs'
import { HomeroomError } from '../../infra/errors.ts'
import type { Cell, Relation } from './cells.ts'

/** Fewest and most students that agree with everything published. */
export type Interval = { least: number; most: number }

/** Somebody of whom an interval is asked: a hidden cell, or the rest of a relation, which no figure shows. */
export type Unknown = { cell: number } | { restOf: number }

/** A hidden number, what can be worked out about it, and which other ones hang together with it. */
export type Bound = Interval & { of: Unknown; n: number; component: number }

export type Solver = Highs

/** Σ sign × unknown = total. */
export type Equation = { terms: { unknown: number; sign: number }[]; total: number }

/** Loaded once for a publication: HiGHS, a linear-programming solver, in WebAssembly. */
export const openSolver = (): Promise<Solver> => (highs as unknown as { default: () => Promise<Highs> }).default()

/**
 * What can be worked out about every number that is not shown, from all that are and from how the totals are made up: a
 * minimum and a maximum by linear programming for each (E2).
 *
 * Whoever asks is assumed to know which students two schools share, so that real intervals are at least as wide. A rest
 * of ten or more is asked for only where it stands beside a hidden cell.
 */
export function intervals(
  solver: Solver,
  cells: readonly Cell[],
  known: readonly Relation[],
  hidden: ReadonlySet<number>,
): Bound[] {
  const { unknowns, equations } = systemOf(cells, known, hidden)
  const bounds: Bound[] = []
  componentsOf(unknowns.length, equations).forEach((members, component) => {
    const own = equations.filter(({ terms }) => members.has(terms[0]!.unknown))
    const found = extremes(solver, [...members], own)
    if (found === null) {
      throw new HomeroomError(
        'INTERNAL',
        `the audit of ${members.size} hidden cells and ${own.length} totals contradicts itself, though totals are made of these cells. Nothing was published`,
      )
    }
    for (const [index, interval] of found) {
      bounds.push({ ...unknowns[index]!, ...interval, component })
    }
  })
  return bounds
}

function systemOf(cells: readonly Cell[], known: readonly Relation[], hidden: ReadonlySet<number>) {
  const unknowns: { of: Unknown; n: number }[] = []
  const columns = new Map<number, number>()
  for (const cell of hidden) {
    if (cells[cell]!.n === 0) continue
    columns.set(cell, unknowns.length)
    unknowns.push({ of: { cell }, n: cells[cell]!.n })
  }
  const equations: Equation[] = []
  known.forEach(({ parent, children, rest }, relation) => {
    const terms = children.filter(c => columns.has(c)).map(c => ({ unknown: columns.get(c)!, sign: 1 }))
    if (columns.has(parent)) terms.push({ unknown: columns.get(parent)!, sign: -1 })
    if (rest > 0 && (terms.length > 0 || rest < 10)) {
      terms.push({ unknown: unknowns.length, sign: 1 })
      unknowns.push({ of: { restOf: relation }, n: rest })
    }
    if (terms.length === 0) return
    const total = terms.reduce((sum, { unknown, sign }) => sum + sign * unknowns[unknown]!.n, 0)
    equations.push({ terms, total })
  })
  return { unknowns, equations }
}

/** Unknowns that no equation ties together cannot narrow each other. */
function componentsOf(count: number, equations: readonly Equation[]): Set<number>[] {
  const leader = Int32Array.from({ length: count }, (_, i) => i)
  const find = (i: number): number => {
    while (leader[i] !== i) i = leader[i] = leader[leader[i]!]!
    return i
  }
  for (const { terms } of equations) for (const { unknown } of terms) leader[find(unknown)] = find(terms[0]!.unknown)
  const found = Map.groupBy(leader.keys(), find)
  return [...found.values()].map(members => new Set(members))
}

const PRIMAL = 4

/** Above any number of students: what nothing bounds ends here. */
const BOUND = 1e8

/**
 * Least and greatest values, from 0 on, of unknowns that equations tie together.
 *
 * @param columns the unknowns that stand in the equations
 * @returns each with its interval; `most` is Infinity where nothing bounds it; null: no values agree with all equations
 */
export function extremes(
  solver: Solver,
  columns: readonly number[],
  equations: readonly Equation[],
): [number, Interval][] | null {
  const columnOf = new Map(columns.map((unknown, column) => [unknown, column]))
  const totals = equations.map(({ total }) => total)
  const starts = [0]
  for (const { terms } of equations) starts.push(starts.at(-1)! + terms.length)
  return solver.withModel(
    {
      numCols: columns.length,
      numRows: equations.length,
      colCost: columns.map(() => 0),
      colLower: columns.map(() => 0),
      colUpper: columns.map(() => BOUND),
      rowLower: totals,
      rowUpper: totals,
      matrix: {
        format: 'csr',
        numCols: columns.length,
        numRows: equations.length,
        starts,
        indices: equations.flatMap(({ terms }) => terms.map(({ unknown }) => columnOf.get(unknown)!)),
        values: equations.flatMap(({ terms }) => terms.map(({ sign }) => sign)),
      },
    },
    model => {
      // Only the objective changes, so every solution is the next one's start: primal simplex, ten times as fast.
      model.options.set({ output_flag: false, presolve: 'off', solver: 'simplex', simplex_strategy: PRIMAL })
      const extreme = (column: number, cost: 1 | -1): number => {
        model.changeColCost(column, cost)
        model.run()
        const status = model.getModelStatus()
        if (status === solver.constants.modelStatus.infeasible) return NaN
        if (status !== solver.constants.modelStatus.optimal) {
          throw new HomeroomError(
            'INTERNAL',
            `the audit of ${columns.length} hidden cells and ${equations.length} totals ended with the solver's status ${status}, expected an optimum. Nothing was published`,
          )
        }
        const found = model.getObjectiveValue() * cost
        model.changeColCost(column, 0)
        // Students are whole; the solver's numbers are so within its tolerance.
        return found >= BOUND ? Infinity : Math.round(found * 1e6) / 1e6
      }
      const found = columns.map((unknown, column): [number, Interval] => [
        unknown,
        { least: extreme(column, 1), most: extreme(column, -1) },
      ])
      return found.some(([, { least, most }]) => Number.isNaN(least) || Number.isNaN(most)) ? null : found
    },
  )
}
