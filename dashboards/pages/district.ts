import { HomeroomError } from '../../infra/errors.ts'
import type { Day } from '../../schemas/record.ts'
import { tierOf } from '../access.ts'
import type { Note } from '../annotations/annotations.ts'
import type { FigureTable, GrowthRow, School, Snapshot } from '../figures/figures.ts'
import { html, type Html } from '../html.ts'
import { addDays, allWeeks, schoolYearOf, type KnownWeek } from '../weeks.ts'
import { cautions } from './parts/cautions.ts'
import { climateOfUnit } from './climate/climate-of-unit.ts'
import { connectednessOfUnit } from './connectedness/connectedness-of-unit.ts'
import { districtCoverage, firstFigure } from './parts/coverage.ts'
import { effortSensitivity } from './engagement/effort-sensitivity.ts'
import { engagementByGrade } from './engagement/engagement-by-grade.ts'
import { engagementWeeks } from './engagement/engagement-weeks.ts'
import { firstLook } from './parts/first-look.ts'
import { climateAlone } from './growth/growth-alone.ts'
import { growthSection } from './growth/growth.ts'
import { loadingPage } from './loading.ts'
import { measure } from './parts/measure.ts'
import { marksOf, notesList } from './parts/notes.ts'
import { panels } from './parts/panels.ts'
import { schoolsTable } from './parts/schools-table.ts'
import { districtSentence, earlier } from './parts/sentences.ts'
import { ofTheme, themeTabs } from './parts/theme-tabs.ts'
import { inThemeOrder, measuresOf, missedOf } from './parts/themes.ts'
import { withFigures, withoutFigures, type At } from './parts/shown.ts'
import { saveViewForm } from '../views/save-view.ts'
import { chosenWeek, type Content, type Visit } from './parts/visit.ts'
import { weekChoice } from './parts/week-choice.ts'

/**
 * The district in one week and over the school year, from published figures only. Schools are listed by name, never by
 * value, and only those that the reader may see.
 */
export async function districtPage(visit: Visit): Promise<Content> {
  const { reader, figures } = visit
  if (tierOf(reader, { type: 'district', id: '' }) === 'none') {
    throw new HomeroomError('SCOPE_DENIED', 'Your account may not see figures of students')
  }
  const snapshot = await figures.snapshot()
  const known = snapshot ? await figures.weeks(snapshot.snapshot) : []
  const chosen = snapshot && chosenWeek(visit, known, snapshot.as_of_ms)
  if (!snapshot) return loadingPage(visit, 'The district’s first week')
  if (!chosen) {
    const [rows, climate] = await Promise.all([
      figures.publishedGrowth(snapshot.snapshot, 'district', ''),
      climateOfUnit(visit, DISTRICT, snapshot, seenSchools(visit)),
    ])
    const alone = climateAlone('The district', climate, growthSection({ who: 'Students of the district', rows }))
    return alone ?? loadingPage(visit, 'The district’s first week')
  }
  const [table, growth, byGrade, sensitivity, people, climate, notes] = await Promise.all([
    figures.published(snapshot.snapshot, schoolYearOf(chosen)),
    figures.publishedGrowth(snapshot.snapshot, 'district', ''),
    engagementByGrade(visit, DISTRICT, snapshot),
    effortSensitivity(visit, snapshot),
    connectednessOfUnit(visit, DISTRICT, { snapshot, week: chosen }),
    climateOfUnit(visit, DISTRICT, snapshot, seenSchools(visit)),
    visit.annotations.of([DISTRICT]),
  ])
  const between = html`${byGrade} ${people} ${climate}`
  const body = draw({ visit, snapshot, known, chosen, table, growth, between, sensitivity, notes })
  return { title: 'The district', body, seen: [] }
}

const DISTRICT = { type: 'district', id: '', tier: 'published' } as const

const seenSchools = ({ schools, reader }: Visit): School[] =>
  schools.filter(({ id }) => tierOf(reader, { type: 'school', id }) !== 'none')

const hasFigure = (table: FigureTable, { id }: School, indicator: string, week: Day): boolean =>
  table.at(`school|${id}`, indicator, week)?.status === 'ok'

type Drawing = {
  visit: Visit
  snapshot: Snapshot
  known: KnownWeek[]
  chosen: Day
  table: FigureTable
  growth: readonly GrowthRow[]
  /** What stands between the weeks and growth. */
  between: Html
  sensitivity: Html | null
  notes: readonly Note[]
}

const atSchool =
  (table: Drawing['table'], { id: school }: School): At =>
  (id, week) =>
    table.at(`school|${school}`, id, week)

function draw({ visit, snapshot, known: knownWeeks, chosen, table, growth, between, ...more }: Drawing): Html {
  const year = schoolYearOf(chosen)
  const weeks = allWeeks(knownWeeks.map(k => k.week).filter(week => week >= year.from && week < year.to))
  const schools = seenSchools(visit)
  const whole = schools.length === visit.schools.length
  const at: At = (id, week) => table.at('district', id, week)
  const bySchool = schools.map(school => atSchool(table, school))
  const known = withFigures(measuresOf('district'), weeks, [at, ...bySchool])
  const entries = inThemeOrder(known)
  const entry = entries.find(e => e.id === visit.query.indicator) ?? entries[0]
  const of = (week: Day) => (id: string) => at(id, week)
  const marks = marksOf(DISTRICT, more.notes, weeks)
  const first = firstFigure(entries, of(chosen))
  const reports = (school: School): boolean => first !== undefined && hasFigure(table, school, first.entry.id, chosen)
  return html`<header class="opening">
      <h1>The district</h1>
      <p class="lead">${districtSentence(chosen, of(chosen))}</p>
      ${firstLook(of(chosen), growth)}
      <p class="earlier">${earlier(addDays(chosen, -7), of(chosen), of(addDays(chosen, -7)))}</p>
      ${weekChoice('/district', knownWeeks, chosen, entry && entry !== entries[0] ? { indicator: entry.id } : {})}
      ${saveViewForm(visit)}
    </header>
    ${engagementWeeks({
      of: 'the district',
      entries: known,
      chosen,
      at,
      draw: e => measure({ entry: e, of: 'the district', weeks, chosen, line: week => at(e.id, week), marks }),
      notes: notesList(visit, DISTRICT, marks),
      howToRead: html`<p class="how-to-read">
        School year ${year.label}, week by week. Ranges and bands are 95% intervals: they hold the true mean about 19
        times in 20. Scales fit the figures and need not begin at 0. Weeks without school are gaps; in weeks with
        holidays there are fewer school days, and so fewer minutes.
      </p>`,
    })}
    ${withoutFigures(missedOf('district', known, weeks, at), weeks, at)} ${between}
    ${growthSection({ who: 'Students of the district', rows: growth })}
    ${
      entry &&
      schools.length > 0 &&
      schoolsTable({
        entries: ofTheme(entry, entries),
        schools,
        chosen,
        table,
        whole,
        compared: visit.schools.length > 1,
        tabs: themeTabs(entries, entry, chosen),
      })
    }
    ${entry && whole && schools.length > 1 && panels({ entry, entries, schools, weeks, table, chosen })}
    ${more.sensitivity}
    ${districtCoverage({
      first,
      timeZone: visit.timeZone,
      snapshot,
      schools: { reporting: visit.schools.filter(reports).length, all: visit.schools.length },
    })}
    ${entry && cautions(entries)}`
}
