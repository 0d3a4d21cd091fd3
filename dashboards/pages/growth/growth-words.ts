import { indicator } from '../../../schemas/catalogue.ts'
import { apart } from '../../../schemas/growth-directions.ts'
import type { GrowthRow } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { count, estimate, insteadOf, range, type Figure } from '../../wording.ts'
import { valueOf } from './growth-rows.ts'

const PERCENTILE = indicator('growth_percentile')
const SCHOOL = indicator('school_growth')
const RATE = indicator('growth_rate')
const CONDITIONAL = indicator('conditional_growth')
const TYPICAL = 50
/** Means that are 0 by construction, as the district's conditional growth, differ from it by rounding only. */
const NOTHING = 1e-6

/** The first sentence: the range, then what can be said of it. Words only where the interval settles it. */
export function sentence(who: string, figure: PercentileFigure | undefined): Html {
  const said = range(PERCENTILE, figure)
  if (said === null || !figure)
    return html`How much ${who.replace(/^S/, 's')} grew cannot be said:
    ${insteadOf(figure)}${figure?.reason && html` (${figure.reason})`}.`
  return html`${who} grew, on average, at <strong>percentile ${said}</strong>: ${verdict(figure)}.
    <span class="behind">${count(figure.n ?? 0)} students; best estimate ${estimate(PERCENTILE, figure)}</span>`
}

/** What can be said of a mean growth percentile. */
export type Verdict = 'above typical' | 'below typical' | 'not distinguishable from typical'

type PercentileFigure = Figure & Pick<GrowthRow, 'typical'>

/**
 * What the interval of a mean growth percentile settles. Percentiles of small cohorts lie a little below 50 on average
 * (processors/growth/README.md), so that above or below is said only of what is so beside 50 and beside the district's mean.
 */
export function verdict({ lo95, hi95, typical }: PercentileFigure): Verdict {
  const mean = typical ?? TYPICAL
  if (lo95 !== null && lo95 > Math.max(TYPICAL, mean)) return 'above typical'
  if (hi95 !== null && hi95 < Math.min(TYPICAL, mean)) return 'below typical'
  return 'not distinguishable from typical'
}

/** Growth on the test's own scale, which the percentile cannot show; never averaged with it. */
export function beside(rows: readonly GrowthRow[]): Html | null {
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

/** Growth within the last school year, beside what was expected of the same first scores (A5); null where there is none. */
export function withinYear(rows: readonly GrowthRow[]): Html | null {
  const row = longestSpan(rows)
  if (range(CONDITIONAL, row) === null || row!.value === null || Math.abs(row!.value) < NOTHING) return null
  return html`<p>
    ${row!.period}: ${besideExpected(row!.lo95!, row!.hi95!)} what students of the district with the same first score
    reached.
  </p>`
}

/** `0.21 to 0.60 standard deviations above`; where the interval settles nothing, that it does not. */
export function besideExpected(lo95: number, hi95: number): Html {
  const said = (from: number, to: number): string =>
    range(CONDITIONAL, { value: from, lo95: from, hi95: to, n: null, status: 'ok', reason: '' })!
  if (lo95 > 0) return html`<strong>${said(lo95, hi95)}</strong> standard deviations above`
  if (hi95 < 0) return html`<strong>${said(-hi95, -lo95)}</strong> standard deviations below`
  return html`between ${said(-lo95, -lo95)} standard deviations below and ${said(hi95, hi95)} above, so
    <strong>not distinguishable</strong> from`
}

/** Said of schools only: the district's percentile is about 50 whatever it does. */
export function disagreement(percentile: GrowthRow | undefined, rows: readonly GrowthRow[]): Html | null {
  const known = (row: GrowthRow | undefined): number | null => (row?.status === 'ok' ? row.value : null)
  const said = apart(known(percentile), known(rows.findLast(row => row.indicator === SCHOOL.id)))
  return said === '' ? null : html`<p class="apart">${said[0]!.toUpperCase() + said.slice(1)}.</p>`
}

/** Of the newest school year with conditional growth, the span that began first: from fall to spring before winter to spring. */
function longestSpan(rows: readonly GrowthRow[]): GrowthRow | undefined {
  const spans = rows.filter(row => row.indicator === CONDITIONAL.id && row.slice.startsWith('from='))
  const last = spans.at(-1)
  if (!last) return undefined
  const beganIn = ({ slice, period }: GrowthRow): string => {
    const from = `${/^\d{4}-\d{4} /.exec(period)?.[0] ?? ''}${valueOf(slice, 'from')}`
    return rows.find(row => row.period === from)?.week ?? '9999'
  }
  const ending = spans.filter(row => row.week === last.week && row.status === 'ok')
  return ending.toSorted((a, b) => (beganIn(a) < beganIn(b) ? -1 : 1))[0] ?? last
}
