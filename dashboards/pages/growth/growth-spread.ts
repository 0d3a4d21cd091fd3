import { indicator } from '../../../schemas/catalogue.ts'
import { growthFifths, type Fifth } from '../../charts/growth-fifths.ts'
import type { GrowthRow } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { insteadOf, range } from '../../wording.ts'
import { figureCell, scrolling } from '../parts/cells.ts'
import type { Measured } from './growth-rows.ts'

const SHARE = indicator('growth_fifth_share')
const NAMES = ['1–20', '21–40', '41–60', '61–80', '81–99'] as const

/** How the growth percentiles of a window are spread; null where no fifth can be shown. */
export function growthSpread({ by, subject, test, rows }: Measured, period: string): Html | null {
  const fifths = NAMES.map((name, i) => ({ name, figure: figureOf(rows, `fifth=${i + 1},${by}`, period) }))
  const shown = fifths.flatMap(({ name, figure }): Fifth[] =>
    figure?.status === 'ok' && figure.value !== null && figure.lo95 !== null && figure.hi95 !== null
      ? [{ name, value: figure.value, lo95: figure.lo95, hi95: figure.hi95 }]
      : [],
  )
  if (shown.length === 0) return null
  const about = subject || 'all subjects'
  const spans = fifths.map(({ name, figure }) => `${name}: ${range(SHARE, figure) ?? insteadOf(figure)}`)
  return html`<figure class="measure" aria-label="Spread of growth in ${about}">
    <figcaption>
      <h3>Spread of growth <span class="unit">${about}, ${period}</span></h3>
      <p class="reading">${sentence(fifths[0]!.figure, fifths[4]!.figure)}</p>
    </figcaption>
    ${growthFifths({ label: `Shares of students by growth percentile in ${about}. ${spans.join('; ')}.`, names: NAMES, fifths: shown })}
    <details>
      <summary>Spread of growth in ${about}, as a table</summary>
      ${scrolling(`Spread of growth in ${about}, ${test}`, table(fifths))}
    </details>
  </figure>`
}

function sentence(lowest: GrowthRow | undefined, highest: GrowthRow | undefined): Html {
  const said = (figure: GrowthRow | undefined): string => range(SHARE, figure) ?? insteadOf(figure)
  return html`<strong>${said(highest)}</strong> of the students are in the highest fifth of growth, ${said(lowest)} in
    the lowest. If they grew as others who began alike, it would be 20% in each.`
}

function table(fifths: readonly { name: string; figure: GrowthRow | undefined }[]): Html {
  return html`<table>
    <caption>
      Share of students by growth percentile: 95% interval and, in small, best estimate
    </caption>
    <thead>
      <tr>
        <th scope="col">Growth percentile</th>
        <th scope="col">Share of students</th>
      </tr>
    </thead>
    <tbody>
      ${fifths.map(
        ({ name, figure }) =>
          html`<tr>
            <th scope="row">${name}</th>
            ${figureCell(SHARE, figure)}
          </tr>`,
      )}
    </tbody>
  </table>`
}

const figureOf = (rows: readonly GrowthRow[], slice: string, period: string): GrowthRow | undefined =>
  rows.find(row => row.indicator === SHARE.id && row.slice === slice && row.period === period)
