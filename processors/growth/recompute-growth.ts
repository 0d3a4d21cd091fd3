import type { Config } from '../../infra/config.ts'
import { readColumns, type Columns } from '../../infra/warehouse/read-columns.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { touchBands } from '../connectedness/touched-bands.ts'
import { clearScores, pendingScores, type PendingScores } from '../touched-scores.ts'
import { Versions } from '../versions.ts'
import { keptFits, sliceOf, storeFit, storePlaced, type Measure } from './growth-tables.ts'
import { ownScales, scalesWith, type OwnScales, type Scales } from './own-scales.ts'
import { UNKNOWN_SCALE, type TestScale } from './scales.ts'
import { keepScales, scalesChanged } from './stored-scales.ts'
import { storeConditional } from './store-conditional.ts'
import { storeTrajectories } from './store-trajectories.ts'
import { cohortsOf, fitsFor, placed, scoresOf, type FitCohorts } from './store-percentiles.ts'
import { yearOf } from './window-spans.ts'

const windowScores = sql(new URL('../scores/window-scores.sql', import.meta.url))
const windowPairs = sql(new URL('./window-pairs.sql', import.meta.url))
const windowsReached = sql(new URL('./windows-reached.sql', import.meta.url))
/** What every window's figures are made by, in the order in which they are stored. */
const ofWindow = ['growth-aggregates.sql', 'growth-fifths.sql', 'score-aggregates.sql'].map(file =>
  sql(new URL(file, import.meta.url)),
)

const TABLES = ['window_scores', 'growth_models', 'student_growth', 'student_trajectories', 'indicators']
const COLUMNS = `test, subject, window, student_id, window_begin, grade, day, score, csem, percentile, level, school_id,
  sittings, stored_at`
/** Of the window of each. */
const FIGURES = [
  'growth_percentile',
  'growth_percentile_median',
  'high_growth_share',
  'growth_fifth_share',
  'mean_score',
]
/** SQL: rows of conditional growth within the school years of touched windows. */
const OF_YEARS = (column: 'window' | 'period'): string =>
  `indicator = 'conditional_growth' and ({all:Bool} or if(match(${column}, '^\\d{4}-\\d{4} '), left(${column}, 9), '') in {years:Array(String)})`
/** Over all windows, under the last. */
const LINES = ['growth_rate', 'school_growth']

/** One district's growth: what touched scores reach is computed again, test by test and subject by subject. */
export class GrowthRecompute {
  readonly #warehouse: Warehouse
  readonly #district: string
  readonly #fit: FitCohorts
  readonly #own: OwnScales
  readonly #scaleOf: Scales
  readonly #versions: Versions

  constructor(
    warehouse: Warehouse,
    { district, tests = null }: Pick<Config, 'district'> & Partial<Pick<Config, 'tests'>>,
    fit: FitCohorts,
  ) {
    this.#warehouse = warehouse
    this.#district = district
    this.#own = ownScales(tests)
    this.#scaleOf = scalesWith(this.#own)
    this.#fit = fit
    this.#versions = new Versions(warehouse, TABLES)
  }

