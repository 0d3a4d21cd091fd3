import { HomeroomError } from '../../infra/errors.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { openSolver } from '../publish/intervals.ts'
import { columnsOf, type Columns, type Named } from './review/columns.ts'
import { smallCells } from './review/counts.ts'
import { dominated } from './review/dominance.ts'
import { aboutPeople } from './review/people.ts'
import { differencing, type PublishedCount } from './review/published.ts'
import type { Finding, OutputTable } from './review/table.ts'
import { impliedCells } from './review/totals.ts'

export type { Finding, OutputTable, Rule } from './review/table.ts'

/** Results of a study are tables of some hundred rows; more is data. */
const MOST_ROWS = 20_000

/**
 * Look at a table of results before it leaves: small cells, also those that totals or shares imply; sums that tell of one contributor;
 * numbers that differ from published ones by few people; what names people. It finds what a machine can: a person decides.
 *
 * @param published numbers to hold the table against; [] for none
 * @param named columns whose names do not say what they hold
 * @returns what was found, in the order of the rows; [] if nothing was
 * @throws HomeroomError FILE_INVALID for more rows than a table of results has
 */
export async function review(
  table: OutputTable,
  published: readonly PublishedCount[],
  named: Named = {},
): Promise<Finding[]> {
  if (table.rows.length > MOST_ROWS) {
    const got = `${table.rows.length} rows, expected a table of results of at most ${MOST_ROWS}`
    throw new HomeroomError('FILE_INVALID', `${got}. Nothing was checked; give results by group`)
  }
  const columns = columnsOf(table, named)
  const solver = await openSolver()
  const found = [
    ...aboutPeople(table, columns),
    ...smallCells(table, columns),
    ...impliedCells(solver, table, columns),
    ...dominated(table, columns),
    ...differencing(table, columns, published),
    ...withoutCounts(table, columns),
  ]
  return found.toSorted((a, b) => (a.row ?? 0) - (b.row ?? 0))
}

function withoutCounts({ rows }: OutputTable, { counts }: Columns): Finding[] {
  if (counts.length > 0 || rows.length === 0) return []
  const why = 'no column says how many people stand behind a row, so that small groups cannot be found'
  return [
    {
      row: null,
      column: null,
      rule: 'no counts',
      why,
      next: 'add the number of people, or name its column by --counts',
    },
  ]
}

/** Numbers of people that the newest snapshot shows. */
export async function publishedCounts(warehouse: Warehouse): Promise<PublishedCount[]> {
  const found = await warehouse.query<Omit<PublishedCount, 'names'> & { unit_id: string; name: string }>(
    `select distinct toString(p.unit_type) as unit_type, p.unit_id as unit_id, toString(s.name) as name, toString(p.slice) as slice,
       toString(p.period) as period, toFloat64(arrayJoin(arrayFilter(x -> x is not null, [p.n, p.enrolled]))) as people
     from published as p
     left any join (select school_id, name from schools final) as s on s.school_id = p.unit_id
     where p.snapshot = (select max(snapshot) from snapshots final where complete) and people > 0`,
  )
  return found.map(({ unit_id, name, ...rest }) => ({
    ...rest,
    names: rest.unit_type === 'district' ? [] : [name, unit_id].filter(Boolean),
  }))
}
