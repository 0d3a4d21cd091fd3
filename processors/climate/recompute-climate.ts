import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'
import { localTime } from '../local-time.ts'
import { frozenMonths, monthOf } from '../retired.ts'
import type { Stage, StageDeps } from '../stages.ts'
import { Versions } from '../versions.ts'
import { scaleFigures, type ScaleFigures } from './scale-figures.ts'
import { neededItems } from './scale-scores.ts'
import { itemsOf, scalesOf, type Scale } from './scales.ts'
import { storeDifferences } from './store-differences.ts'

const TABLES = ['climate_windows', 'climate_scales', 'climate_schools', 'climate_differences', 'indicators']
/** Every id in `indicators` that this stage writes. */
export const CLIMATE_INDICATORS = ['survey_response', 'climate_score', 'item_score', 'item_favourable'] as const
/** EDSCLS has no scales of families either (indicators D1). */
const FAMILIES = 'families are reported question by question'
const DAY_MS = 86_400_000

/** One survey in one window. */
type Window = z.infer<typeof Window>
type Params = Record<string, unknown>

/**
 * How school feels (indicators D): every window of a survey that has ended, from all its answers. While it runs nothing is
 * computed: a running score would leak the eleventh answer. A window that is opened again loses its figures.
 */
export function climateStage({ warehouse, config, clock = () => new Date() }: Omit<StageDeps, 'log'>): Stage {
  const versions = new Versions(warehouse, TABLES)
  const local = localTime(config.timeZone)
  return {
    async run(weeks, shouldStop) {
      const today = dayText(local.dayOf(clock().getTime()))
      const kept = await keptMonths(warehouse)
      const all = rows(Window, await warehouse.query(WINDOWS))
      const ended = all.filter(({ end }) => end !== '' && end <= today)
      for (const window of all) {
        if (kept.frozen.has(monthOf(window.week)) || kept.answersUntil >= monthOf(window.was_begin || window.begin))
          continue
        const isOver = ended.includes(window)
        const isKnown = window.was_begin !== ''
        const isMoved = isKnown && (window.begin !== window.was_begin || window.end !== window.was_end)
        if (isOver ? isKnown && !isMoved && !weeks.some(week => overlaps(window, week)) : !isKnown) continue
        if (shouldStop()) return false
        const computed = String(await versions.next())
        const answered = isOver ? await compute(warehouse, window, config.district, computed) : 0
        await dropOld(warehouse, window, computed)
        await storeDifferences(warehouse, ended, window, computed)
        await conclude(warehouse, window, { isOver, answered, computed })
      }
      return true
    },
  }
}

const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)

const overlaps = ({ begin, end }: Window, week: Day): boolean =>
  begin < dayText(Date.parse(week) / DAY_MS + 7) && week < end

/** What retention has left as it is: weeks, and the newest month of which answers are gone (0: none are). */
async function keptMonths(warehouse: Warehouse): Promise<{ frozen: Set<number>; answersUntil: number }> {
  const [gone] = await warehouse.query<{ month: number }>(
    "select toFloat64(max(month)) as month from retired where name = 'surveys'",
  )
  return { frozen: await frozenMonths(warehouse), answersUntil: gone?.month ?? 0 }
}

/** @returns how many answered */
async function compute(warehouse: Warehouse, window: Window, district: string, computed: string): Promise<number> {
  const of = { instrument: window.instrument, window: window.window, begin: window.begin, end: window.end }
  const asked = rows(AskedItem, await warehouse.query(ITEMS, of))
  const items = itemsOf(asked)
  const scales = scalesOf(asked)
  const ids = items.map(({ item_id }) => item_id)
  const people = rows(Answered, await warehouse.query(ANSWERS, { ...of, items: ids }))
  const eligible = window.informant === 'student' ? rows(Eligible, await warehouse.query(ELIGIBLE, of)) : []
  const figures = scales.map(scale => {
    const found = scaleFigures(scale, ids, people, eligible)
    return { scale, ...found, whyNot: window.informant === 'family' ? FAMILIES : found.whyNot }
  })
  await warehouse.command(`insert into indicators (${COLUMNS}) ${AGGREGATES}`, {
    ...of,
    week: window.week,
    district,
    computed,
    ...scaleParams(figures),
    item_ids: ids,
    item_lows: items.map(({ min }) => min),
    item_highs: items.map(({ max }) => max),
  })
  const place = { instrument: window.instrument, window: window.window, computed, deleted: 0 }
  const straight = people.filter(one => one.straight).length
  await insert(warehouse, 'climate_scales', figures.map(one => ({ ...place, straight_lined: straight, ...scaleRow(one) }))) // prettier-ignore
  const schools = figures.flatMap(one => (one.whyNot === '' ? schoolRows(one) : []))
  await insert(warehouse, 'climate_schools', schools.map(row => ({ ...place, ...row }))) // prettier-ignore
  return people.length
}

