import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { catalogue } from '../../schemas/catalogue.ts'
import { IndicatorRow } from '../../schemas/indicator.ts'
import { denied, tierOf, type SignedIn, type Tier, type Unit } from '../access.ts'
import type { Figures } from './figures.ts'
import { mondayOf } from '../weeks.ts'

const Query = z
  .strictObject({
    indicator: z.enum(catalogue.map(entry => entry.id)),
    unit_type: z.enum(['class', 'advisory', 'school', 'district']),
    /** sourcedId; of the district there is one only, so it needs none. */
    unit_id: z.string().max(256).default(''),
    /** ISO week; all weeks without it. */
    week: z
      .string()
      .refine(period => mondayOf(period) !== null, 'expected an ISO week, for example 2026-W10')
      .optional(),
  })
  .refine(query => query.unit_type === 'district' || query.unit_id !== '', {
    path: ['unit_id'],
    error: 'expected the unit’s id; only the district needs none',
  })

/** `district`: its id in the indicators. */
type Api = { warehouse: Warehouse; figures: Figures; reader: SignedIn; district: string }

/**
 * `GET /api/indicators`: the figures of one indicator and unit, live or published as the reader's tier says.
 * @returns `snapshot` is null for live figures; rows by week, without slices; `seen`: the unit if they are live
 * @throws HomeroomError QUERY_INVALID naming every wrong parameter, SCOPE_DENIED
 */
export async function indicatorRows(
  { warehouse, figures, reader, district }: Api,
  query: unknown,
): Promise<{ answer: { tier: Tier; snapshot: string | null; rows: IndicatorRow[] }; seen: Unit[] }> {
  const parsed = Query.safeParse(query)
  if (!parsed.success) {
    throw new HomeroomError(
      'QUERY_INVALID',
      parsed.error.issues.map(i => `${i.path.join('.') || 'query'}: ${i.message}`).join('; '),
    )
  }
  const { indicator, unit_type, week } = parsed.data
  const unit_id = unit_type === 'district' ? district : parsed.data.unit_id
  const unit: Unit = { type: unit_type, id: unit_id, ...(await schoolOf(warehouse, unit_type, unit_id)) }
  const tier = tierOf(reader, unit)
  if (tier === 'none') throw denied(reader, unit)
  const params = { indicator, unit_type, unit_id, week: week === undefined ? '' : mondayOf(week) }
  if (tier === 'live')
    return {
      answer: { tier, snapshot: null, rows: rows(IndicatorRow, await warehouse.query(LIVE_UNIT, params)) },
      seen: [unit],
    }
  const snapshot = await figures.snapshot()
  if (!snapshot) return { answer: { tier, snapshot: null, rows: [] }, seen: [] }
  const found = await warehouse.query(PUBLISHED_UNIT, { ...params, snapshot: snapshot.snapshot })
  return {
    answer: { tier, snapshot: snapshot.snapshot, rows: rows(IndicatorRow, found).map(withoutHidden) },
    seen: [],
  }
}

/** Numbers of a suppressed figure are not stored; should they ever be, they still stay here. */
function withoutHidden(row: IndicatorRow): IndicatorRow {
  return row.status === 'suppressed'
    ? { ...row, value: null, se: null, lo95: null, hi95: null, n: null, n_eff: null }
    : row
}

async function schoolOf(warehouse: Warehouse, type: string, id: string): Promise<{ school?: string }> {
  if (type !== 'class' && type !== 'advisory') return {}
  const [found] = rows(z.object({ school: z.string() }), await warehouse.query(CLASS_SCHOOL, { id }))
  return found ?? {}
}

const CLASS_SCHOOL = 'select school_id as school from classes final where class_id = {id:String}'
const LIVE_UNIT = sql(new URL('./live-unit.sql', import.meta.url))
const PUBLISHED_UNIT = sql(new URL('./published-unit.sql', import.meta.url))
