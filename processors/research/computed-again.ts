import type { Config } from '../../infra/config.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { catalogue } from '../../schemas/catalogue.ts'
import type { Day } from '../../schemas/record.ts'
import { CLIMATE_INDICATORS, climateStage } from '../climate/recompute-climate.ts'
import { storeHomeBases } from '../connectedness/home-bases.ts'
import { storeMixing } from '../connectedness/mixing-rows.ts'
import type { WeekPass } from '../connectedness/recompute-connectedness.ts'
import { sliceOf, type Measure } from '../growth/growth-tables.ts'
import { ownScales, scalesWith } from '../growth/own-scales.ts'
import { UNKNOWN_SCALE } from '../growth/scales.ts'
import { storeConditional } from '../growth/store-conditional.ts'
import { storeTrajectories } from '../growth/store-trajectories.ts'
import { WEEK_SETTINGS } from '../week-settings.ts'
import { COMPUTED_COLUMNS, dryWarehouse, placeOf, type Computed } from './dry-warehouse.ts'

export type Settings = Pick<Config, 'district' | 'timeZone' | 'tests'>

/** Where one computation's figures stand in `indicators`. */
type Scope = { indicators: readonly string[]; weeks?: readonly Day[]; period?: string; slice?: string }

/** What is computed together, and how it is computed again without writing anything. */
type Computation = Scope & { run: (dry: Warehouse) => Promise<void> }

/** Figures of published units whose stored row is not what its file gives now. */
export type Difference = { stored: Computed | null; again: Computed | null }

/**
 * Compute the figures of published units again, by the files that the catalogue names, from what is kept of students; compare
 * each with the stored one.
 *
 * @param wanted Mondays of each indicator whose figures are compared; none that retention has frozen
 * @param onDone told how many computations of how many are done
 * @returns the places of all that were compared, and those figures that differ in anything
 */
export async function computedAgain(
  warehouse: Warehouse,
  settings: Settings,
  wanted: ReadonlyMap<string, ReadonlySet<Day>>,
  onDone: (done: number, all: number) => void = () => undefined,
): Promise<{ compared: Set<string>; differences: Difference[] }> {
  const compared = new Set<string>()
  const differences: Difference[] = []
  const isWanted = ({ indicator, week }: Pick<Computed, 'indicator' | 'week'>): boolean =>
    wanted.get(indicator)?.has(week) === true
  const all = await computations(warehouse, settings, wanted)
  for (const [at, computation] of all.entries()) {
    const { dry, rows } = dryWarehouse(warehouse)
    await computation.run(dry)
    const again = new Map(rows.filter(isWanted).map(row => [placeOf(row), row]))
    const stored = new Map(
      (await storedFigures(warehouse, computation)).filter(isWanted).map(row => [placeOf(row), row]),
    )
    for (const place of new Set([...again.keys(), ...stored.keys()])) {
      compared.add(place)
      const pair = { stored: stored.get(place) ?? null, again: again.get(place) ?? null }
      if (!isSame(pair)) differences.push(pair)
    }
    onDone(at + 1, all.length)
  }
  return { compared, differences }
}

const VALUES = [
  'version',
  'week',
  'value',
  'se',
  'lo95',
  'hi95',
  'n',
  'n_eff',
  'status',
  'reason',
  'enrolled',
  'members',
] as const

/** To the last bit. */
const isSame = ({ stored, again }: Difference): boolean =>
  stored !== null && again !== null && VALUES.every(column => stored[column] === again[column])

function storedFigures(warehouse: Warehouse, { indicators, weeks, period, slice }: Scope): Promise<Computed[]> {
  return warehouse.query<Computed>(
    `select ${COMPUTED_COLUMNS} from indicators as i final
     where i.unit_type in ('school', 'district') and i.indicator in {indicators:Array(String)}
       and ({period:String} = '' or i.period = {period:String}) and ({all_weeks:Bool} or i.week in {weeks:Array(Date)})
       and endsWith(i.slice, {slice:String})`,
    { indicators, period: period ?? '', slice: slice ?? '', weeks: weeks ?? [], all_weeks: weeks === undefined },
  )
}

/** Those that give any figure that is wanted. */
async function computations(
  warehouse: Warehouse,
  settings: Settings,
  wanted: ReadonlyMap<string, ReadonlySet<Day>>,
): Promise<Computation[]> {
  const weeks = [...new Set([...wanted.values()].flatMap(of => [...of]))].toSorted()
  const years = [...new Set(weeks.map(yearOf))]
  const climate: Computation = {
    indicators: CLIMATE_INDICATORS,
    run: async dry => void (await climateStage({ warehouse: dry, config: settings }).run(weeks, () => false)),
  }
  const all = [
    ...weeks.flatMap(week => ofWeek(settings, week)),
    ...years.flatMap(year => ofYear(settings, year)),
    ...(await ofScores(warehouse, settings)),
    climate,
  ]
  return all.filter(({ indicators, weeks: only }) =>
    indicators.some(id => (only ? only.some(week => wanted.get(id)?.has(week)) : wanted.has(id))),
  )
}

