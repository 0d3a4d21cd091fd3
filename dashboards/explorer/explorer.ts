import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { IndicatorRow } from '../../schemas/indicator.ts'
import type { Day } from '../../schemas/record.ts'
import type { Figures, Snapshot } from '../figures/figures.ts'
import { inEnglish } from '../pages/climate/climate-facts.ts'
import { measureName } from './words.ts'

/** A published figure of one line and period, as drawn, in tables and in exports. */
export type ExploredRow = z.infer<typeof ExploredRow>
/** A figure of another unit or group in the same period. */
export type AroundRow = z.infer<typeof AroundRow>
export type ClassOfSchool = z.infer<typeof ClassOfSchool>
/** What is published of an indicator as measured by one thing. */
export type Series = {
  /** How slices end; '' for most. */
  measure: string
  /** The same in words, a question of a survey as it is asked. */
  name: string
  /** Groups of students it is published for, beside all of them. */
  groups: readonly string[]
  /** Mondays with any row, ascending; `known`: with a figure. */
  weeks: readonly Day[]
  known: readonly Day[]
}

/** Parameters of `explored.sql`, with which it runs as it stands. */
export type Asked = {
  snapshot: string
  indicator: string
  unit_types: readonly string[]
  unit_ids: readonly string[]
  slices: readonly string[]
  names: readonly string[]
  from: Day
  to: Day
}
export type Around = {
  snapshot: string
  indicator: string
  week: Day
  slices: readonly string[]
}

/** The text of the query behind every chart and export. */
export const EXPLORED = sql(new URL('./explored.sql', import.meta.url))

/** Answers kept in memory; a snapshot never changes, so no answer is ever out of date. */
const ANSWERS = 200

/** What the explorer reads: published figures only. Who may see which of them, the caller asks. */
export class Explorer {
  readonly #warehouse: Warehouse
  readonly #figures: Pick<Figures, 'snapshot'>
  readonly #kept = new LRUCache<string, Promise<unknown>>({ max: ANSWERS })

  constructor(warehouse: Warehouse, figures: Pick<Figures, 'snapshot'>) {
    this.#warehouse = warehouse
    this.#figures = figures
  }

  /**
   * The newest complete snapshot, or the one that an address pins; undefined before the first.
   * @throws HomeroomError QUERY_INVALID if there is no complete one of that number
   */
  async snapshot(pinned: string | undefined): Promise<Snapshot | undefined> {
    const latest = await this.#figures.snapshot()
    if (pinned === undefined || pinned === latest?.snapshot) return latest
    const [found] = rows(Snapshot, await this.#warehouse.query(SNAPSHOT, { snapshot: pinned }))
    if (found) return found
    throw new HomeroomError(
      'QUERY_INVALID',
      `snapshot is ${pinned}, and no complete snapshot has that number. Leave it out to see the newest`,
    )
  }

  /** What is published of an indicator, by what it is measured by; in the order of their names. */
  choices(snapshot: string, indicator: string): Promise<readonly Series[]> {
    return this.#once(`choices ${snapshot} ${indicator}`, async () => {
      const found = rows(Choice, await this.#warehouse.query(CHOICES, { snapshot, indicator }))
      return seriesOf(found, found.some(({ slice }) => slice.includes('item=')) ? await this.#wordings() : new Map())
    })
  }

  explored(asked: Asked): Promise<readonly ExploredRow[]> {
    return this.#once(JSON.stringify(asked), async () =>
      rows(ExploredRow, await this.#warehouse.query(EXPLORED, asked)),
    )
  }

  /** Every cell of one period, by `cellKey`: the same for whoever asks about this period, so it is read once. */
  around(asked: Around): Promise<ReadonlyMap<string, AroundRow>> {
    return this.#once(JSON.stringify(asked), async () => {
      const found = rows(AroundRow, await this.#warehouse.query(AROUND, asked))
      return new Map(found.map(row => [cellKey({ type: row.unit_type, id: row.unit_id }, row.slice), row]))
    })
  }

