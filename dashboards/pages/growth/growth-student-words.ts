import { indicator } from '../../../schemas/catalogue.ts'
import { html, type Html } from '../../html.ts'
import { range, type Figure } from '../../wording.ts'
import { besideExpected } from './growth-words.ts'
import type { ScoreRow, StudentGrowth } from './students-growth.ts'

const PERCENTILE = indicator('growth_percentile')
const RATE = indicator('growth_rate')
const TYPICAL = 50
/** Beyond these a percentile without an error of measurement is called low or high (A1). */
const [LOW, HIGH] = [35, 65]
const Z_975 = 1.959964

/**
 * One student's growth percentile in a few words: `34 to 58`, or, of a test that says no error of measurement, `low`, `typical`
 * or `high`; null without a percentile.
 */
export function percentileWords(row: ScoreRow | undefined): string | null {
  if (row?.status !== 'ok' || row.value === null) return null
  if (row.lo === null || row.hi === null) return row.value < LOW ? 'low' : row.value > HIGH ? 'high' : 'typical'
  return range(PERCENTILE, figureOf(row.lo, row.hi))
}

/** What the percentile settles of one student. */
export function percentileSentence(name: string, row: ScoreRow | undefined): Html {
  const said = percentileWords(row)
  if (said === null || !row)
    return html`How ${name} grew cannot be said yet: ${row?.reason || 'no score has been computed'}.`
  const when = html`in ${row.window}`
  if (row.lo === null || row.hi === null)
    return html`Growth ${when} was <strong>${said}</strong>, beside students with similar earlier scores. The test says
      no error of measurement, so no range can be given.`
  const word =
    row.lo > TYPICAL ? 'above typical' : row.hi < TYPICAL ? 'below typical' : 'not distinguishable from typical'
  return html`Growth ${when} was at <strong>percentile ${said}</strong>, beside students with similar earlier scores:
    ${word}.`
}

/** The slope of the student's own line. */
export function lineSentence({ line, lineless }: StudentGrowth): Html {
  if (line === null) return html`How many points a year the scores rise cannot be said: ${lineless}.`
  const half = Z_975 * line.slopeSe
  const said = range(RATE, figureOf(line.slope - half, line.slope + half))!
  return html`On the test’s own scale, over all years: <strong>${said}</strong> points a year.`
}

/** Growth from one window to another, as far as the score's error of measurement lets it be said; null if there is none. */
export function conditionalSentence({ conditional }: StudentGrowth): Html | null {
  const row = conditional.findLast(({ status }) => status === 'ok')
  if (!row || row.value === null) return null
  if (row.lo === null || row.hi === null) return null
  return html`${row.window}: ${besideExpected(row.lo, row.hi)} what the district’s students with the same first score
  reached.`
}

const figureOf = (lo95: number, hi95: number): Figure => ({
  value: (lo95 + hi95) / 2,
  lo95,
  hi95,
  n: 1,
  status: 'ok',
  reason: '',
})
