import { HomeroomError } from '../../infra/errors.ts'
import { codebookOf } from '../../infra/warehouse/codebook.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { commentOf, undescribed } from '../../schemas/codebook.ts'

export { codebookOf, researchDatabase } from '../../infra/warehouse/codebook.ts'
export { commentOf, wordsOf, type CodebookLine, type Words } from '../../schemas/codebook.ts'

/**
 * Make the table `codebook` of a database anew: what every table and column of it means, itself included, and every
 * indicator. Call it after all other tables of the database are made.
 *
 * What it says stands in the COMMENTs of tables and columns, as `commentOf` writes them: of every table its meaning and
 * source, of every column its meaning, of numbers also unit and range, of what may be null how to read that.
 *
 * @param database that exists, for example `research_mentoring`
 * @returns number of lines
 * @throws HomeroomError INTERNAL naming every table and column that is not described; the table is then empty
 */
export async function writeCodebook(warehouse: Warehouse, database: string): Promise<number> {
  const params = { codebook_of: database }
  await warehouse.command(
    `create or replace table ${TABLE} (${COLUMNS}) engine = MergeTree order by (part, table, name) comment '${quoted(ABOUT)}'`,
    params,
  )
  const lines = await codebookOf(warehouse, [database])
  const lacking = undescribed(lines)
  if (lacking.length > 0) {
    throw new HomeroomError(
      'INTERNAL',
      `the codebook of ${database} is not complete: ${lacking.join('; ')}. Expected a COMMENT that says it. The database has no codebook`,
    )
  }
  await warehouse.insert(
    `${database}.codebook`,
    lines.map((line, position) => ({ position, ...line })),
  )
  return lines.length
}

const TABLE = '{codebook_of:Identifier}.codebook'
const ABOUT = commentOf({
  meaning: 'What every table, column and indicator here means',
  source: 'COMMENTs of the tables, schemas/catalogue.ts',
})

const quoted = (text: string): string => text.replace(/[\\']/g, '\\$&')

const COLUMNS = (
  [
    ['position UInt32', { meaning: 'order of the lines', unit: 'place in the list', range: 'from 0' }],
    ['part LowCardinality(String)', { meaning: 'what the line is about', range: 'table, column, indicator' }],
    ['database LowCardinality(String)', { meaning: 'where it stands; empty for an indicator' }],
    ['table LowCardinality(String)', { meaning: 'table of the column; empty for an indicator' }],
    ['name String', { meaning: 'of the column, or id of the indicator; empty for a table' }],
    ['type String', { meaning: 'ClickHouse type of the column; table or view; how often there is a figure' }],
    ['meaning String', { meaning: 'what it says' }],
    ['unit String', { meaning: 'of one value; empty for a table' }],
    ['range String', { meaning: 'which values there can be; empty for a table' }],
    ['missing String', { meaning: 'how it is said that there is no value; empty for a table' }],
    ['source String', { meaning: 'where it comes from' }],
  ] as const
)
  .map(([column, words]) => `${column} comment '${quoted(commentOf(words))}'`)
  .join(', ')
