import type { CatalogueEntry } from '../../../schemas/catalogue.ts'
import type { Day } from '../../../schemas/record.ts'
import type { FigureTable, School, UnitKey } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { schoolPath } from '../../layout.ts'
import { marks } from './cautions.ts'
import { figureCell, figureHeads, scrolling, studentsCell } from './cells.ts'

type Schools = {
  entries: readonly CatalogueEntry[]
  schools: readonly School[]
  chosen: Day
  table: FigureTable
  /** Whether these are all schools of the district. */
  whole: boolean
  /** Whether there are schools to compare: of the only one, the district's figures would say the same again. */
  compared: boolean
  /** Other figures to choose. */
  tabs: Html | null
}

/** Schools in one week, in the order given, with the district below them. */
export function schoolsTable({ entries, schools, chosen, table, whole, compared, tabs }: Schools): Html {
  const cells = (unit: UnitKey): Html => {
    const found = entries.map(entry => table.at(unit, entry.id, chosen))
    return html`${studentsCell(found)}${entries.map((entry, i) => figureCell(entry, found[i]))}`
  }
  const rows = schools.map(
    school =>
      html`<tr>
        <th scope="row"><a href="${schoolPath(school.id)}">${school.name}</a></th>
        ${cells(`school|${school.id}`)}
      </tr>`,
  )
  const body = html`<table class="units">
    <caption>
      95% interval and, in small, best estimate. By name.
    </caption>
    <thead>
      <tr>
        <th scope="col">School</th>
        <th scope="col">Students</th>
        ${figureHeads(entries)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
    ${
      compared &&
      html`<tfoot>
        <tr>
          <th scope="row">District</th>
          ${cells('district')}
        </tr>
      </tfoot>`
    }
  </table>`
  return html`<section class="new-page" aria-labelledby="schools">
    <h2 id="schools">${whole ? 'Schools' : schools.length === 1 ? 'Your school' : 'Your schools'} in this week</h2>
    ${tabs}${scrolling('Table of schools', body)}${marks('published')}
  </section>`
}
