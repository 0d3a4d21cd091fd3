import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'
import { frozenMonths, monthOf } from '../retired.ts'
import type { Stage, StageDeps } from '../stages.ts'
import { Versions } from '../versions.ts'
import { WEEK_SETTINGS } from '../week-settings.ts'
import { storeHomeBases } from './home-bases.ts'
import { storeMixing } from './mixing-rows.ts'

const tieWeek = sql(new URL('./tie-week.sql', import.meta.url))
const flowWeek = sql(new URL('./flow-week.sql', import.meta.url))
const contactLogging = sql(new URL('./contact-logging.sql', import.meta.url))
const studentConnectedness = sql(new URL('./student-connectedness.sql', import.meta.url))
const weekAggregates = sql(new URL('./week-aggregates.sql', import.meta.url))
const reciprocity = sql(new URL('./reciprocity.sql', import.meta.url))
const adviserLoad = sql(new URL('./adviser-load.sql', import.meta.url))

const TABLES = [
  'tie_weeks',
  'flow_weeks',
  'contact_logging',
  'student_connectedness',
  'adviser_load',
  'mixing',
  'home_bases',
  'indicators',
]

/** Every id in `indicators` that this stage writes. */
export const CONNECTEDNESS_INDICATORS = [
  'adult_contact',
  'adult_contact_two',
  'adult_contact_half_life_14',
  'adult_contact_half_life_56',
  'adviser_contact',
  'adviser_load',
  'contact_logging',
  'no_peer_tie',
  'peer_reciprocity',
  'adult_reciprocity',
  'band_mixing',
  'band_assortativity',
  'home_base_density',
  'connected_days',
  'flow_balance',
  'plan_fit',
] as const

/** A contact weighs for so many weeks: then 1/8192 of its weight is left (student-connectedness.sql). */
const KEPT_WEEKS = 52
/** Students in one statement: their ties of a year take some hundred megabytes. */
const STUDENTS_AT_ONCE = 25_000
const DAY_MS = 86_400_000

/** What one week is computed under. */
export type WeekPass = {
  warehouse: Warehouse
  week: Day
  district: string
  computed: string
  /** ISO week, `2026-W10`. */
  period: string
  /** storedAt of the newest record that went in. */
  asOf: string
}

/**
 * Who is in contact with whom, and what follows from it (indicators C1 to C8). What a week's contacts add to ties is computed for
 * the weeks that wait; the ties themselves, and all that follows from them, also for every later week that they still weigh in.
 */
export function connectednessStage({ warehouse, config }: Pick<StageDeps, 'warehouse' | 'config'>): Stage {
  const versions = new Versions(warehouse, TABLES)
  const { timeZone, district } = config
  return {
    async run(weeks, shouldStop) {
      for (const week of weeks) {
        if (shouldStop()) return false
        await contributions(warehouse, week, timeZone, String(await versions.next()))
      }
      const { standing, all } = await reached(warehouse, weeks)
      for (const week of all) {
        if (shouldStop()) return false
        const computed = String(await versions.next())
        if (!standing.has(week)) await forget(warehouse, { week, computed })
        else await figures({ warehouse, week, district, computed, ...(await toldOf(warehouse, week)) })
      }
      return true
    },
  }
}

async function contributions(warehouse: Warehouse, week: Day, timeZone: string, computed: string): Promise<void> {
  const params = { week, time_zone: timeZone, computed }
  await warehouse.command(`insert into tie_weeks ${tieWeek}`, params, WEEK_SETTINGS)
  await retire(warehouse, 'tie_weeks', params)
  await warehouse.command(`insert into flow_weeks ${flowWeek}`, params, WEEK_SETTINGS)
  await retire(warehouse, 'flow_weeks', params)
}

