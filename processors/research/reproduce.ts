import { HomeroomError } from '../../infra/errors.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { catalogue } from '../../schemas/catalogue.ts'
import type { Day } from '../../schemas/record.ts'
import { monthOf } from '../retired.ts'
import { computedAgain, type Settings } from './computed-again.ts'
import { placeOf } from './dry-warehouse.ts'
import { publishedAgain, publishedTables, tableKey, type Cell, type PublishedTable } from './published-again.ts'

/** Why a figure is not what was published, as far as is known; `unexplained` is a fault. */
export type Why = 'later records' | 'other students' | 'an erasure' | 'not kept' | 'unexplained'

/** One indicator of a snapshot, computed again. */
export type Reproduction = {
  indicator: string
  /** What computes it. */
  files: readonly string[]
  /** Published cells, and of how many every column is the same. */
  cells: number
  same: number
  /** How many are not, by reason. */
  changed: Partial<Record<Why, number>>
  /** Some of those that nothing explains. */
  examples: string[]
}

const EXAMPLES = 3
/** Weeks that are published again at once. */
const WEEKS_AT_ONCE = 10

/**
 * Compute published figures again and compare every one of them, column by column.
 *
 * Two steps, with the files that made them: from what is kept of students to the live figure (the files of the catalogue), and from the
 * live figures to the published one (`draft.sql`, `publish.sql`: what was hidden then, shrinkage, rounding, brackets). A figure is the same if
 * both agree. Where they do not, what came since the publication says why: records that arrived later, students who came or
 * went, people who were erased.
 *
 * @param of.snapshot default: the newest complete one
 * @param of.indicators ids in the catalogue; default: all that the snapshot has
 * @param onDone told how many computations of how many are done
 * @throws HomeroomError NOT_FOUND if there is no such snapshot
 */
export async function reproduce(
  warehouse: Warehouse,
  settings: Settings,
  of: { snapshot?: string; indicators?: readonly string[] } = {},
  onDone: (done: number, all: number) => void = () => undefined,
): Promise<{ snapshot: string; reproductions: Reproduction[] }> {
  const snapshot = await snapshotOf(warehouse, of.snapshot)
  const asked = (await publishedTables(warehouse, snapshot)).filter(
    ({ series }) => of.indicators?.includes(idOf(series)) ?? true,
  )
  const since = await whatCameSince(warehouse)
  const live = await liveAgain(
    warehouse,
    settings,
    asked.filter(table => isKept(table, since)),
    onDone,
  )
  const found = new Map<string, Reproduction>()
  for (const tables of portions(asked)) {
    const cells = await publishedAgain(warehouse, snapshot, tables)
    for (const table of tables) {
      const of = cells.get(tableKey(table)) ?? []
      tell(reproductionOf(found, idOf(table.series)), of, whyOf(table, of, since), live)
    }
  }
  return { snapshot, reproductions: [...found.values()] }
}

/** Live figures computed again: where they stand, and which are not what their files give now. */
async function liveAgain(
  warehouse: Warehouse,
  settings: Settings,
  tables: readonly PublishedTable[],
  onDone: (done: number, all: number) => void,
): Promise<Live> {
  const byIndicator = Map.groupBy(tables, ({ series }) => idOf(series))
  const wanted = new Map([...byIndicator].map(([id, of]) => [id, new Set(of.map(({ week }) => week))]))
  const { compared, differences } = await computedAgain(warehouse, settings, wanted, onDone)
  return { compared, wrong: new Set(differences.map(({ stored, again }) => placeOf((stored ?? again)!))) }
}

const idOf = (series: string): string => series.split('|', 1)[0]!

function reproductionOf(found: Map<string, Reproduction>, indicator: string): Reproduction {
  const known = found.get(indicator)
  if (known) return known
  const files = catalogue.find(({ id }) => id === indicator)?.files ?? []
  const fresh = { indicator, files, cells: 0, same: 0, changed: {}, examples: [] }
  found.set(indicator, fresh)
  return fresh
}

type Live = { compared: ReadonlySet<string>; wrong: ReadonlySet<string> }

