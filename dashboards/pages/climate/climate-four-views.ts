import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import { indicator } from '../../../schemas/catalogue.ts'
import type { CatalogueEntry } from '../../../schemas/catalogue.ts'
import type { Day } from '../../../schemas/record.ts'
import { Status } from '../../../schemas/indicator.ts'
import { climateView } from '../../charts/climate-view.ts'
import { scaleOf, type Point } from '../../charts/series.ts'
import type { Snapshot } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { addDays, allWeeks } from '../../weeks.ts'
import { isShare, longDay, range } from '../../wording.ts'
import { scrolling } from '../parts/cells.ts'
import type { Asked } from './climate-rows.ts'
import { climateCell } from './climate-words.ts'
import { valueOf } from '../growth/growth-rows.ts'
import type { Visit } from '../parts/visit.ts'

type Row = z.infer<typeof Row>
type View = { id: Row['view']; name: string; entry: CatalogueEntry; weekly: boolean }

const VIEWS: readonly View[] = [
  { id: 'climate', name: 'Climate: students’ belonging', entry: indicator('climate_score'), weekly: false },
  { id: 'growth', name: 'Growth', entry: indicator('growth_percentile'), weekly: false },
  { id: 'engagement', name: 'Engagement: active days', entry: indicator('active_days'), weekly: true },
  { id: 'connectedness', name: 'Connectedness: an adult', entry: indicator('adult_contact'), weekly: true },
]

/**
 * How school feels beside growth, engagement and connectedness: four views of one unit over the same time, with the district
 * behind, all published. What is not known says so.
 */
export async function fourViews(
  { warehouse }: Pick<Visit, 'warehouse'>,
  { snapshot }: Snapshot,
  { type, id }: Asked,
): Promise<Html | null> {
  const all = rows(Row, await warehouse.query(FOUR_VIEWS, { snapshot, unit_id: type === 'school' ? id : '' }))
  const shown = VIEWS.map(view => ({ view, found: oneSeries(all.filter(row => row.view === view.id)) }))
  const weeks = shown
    .flatMap(({ found }) => found.filter(({ status }) => status === 'ok').map(({ week }) => week))
    .sort()
  if (weeks.length === 0) return null
  // Half a month of room, so that the first and the last whisker stand inside.
  const span = { from: addDays(weeks[0]!, -14), to: addDays(weeks.at(-1)!, 14) }
  return html`<section aria-labelledby="four-views">
    <h2 id="four-views">Climate beside growth, engagement and connectedness</h2>
    <p class="how-to-read">
      From ${longDay(weeks[0]!)} to ${longDay(weeks.at(-1)!)}, all on the same time. That two views move together does
      not say that one moves the other.
      ${
        type === 'school'
          ? html`<span class="key own">This school</span> <span class="key district">District</span>`
          : html`<span class="key own">District</span>`
      }
    </p>
    <div class="voices-grid">${shown.map(({ view, found }) => panel(view, found, type, span))}</div>
  </section>`
}

type Span = { from: Day; to: Day }

function panel({ name, entry, weekly }: View, found: readonly Row[], type: Asked['type'], span: Span): Html {
  const own = found.filter(({ unit }) => unit === type)
  const known = own.filter(({ status }) => status === 'ok')
  const about = `${name}${subjectOf(found)}`
  const last = known.at(-1)
  const said = last
    ? html`<strong>${range(entry, last)}</strong> ${isShare(entry) ? entry.unit.replace(/^share /, '') : entry.unit}
        ${weekly ? 'in the week of' : 'as of the week of'} ${longDay(last.week)}`
    : 'Not known: nothing is published of it.'
  return html`<figure class="voices">
    <figcaption>
      <span class="topic">${about}</span>
      <span class="spans">${said}</span>
    </figcaption>
    ${
      known.length > 0 &&
      climateView({
        label: description(about, entry, known),
        weekly,
        ...linesOf(found, type, weekly, isShare(entry)),
        ...span,
      })
    }
    ${known.length > 0 && table(about, entry, found, type, weekly)}
  </figure>`
}

