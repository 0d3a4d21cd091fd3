import { HomeroomError } from '../../infra/errors.ts'
import type { CatalogueEntry } from '../../schemas/catalogue.ts'
import type { Day } from '../../schemas/record.ts'
import type { Mark } from '../charts/marks.ts'
import { denied, tierOf, type Tier, type Unit } from '../access.ts'
import type { Note } from '../annotations/annotations.ts'
import {
  figureTable,
  type ClassRow,
  type FigureTable,
  type GrowthRow,
  type School,
  type Snapshot,
} from '../figures/figures.ts'
import { html, type Html } from '../html.ts'
import { reportPath, schoolPath } from '../layout.ts'
import { addDays, allWeeks, periodOf, schoolYearOf, type KnownWeek, type SchoolYear } from '../weeks.ts'
import { comparison } from '../wording.ts'
import { cautions } from './parts/cautions.ts'
import { classesTable } from './parts/classes.ts'
import { climateOfUnit } from './climate/climate-of-unit.ts'
import { connectednessOfUnit } from './connectedness/connectedness-of-unit.ts'
import { firstFigure, schoolCoverage } from './parts/coverage.ts'
import { engagementByGrade } from './engagement/engagement-by-grade.ts'
import { engagementWeeks } from './engagement/engagement-weeks.ts'
import { firstLook } from './parts/first-look.ts'
import { climateAlone } from './growth/growth-alone.ts'
import { growthSection } from './growth/growth.ts'
import { loadingPage } from './loading.ts'
import { measure, type Line } from './parts/measure.ts'
import { marksOf, notesList } from './parts/notes.ts'
import { offersOfSchool } from './engagement/offers-of-school.ts'
import { earlier, schoolSentence, WORDS } from './parts/sentences.ts'
import { withFigures, withoutFigures, type At } from './parts/shown.ts'
import { inThemeOrder, measuresOf, missedOf } from './parts/themes.ts'
import { chosenWeek, type Content, type Visit } from './parts/visit.ts'
import { saveViewForm } from '../views/save-view.ts'
import { address, weekChoice } from './parts/week-choice.ts'

/**
 * One school in one week and over the school year, beside the district, with its classes and advisories. Its own
 * principal reads live figures, and so do advisers of their own advisories; everyone else reads published ones.
 * @throws HomeroomError SCOPE_DENIED for a school outside the reader's scope, whether it exists or not; NOT_FOUND
 */
export async function schoolPage(visit: Visit, id: string): Promise<Content> {
  const unit: Unit = { type: 'school', id }
  const tier = tierOf(visit.reader, unit)
  if (tier === 'none') throw denied(visit.reader, unit)
  const school = visit.schools.find(s => s.id === id)
  if (!school) throw new HomeroomError('NOT_FOUND', `No school has the id ${JSON.stringify(id)}`)
  if (tier === 'live') visit.sees([unit])
  const snapshot = await visit.figures.snapshot()
  const source = tier === 'live' ? await liveSource(visit, id) : await publishedSource(visit, snapshot)
  const chosen = source && chosenWeek(visit, source.known, source.asOfMs)
  if (!source || !chosen) {
    const [rows, climate] = await Promise.all([
      growthOf(visit, id, tier, snapshot),
      climateOfUnit(visit, { type: 'school', id, tier }, snapshot),
    ])
    const alone = climateAlone(school.name, climate, growthSection({ who: `Students at ${school.name}`, rows }))
    return alone ?? loadingPage(visit, `The first week of ${school.name}`)
  }
  const year = schoolYearOf(chosen)
  const [own, published, classes, growth, byGrade, people, climate, offers, notes] = await Promise.all([
    source.table(year),
    snapshot && visit.figures.published(snapshot.snapshot, year),
    classesOf(visit, id, snapshot, chosen),
    growthOf(visit, id, tier, snapshot),
    engagementByGrade(visit, { type: 'school', id, tier }, snapshot),
    connectednessOfUnit(visit, { type: 'school', id, tier }, { snapshot, week: chosen }),
    climateOfUnit(visit, { type: 'school', id, tier }, snapshot),
    tier === 'live' ? offersOfSchool(visit, id, chosen) : null,
    visit.annotations.of([
      { type: 'school', id },
      { type: 'district', id: '' },
    ]),
  ])
  return {
    title: school.name,
    body: draw({
      visit,
      school,
      tier,
      snapshot,
      source,
      chosen,
      year,
      own,
      published,
      classes,
      growth,
      byGrade,
      people,
      climate,
      offers,
      notes,
    }),
    // Who sees a school live sees its classes with it.
    seen: tier === 'live' ? [] : liveUnits(classes),
  }
}

