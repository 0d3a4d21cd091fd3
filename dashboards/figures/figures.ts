import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { IndicatorRow } from '../../schemas/indicator.ts'
import type { Day } from '../../schemas/record.ts'
import type { SchoolYear } from '../weeks.ts'

/** One figure as pages show it. */
export type FigureRow = z.infer<typeof FigureRow>
export type LiveRow = z.infer<typeof LiveRow>
export type ClassRow = z.infer<typeof ClassRow>
export type GrowthRow = z.infer<typeof GrowthRow>
export type Snapshot = z.infer<typeof Snapshot>
export type School = z.infer<typeof School>
export type Progress = z.infer<typeof Progress>
export type KnownWeek = z.infer<typeof KnownWeek>
/** A class or an advisory, as the roster has it. */
export type Group = z.infer<typeof Group>
type LiveUnitType = 'school' | 'class' | 'advisory'

/** For how long what every page asks first is asked once. */
const MOMENT_MS = 1000
/** For how long what was made of a snapshot is kept; questions of surveys, which are beside it, may be corrected. */
const MINUTE_MS = 60_000

/**
 * Figures as pages read them. What is published never changes, so it is read once per snapshot and school year; what
 * is live is read every time.
 */
export class Figures {
  readonly #warehouse: Warehouse
  readonly #published = new LRUCache<string, Promise<FigureTable>>({ max: 8 })
  readonly #weeks = new LRUCache<string, Promise<KnownWeek[]>>({ max: 4 })
  readonly #classes = new LRUCache<string, Promise<ClassRow[]>>({ max: 200 })
  readonly #made = new LRUCache<string, Promise<object>>({ max: 500, ttl: MINUTE_MS })
  readonly #names = new LRUCache<string, Promise<School[]>>({ max: 1, ttl: MOMENT_MS })
  readonly #latest = new LRUCache<string, Promise<Snapshot | undefined>>({ max: 1, ttl: MOMENT_MS })

  constructor(warehouse: Warehouse) {
    this.#warehouse = warehouse
  }

