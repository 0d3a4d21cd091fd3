import * as highs from 'highs'
import type { Highs } from 'highs'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'

/** Who stands behind a cell: student → share of the week in which the cell counts them. */
export type Members = ReadonlyMap<number, number>
/** By `unit_type|unit_id|slice`: every cell of one table, shown or not. */
export type Cells = ReadonlyMap<string, Members>

/** What an attack on one table has found out about groups of 1 to 9 students. */
export type Loot = { narrowed: string[]; subtracted: string[]; solved: string[] }

const SMALL = (students: number): boolean => students > 0 && students < 10

/**
 * Attack one indicator's week of a snapshot as an outsider who knows every roster by heart, and all that was published:
 * - `narrowed`: cells of 1 to 9 students of which linear programming leaves fewer than 10 possible numbers;
 * - `subtracted`: differences of 1 to 9 students between what is shown of one cell and of one or several cells in it;
 * - `solved`: groups of 1 to 9 students whose sum is a combination, with any factors, of sums that are shown.
 *
 * Nothing of it is shared with the audit that it tests: totals are found by comparing rosters, and programs are written
 * as text.
 */
export async function attack(shown: ReadonlySet<string>, cells: Cells): Promise<Loot> {
  return {
    narrowed: await narrowed(shown, cells),
    subtracted: subtracted(shown, cells),
    solved: solved(shown, cells),
  }
}

/** Cells of which anything is shown: a number, or a bracket. */
export async function shownCells(
  warehouse: Warehouse,
  table: { snapshot: string; indicator: string; week: string },
): Promise<Map<string, { n: number | null; value: number | null }>> {
  const found = await warehouse.query<{ cell: string; n: number | null; value: number | null }>(
    `select concat(unit_type, '|', unit_id, '|', slice) as cell, n, value from published
     where snapshot = {snapshot:UInt64} and indicator = {indicator:String} and week = {week:Date}
       and (status != 'suppressed' or reason like 'at %') and ifNull(n, 1) > 0`,
    table,
  )
  return new Map(found.map(({ cell, n, value }) => [cell, { n, value }]))
}

type Family = { whole: string; parts: string[] }

/** A unit and the values of one of its slices; the district, whole or sliced, and the schools. */
function families(cells: Cells): Family[] {
  const places = [...cells.keys()].map(key => {
    const [type, id, slice] = key.split('|') as [string, string, string]
    return { key, type, id, slice, dimension: slice.split('=')[0]! }
  })
  const district = places.filter(({ type }) => type === 'district')
  return [
    ...places
      .filter(({ slice }) => slice === '')
      .flatMap(whole => {
        const sliced = places.filter(p => p.type === whole.type && p.id === whole.id && p.slice !== '')
        const byDimension = Map.groupBy(sliced, p => p.dimension).values()
        return [...byDimension].map(parts => ({ whole: whole.key, parts: parts.map(p => p.key) }))
      }),
    ...district.map(whole => ({
      whole: whole.key,
      parts: places.filter(p => p.type === 'school' && p.slice === whole.slice).map(p => p.key),
    })),
  ].filter(({ parts }) => parts.length > 0)
}

async function narrowed(shown: ReadonlySet<string>, cells: Cells): Promise<string[]> {
  const names = new Map([...cells.keys()].filter(key => !shown.has(key)).map((key, i) => [key, `x${i}`]))
  const constraints: string[] = []
  for (const { whole, parts } of families(cells)) {
    const terms = parts.flatMap(p => names.get(p) ?? []).map(name => `+ ${name}`)
    if (names.has(whole)) terms.push(`- ${names.get(whole)}`)
    if (terms.length === 0) continue
    const sum = (keys: string[]) => keys.reduce((total, key) => total + cells.get(key)!.size, 0)
    // Students of two schools are counted twice, and who knows the rosters knows how many.
    const overlap = sum(parts) - cells.get(whole)!.size
    const known = (names.has(whole) ? 0 : cells.get(whole)!.size) - sum(parts.filter(p => !names.has(p))) + overlap
    constraints.push(`${terms.join(' ')} = ${known}`)
  }
  const solver = await solverOf()
  const bound = (sense: 'Minimize' | 'Maximize', name: string): number => {
    const text = `${sense}\n obj: ${name}\nSubject To\n ${constraints.join('\n ')}\nBounds\n ${[...names.values()].map(n => `0 <= ${n} <= 1000000`).join('\n ')}\nEnd`
    return solver.solve(text, { output_flag: false }).ObjectiveValue
  }
  return [...names].flatMap(([key, name]) => {
    const { size } = cells.get(key)!
    if (!SMALL(size)) return []
    const [least, most] = [bound('Minimize', name), bound('Maximize', name)]
    return most - least < 10 - 1e-6 ? [`${key}: ${size} students, between ${least} and ${most}`] : []
  })
}

