import { indicator } from '../../schemas/catalogue.ts'
import { apart } from '../../schemas/growth-directions.ts'
import { growthDots, type GrowthDot } from '../charts/growth-dots.ts'
import type { GrowthRow } from '../figures.ts'
import { html, type Html } from '../html.ts'
import { count, estimate, insteadOf, range, type Figure } from '../wording.ts'
import { figureCell, scrolling } from './cells.ts'

/** Below this many students nothing is said of a quarter, also not to those who may see live figures. */
const LEAST = 10
const TYPICAL = 50
const QUARTERS = ['Lowest quarter', 'Second quarter', 'Third quarter', 'Highest quarter'] as const

const PERCENTILE = indicator('growth_percentile')
const MEDIAN = indicator('growth_percentile_median')
const HIGH = indicator('high_growth_share')
const SCHOOL = indicator('school_growth')
const RATE = indicator('growth_rate')

type Growth = {
  /** Whose growth it is, as it stands in a sentence: `Students at Lincoln High School`. */
  who: string
  rows: readonly GrowthRow[]
}

/** Growth of a school or the district, test by test: what it says, who started where, and how it was in earlier windows. */
export function growthSection({ who, rows }: Growth): Html | null {
  const measures = [...Map.groupBy(rows, row => measuredBy(row.slice))].filter(([, of]) =>
    of.some(row => row.status === 'ok'),
  )
  if (measures.length === 0) return null
  return html`<section aria-labelledby="growth">
    <h2 id="growth">Growth</h2>
    <p class="how-to-read">
      A growth percentile compares a student’s new score with those of students who had similar scores one and two years
      earlier: at 60 it is above those of 60 in 100. So low and high achievers can grow alike. Ranges are 95% intervals.
    </p>
    <div class="measures">${measures.map(([by, of]) => measure(who, by, of))}</div>
    <p class="marks">
      ${PERCENTILE.caution} Who sat no test, or has no score of a year earlier, is not in these figures.
    </p>
  </section>`
}

function measure(who: string, by: string, rows: readonly GrowthRow[]): Html {
  const subject = valueOf(by, 'subject') || 'All subjects'
  const windows = rows.filter(row => row.indicator === PERCENTILE.id && row.slice === by)
  const last = windows.at(-1)
  const period = last?.period ?? rows.at(-1)!.period
  const at = (id: string, slice = by): GrowthRow | undefined =>
    rows.find(row => row.indicator === id && row.slice === slice && row.period === period)
  const bands = QUARTERS.map((name, i) => ({ name, figure: unlessFew(at(PERCENTILE.id, `band=${i + 1},${by}`)) }))
  return html`<figure class="measure" aria-label="Growth in ${subject}">
    <figcaption>
      <h3>${subject} <span class="unit">${valueOf(by, 'test')}, ${period}</span></h3>
      <p class="reading">${sentence(who, last)}</p>
      ${beside(rows)} ${disagreement(last, rows)}
    </figcaption>
    ${quarters(subject, bands)}
    <details>
      <summary>Growth in ${subject}, as a table</summary>
      ${scrolling(`Growth in ${subject}`, table(by, rows, bands, at))}
    </details>
  </figure>`
}

/** The first sentence: the range, then what can be said of it. Words only where the interval settles it. */
export function sentence(who: string, figure: Figure | undefined): Html {
  const said = range(PERCENTILE, figure)
  if (said === null || !figure)
    return html`How much ${who.replace(/^S/, 's')} grew cannot be said:
    ${insteadOf(figure)}${figure?.reason && html` (${figure.reason})`}.`
  const { lo95, hi95 } = figure as { lo95: number; hi95: number }
  const word = lo95 > TYPICAL ? 'above typical' : hi95 < TYPICAL ? 'below typical' : 'not distinguishable from typical'
  return html`${who} grew, on average, at <strong>percentile ${said}</strong>: ${word}.
    <span class="behind">${count(figure.n ?? 0)} students; best estimate ${estimate(PERCENTILE, figure)}</span>`
}