function liveUnits({ tier, rows }: Classes): Unit[] {
  if (tier !== 'live') return []
  return [...new Map(rows.map(row => [row.unit_id, { type: row.unit_type, id: row.unit_id }])).values()]
}

/** Where the weekly figures of a school come from: its weeks, how new they are, and one school year of them. */
export type Source = {
  known: KnownWeek[]
  asOfMs: number
  table: (year: SchoolYear) => Promise<FigureTable> | FigureTable
}

/** For readers of the school's live tier only. */
export async function liveSource({ figures }: Pick<Visit, 'figures'>, id: string): Promise<Source | null> {
  const found = await figures.liveWeeks('school', id)
  if (found.length === 0) return null
  const byWeek = Map.groupBy(found, row => row.week)
  const known = [...byWeek]
    .map(([week, rows]) => ({ week, ok: rows.some(row => row.status === 'ok') }))
    .toSorted((a, b) => (a.week < b.week ? -1 : 1))
  const table = figureTable(found)
  return { known, asOfMs: Math.max(...found.map(row => row.as_of_ms)), table: () => table }
}

export async function publishedSource(
  { figures }: Pick<Visit, 'figures'>,
  snapshot: Snapshot | undefined,
): Promise<Source | null> {
  if (!snapshot) return null
  const known = await figures.weeks(snapshot.snapshot)
  return { known, asOfMs: snapshot.as_of_ms, table: year => figures.published(snapshot.snapshot, year) }
}

type Classes = { tier: Exclude<Tier, 'none'>; rows: ClassRow[] }

/** The classes that the reader may see: live ones of the own school or advisory, else published ones. */
async function classesOf(
  { reader, figures }: Visit,
  school: string,
  snapshot: Snapshot | undefined,
  week: Day,
): Promise<Classes> {
  const seen = (row: ClassRow): Tier => tierOf(reader, { type: row.unit_type, id: row.unit_id, school })
  const { advisories, classes = [] } = reader.scope
  const live = tierOf(reader, { type: 'class', id: '', school }) === 'live' || advisories.length + classes.length > 0
  if (live) return { tier: 'live', rows: (await figures.liveClasses(school, week)).filter(row => seen(row) === 'live') }
  const found = snapshot ? await figures.publishedClasses(snapshot.snapshot, school, week) : []
  return { tier: 'published', rows: found.filter(row => seen(row) === 'published') }
}

export async function growthOf(
  { figures }: Pick<Visit, 'figures'>,
  id: string,
  tier: Tier,
  snapshot: Snapshot | undefined,
): Promise<GrowthRow[]> {
  if (tier === 'live') return figures.liveGrowth('school', id)
  return snapshot ? figures.publishedGrowth(snapshot.snapshot, 'school', id) : []
}

type Drawing = {
  visit: Visit
  school: School
  tier: Exclude<Tier, 'none'>
  snapshot: Snapshot | undefined
  source: Source
  chosen: Day
  year: SchoolYear
  own: FigureTable
  published: FigureTable | undefined
  classes: Classes
  growth: readonly GrowthRow[]
  byGrade: Html | null
  people: Html | null
  climate: Html | null
  offers: Html | null
  notes: readonly Note[]
}