function tell(told: Reproduction, cells: readonly Cell[], why: Why, live: Live): void {
  for (const { published, again } of cells) {
    const place = placeOf((published ?? again)!)
    const different = differentIn(published, again)
    // A live figure that its file does not give, or that no file gives, is a fault, whatever came since.
    const fault = live.wrong.has(place)
      ? 'the live figure is not what its file gives'
      : again !== null && why !== 'not kept' && !live.compared.has(place)
        ? 'nothing computes the live figure again'
        : null
    told.cells++
    if (different.length === 0 && fault === null) {
      told.same++
      continue
    }
    const reason: Why = fault === null ? why : 'unexplained'
    told.changed[reason] = (told.changed[reason] ?? 0) + 1
    if (reason !== 'unexplained' || told.examples.length >= EXAMPLES) continue
    told.examples.push(`${place}: ${fault ?? `published and computed again differ in ${different.join(', ')}`}`)
  }
}

/** A week's figures all say when its newest record was stored; that alone makes no figure another. */
const COMPARED = ['version', 'value', 'se', 'lo95', 'hi95', 'n', 'n_eff', 'enrolled', 'status', 'reason'] as const

function differentIn(published: Cell['published'], again: Cell['again']): string[] {
  if (published === null || again === null) return ['whether there is a figure']
  return COMPARED.filter(column => published[column] !== again[column])
}

type Since = { retired: Set<number>; erased_ms: number }

/** Has retention left what its figures follow from? Those of a school year stand in its first week and follow from all of it. */
function isKept({ series, week }: PublishedTable, { retired }: Since): boolean {
  if (catalogue.find(({ id }) => id === idOf(series))?.period !== 'year') return !retired.has(monthOf(week))
  const first = monthOf(week)
  return ![...retired].some(month => month >= first && month < first + 100)
}

function whyOf(table: PublishedTable, cells: readonly Cell[], since: Since): Why {
  const { origin, published_ms } = table
  if (origin === '' || !isKept(table, since)) return 'not kept'
  const hasOthers = cells.some(
    ({ published, again }) =>
      published === null ||
      again === null ||
      (published.n !== null && again.n !== null && published.n !== again.n) ||
      (published.enrolled !== null && again.enrolled !== null && published.enrolled !== again.enrolled),
  )
  const isLater = cells.some(({ published, again }) => published && again && again.as_of > published.as_of)
  if (since.erased_ms > published_ms && (hasOthers || !isLater)) return 'an erasure'
  return hasOthers ? 'other students' : isLater ? 'later records' : 'unexplained'
}

async function whatCameSince(warehouse: Warehouse): Promise<Since> {
  const months = await warehouse.query<{ month: number }>('select distinct month from retired')
  const [erased] = await warehouse.query<{ at: number }>(
    'select toFloat64(toUnixTimestamp64Milli(max(stored_at))) as at from {identity:Identifier}.erasures final',
    { identity: warehouse.identity },
  )
  return { retired: new Set(months.map(({ month }) => month)), erased_ms: erased?.at ?? 0 }
}

async function snapshotOf(warehouse: Warehouse, asked: string | undefined): Promise<string> {
  const [found] = await warehouse.query<{ snapshot: string; known: boolean }>(
    `select toString(max(s.snapshot)) as snapshot, count() > 0 as known from snapshots as s final
     where s.complete and ({asked:UInt64} = 0 or s.snapshot = {asked:UInt64})`,
    { asked: asked ?? '0' },
  )
  if (found?.known) return found.snapshot
  const what = asked === undefined ? 'Nothing has been published yet' : `There is no complete snapshot ${asked}`
  throw new HomeroomError('NOT_FOUND', `${what}. Nothing was compared`)
}

/** Tables of one origin and few weeks at a time. */
function portions(tables: readonly PublishedTable[]): PublishedTable[][] {
  const byOrigin = Map.groupBy(tables, ({ origin }) => origin)
  return [...byOrigin.values()].flatMap(of => {
    const weeks = [...new Set(of.map(({ week }) => week))]
    const parts: Day[][] = []
    for (let at = 0; at < weeks.length; at += WEEKS_AT_ONCE) parts.push(weeks.slice(at, at + WEEKS_AT_ONCE))
    return parts.map(part => of.filter(({ week }) => part.includes(week)))
  })
}
