import { indicator, type CatalogueEntry } from '../../../schemas/catalogue.ts'
import type { GrowthRow } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { count } from '../../wording.ts'
import { figureCell } from '../parts/cells.ts'
import type { Measured } from './growth-rows.ts'

export type Band = { name: string; slice: string }

const ENTRIES = ['growth_percentile', 'growth_percentile_median', 'high_growth_share'].map(indicator)
const CONDITIONAL = indicator('conditional_growth')

type At = (id: string, slice: string, period: string) => GrowthRow | undefined

/** Growth percentiles of every window, of the quarters in the last, and conditional growth within the years. */
export function growthTable({ by, rows }: Measured, bands: readonly Band[], period: string, at: At): Html {
  const windows = [...new Set(rows.filter(row => row.indicator === ENTRIES[0]!.id).map(row => row.period))]
  const spans = rows.filter(row => row.indicator === CONDITIONAL.id && row.slice.startsWith('from='))
  return html`<table>
      <caption>
        95% interval and, in small, best estimate
      </caption>
      <thead>
        <tr>
          <th scope="col">Window or quarter</th>
          <th scope="col">Students</th>
          ${ENTRIES.map(entry => html`<th scope="col">${entry.name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${windows.map(window =>
          line(
            window,
            ENTRIES,
            ENTRIES.map(({ id }) => at(id, by, window)),
          ),
        )}
        ${bands.map(({ name, slice }) =>
          line(
            name,
            ENTRIES,
            ENTRIES.map(({ id }) => at(id, slice, period)),
          ),
        )}
      </tbody>
    </table>
    ${spans.length > 0 && withinYears(spans)}`
}

function withinYears(spans: readonly GrowthRow[]): Html {
  return html`<table>
    <caption>
      ${CONDITIONAL.name}: 95% interval and, in small, best estimate
    </caption>
    <thead>
      <tr>
        <th scope="col">Between windows</th>
        <th scope="col">Students</th>
        <th scope="col">Standard deviations</th>
      </tr>
    </thead>
    <tbody>
      ${spans.map(row => line(row.period, [CONDITIONAL], [row]))}
    </tbody>
  </table>`
}

function line(name: string, entries: readonly CatalogueEntry[], figures: readonly (GrowthRow | undefined)[]): Html {
  const n = figures[0]?.n
  return html`<tr>
    <th scope="row">${name}</th>
    <td class="figure">${n ? count(n) : '–'}</td>
    ${entries.map((entry, i) => figureCell(entry, figures[i]))}
  </tr>`
}