/** Indicators by the one file of the catalogue that computes them, as it runs. */
const STATEMENTS = [...Map.groupBy(catalogue, ({ files }) => files.join(' '))]
  .filter(([files]) => /^\S+\.sql$/.test(files))
  .map(([file, entries]) => ({
    file,
    text: sql(new URL(`../../${file}`, import.meta.url)),
    indicators: entries.map(({ id }) => id),
    period: entries[0]!.period,
  }))
/** By one statement a week, all with the same three parameters. */
const WEEKLY = STATEMENTS.filter(({ period }) => period === 'week')
const YEARLY = STATEMENTS.filter(({ period }) => period === 'year')
/** Of no meaning here: nothing is stored. */
const COMPUTED = '1'

function ofWeek({ district }: Settings, week: Day): Computation[] {
  const params = { week, district, computed: COMPUTED }
  const byGraph = (indicators: string[], store: (pass: WeekPass) => Promise<void>): Computation => ({
    indicators,
    weeks: [week],
    run: async dry => store({ warehouse: dry, ...params, ...(await toldOf(dry, week)) }),
  })
  return [
    ...WEEKLY.map(({ text, indicators }): Computation => ({
      indicators,
      weeks: [week],
      run: dry => dry.command(`insert into indicators ${text}`, params, WEEK_SETTINGS),
    })),
    byGraph(['band_assortativity', 'band_mixing'], storeMixing),
    byGraph(['home_base_density'], storeHomeBases),
  ]
}

async function toldOf(warehouse: Warehouse, week: Day): Promise<{ period: string; asOf: string }> {
  const [found] = await warehouse.query<{ period: string; asOf: string }>(
    `select formatDateTime({week:Date}, '%G-W%V') as period, toString(max(newest)) as asOf from student_week final where week = {week:Date}`,
    { week },
  )
  return found!
}

const ofYear = ({ district }: Settings, year: number): Computation[] =>
  YEARLY.map(({ text, indicators }) => ({
    indicators,
    period: `${year - 1}-${year}`,
    run: dry => dry.command(`insert into indicators ${text}`, { year, district, computed: COMPUTED }, WEEK_SETTINGS),
  }))

/** By one statement a test, subject and window; the other one of windows is a survey's. Within a school year: further below. */
const OF_WINDOW = STATEMENTS.filter(
  ({ period, file, indicators }) =>
    period === 'window' && file.startsWith('processors/growth/') && !indicators.includes('conditional_growth'),
)

async function ofScores(warehouse: Warehouse, { district, tests }: Settings): Promise<Computation[]> {
  const windows = await warehouse.query<Measure & { window: string; week: Day }>(
    `select toString(test) as test, toString(subject) as subject, toString(window) as window, toString(toMonday(min(window_begin))) as week
     from window_scores final group by test, subject, window order by all`,
  )
  const scaleOf = scalesWith(ownScales(tests))
  const measures = Map.groupBy(windows, ({ test, subject }) => JSON.stringify([test, subject]))
  return [...measures.values()].flatMap(ofMeasure => {
    const { test, subject } = ofMeasure[0]!
    const measure = { test, subject }
    const slice = sliceOf(measure)
    const scale = scaleOf(test)
    const { lowest, highest, since = '1970-01-01' } = scale ?? UNKNOWN_SCALE
    const under = { district, scale, computed: COMPUTED }
    const figures = ofMeasure.flatMap(({ window, week }) =>
      OF_WINDOW.map(({ text, indicators }): Computation => {
        const params = { ...measure, window, slice, district, lowest, highest, since, computed: COMPUTED }
        const run = (dry: Warehouse) => dry.command(`insert into indicators ${text}`, params)
        return { indicators, weeks: [week], period: window, slice, run }
      }),
    )
    return [
      ...figures,
      { indicators: ['growth_rate', 'school_growth'], slice, run: dry => storeTrajectories(dry, measure, under) },
      {
        indicators: ['conditional_growth'],
        slice,
        run: dry => storeConditional(dry, measure, { ...under, windows: null }),
      },
    ]
  })
}

/** The year in which the school year of a day ends: it begins on 1 August. The Monday before that day stands for the new one. */
const yearOf = (day: Day): number => Number(day.slice(0, 4)) + (dayAfter(day, 6).slice(5) >= '08-01' ? 1 : 0)

const dayAfter = (day: Day, days: number): Day =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
