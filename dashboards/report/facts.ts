import type { Day } from '../../schemas/record.ts'
import type { Annotations, Note } from '../annotations/annotations.ts'
import type { Tier } from '../access.ts'
import type { School, Snapshot } from '../figures/figures.ts'
import { climateOf, type Climate } from '../pages/climate/climate-facts.ts'
import { publishedRows, type ClimateRow } from '../pages/climate/climate-rows.ts'
import { figuresOf, type Row } from '../pages/connectedness/connectedness-of-unit.ts'
import { measuresOf, type Measured } from '../pages/growth/growth-rows.ts'
import type { At } from '../pages/parts/shown.ts'
import { chosenWeek, type Visit } from '../pages/parts/visit.ts'
import { growthOf, liveSource, publishedSource } from '../pages/school.ts'
import { addDays, allWeeks, schoolYearOf, type KnownWeek } from '../weeks.ts'
import type { Figure } from '../wording.ts'

/** Below this many students nothing is said on a sheet that goes from hand to hand, also not of live figures. */
const LEAST = 10
/** How long ago the report before was, where reports are read once a month. */
const BETWEEN_REPORTS_DAYS = 28

export type Asking = Pick<Visit, 'figures' | 'warehouse' | 'schools' | 'query' | 'timeZone'> & {
  /** null: no notes, as in what may leave the district. */
  annotations: Annotations | null
}

/** What a report is made of, in no language. */
export type Facts = {
  school: School
  tier: Exclude<Tier, 'none'>
  snapshot: Snapshot | undefined
  /** Instant up to which the school's weekly figures hold; null: there are none yet. */
  asOfMs: number | null
  /** The week reported on; null: no week has been computed yet. */
  week: Day | null
  /** Four weeks before, or the last week with figures before that; null: none in the school year. */
  before: Day | null
  /** Weeks of the address. */
  known: readonly KnownWeek[]
  /** Every week of the school year up to the one reported on. */
  weeks: readonly Day[]
  own: At
  /** Notes on the charts of the school and of the whole district. */
  notes: readonly Note[]
  /** Published; null: none, or the school is the district's only one. */
  district: At | null
  /** Growth by test and subject. */
  growth: readonly Measured[]
  /** Sustained adult contact and logging in the week, whole and by grade. */
  contact: readonly Row[]
  climate: Climate | null
  /** The district's answers in the same window; only where schools are compared. */
  districtAnswers: readonly ClimateRow[]
}

/**
 * What the school's page shows of a week, as far as it can stand on paper: figures of fewer than ten students are left out.
 * @param tier of the reader; the caller has asked
 * @returns null where nothing is known of the school yet
 * @throws HomeroomError QUERY_INVALID if the address names no ISO week
 */
export async function reportFacts(asking: Asking, school: School, tier: Exclude<Tier, 'none'>): Promise<Facts | null> {
  const snapshot = await asking.figures.snapshot()
  const [source, growth, answers] = await Promise.all([
    tier === 'live' ? liveSource(asking, school.id) : publishedSource(asking, snapshot),
    kept(asking, tier, snapshot, `growth ${school.id}`, () => growthOf(asking, school.id, tier, snapshot)),
    kept(asking, 'published', snapshot, `answers ${school.id}`, () => answersOf(asking, school, snapshot)),
  ])
  const week = source ? (chosenWeek(asking, source.known, source.asOfMs) ?? null) : null
  const measured = measuresOf(withoutFew(growth, tier))
  if (week === null && measured.length === 0 && answers.climate === null) return null
  const year = week === null ? null : schoolYearOf(week)
  const [table, published, contact, notes] = await Promise.all([
    source && year ? source.table(year) : null,
    snapshot && year ? asking.figures.published(snapshot.snapshot, year) : null,
    week === null
      ? []
      : kept(asking, tier, snapshot, `contact ${school.id} ${week}`, () =>
          figuresOf(asking, { type: 'school', id: school.id, tier }, { snapshot, week }),
        ),
    asking.annotations?.of([
      { type: 'school', id: school.id },
      { type: 'district', id: '' },
    ]) ?? [],
  ])
  const known = source?.known ?? []
  const inYear = known.filter(one => year && week && one.week >= year.from && one.week <= week)
  return {
    school,
    tier,
    snapshot,
    asOfMs: source?.asOfMs ?? null,
    week,
    before: week === null ? null : weekBefore(inYear, week),
    known,
    weeks: allWeeks(inYear.map(one => one.week)),
    own: (id, at) => {
      const row = table?.at(`school|${school.id}`, id, at)
      return row && unlessFew(row)
    },
    district: published && asking.schools.length > 1 ? (id, at) => published.at('district', id, at) : null,
    notes,
    growth: measured,
    contact: withoutFew(contact, tier),
    ...answers,
  }
}