type Figures = ScaleFigures & { scale: Scale }

const scaleParams = (figures: readonly Figures[]): Params => ({
  scales: figures.map(({ scale }) => scale.name),
  why_not: figures.map(({ whyNot }) => whyNot),
  needed: figures.map(({ scale }) => neededItems(scale.items.length)),
  members_of: figures.map(({ scale }) => scale.items),
  lows: figures.map(({ scale }) => scale.min),
  highs: figures.map(({ scale }) => scale.max),
})

const scaleRow = ({ scale, relied, scored, model, icc1, icc2, whyNot }: Figures & { whyNot: string }): Params => ({
  scale: scale.name,
  items: scale.items,
  contrary: relied.contrary.map(at => scale.items[at]!),
  scored,
  complete: relied.complete,
  alpha: relied.alpha?.value ?? null,
  alpha_lo95: relied.alpha?.lo95 ?? null,
  alpha_hi95: relied.alpha?.hi95 ?? null,
  omega: relied.omega?.covariance ?? null,
  omega_correlation: relied.omega?.correlation ?? null,
  mean: model?.mean ?? null,
  mean_se: model?.se ?? null,
  tau2: model?.tau2 ?? null,
  sigma2: model?.sigma2 ?? null,
  icc1,
  icc2,
  status: scale.whyNot === '' ? relied.status : 'insufficient',
  reason: scale.whyNot || relied.reason || whyNot,
})

const schoolRows = ({ scale, schools }: Figures): Params[] =>
  schools.map(({ school_id, n, shrunken, weighted }) => ({
    scale: scale.name,
    school_id,
    n,
    shrunken: shrunken?.value ?? null,
    shrunken_se: shrunken?.se ?? null,
    keep: shrunken?.keep ?? null,
    weighted: weighted?.value ?? null,
    weighted_se: weighted?.se ?? null,
  }))

async function insert(warehouse: Warehouse, table: string, found: readonly Params[]): Promise<void> {
  if (found.length > 0) await warehouse.insert(table, found)
}

/** Rows that this computation has not made again are gone. (Without a table's name `computed` would be the new number.) */
async function dropOld(warehouse: Warehouse, { instrument, window }: Window, computed: string): Promise<void> {
  const params = { instrument, window, computed, indicators: CLIMATE_INDICATORS }
  const drop = (table: string, where: string) =>
    warehouse.command(
      `insert into ${table} select * replace ({computed:UInt64} as computed, 1 as deleted) from ${table} as old final
       where old.computed < {computed:UInt64} and ${where}`,
      params,
    )
  await drop(
    'indicators',
    `indicator in {indicators:Array(String)} and period = {window:String}
     and has(splitByChar(',', toString(slice)), concat('instrument=', {instrument:String}))`,
  )
  for (const table of ['climate_scales', 'climate_schools'])
    await drop(table, 'instrument = {instrument:String} and window = {window:String}')
}

/** Last: a window that was cut off before this is computed again. */
async function conclude(
  warehouse: Warehouse,
  window: Window,
  { isOver, answered, computed }: { isOver: boolean; answered: number; computed: string },
): Promise<void> {
  const { instrument, informant, week } = window
  await warehouse.insert('climate_windows', [
    {
      instrument,
      window: window.window,
      informant,
      begin_day: isOver ? window.begin : window.was_begin,
      end_day: isOver ? window.end : window.was_end,
      week,
      answered,
      computed,
      deleted: isOver ? 0 : 1,
    },
  ])
}

const Window = z.object({
  instrument: z.string(),
  window: z.string(),
  informant: z.string(),
  begin: z.string(),
  end: z.string(),
  week: z.string(),
  was_begin: z.string(),
  was_end: z.string(),
})
const AskedItem = z.object({
  version: z.string(),
  item_id: z.string(),
  domain: z.string(),
  min: z.int(),
  max: z.int(),
})
const Answered = z.object({
  school_id: z.string(),
  grade: z.string(),
  scored: z.array(z.number().nullable()),
  straight: z.boolean(),
})
const Eligible = z.object({ school_id: z.string(), grade: z.string(), people: z.number() })

const WINDOWS = sql(new URL('./windows.sql', import.meta.url))
const ANSWERS = sql(new URL('./answers.sql', import.meta.url))
const ELIGIBLE = sql(new URL('./eligible.sql', import.meta.url))
const AGGREGATES = sql(new URL('./climate-aggregates.sql', import.meta.url))
const COLUMNS = `indicator, version, unit_type, unit_id, slice, period, week, as_of, value, se, lo95, hi95, n, n_eff, status,
  reason, enrolled, computed, deleted, members`
const ITEMS = `select version, item_id, domain, min, max from survey_items
  where kind = 'scale' and instrument = {instrument:String} and version in (
    select version from survey_responses_counted where instrument = {instrument:String} and window = {window:String} and counts)
  order by version, position`