let loaded: Promise<Highs> | undefined
const solverOf = (): Promise<Highs> => (loaded ??= (highs as unknown as { default: () => Promise<Highs> }).default())

function subtracted(shown: ReadonlySet<string>, cells: Cells): string[] {
  const found: string[] = []
  const sets = [...shown].map(key => [key, cells.get(key)!] as const)
  for (const [whole, all] of sets) {
    for (const [part, some] of sets) {
      if (whole !== part && SMALL(all.size - some.size) && isIn(some, all)) found.push(`${whole} less ${part}`)
    }
  }
  for (const { whole, parts } of families(cells)) {
    if (!shown.has(whole)) continue
    const covered = new Set(parts.filter(p => shown.has(p)).flatMap(p => [...cells.get(p)!.keys()]))
    const left = [...cells.get(whole)!.keys()].filter(student => !covered.has(student)).length
    if (SMALL(left)) found.push(`${whole} less all of it that is shown: ${left} students`)
  }
  return found
}

const isIn = (some: Members, all: Members): boolean => some.keys().every(student => all.has(student))

/** Students that stand in the same cells with the same shares are one unknown; what is shown are sums of unknowns. */
function solved(shown: ReadonlySet<string>, cells: Cells): string[] {
  const keys = [...cells.keys()]
  const students = new Set(keys.flatMap(key => [...cells.get(key)!.keys()]))
  const kinds = Map.groupBy(students, student => keys.map(key => cells.get(key)!.get(student) ?? 0).join())
  const columns = [...kinds.values()]
  const rowOf = (key: string) => columns.map(members => cells.get(key)!.get(members[0]!) ?? 0)
  const basis = echelon([...shown].map(rowOf))
  const groups = columns
    .map((members, column) => ({ name: `${members.length} alike`, size: members.length, row: unit(columns, column) }))
    .concat(
      keys.filter(key => !shown.has(key)).map(key => ({ name: key, size: cells.get(key)!.size, row: rowOf(key) })),
    )
  return groups.filter(({ size, row }) => SMALL(size) && isCombination(basis, row)).map(({ name }) => name)
}

const unit = (columns: readonly unknown[], at: number): number[] => columns.map((_, i) => (i === at ? 1 : 0))

type Basis = { pivot: number; row: number[] }[]

function echelon(rows: readonly number[][]): Basis {
  const basis: Basis = []
  for (const row of rows) {
    const left = reduced(basis, row)
    const pivot = left.reduce((best, value, i) => (Math.abs(value) > Math.abs(left[best]!) ? i : best), 0)
    if (Math.abs(left[pivot]!) > TINY) basis.push({ pivot, row: left.map(value => value / left[pivot]!) })
  }
  return basis
}

function reduced(basis: Basis, row: readonly number[]): number[] {
  const left = [...row]
  for (const { pivot, row: other } of basis) {
    const factor = left[pivot]!
    if (factor !== 0) for (let i = 0; i < left.length; i++) left[i]! -= factor * other[i]!
  }
  return left
}

const TINY = 1e-9
const isCombination = (basis: Basis, row: readonly number[]): boolean =>
  reduced(basis, row).every(value => Math.abs(value) < TINY)