function linesOf(found: readonly Row[], type: Asked['type'], weekly: boolean, share: boolean) {
  const line = (unit: Asked['type']): Point[] => {
    const of = found.filter(row => row.unit === unit)
    const weeks = weekly ? allWeeks(of.map(({ week }) => week)) : of.map(({ week }) => week)
    const at = new Map(of.map(row => [row.week, row]))
    return weeks.map(week => {
      const row = at.get(week)
      const known = row?.status === 'ok'
      return {
        week,
        value: known ? row.value : null,
        lo95: known ? row.lo95 : null,
        hi95: known ? row.hi95 : null,
        small: false,
      }
    })
  }
  const [own, district] = [line(type), type === 'school' ? line('district') : []]
  return { own, district, scale: scaleOf(share, [own, district]) }
}

/** Weekly figures stand in the table month by month: of each the last week that has one. */
function table(
  about: string,
  entry: CatalogueEntry,
  found: readonly Row[],
  type: Asked['type'],
  weekly: boolean,
): Html {
  const weeks = [...new Set(found.filter(({ status }) => status === 'ok').map(({ week }) => week))].sort()
  const told = weekly ? weeks.filter((week, i) => weeks[i + 1]?.slice(0, 7) !== week.slice(0, 7)) : weeks
  const at = (unit: string, week: Day): Row | undefined => found.find(row => row.unit === unit && row.week === week)
  const body = html`<table>
    <caption>
      ${about}, ${entry.unit}: 95% interval and best estimate${weekly && '; the last week of every month'}
    </caption>
    <thead>
      <tr>
        <th scope="col">Week of</th>
        ${type === 'school' && html`<th scope="col">School</th>`}
        <th scope="col">District</th>
      </tr>
    </thead>
    <tbody>
      ${told.map(
        week =>
          html`<tr>
            <th scope="row">${longDay(week)}</th>
            ${type === 'school' && cell(entry, at('school', week))} ${cell(entry, at('district', week))}
          </tr>`,
      )}
    </tbody>
  </table>`
  return html`<details>
    <summary>${about}, as a table</summary>
    ${scrolling(about, body)}
  </details>`
}

const cell = (entry: CatalogueEntry, row: Row | undefined): Html =>
  row ? climateCell(entry, { ...EMPTY, ...row }) : html`<td class="none">no figure</td>`

/** Of several tests and subjects, or surveys, the one with most figures. */
function oneSeries(found: readonly Row[]): Row[] {
  const series = [...Map.groupBy(found, row => row.series)].sort(([a, one], [b, other]) => {
    const known = (of: readonly Row[]): number => of.filter(({ status }) => status === 'ok').length
    return known(other) - known(one) || (a < b ? -1 : 1)
  })
  return (series[0]?.[1] ?? []).toSorted((a, b) => (a.week < b.week ? -1 : 1))
}

const subjectOf = (found: readonly Row[]): string => {
  const subject = valueOf(found[0]?.series ?? '', 'subject')
  return subject && ` in ${subject.toLowerCase()}`
}

function description(about: string, entry: CatalogueEntry, known: readonly Row[]): string {
  const [first, last] = [known[0]!, known.at(-1)!]
  return `${about}, from ${range(entry, first)} in ${longDay(first.week)} to ${range(entry, last)} in ${longDay(last.week)}. The table gives the figures.`
}

const EMPTY = {
  indicator: '',
  unit_id: '',
  grade: '',
  informant: 'student',
  instrument: '',
  subject: '',
  window: '',
  se: null,
  enrolled: null,
} as const
const Nullable = z.number().nullable()
const Row = z.object({
  view: z.enum(['climate', 'growth', 'engagement', 'connectedness']),
  unit: z.enum(['school', 'district']),
  series: z.string(),
  week: z.string(),
  value: Nullable,
  lo95: Nullable,
  hi95: Nullable,
  n: z.int().nullable(),
  status: Status,
  reason: z.string(),
})

const FOUR_VIEWS = sql(new URL('./climate-four-views.sql', import.meta.url))
