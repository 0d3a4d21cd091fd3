import type { CatalogueEntry } from '../../../schemas/catalogue.ts'
import type { Day } from '../../../schemas/record.ts'
import { schoolPanel } from '../../charts/school-panel.ts'
import { points, scaleOf } from '../../charts/series.ts'
import type { FigureTable, School } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { schoolPath } from '../../layout.ts'
import { insteadOf, isShare, shortDay, unitAfter } from '../../wording.ts'
import { figureCell, scrolling } from './cells.ts'
import { description } from './measure.ts'
import { indicatorTabs } from './theme-tabs.ts'

type Panels = {
  entry: CatalogueEntry
  entries: readonly CatalogueEntry[]
  schools: readonly School[]
  weeks: readonly Day[]
  table: FigureTable
  chosen: Day
}

/** One indicator of every school over the year, one small picture each on a common scale, and the same as a table. */
export function panels({ entry, entries, schools, weeks, table, chosen }: Panels): Html {
  const district = points(weeks, week => table.at('district', entry.id, week))
  const lines = schools.map(school => points(weeks, week => table.at(`school|${school.id}`, entry.id, week)))
  const scale = scaleOf(isShare(entry), [district, ...lines])
  const drawn = schools.map((school, i) => {
    const label = description(entry, school.name, weeks, week => table.at(`school|${school.id}`, entry.id, week))
    const nothing = lines[i]!.every(point => point.value === null)
    const why = insteadOf(table.at(`school|${school.id}`, entry.id, chosen))
    return html`<li>
      <h3><a href="${schoolPath(school.id)}">${school.name}</a></h3>
      ${nothing && html`<p class="none">No line: ${why}</p>`}
      ${schoolPanel({ label, line: lines[i]!, district, scale })}
    </li>`
  })
  return html`<section aria-labelledby="panels">
    <h2 id="panels">Each school over the year</h2>
    ${indicatorTabs(entries, entry, chosen)}
    <p class="how-to-read">
      ${entry.name}, ${entry.unit}. <span class="key own">School and its 95% interval</span>
      <span class="key district">District</span>
    </p>
    <ul class="panels">
      ${drawn}
    </ul>
    <details>
      <summary>${entry.name} of each school, week by week, as a table</summary>
      ${matrix({ entry, entries, schools, weeks, table, chosen })}
    </details>
  </section>`
}

function matrix({ entry, schools, weeks, table }: Panels): Html {
  const body = html`<table class="matrix">
    <caption>
      ${entry.name}: 95% interval and best estimate, ${unitAfter(entry)}
    </caption>
    <thead>
      <tr>
        <th scope="col">School</th>
        ${weeks.map(week => html`<th scope="col">${shortDay(week)}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${schools.map(
        school =>
          html`<tr>
            <th scope="row">${school.name}</th>
            ${weeks.map(week => figureCell(entry, table.at(`school|${school.id}`, entry.id, week)))}
          </tr>`,
      )}
    </tbody>
  </table>`
  return scrolling(`${entry.name} of each school, week by week`, body)
}
