import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Hidden, Suppression } from './suppress.ts'

/** One indicator and week of a draft. */
export type Table = z.infer<typeof Table>

/**
 * `new`: released with these students for the first time; `same`: with the students of an earlier release; `kept`: not
 * released, the rows of the snapshot before stand.
 */
export type Decision = { table: Table; decision: 'new' | 'same' | 'kept' }

type Cell = z.infer<typeof Cell>
type TableRow = { indicator: string; week: string; decision: string; table_id: string; enrolled_id: string }
type HiddenRow = Omit<Cell, 'table' | 'n' | 'enrolled'> &
  Omit<Hidden, 'cell'> & { table_id: string; why: 'small' | 'complementary' }

/**
 * The audits of one snapshot: what is not shown of each table. Tables with the same numbers of students in all cells, and
 * the same cells hidden before, are audited once, whatever their indicator and week.
 */
export class TableAudits {
  readonly #warehouse: Warehouse
  readonly #snapshot: string
  readonly #suppress: Suppression
  readonly #hidden = new Map<string, string[]>()

  constructor(warehouse: Warehouse, snapshot: string, suppress: Suppression) {
    this.#warehouse = warehouse
    this.#snapshot = snapshot
    this.#suppress = suppress
  }

  /** How many different tables were audited. */
  get count(): number {
    return this.#hidden.size
  }

  /** Audit tables that are released, and write down which table stands behind what, and what is hidden of it. */
  async decide(decisions: readonly Decision[]): Promise<void> {
    const kept = decisions.filter(({ decision }) => decision === 'kept').map(({ table }) => table)
    const released = new Map(decisions.filter(({ decision }) => decision !== 'kept').map(d => [d.table, d.decision]))
    const fresh = [...released.keys()]
    const cells = await this.#cellsOf(fresh)
    const found: HiddenRow[] = []
    for (const table of fresh) found.push(...(await this.#audit(countedId(table), cells(table), table.before, 'n')))
    const rowsOf: TableRow[] = kept.map(table => ({
      ...placeOf(table),
      decision: 'kept',
      table_id: table.earlier_table,
      enrolled_id: table.earlier_enrolled,
    }))
    for (const alike of Map.groupBy(fresh, table => `${table.week} ${table.enrolled}`).values()) {
      // A number of enrolled students stands beside several indicators: what one of them hides, none may show.
      const hidden = [...new Set(alike.flatMap(table => this.#hidden.get(countedId(table))!))].toSorted()
      // Beside a table that stands from before, whose enrolled students were others, this one tells none.
      const beside = kept.some(({ week }) => week === alike[0]!.week)
      const enrolled_id = beside ? '' : idOf('enrolled', alike[0]!.enrolled, hidden)
      if (!beside) found.push(...(await this.#audit(enrolled_id, cells(alike[0]!), hidden, 'enrolled')))
      for (const table of alike) {
        rowsOf.push({ ...placeOf(table), decision: released.get(table)!, table_id: countedId(table), enrolled_id })
      }
    }
    await this.#insert('published_hidden', found)
    await this.#insert('published_tables', rowsOf)
  }

  /** @returns what is not known yet of the table's hidden cells; [] if it was audited before */
  async #audit(
    id: string,
    cells: readonly Cell[],
    before: readonly string[],
    count: 'n' | 'enrolled',
  ): Promise<HiddenRow[]> {
    if (this.#hidden.has(id)) return []
    // The solver does not wait for anything: requests that the same process serves have their turn here.
    await setImmediate()
    const also = cells.flatMap((cell, index) => (isSmall(cell.enrolled) || before.includes(keyOf(cell)) ? [index] : []))
    const hidden = this.#suppress(
      cells.map(cell => ({ ...cell, n: cell[count] })),
      also,
    )
    this.#hidden.set(
      id,
      hidden.map(({ cell }) => keyOf(cells[cell]!)),
    )
    return hidden.map(({ cell, least, most }) => {
      const { unit_type, unit_id, slice, n, enrolled } = cells[cell]!
      const why = isSmall(n) || isSmall(enrolled) ? 'small' : 'complementary'
      return { table_id: id, unit_type, unit_id, slice, why, least, most }
    })
  }

  /** Cells of the tables that were not audited before; others are asked for nothing. */
  async #cellsOf(tables: readonly Table[]): Promise<(table: Table) => readonly Cell[]> {
    const wanted = new Map(tables.map(table => [`${countedId(table)} ${table.enrolled}`, nameOf(table)]))
    const names = [...wanted.values()]
    const found = await this.#warehouse.query(CELLS, { snapshot: this.#snapshot, tables: names })
    const byTable = Map.groupBy(rows(Cell, found), cell => cell.table)
    return table => byTable.get(wanted.get(`${countedId(table)} ${table.enrolled}`)!) ?? []
  }

  async #insert(into: string, values: readonly object[]): Promise<void> {
    if (values.length === 0) return
    await this.#warehouse.insert(
      into,
      // JSON has no infinity; ClickHouse reads the word.
      values.map(row => ({ snapshot: this.#snapshot, ...row, ...('most' in row && { most: String(row.most) }) })),
    )
  }
}

/** Tables of a draft, with what the snapshot before showed of them. */
export async function tablesOf(
  warehouse: Warehouse,
  draft: { snapshot: string; previous: string; weeks: readonly string[] },
): Promise<Table[]> {
  return rows(Table, await warehouse.query(TABLES, draft))
}

const isSmall = (students: number): boolean => students > 0 && students < 10
const keyOf = ({ unit_type, unit_id, slice }: Cell): string => `${unit_type}|${unit_id}|${slice}`
const nameOf = ({ indicator, week }: Table): string => `${indicator}|${week}`
const placeOf = ({ indicator, week }: Table) => ({ indicator, week })
const countedId = ({ counted, before }: Table): string => idOf('counted', counted, before)

const idOf = (...parts: unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)

const Table = z.object({
  indicator: z.string(),
  week: z.string(),
  counted: z.string(),
  enrolled: z.string(),
  earlier_table: z.string(),
  earlier_enrolled: z.string(),
  before: z.array(z.string()),
})
const Cell = z.object({
  table: z.string(),
  unit_type: z.string(),
  unit_id: z.string(),
  slice: z.string(),
  n: z.int(),
  enrolled: z.int(),
})

const TABLES = sql(new URL('./tables.sql', import.meta.url))
const CELLS = sql(new URL('./cells.sql', import.meta.url))
