import { z } from 'zod'
import {
  columnWords,
  FIGURE_COLUMNS,
  indicatorLines,
  PUBLISHED_TABLES,
  wordsOf,
  type CodebookLine,
} from '../../schemas/codebook.ts'
import { rows } from './rows.ts'
import type { Warehouse } from './warehouse.ts'

/**
 * The codebook of some databases: a line for every table and every column, from what the tables' COMMENTs say (written by
 * `commentOf`), from their types, and from the words of published figures; then one for every indicator of the catalogue.
 *
 * Of the district's own database only what is published is told. A column whose source is not said has its table's.
 *
 * @param databases that exist or not; of one that does not, nothing is told
 * @returns in the order of the databases, tables by name, columns as they stand
 */
export async function codebookOf(warehouse: Warehouse, databases: readonly string[]): Promise<CodebookLine[]> {
  const own = Object.keys(PUBLISHED_TABLES)
  const params = { databases, own }
  const tables = rows(Table, await warehouse.query(TABLES, params))
  const columns = Map.groupBy(rows(Column, await warehouse.query(COLUMNS, params)), keyOf)
  const lines = databases.flatMap(database =>
    tables
      .filter(table => table.database === database)
      .flatMap(table => linesOf(table, columns.get(keyOf(table)) ?? [], database === warehouse.database)),
  )
  return [...lines, ...indicatorLines()]
}

/** Databases with what is for research: that of the district, and of the studies named (all: every one). */
export async function researchDatabases(warehouse: Warehouse, studies: readonly string[] | 'all'): Promise<string[]> {
  const common = researchDatabase(warehouse)
  const found = await warehouse.query<{ name: string }>(
    "select name from system.databases where name = {common:String} or startsWith(name, concat({common:String}, '_')) order by name",
    { common },
  )
  return found
    .map(({ name }) => name)
    .filter(name => name === common || studies === 'all' || studies.some(study => name === `${common}_${study}`))
}

/** `research`, or `<district>_research` beside other districts. */
export const researchDatabase = ({ database }: Pick<Warehouse, 'database'>): string =>
  database === 'homeroom' ? 'research' : `${database}_research`

function linesOf(table: Table, columns: readonly Column[], isOwn: boolean): CodebookLine[] {
  const place = { database: table.database, table: table.name }
  const own = isOwn ? PUBLISHED_TABLES[table.name] : undefined
  const of = own?.words ?? wordsOf(table.comment)
  const source = of.source ?? ''
  const head: CodebookLine = {
    ...columnWords('', of),
    part: 'table',
    ...place,
    name: '',
    type: table.engine.endsWith('View') ? 'view' : 'table',
    missing: '',
    source,
  }
  return [
    head,
    ...columns.map(({ name, type, comment }): CodebookLine => {
      const common = FIGURE_COLUMNS[name] ?? {}
      const known = own ? [own.columns[name] ?? {}] : [wordsOf(comment), hasFigures(columns) ? common : {}]
      return { part: 'column', ...place, name, type, ...columnWords(type, ...known, { source }) }
    }),
  ]
}

/** A table whose columns mean what those of `published` mean. */
const hasFigures = (columns: readonly Column[]): boolean =>
  ['indicator', 'unit_type', 'slice', 'value'].every(name => columns.some(column => column.name === name))

const keyOf = (of: { database: string; table?: string; name: string }): string =>
  `${of.database}.${of.table ?? of.name}`

const Table = z.object({ database: z.string(), name: z.string(), engine: z.string(), comment: z.string() })
type Table = z.infer<typeof Table>
const Column = z.object({
  database: z.string(),
  table: z.string(),
  name: z.string(),
  type: z.string(),
  comment: z.string(),
})
type Column = z.infer<typeof Column>

const WHERE = `database in {databases:Array(String)} and (database != currentDatabase() or TABLE in {own:Array(String)})`
const TABLES = `select database, name, engine, comment from system.tables
  where ${WHERE.replace('TABLE', 'name')} and not startsWith(name, '.') order by database, name`
const COLUMNS = `select database, table, name, type, comment from system.columns
  where ${WHERE.replace('TABLE', 'table')} order by database, table, position`