/** Growth on the test's own scale, which the percentile cannot show; never averaged with it. */
function beside(rows: readonly GrowthRow[]): Html | null {
  const school = rows.findLast(row => row.indicator === SCHOOL.id)
  const rate = rows.findLast(row => row.indicator === RATE.id)
  const points = range(RATE, rate)
  if (points !== null) return html`<p>On the test’s scale scores rose by <strong>${points}</strong> points a year.</p>`
  if (school?.status !== 'ok' || school.lo95 === null || school.hi95 === null) return null
  const [low, high] = [school.lo95, school.hi95]
  const said = (from: number, to: number): string => range(SCHOOL, { ...school, lo95: from, hi95: to })!
  const compared =
    low > 0
      ? html`<strong>${said(low, high)}</strong> points a year more than in the district`
      : high < 0
        ? html`<strong>${said(-high, -low)}</strong> points a year less than in the district`
        : html`between ${said(-low, -low)} points a year less and ${said(high, high)} more than in the district, which
            is <strong>not distinguishable</strong> from it`
  return html`<p>On the test’s own scale, over all years: ${compared}.</p>`
}

/** Said of schools only: the district's percentile is about 50 whatever it does. */
function disagreement(percentile: GrowthRow | undefined, rows: readonly GrowthRow[]): Html | null {
  const known = (row: GrowthRow | undefined): number | null => (row?.status === 'ok' ? row.value : null)
  const said = apart(known(percentile), known(rows.findLast(row => row.indicator === SCHOOL.id)))
  return said === '' ? null : html`<p class="apart">${said[0]!.toUpperCase() + said.slice(1)}.</p>`
}

type Band = { name: string; figure: GrowthRow | undefined }

function quarters(subject: string, bands: readonly Band[]): Html | null {
  const dots = bands.flatMap(({ name, figure }): GrowthDot[] =>
    figure?.status === 'ok' && figure.value !== null && figure.lo95 !== null && figure.hi95 !== null
      ? [{ name, value: figure.value, lo95: figure.lo95, hi95: figure.hi95 }]
      : [],
  )
  if (dots.length === 0) return null
  const spans = bands.map(({ name, figure }) => `${name}: ${range(PERCENTILE, figure) ?? insteadOf(figure)}`)
  return html`<div>
    <p class="question">By where students started, in quarters of the district’s earlier scores</p>
    ${growthDots({ label: `Mean growth percentile in ${subject} by starting quarter. ${spans.join('; ')}.`, dots })}
  </div>`
}

function table(
  by: string,
  rows: readonly GrowthRow[],
  bands: readonly Band[],
  at: (id: string, slice?: string) => GrowthRow | undefined,
): Html {
  const windows = [...new Set(rows.filter(row => row.indicator === PERCENTILE.id).map(row => row.period))]
  const whole = (id: string, period: string): GrowthRow | undefined =>
    rows.find(row => row.indicator === id && row.slice === by && row.period === period)
  const line = (name: string, figures: readonly (GrowthRow | undefined)[]): Html =>
    html`<tr>
      <th scope="row">${name}</th>
      <td class="figure">${figures[0]?.n ? count(figures[0].n) : '–'}</td>
      ${[PERCENTILE, MEDIAN, HIGH].map((entry, i) => figureCell(entry, figures[i]))}
    </tr>`
  return html`<table>
    <caption>
      95% interval and, in small, best estimate
    </caption>
    <thead>
      <tr>
        <th scope="col">Window or quarter</th>
        <th scope="col">Students</th>
        ${[PERCENTILE, MEDIAN, HIGH].map(entry => html`<th scope="col">${entry.name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${windows.map(period =>
        line(
          period,
          [PERCENTILE, MEDIAN, HIGH].map(({ id }) => whole(id, period)),
        ),
      )}
      ${bands.map(({ name }, i) =>
        line(
          name,
          [PERCENTILE, MEDIAN, HIGH].map(({ id }) => unlessFew(at(id, `band=${i + 1},${by}`))),
        ),
      )}
    </tbody>
  </table>`
}

function unlessFew(figure: GrowthRow | undefined): GrowthRow | undefined {
  if (!figure || figure.n === null || figure.n >= LEAST || figure.status === 'suppressed') return figure
  return {
    ...figure,
    value: null,
    lo95: null,
    hi95: null,
    n: null,
    status: 'suppressed',
    reason: `fewer than ${LEAST} students`,
  }
}

/** `subject=…,test=…` of a slice, without the group of students before it. */
const measuredBy = (slice: string): string => slice.slice(slice.indexOf('subject='))

const valueOf = (slice: string, key: string): string =>
  slice
    .split(',')
    .find(pair => pair.startsWith(`${key}=`))
    ?.slice(key.length + 1) ?? ''