  /** The latest complete snapshot, at most a moment old; undefined before the first. */
  snapshot(): Promise<Snapshot | undefined> {
    return once(this.#latest, '', async () => rows(Snapshot, await this.#warehouse.query(SNAPSHOT, { snapshot: 0 }))[0])
  }

  /** Weeks of a snapshot, ascending; `ok` where the district has a figure. */
  weeks(snapshot: string): Promise<KnownWeek[]> {
    return once(this.#weeks, snapshot, async () =>
      rows(KnownWeek, await this.#warehouse.query(PUBLISHED_WEEKS, { snapshot })),
    )
  }

  /** Published figures of the district and every school in a school year. Who may see which of them, the caller asks. */
  published(snapshot: string, { from, to }: SchoolYear): Promise<FigureTable> {
    return once(this.#published, `${snapshot} ${from}`, async () =>
      figureTable(rows(FigureRow, await this.#warehouse.query(PUBLISHED_FIGURES, { snapshot, from, to }))),
    )
  }

  /** Live figures of a school, a class or an advisory, all weeks. For readers of its live tier only. */
  async liveWeeks(unit_type: LiveUnitType, unit_id: string): Promise<LiveRow[]> {
    return rows(LiveRow, await this.#warehouse.query(LIVE_WEEKS, { unit_type, unit_id }))
  }

  /** Live growth figures of a school, a class or an advisory. For readers of its live tier only. */
  async liveGrowth(unit_type: LiveUnitType, unit_id: string): Promise<GrowthRow[]> {
    return rows(GrowthRow, await this.#warehouse.query(LIVE_GROWTH, { unit_type, unit_id }))
  }

  /** Published growth figures of a unit. Who may see them, the caller asks. */
  async publishedGrowth(snapshot: string, unit_type: 'school' | 'district', unit_id: string): Promise<GrowthRow[]> {
    return rows(GrowthRow, await this.#warehouse.query(PUBLISHED_GROWTH, { snapshot, unit_type, unit_id }))
  }

  /** Live figures of the classes and advisories of a school in one week. For readers of their live tiers only. */
  async liveClasses(school: string, week: Day): Promise<ClassRow[]> {
    return rows(ClassRow, await this.#warehouse.query(LIVE_CLASSES, { school, week }))
  }

  /** Published figures of the classes and advisories of a school in one week. Who may see which, the caller asks. */
  publishedClasses(snapshot: string, school: string, week: Day): Promise<ClassRow[]> {
    return once(this.#classes, `${snapshot} ${week} ${school}`, async () =>
      rows(ClassRow, await this.#warehouse.query(PUBLISHED_CLASSES, { snapshot, school, week })),
    )
  }

  /** What follows from a snapshot and what stands beside it, made once in a minute. Who may see it, the caller asks. */
  async ofSnapshot<T extends object>(snapshot: string, what: string, make: () => Promise<T>): Promise<T> {
    return (await once(this.#made, `${snapshot} ${what}`, make)) as T
  }

  /** A class or an advisory of the roster; undefined if it has none of that id. */
  async group(id: string): Promise<Group | undefined> {
    return rows(Group, await this.#warehouse.query(GROUP, { id }))[0]
  }

  /** Schools by name, at most a moment old. */
  schools(): Promise<School[]> {
    return once(this.#names, '', async () => rows(School, await this.#warehouse.query(SCHOOLS)))
  }

  async progress(): Promise<Progress> {
    return rows(Progress, await this.#warehouse.query(PROGRESS))[0]!
  }
}

/** Figures by unit, indicator and week. */
export type FigureTable = { at: (unit: UnitKey, indicator: string, week: Day) => FigureRow | undefined }
/** `district`, or `school` with its id: of the district there is one only. */
export type UnitKey = 'district' | `school|${string}`

export function figureTable(found: readonly FigureRow[]): FigureTable {
  const units = new Map<UnitKey, Map<string, Map<Day, FigureRow>>>()
  for (const row of found) {
    const unit: UnitKey = row.unit_type === 'district' ? 'district' : `school|${row.unit_id}`
    const indicators = units.get(unit) ?? new Map<string, Map<Day, FigureRow>>()
    const weeks = indicators.get(row.indicator) ?? new Map<Day, FigureRow>()
    units.set(unit, indicators.set(row.indicator, weeks.set(row.week, row)))
  }
  return { at: (unit, indicator, week) => units.get(unit)?.get(indicator)?.get(week) }
}

/** A value that is made once per key; one that failed is tried again. */
async function once<T>(cache: LRUCache<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = cache.get(key)
  if (known) return known
  const made = make()
  cache.set(key, made)
  try {
    return await made
  } catch (error) {
    cache.delete(key)
    throw error
  }
}

const FigureRow = IndicatorRow.pick({
  indicator: true,
  unit_type: true,
  unit_id: true,
  week: true,
  value: true,
  lo95: true,
  hi95: true,
  n: true,
  status: true,
  reason: true,
}).extend({ enrolled: z.int().nullable() })
const LiveRow = FigureRow.extend({ as_of_ms: z.number() })
const GrowthRow = IndicatorRow.pick({
  indicator: true,
  slice: true,
  period: true,
  week: true,
  value: true,
  lo95: true,
  hi95: true,
  n: true,
  status: true,
  reason: true,
}).extend({
  /** The district's published value of the same; null or not there: none. */
  typical: z.number().nullable().optional(),
})
const ClassRow = FigureRow.extend({ label: z.string() })
const Snapshot = z.object({
  snapshot: z.string(),
  published_ms: z.number(),
  as_of_ms: z.number(),
  cells: z.int(),
  suppressed: z.int(),
})
const KnownWeek = z.object({ week: z.string(), ok: z.boolean() })
const School = z.object({ id: z.string(), name: z.string() })
const Group = z.object({
  id: z.string(),
  type: z.enum(['class', 'advisory']),
  label: z.string(),
  school: z.string(),
  subjects: z.array(z.string()),
  grades: z.array(z.string()),
})
const Progress = z.object({
  events: z.number(),
  dead_letters: z.number(),
  student_weeks: z.number(),
  first_week: z.string(),
  last_week: z.string(),
})

const SNAPSHOT = sql(new URL('./snapshot.sql', import.meta.url))
const PUBLISHED_WEEKS = sql(new URL('./published-weeks.sql', import.meta.url))
const PUBLISHED_FIGURES = sql(new URL('./published-figures.sql', import.meta.url))
const LIVE_WEEKS = sql(new URL('./live-unit-weeks.sql', import.meta.url))
const LIVE_CLASSES = sql(new URL('./live-classes.sql', import.meta.url))
const LIVE_GROWTH = sql(new URL('./live-growth.sql', import.meta.url))
const PUBLISHED_GROWTH = sql(new URL('./published-growth.sql', import.meta.url))
const PUBLISHED_CLASSES = sql(new URL('./published-classes.sql', import.meta.url))
const GROUP = sql(new URL('./group.sql', import.meta.url))
const SCHOOLS = sql(new URL('./schools.sql', import.meta.url))
const PROGRESS = sql(new URL('./progress.sql', import.meta.url))