  /**
   * Compute everything that waits, and clear what was computed.
   *
   * @param shouldStop asked between tests and subjects
   * @returns how many tests and subjects were computed
   */
  async run(shouldStop: () => boolean = () => false): Promise<number> {
    const found = await pendingScores(this.#warehouse)
    const rescaled = await scalesChanged(this.#warehouse, this.#own)
    const pending = rescaled ? { ...found, everything: true } : found
    let computed = 0
    for (const { measure, windows } of await this.#measures(pending)) {
      if (shouldStop()) return computed
      await this.#measure(measure, windows)
      computed++
    }
    if (computed > 0) await touchBands(this.#warehouse, pending)
    // Cleared last: a crash before this line repeats the computation, and the repetition gives the same rows.
    if (rescaled) await keepScales(this.#warehouse, this.#own, String(await this.#versions.next()))
    if (pending.touches.length > 0) await clearScores(this.#warehouse, pending.touches)
    return computed
  }

  /** Tests and subjects that are touched, with the windows; null: all of them. */
  async #measures({ cohorts, everything }: PendingScores): Promise<{ measure: Measure; windows: string[] | null }[]> {
    if (!everything) {
      const grouped = Map.groupBy(cohorts, ({ test, subject }) => JSON.stringify([test, subject]))
      return [...grouped.values()].map(some => ({ measure: some[0]!, windows: some.map(({ window }) => window) }))
    }
    const known = await this.#warehouse.query<Measure>(
      `select distinct test, subject from (select test, subject from current_scores where kind = 'assessment' and isNotNull(score)
         union all select test, subject from window_scores final)`,
    )
    return known.map(measure => ({ measure, windows: null }))
  }

  async #measure(measure: Measure, touched: string[] | null): Promise<void> {
    const computed = String(await this.#versions.next())
    const scale = this.#scaleOf(measure.test)
    await this.#warehouse.command(
      `insert into window_scores (${COLUMNS}, computed, deleted) select ${COLUMNS}, {computed:UInt64}, 0 from (${windowScores})`,
      { ...measure, computed },
    )
    await this.#dropOld('window_scores', 'test = {test:String} and subject = {subject:String}', {
      ...measure,
      computed,
    })
    const windows = await this.#reached(measure, touched)
    const pairs = await readColumns(this.#warehouse, windowPairs, { ...measure, windows })
    await this.#percentiles(measure, { windows, pairs, scale }, computed)
    const { lowest, highest, since = '1970-01-01' } = scale ?? UNKNOWN_SCALE
    for (const window of windows) {
      const params = {
        ...measure,
        window,
        slice: sliceOf(measure),
        district: this.#district,
        lowest,
        highest,
        since,
        computed,
      }
      for (const figures of ofWindow) await this.#warehouse.command(`insert into indicators ${figures}`, params)
    }
    await storeTrajectories(this.#warehouse, measure, { district: this.#district, scale, computed })
    await this.#conditional(measure, { touched, scale }, computed)
    const ofMeasure = 'test = {test:String} and subject = {subject:String}'
    await this.#dropOld('student_trajectories', ofMeasure, { ...measure, computed })
    await this.#dropOld('growth_models', `indicator = 'growth_trajectory' and ${ofMeasure}`, { ...measure, computed })
    await this.#dropOld(
      'indicators',
      `(indicator in {lines:Array(String)} or period in {windows:Array(String)} and indicator in {figures:Array(String)})
      and endsWith(slice, {slice:String})`,
      { slice: sliceOf(measure), windows, figures: FIGURES, lines: LINES, computed },
    )
  }

  /** The windows whose growth follows from those that are touched: their own, and what looks back to them. */
  async #reached(measure: Measure, touched: string[] | null): Promise<string[]> {
    const found = await this.#warehouse.query<{ window: string }>(windowsReached, {
      ...measure,
      windows: touched ?? [],
      all: touched === null,
    })
    return found.map(({ window }) => window)
  }

  async #percentiles(
    measure: Measure,
    { windows, pairs, scale }: { windows: string[]; pairs: Columns; scale: TestScale | null },
    computed: string,
  ): Promise<void> {
    const kept = await keptFits(this.#warehouse, measure)
    const cohorts = cohortsOf(pairs).map(cohort => ({
      ...cohort,
      ...scoresOf(pairs, cohort, scale),
      kept: kept.get(JSON.stringify([cohort.window, cohort.grade])),
    }))
    const fits = await fitsFor(cohorts, this.#fit)
    for (const [i, cohort] of cohorts.entries()) {
      if (fits[i] !== cohort.kept) await storeFit(this.#warehouse, measure, cohort, fits[i]!, computed)
      await storePlaced(this.#warehouse, measure, pairs, cohort, placed(cohort.scores, fits[i]!), computed)
    }
    await this.#dropOld(
      'student_growth',
      `indicator = 'growth_percentile' and window in {windows:Array(String)}
      and test = {test:String} and subject = {subject:String}`,
      { ...measure, windows, computed },
    )
    await this.#dropOld(
      'growth_models',
      `indicator = 'growth_percentile' and window in {windows:Array(String)} and test = {test:String}
      and subject = {subject:String} and concat(window, '|', grade) not in {cohorts:Array(String)}`,
      { ...measure, windows, computed, cohorts: cohorts.map(({ window, grade }) => `${window}|${grade}`) },
    )
  }

  async #conditional(
    measure: Measure,
    { touched, scale }: { touched: string[] | null; scale: TestScale | null },
    computed: string,
  ): Promise<void> {
    await storeConditional(this.#warehouse, measure, { windows: touched, district: this.#district, scale, computed })
    const params = { all: touched === null, years: (touched ?? []).map(yearOf), computed }
    const of = `${OF_YEARS('window')} and test = {test:String} and subject = {subject:String}`
    await this.#dropOld('student_growth', of, { ...measure, ...params })
    await this.#dropOld('growth_models', of, { ...measure, ...params })
    await this.#dropOld('indicators', `${OF_YEARS('period')} and endsWith(slice, {slice:String})`, {
      slice: sliceOf(measure),
      ...params,
    })
  }

  /** Rows that this computation has not made again are gone. (Without a table's name `computed` would be the new number.) */
  async #dropOld(table: string, where: string, params: Record<string, unknown>): Promise<void> {
    await this.#warehouse.command(
      `insert into ${table} select * replace ({computed:UInt64} as computed, 1 as deleted) from ${table} as old final
       where old.computed < {computed:UInt64} and ${where}`,
      params,
    )
  }
}
