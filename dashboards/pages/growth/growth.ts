import { indicator } from '../../../schemas/catalogue.ts'
import { growthDots, type GrowthDot } from '../../charts/growth-dots.ts'
import type { GrowthRow } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { insteadOf, range } from '../../wording.ts'
import { scrolling } from '../parts/cells.ts'
import { gradeTrajectories } from './growth-grades.ts'
import { measuresOf, type Measured } from './growth-rows.ts'
import { growthSpread } from './growth-spread.ts'
import { growthTable, type Band } from './growth-table.ts'
import { beside, disagreement, sentence, withinYear } from './growth-words.ts'

/** Below this many students nothing is said of a quarter, also not to those who may see live figures. */
const LEAST = 10
const QUARTERS = ['Lowest quarter', 'Second quarter', 'Third quarter', 'Highest quarter'] as const
const PERCENTILE = indicator('growth_percentile')

type Growth = {
  /** Whose growth it is, as it stands in a sentence: `Students at Lincoln High School`. */
  who: string
  rows: readonly GrowthRow[]
  /** What else a page shows of one test and subject, `subject=…,test=…`. */
  more?: (by: string) => Html | null
}

/** Growth of a unit, test by test: what it says, who started where, how it is spread, and how it was in earlier windows. */
export function growthSection({ who, rows, more = () => null }: Growth): Html | null {
  const measures = measuresOf(rows.map(unlessFew))
  if (measures.length === 0) return null
  return html`<section aria-labelledby="growth">
    <h2 id="growth">Growth</h2>
    <p class="how-to-read">
      A growth percentile compares a student’s new score with those of students who had similar scores one and two years
      earlier: at 60 it is above those of 60 in 100. So low and high achievers can grow alike. Ranges are 95% intervals.
    </p>
    ${measures.map(measured => measure(who, measured, more(measured.by)))}
    <p class="marks">
      ${PERCENTILE.caution} Who sat no test, or has no score of a year earlier, is not in these figures.
    </p>
  </section>`
}

function measure(who: string, measured: Measured, more: Html | null): Html {
  const { by, test, rows } = measured
  const subject = measured.subject || 'All subjects'
  const last = rows.findLast(row => row.indicator === PERCENTILE.id && row.slice === by)
  const period = last?.period ?? rows.at(-1)!.period
  const at = (id: string, slice: string, when: string): GrowthRow | undefined =>
    rows.find(row => row.indicator === id && row.slice === slice && row.period === when)
  const bands = QUARTERS.map((name, i): Band => ({ name, slice: `band=${i + 1},${by}` }))
  const quarters = bands.map(({ name, slice }) => ({ name, figure: at(PERCENTILE.id, slice, period) }))
  const within = withinYear(rows)
  return html`<div class="measures">
      <figure class="measure" aria-label="Growth in ${subject}">
        <figcaption>
          <h3>${subject} <span class="unit">${test}, ${period}</span></h3>
          ${(last !== undefined || within === null) && html`<p class="reading">${sentence(who, last)}</p>`}
          ${beside(rows)} ${within} ${disagreement(last, rows)}
        </figcaption>
        ${quartersChart(subject, quarters)}
        <details>
          <summary>Growth in ${subject}, as a table</summary>
          ${scrolling(`Growth in ${subject}, ${test}`, growthTable(measured, bands, period, at))}
        </details>
      </figure>
      ${growthSpread(measured, period)}
    </div>
    ${gradeTrajectories(measured)} ${more}`
}

function quartersChart(subject: string, quarters: readonly { name: string; figure: GrowthRow | undefined }[]): Html {
  const dots = quarters.flatMap(({ name, figure }): GrowthDot[] =>
    figure?.status === 'ok' && figure.value !== null && figure.lo95 !== null && figure.hi95 !== null
      ? [{ name, value: figure.value, lo95: figure.lo95, hi95: figure.hi95 }]
      : [],
  )
  // An empty row keeps the figure's shape beside its neighbour.
  if (dots.length === 0) return html`<div></div>`
  const spans = quarters.map(({ name, figure }) => `${name}: ${range(PERCENTILE, figure) ?? insteadOf(figure)}`)
  return html`<div>
    <p class="question">By where students started, in quarters of the district’s earlier scores</p>
    ${growthDots({ label: `Mean growth percentile in ${subject} by starting quarter. ${spans.join('; ')}.`, dots })}
  </div>`
}

function unlessFew(row: GrowthRow): GrowthRow {
  const isPart = !row.slice.startsWith('subject=') && !row.slice.startsWith('from=')
  if (!isPart || row.n === null || row.n >= LEAST || row.status === 'suppressed') return row
  const reason = `fewer than ${LEAST} students`
  return { ...row, value: null, lo95: null, hi95: null, n: null, status: 'suppressed', reason }
}