function draw({ visit, school, tier, source, chosen, year, own, published, ...parts }: Drawing): Html {
  const at: At = (id, week) => own.at(`school|${school.id}`, id, week)
  // The figures of a district's only school are the district's.
  const district: At | undefined =
    published && visit.schools.length > 1 ? (id, week) => published.at('district', id, week) : undefined
  const weeks = allWeeks(source.known.map(k => k.week).filter(week => week >= year.from && week < year.to))
  const entries = withFigures(measuresOf('school'), weeks, [at])
  const of = (week: Day) => (id: string) => at(id, week)
  const before = addDays(chosen, -7)
  const unit = { type: 'school', id: school.id } as const
  const marks = marksOf(unit, parts.notes, weeks)
  return html`<header class="opening">
      <h1>${school.name}</h1>
      <p class="lead">${schoolSentence(school.name, chosen, of(chosen), id => district?.(id, chosen))}</p>
      ${firstLook(of(chosen), parts.growth)}
      <p class="earlier">${earlier(before, of(chosen), of(before))}</p>
      ${weekChoice(schoolPath(school.id), source.known, chosen)} ${saveViewForm(visit)}
      <p class="no-print">
        <a href="${address(reportPath(school.id), { week: periodOf(chosen) })}">Report</a>: two to four printed pages,
        read in five minutes
      </p>
    </header>
    ${engagementWeeks({
      of: school.name,
      entries,
      chosen,
      at,
      district,
      draw: entry => schoolMeasure({ entry, of: school.name, weeks, chosen, at, district, marks }),
      notes: notesList(visit, unit, marks),
      howToRead: howToRead(year, district !== undefined),
    })}
    ${withoutFigures(missedOf('school', entries, weeks, at), weeks, at)} ${parts.byGrade} ${parts.offers}
    ${parts.people} ${parts.climate} ${growthSection({ who: `Students at ${school.name}`, rows: parts.growth })}
    ${
      parts.classes.rows.length > 0 &&
      classesTable({
        entries: classMeasures(entries, parts.classes.rows),
        found: parts.classes.rows,
        tier: parts.classes.tier,
        week: chosen,
      })
    }
    ${schoolCoverage({
      first: firstFigure(inThemeOrder(entries), of(chosen)),
      timeZone: visit.timeZone,
      snapshot: parts.snapshot,
      liveAsOfMs: tier === 'live' ? source.asOfMs : null,
      compared: visit.schools.length > 1,
    })}
    ${entries.length > 0 && cautions(inThemeOrder(entries))}`
}

type SchoolMeasure = {
  entry: CatalogueEntry
  of: string
  weeks: readonly Day[]
  chosen: Day
  at: At
  district: At | undefined
  marks: readonly Mark[]
}

function schoolMeasure({ entry, at, district, ...rest }: SchoolMeasure): Html {
  const line: Line = week => at(entry.id, week)
  if (!district) return measure({ ...rest, entry, line })
  const word = comparison(line(rest.chosen), district(entry.id, rest.chosen))
  const verdict = word && `${WORDS[word]} the district`
  return measure({ ...rest, entry, line, district: week => district(entry.id, week), verdict })
}

function howToRead({ label }: SchoolYear, compared: boolean): Html {
  const words =
    compared && html`“Above” or “below” is said only where the school’s interval and the district’s do not overlap. `
  return html`<p class="how-to-read">
    School year ${label}, week by week. Ranges and bands are 95% intervals: they hold the true mean about 19 times in
    20. ${words}Scales fit the figures and need not begin at 0. Weeks without school are gaps; in weeks with holidays
    there are fewer school days, and so fewer minutes.
  </p>`
}

/** Those that the school has figures of in the year, and those that one of its classes has in the week shown. */
function classMeasures(ofSchool: readonly CatalogueEntry[], found: readonly ClassRow[]): CatalogueEntry[] {
  return measuresOf('class').filter(
    entry => ofSchool.includes(entry) || found.some(row => row.indicator === entry.id && row.status === 'ok'),
  )
}