/** What is published is read once, what is live every time. */
async function kept<T extends object>(
  { figures }: Asking,
  tier: Facts['tier'],
  snapshot: Snapshot | undefined,
  what: string,
  make: () => Promise<T>,
): Promise<T> {
  return tier === 'published' && snapshot ? figures.ofSnapshot(snapshot.snapshot, `report ${what}`, make) : make()
}

async function answersOf(
  asking: Asking,
  { id }: School,
  snapshot: Snapshot | undefined,
): Promise<Pick<Facts, 'climate' | 'districtAnswers'>> {
  const climate = await climateOf(asking, snapshot, { type: 'school', id })
  if (climate === null || snapshot === undefined || asking.schools.length < 2) return { climate, districtAnswers: [] }
  const of = { window: climate.window.id }
  return {
    climate,
    districtAnswers: await publishedRows(asking, snapshot.snapshot, { type: 'district', id: '' }, of),
  }
}

function weekBefore(inYear: readonly KnownWeek[], week: Day): Day | null {
  const latest = addDays(week, -BETWEEN_REPORTS_DAYS)
  return inYear.findLast(one => one.ok && one.week <= latest)?.week ?? null
}

/**
 * Figures without those of fewer than ten. Of live figures also without the parts of a whole of which one is smaller than
 * that, or that leave fewer than ten over: it could be worked out from the others. Published ones are so already.
 */
function withoutFew<Row extends Part>(rows: readonly Row[], tier: Facts['tier']): Row[] {
  const shown = rows.map(row => unlessFew(row))
  if (tier === 'published') return shown
  const wholes = Map.groupBy(rows, row => `${row.indicator}|${row.period ?? ''}|${wholeOf(row.slice)}`)
  const untold = new Set<Row>()
  for (const group of wholes.values()) {
    const whole = group.find(row => row.slice === wholeOf(row.slice))
    const parts = group.filter(row => row !== whole)
    for (const of of Map.groupBy(parts, ({ slice }) => slice.slice(0, slice.indexOf('='))).values()) {
      const rest = (whole?.n ?? 0) - of.reduce((sum, { n }) => sum + (n ?? 0), 0)
      const isTold = of.every(({ n }) => n !== null && (n === 0 || n >= LEAST)) && (rest <= 0 || rest >= LEAST)
      if (!isTold) for (const row of of) untold.add(row)
    }
  }
  return shown.filter((_, i) => !untold.has(rows[i]!))
}

type Part = Figure & { indicator: string; slice: string; period?: string }

/** `subject=…,test=…` of `band=1,subject=…,test=…`; '' of `grade=09`. */
const wholeOf = (slice: string): string => {
  const at = slice.indexOf('subject=')
  return at < 0 ? '' : slice.slice(at)
}

function unlessFew<Row extends Figure>(row: Row): Row {
  if (row.status === 'suppressed' || row.n === null || row.n >= LEAST || row.n === 0) return row
  const reason = `fewer than ${LEAST} students`
  return { ...row, value: null, lo95: null, hi95: null, n: null, status: 'suppressed', reason }
}
