import { HomeroomError } from '../../infra/errors.ts'
import type { CatalogueEntry } from '../../schemas/catalogue.ts'
import type { Day } from '../../schemas/record.ts'
import { denied, tierOf, type Seen, type Unit } from '../access.ts'
import type { Group, LiveRow } from '../figures/figures.ts'
import { html, type Html } from '../html.ts'
import { classPath, schoolPath } from '../layout.ts'
import { addDays, allWeeks, schoolYearOf, type KnownWeek } from '../weeks.ts'
import { gradeName } from '../wording.ts'
import { agencyOfClass } from './engagement/agency-of-class.ts'
import { cautions } from './parts/cautions.ts'
import { connectednessOfClass } from './connectedness/connectedness-of-class.ts'
import { groupCoverage } from './parts/coverage.ts'
import { firstLook } from './parts/first-look.ts'
import { growthAlone } from './growth/growth-alone.ts'
import { growthOfClass } from './growth/growth-of-class.ts'
import { loadingPage } from './loading.ts'
import type { Section } from './parts/section.ts'
import { earlier, groupSentence } from './parts/sentences.ts'
import { withFigures, type At } from './parts/shown.ts'
import { studentsOfClass } from './parts/students-of-class.ts'
import { measuresOf } from './parts/themes.ts'
import { chosenWeek, type Content, type Visit } from './parts/visit.ts'
import { weekChoice } from './parts/week-choice.ts'
import { weeksOfClass } from './engagement/weeks-of-class.ts'

/** What every section of the page of a class or advisory is given. */
export type ClassView = {
  unit: Unit & { type: Group['type']; school: string }
  group: Group
  /** `Advisory HR-1`, `Class MATH-10`. */
  name: string
  /** Monday of the week shown. */
  chosen: Day
  /** Mondays of its school year that have figures, and those between them. */
  weeks: readonly Day[]
  /** Weekly indicators of classes that have a figure in one of these weeks. */
  entries: readonly CatalogueEntry[]
  at: At
}

/** The sections, in the order of the page. */
const SECTIONS: readonly ((visit: Visit, view: ClassView) => Promise<Section | null>)[] = [
  weeksOfClass,
  connectednessOfClass,
  growthOfClass,
  agencyOfClass,
  studentsOfClass,
]

/**
 * One class or advisory: live figures, for its own adviser or teacher, who also reads its students' names, and for the
 * school's principal, who does not.
 * @throws HomeroomError SCOPE_DENIED for everybody else, whether it exists or not; NOT_FOUND
 */
export async function classPage(visit: Visit, id: string): Promise<Content> {
  const group = await visit.figures.group(id)
  // Whether an id is of a class or of an advisory is not told to those who may not see it.
  const unit: Unit = { type: 'class', id, ...(group && { school: group.school }) }
  const tier = tierOf(visit.reader, { ...unit, type: group?.type ?? scopedType(visit, id) })
  if (tier !== 'live') throw denied(visit.reader, unit)
  if (!group) throw new HomeroomError('NOT_FOUND', `The roster has no class ${JSON.stringify(id)} any more`)
  const name = `${group.type === 'advisory' ? 'Advisory' : 'Class'} ${group.label}`
  const found = await visit.figures.liveWeeks(group.type, id)
  const asOfMs = found.reduce((newest, row) => Math.max(newest, row.as_of_ms), 0)
  const known = knownWeeks(found)
  const chosen = chosenWeek(visit, known, asOfMs)
  if (chosen === undefined) return withoutWeeks(visit, group, name)
  const view = viewOf(group, name, { found, known, chosen })
  const made = await Promise.all(SECTIONS.map(section => section(visit, view)))
  const sections = made.filter(section => section !== null)
  return {
    title: name,
    body: draw(visit, view, { known, asOfMs }, sections),
    seen: distinct([view.unit, ...sections.flatMap(({ seen = [] }) => seen)]),
  }
}

/** Of a class without any week there may be growth all the same. */
async function withoutWeeks(visit: Visit, group: Group, name: string): Promise<Content> {
  const unit = { type: group.type, id: group.id, school: group.school }
  const growth = await growthOfClass(visit, { unit, group })
  const students = growth && (await studentsOfClass(visit, { unit, group }))
  const alone = growthAlone(name, [growth?.html ?? null, students?.html ?? null])
  if (!alone) return loadingPage(visit, `The first week of ${name}`)
  return { ...alone, seen: distinct([unit, ...(growth?.seen ?? []), ...(students?.seen ?? [])]) }
}

/** Sections may show the same students. */
const distinct = (seen: readonly Seen[]): Seen[] => [
  ...new Map(seen.map(one => [`${one.type}:${one.id}`, one])).values(),
]

/** An id that only the account knows: as which of the two it stands there. */
const scopedType = ({ reader }: Visit, id: string): Group['type'] =>
  reader.scope.advisories.includes(id) ? 'advisory' : 'class'

function knownWeeks(found: readonly LiveRow[]): KnownWeek[] {
  const byWeek = Map.groupBy(found, row => row.week)
  return [...byWeek]
    .map(([week, rows]) => ({ week, ok: rows.some(row => row.status === 'ok') }))
    .toSorted((a, b) => (a.week < b.week ? -1 : 1))
}

type Weeks = { found: readonly LiveRow[]; known: readonly KnownWeek[]; chosen: Day }

function viewOf(group: Group, name: string, { found, known, chosen }: Weeks): ClassView {
  const year = schoolYearOf(chosen)
  const weeks = allWeeks(known.map(k => k.week).filter(week => week >= year.from && week < year.to))
  const figures = new Map(found.map(row => [`${row.indicator} ${row.week}`, row]))
  const at: At = (indicator, week) => figures.get(`${indicator} ${week}`)
  const entries = withFigures(measuresOf(group.type), weeks, [at])
  const unit = { type: group.type, id: group.id, school: group.school }
  return { unit, group, name, chosen, weeks, entries, at }
}

type Known = { known: readonly KnownWeek[]; asOfMs: number }

function draw(visit: Visit, view: ClassView, { known, asOfMs }: Known, sections: readonly Section[]): Html {
  const { group, name, chosen, at, entries } = view
  const school = visit.schools.find(one => one.id === group.school)
  const of = (week: Day) => (id: string) => at(id, week)
  const before = addDays(chosen, -7)
  return html`<header class="opening">
      <h1>${name}</h1>
      <p class="place">${[schoolLink(visit, school), ...placeOf(group)]}</p>
      <p class="lead">${groupSentence(`Students of ${group.label}`, chosen, of(chosen))}</p>
      ${firstLook(of(chosen), [])}
      <p class="earlier">${earlier(before, of(chosen), of(before))}</p>
      ${weekChoice(classPath(group.id), known, chosen)}
    </header>
    ${sections.map(section => section.html)} ${groupCoverage(entries, of(chosen), asOfMs, visit.timeZone)}
    ${entries.length > 0 && cautions(entries)}`
}

function schoolLink({ reader }: Visit, school: { id: string; name: string } | undefined): Html | string | null {
  if (!school) return null
  if (tierOf(reader, { type: 'school', id: school.id }) === 'none') return school.name
  return html`<a href="${schoolPath(school.id)}">${school.name}</a>`
}

const placeOf = ({ subjects, grades }: Group): string[] => [
  ...(subjects.length > 0 ? [` · ${subjects.join(', ')}`] : []),
  ...(grades.length > 0 ? [` · ${grades.length === 1 ? 'grade' : 'grades'} ${grades.map(gradeName).join(', ')}`] : []),
]