  /** Classes of a school as the roster has them; '' = of any grade. */
  async classes(school: string, grade: string): Promise<ClassOfSchool[]> {
    return rows(ClassOfSchool, await this.#warehouse.query(SCHOOL_CLASSES, { school, grade }))
  }

  /** Questions by `instrument item`. */
  async #wordings(): Promise<ReadonlyMap<string, string>> {
    const found = rows(Item, await this.#warehouse.query(ITEM_WORDINGS))
    return new Map(found.map(({ instrument, item, text }) => [`${instrument} ${item}`, inEnglish(text)]))
  }

  async #once<T>(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(key)
    if (known) return (await known) as T
    const made = make()
    this.#kept.set(key, made)
    try {
      return await made
    } catch (error) {
      this.#kept.delete(key)
      throw error
    }
  }
}

export const cellKey = ({ type, id }: { type: string; id: string }, slice: string): string => `${type} ${id} ${slice}`

/** A slice as published: the group of students, then what the indicator is measured by. */
export const sliceOf = (group: string, measure: string): string => [group, measure].filter(Boolean).join(',')

/** The other way round. Alike in processors/publish/series.sql. */
export function partsOf(slice: string): { group: string; measure: string } {
  const measure = /(?:(?:from=[^,]*,)?subject=|informant=).*/.exec(slice)?.[0] ?? ''
  return { group: slice.slice(0, slice.length - measure.length).replace(/,$/, ''), measure }
}

function seriesOf(found: readonly Choice[], wordings: ReadonlyMap<string, string>): Series[] {
  const parts = found.map(row => ({ ...row, ...partsOf(row.slice) }))
  return [...Map.groupBy(parts, ({ measure }) => measure)].map(([measure, of]) => ({
    measure,
    name: measureName(measure, wordings),
    groups: of.map(({ group }) => group).filter(Boolean),
    weeks: union(of.map(({ weeks }) => weeks)),
    known: union(of.map(({ known }) => known)),
  }))
}

const union = (lists: readonly (readonly Day[])[]): Day[] => [...new Set(lists.flat())].sort()

const Figure = IndicatorRow.pick({ value: true, lo95: true, hi95: true, n: true, status: true, reason: true })
const Place = z.object({ unit_type: z.enum(['district', 'school']), unit_id: z.string(), slice: z.string() })
const ExploredRow = z.object({
  line: z.int(),
  name: z.string(),
  indicator: z.string(),
  version: z.int(),
  ...Place.shape,
  period: z.string(),
  week: z.string(),
  ...Figure.shape,
  se: z.number().nullable(),
  enrolled: z.int().nullable(),
  as_of: z.string(),
  snapshot: z.string(),
})
const AroundRow = z.object({ ...Place.shape, ...Figure.shape })
const ClassOfSchool = z.object({ id: z.string(), type: z.enum(['class', 'advisory']), label: z.string() })
const Choice = z.object({ slice: z.string(), known: z.array(z.string()), weeks: z.array(z.string()) })
type Choice = z.infer<typeof Choice>
const Snapshot = z.object({
  snapshot: z.string(),
  published_ms: z.number(),
  as_of_ms: z.number(),
  cells: z.int(),
  suppressed: z.int(),
})

const Item = z.object({
  instrument: z.string(),
  item: z.string(),
  text: z.string().transform(text => z.record(z.string(), z.string()).parse(JSON.parse(text))),
})

const CHOICES = sql(new URL('./choices.sql', import.meta.url))
const ITEM_WORDINGS = sql(new URL('./item-wordings.sql', import.meta.url))
const AROUND = sql(new URL('./around.sql', import.meta.url))
const SNAPSHOT = sql(new URL('../figures/snapshot.sql', import.meta.url))
const SCHOOL_CLASSES = sql(new URL('./school-classes.sql', import.meta.url))
