import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { publishedCells } from '../../schemas/catalogue.ts'
import type { Day } from '../../schemas/record.ts'
import { KINDS, publishedUntil } from '../publish/publish.ts'

/** A row of `published`, without its snapshot. */
export type PublishedRow = {
  indicator: string
  unit_type: string
  unit_id: string
  slice: string
  period: string
  week: Day
  as_of: string
  value: number | null
  se: number | null
  lo95: number | null
  hi95: number | null
  n: number | null
  n_eff: number | null
  enrolled: number | null
  version: number
  status: string
  reason: string
}

/**
 * What was decided together: one series (an indicator, and what it is measured by) and week.
 *
 * @property origin snapshot that showed these figures first, of which later ones keep them; empty: it is not there any more
 * @property published_ms when the origin was published
 */
export type PublishedTable = { series: string; week: Day; origin: string; published_ms: number }

/** @property published the row of the snapshot; @property again what `publish.sql` gives now */
export type Cell = { published: PublishedRow | null; again: PublishedRow | null }

const DRAFT = sql(new URL('../publish/draft.sql', import.meta.url))
const FRESH = sql(new URL('../publish/publish.sql', import.meta.url))

/** SQL: the series of a published row, as `series.sql` names it. */
const SERIES = `concat(indicator, if(match(slice, '(?:subject|informant)='), '|', ''), extract(slice, '(?:(?:from=[^,]*,)?subject=|informant=).*'))`
const COLUMNS = `toString(indicator) as indicator, toString(unit_type) as unit_type, unit_id, toString(slice) as slice, toString(period) as period,
  toString(week) as week, toString(as_of) as as_of, value, se, lo95, hi95, n, n_eff, enrolled, version, toString(status) as status, toString(reason) as reason`

/** Tables of a snapshot, with where each comes from. */
export function publishedTables(warehouse: Warehouse, snapshot: string): Promise<PublishedTable[]> {
  return warehouse.query<PublishedTable>(
    `with
       origins as (
         select indicator, week, max(snapshot) as origin from published_tables
         where snapshot <= {snapshot:UInt64} and decision != 'kept'
           and snapshot in (select snapshot from snapshots final where complete)
         group by indicator, week
       )
     select toString(t.indicator) as series, toString(t.week) as week, if(o.origin = 0, '', toString(o.origin)) as origin,
       toFloat64(toUnixTimestamp64Milli(s.published_at)) as published_ms
     from published_tables as t
     left join origins as o on o.indicator = t.indicator and o.week = t.week
     left join (select snapshot, published_at from snapshots final) as s on s.snapshot = o.origin
     where t.snapshot = {snapshot:UInt64}
     order by week, series`,
    { snapshot },
  )
}

/**
 * Publish the live figures of some weeks again, by `draft.sql` and `publish.sql` and with what was hidden then, and put each
 * figure beside the published one. Nothing is published: the draft is dropped.
 *
 * @param tables of one origin
 * @returns by series and week
 */
export async function publishedAgain(
  warehouse: Warehouse,
  snapshot: string,
  tables: readonly PublishedTable[],
): Promise<Map<string, Cell[]>> {
  const { origin, published_ms } = tables[0]!
  const weeks = [...new Set(tables.map(({ week }) => week))]
  const draft = await newDraft(warehouse)
  try {
    await warehouse.command(`insert into publishing ${DRAFT}`, {
      snapshot: draft,
      weeks,
      until: publishedUntil(new Date(published_ms)),
      ...publishedCells,
    })
    const again = await warehouse.query<PublishedRow & { series: string }>(
      `select ${SERIES} as series, ${COLUMNS} from (${FRESH}\n)`,
      { snapshot: origin, draft, weeks, ...KINDS },
    )
    const published = await warehouse.query<PublishedRow & { series: string }>(
      `select ${SERIES} as series, ${COLUMNS} from published as p where p.snapshot = {snapshot:UInt64} and p.week in {weeks:Array(Date)}`,
      { snapshot, weeks },
    )
    return besideEachOther(tables, published, again)
  } finally {
    await warehouse.command(`alter table publishing drop partition ${draft}`)
  }
}

/** A number that no publication has: theirs count up from milliseconds, these down from the highest. Old ones were left by a kill. */
async function newDraft(warehouse: Warehouse): Promise<string> {
  const left = await warehouse.query<{ draft: string }>(
    `select distinct toString(snapshot) as draft from publishing
     where bitXor(${HIGHEST}, snapshot) < toUnixTimestamp64Micro(now64(6)) - 3600000000`,
  )
  for (const { draft } of left) await warehouse.command(`alter table publishing drop partition ${draft}`)
  const [found] = await warehouse.query<{ draft: string }>(
    `select toString(bitXor(${HIGHEST}, toUInt64(toUnixTimestamp64Micro(now64(6))))) as draft`,
  )
  return found!.draft
}

const HIGHEST = 'toUInt64(18446744073709551615)'

type Named = PublishedRow & { series: string }

function besideEachOther(
  tables: readonly PublishedTable[],
  published: readonly Named[],
  again: readonly Named[],
): Map<string, Cell[]> {
  const found = new Map(tables.map(table => [tableKey(table), new Map<string, Cell>()]))
  const put = (rows: readonly Named[], side: keyof Cell): void => {
    for (const { series, ...row } of rows) {
      const cells = found.get(tableKey({ series, week: row.week }))
      const place = `${row.unit_type}|${row.unit_id}|${row.slice}`
      cells?.set(place, { ...(cells.get(place) ?? { published: null, again: null }), [side]: row })
    }
  }
  put(published, 'published')
  put(again, 'again')
  return new Map([...found].map(([key, cells]) => [key, [...cells.values()]]))
}

export const tableKey = ({ series, week }: Pick<PublishedTable, 'series' | 'week'>): string => `${series} ${week}`
