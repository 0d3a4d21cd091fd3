import type { CatalogueEntry } from '../../../schemas/catalogue.ts'
import type { Day } from '../../../schemas/record.ts'
import { points, scaleOf } from '../../charts/series.ts'
import type { Mark } from '../../charts/marks.ts'
import { weeklyTrend } from '../../charts/weekly-trend.ts'
import type { FigureRow } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { count, estimate, insteadOf, isShare, longDay, range, shortDay, unitAfter, whyNot } from '../../wording.ts'
import { figureCell, scrolling, studentsCell } from './cells.ts'

export type Line = (week: Day) => FigureRow | undefined

export type Measure = {
  entry: CatalogueEntry
  /** Whose line it is, for the picture's description: `the district`, or a school's name. */
  of: string
  weeks: readonly Day[]
  chosen: Day
  line: Line
  /** The district's line behind a school's. */
  district?: Line
  /** What can be said beside the district, if anything. */
  verdict?: string | null
  /** Dated notes in these weeks. */
  marks?: readonly Mark[] | undefined
}

/** One indicator of one unit: what it says in the chosen week, the picture of all weeks, and the same as a table. */
export function measure({ entry, of, weeks, chosen, line, district, verdict, marks }: Measure): Html {
  const id = `measure-${entry.id}`
  return html`<figure class="measure" aria-labelledby="${id}">
    <figcaption>
      <h3 id="${id}">${entry.name}</h3>
      <p class="question">${entry.question}</p>
      ${reading(entry, line(chosen), verdict)}
    </figcaption>
    ${picture({ entry, of, weeks, chosen, line, district, marks })}
    <details>
      <summary>${entry.name}, week by week, as a table</summary>
      ${weekTable({ entry, of, weeks, chosen, line, district })}
    </details>
  </figure>`
}

function reading(entry: CatalogueEntry, figure: FigureRow | undefined, verdict: string | null | undefined): Html {
  const said = range(entry, figure)
  if (said === null) {
    const reason = whyNot(figure)
    return html`<p class="reading none">
      <strong>${insteadOf(figure)}</strong>${reason && html` <span>${reason}</span>`}
    </p>`
  }
  const behind =
    figure !== undefined &&
    figure.n !== null &&
    html`<span class="behind"
      >${count(figure.n)} students; best estimate ${estimate(entry, figure)}${verdict && `; ${verdict}`}</span
    >`
  return html`<p class="reading"><strong>${said}</strong> <span>${unitAfter(entry, said)}</span>${behind}</p>`
}

function picture({ entry, of, weeks, chosen, line, district, marks = [] }: Measure): Html {
  const own = points(weeks, line)
  const behind = district && points(weeks, district)
  const lines = behind ? [own, behind] : [own]
  return weeklyTrend({
    label: description(entry, of, weeks, line),
    line: own,
    ...(behind && { district: behind, name: 'This school' }),
    chosen,
    scale: scaleOf(isShare(entry), lines),
    ...(marks.length > 0 && { marks }),
  })
}

/** What the picture shows, in a sentence. */
export function description(entry: CatalogueEntry, of: string, weeks: readonly Day[], line: Line): string {
  const known = weeks.filter(week => line(week)?.status === 'ok')
  const [first, last] = [known[0], known.at(-1)]
  if (!first || !last) return `${entry.name} of ${of}: no week has a figure yet.`
  const lows = known.map(week => line(week)!).toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))
  return (
    `${entry.name} of ${of}, weekly from ${longDay(first)} to ${longDay(last)}: ` +
    `between ${estimate(entry, lows[0])} and ${estimate(entry, lows.at(-1))} ${unitAfter(entry)}. The table gives every week.`
  )
}

function weekTable({ entry, of, weeks, line, district }: Measure): Html {
  const table = html`<table>
    <caption>
      ${entry.name} of ${of}: 95% interval and best estimate, ${unitAfter(entry)}
    </caption>
    <thead>
      <tr>
        <th scope="col">Week of</th>
        <th scope="col">Students</th>
        <th scope="col">${entry.name}</th>
        ${district && html`<th scope="col">District</th>`}
      </tr>
    </thead>
    <tbody>
      ${weeks.map(
        week =>
          html`<tr>
            <th scope="row">${shortDay(week)}</th>
            ${studentsCell([line(week)])}${figureCell(entry, line(week))}${
              district && figureCell(entry, district(week))
            }
          </tr>`,
      )}
    </tbody>
  </table>`
  return scrolling(`${entry.name}, week by week`, table)
}