/** In this order: each reads what those before it have stored. */
async function figures(pass: WeekPass): Promise<void> {
  const { warehouse, week, district, computed } = pass
  const params = { week, computed }
  await warehouse.command(`insert into contact_logging ${contactLogging}`, params, WEEK_SETTINGS)
  await retire(warehouse, 'contact_logging', params)
  for (const part of await partsOf(warehouse)) {
    await warehouse.command(
      `insert into student_connectedness ${studentConnectedness}`,
      { ...params, ...part },
      WEEK_SETTINGS,
    )
  }
  await retire(warehouse, 'student_connectedness', params)
  await warehouse.command(`insert into adviser_load ${adviserLoad}`, params, WEEK_SETTINGS)
  await retire(warehouse, 'adviser_load', params)
  await warehouse.command(`insert into indicators ${weekAggregates}`, { ...params, district }, WEEK_SETTINGS)
  await warehouse.command(`insert into indicators ${reciprocity}`, { ...params, district }, WEEK_SETTINGS)
  await storeMixing(pass)
  await retire(warehouse, 'mixing', params)
  await storeHomeBases(pass)
  await retire(warehouse, 'home_bases', params)
  await retireIndicators(warehouse, params)
}

/**
 * A week of which nothing is left, taken back or erased, has no figures: its school days would else count as ones without
 * contact in the weeks after it, as they do not where it never was.
 */
async function forget(warehouse: Warehouse, params: Pick<WeekPass, 'week' | 'computed'>): Promise<void> {
  for (const table of ['contact_logging', 'student_connectedness', 'adviser_load', 'mixing', 'home_bases'])
    await retire(warehouse, table, params)
  await retireIndicators(warehouse, params)
}

function retireIndicators(
  warehouse: Warehouse,
  { week, computed }: Pick<WeekPass, 'week' | 'computed'>,
): Promise<void> {
  return warehouse.command(
    `insert into indicators select * replace ({computed:UInt64} as computed, 1 as deleted) from indicators as old final
     where old.computed < {computed:UInt64} and indicator in {indicators:Array(String)} and week = {week:Date}`,
    { week, computed, indicators: CONNECTEDNESS_INDICATORS },
  )
}

/** Rows of the week that this computation has not written any more. */
function retire(warehouse: Warehouse, table: string, params: { week: Day; computed: string }): Promise<void> {
  return warehouse.command(
    `insert into ${table} select * replace ({computed:UInt64} as computed, 1 as deleted) from ${table} as old final
     where old.computed < {computed:UInt64} and week = {week:Date}`,
    { week: params.week, computed: params.computed },
  )
}

/**
 * These weeks, and those with figures after the first of them, as long as contacts of any of them weigh; ascending.
 * `standing`: of which there is anything.
 */
async function reached(
  warehouse: Warehouse,
  weeks: readonly Day[],
): Promise<{ standing: ReadonlySet<Day>; all: readonly Day[] }> {
  const [first, last] = [weeks[0], weeks.at(-1)]
  if (first === undefined || last === undefined) return { standing: new Set(), all: [] }
  const found = await warehouse.query<{ week: Day }>(
    `select distinct toString(w) as week from (
       select week as w from student_week final where week between {first:Date} and {until:Date}
       union distinct select week as w from tie_weeks final where week between {first:Date} and {until:Date}
     ) order by week`,
    { first, until: dayAfter(last, 7 * (KEPT_WEEKS - 1)) },
  )
  const frozen = await frozenMonths(warehouse)
  const standing = new Set(found.map(({ week }) => week))
  const all = [...new Set([...weeks, ...standing])].filter(week => !frozen.has(monthOf(week))).sort()
  return { standing, all }
}

async function toldOf(warehouse: Warehouse, week: Day): Promise<{ period: string; asOf: string }> {
  const [found] = await warehouse.query<{ period: string; asOf: string }>(
    `select formatDateTime({week:Date}, '%G-W%V') as period, toString(max(newest)) as asOf
     from student_week final where week = {week:Date}`,
    { week },
  )
  return found!
}

/** Ranges of pseudonyms by their first two digits, which are evenly spread. */
async function partsOf(warehouse: Warehouse): Promise<{ low: string; high: string }[]> {
  const [found] = await warehouse.query<{ students: number }>(
    `select toFloat64(count()) as students from persons final where role = 'student'`,
  )
  const parts = Math.min(256, 2 ** Math.ceil(Math.log2(Math.max(1, found!.students / STUDENTS_AT_ONCE))))
  const digits = (n: number): string => n.toString(16).padStart(2, '0')
  return Array.from({ length: parts }, (_, part) => ({
    low: digits((256 / parts) * part),
    high: digits((256 / parts) * (part + 1) - 1),
  }))
}

function dayAfter(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
}
