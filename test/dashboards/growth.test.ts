import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import type { GrowthRow } from '../../dashboards/figures/figures.ts'
import { sentence, verdict } from '../../dashboards/pages/growth/growth-words.ts'
import { growthSection } from '../../dashboards/pages/growth/growth.ts'

const BY = 'subject=Mathematics,test=benchmark'

const aRow = (indicator: string, [lo95, hi95]: [number, number], change: Partial<GrowthRow> = {}): GrowthRow => ({
  indicator,
  slice: BY,
  period: '2025-2026 spring',
  week: '2026-05-11',
  value: (lo95 + hi95) / 2,
  lo95,
  hi95,
  n: 200,
  status: 'ok',
  reason: '',
  ...change,
})

const wordsOf = ({ text }: { text: string }): string =>
  parseHTML(`<main>${text}</main>`).document.querySelector('main')!.textContent!.replace(/\s+/g, ' ')

const textOf = (rows: readonly GrowthRow[]): string =>
  wordsOf(growthSection({ who: 'Students at Lincoln High School', rows })!)

test.each([
  [[51, 57], 'percentile 51 to 57: above typical.'],
  [[41, 49], 'percentile 41 to 49: below typical.'],
  [[46, 53], 'percentile 46 to 53: not distinguishable from typical.'],
] as [[number, number], string][])('the interval %j is said as "%s"', (interval, said) => {
  const words = wordsOf(sentence('Students here', aRow('growth_percentile', interval)))
  expect(words).toContain(`Students here grew, on average, at ${said}`)
})

test.each([
  [[44, 49.7], 48.8, 'not distinguishable from typical'],
  [[44, 48.7], 48.8, 'below typical'],
  [[50.2, 55], 50.4, 'not distinguishable from typical'],
  [[50.5, 55], null, 'above typical'],
] as [[number, number], number | null, string][])(
  'the interval %j beside a district’s mean of %s is %s',
  (interval, typical, said) => {
    expect(verdict(aRow('growth_percentile', interval, { typical }))).toBe(said)
  },
)

test('without a figure the sentence says why, and never a number', () => {
  const none = { value: null, lo95: null, hi95: null, n: 1, status: 'insufficient' as const, reason: 'one student' }
  const said = wordsOf(sentence('Students here', aRow('growth_percentile', [0, 0], none)))
  expect(said).toContain('cannot be said: not enough data')
  expect(said).not.toMatch(/\d/)
})

test.each([
  [[0.3, 1.3], '0.3 to 1.3 points a year more than in the district'],
  [[-1.3, -0.3], '0.3 to 1.3 points a year less than in the district'],
  [[-0.4, 0.9], 'between 0.4 points a year less and 0.9 more than in the district'],
] as [[number, number], string][])('school growth of %j is said as "%s"', (interval, said) => {
  expect(textOf([aRow('growth_percentile', [46, 53]), aRow('school_growth', interval)])).toContain(said)
})

test.each([
  [54, [-1.4, -0.2], true],
  [46, [0.2, 1.4], true],
  [54, [0.2, 1.4], false],
  [46, [-1.4, -0.2], false],
] as [number, [number, number], boolean][])(
  'a mean percentile of %d beside school growth of %j: that they disagree is said (%s), both stay',
  (percentile, growth, said) => {
    const text = textOf([aRow('growth_percentile', [percentile - 3, percentile + 3]), aRow('school_growth', growth)])
    expect(text.includes('point in different directions: both are shown, neither is averaged.')).toBe(said)
    expect(text).toContain(`percentile ${percentile - 3} to ${percentile + 3}`)
    expect(text).toContain('0.2 to 1.4 points a year')
  },
)

test('of a school without growth on the scale no disagreement is said', () => {
  const none = { value: null, lo95: null, hi95: null, status: 'insufficient' as const, reason: 'one student' }
  const rows = [aRow('growth_percentile', [51, 57]), aRow('school_growth', [0, 0], none)]
  expect(textOf(rows)).not.toContain('different directions')
})

test('the four starting quarters stand in one picture, and one of fewer than ten students is not shown, also live', () => {
  const quarters = [1, 2, 3, 4].map(band =>
    aRow('growth_percentile', [40 + band, 50 + band], { slice: `band=${band},${BY}`, n: band === 4 ? 9 : 100 }),
  )
  const section = growthSection({ who: 'Students', rows: [aRow('growth_percentile', [46, 53]), ...quarters] })!
  const { document } = parseHTML(section.text)
  expect(document.querySelector('svg')!.getAttribute('aria-label')).toBe(
    'Mean growth percentile in Mathematics by starting quarter. Lowest quarter: 41 to 51; Second quarter: 42 to 52; Third quarter: 43 to 53; Highest quarter: fewer than 10.',
  )
  expect(document.querySelectorAll('svg .own.dot circle')).toHaveLength(3)
  expect(document.querySelector('table')!.textContent).not.toContain('44 to 54')
})

test('every window has its line in the table, in the order of time', () => {
  const rows = ['2024-2025 spring', '2025-2026 spring'].map(period => aRow('growth_percentile', [46, 53], { period }))
  const { document } = parseHTML(growthSection({ who: 'Students', rows })!.text)
  const heads = [...document.querySelectorAll('tbody th')].map(head => head.textContent)
  expect(heads.slice(0, 2)).toEqual(['2024-2025 spring', '2025-2026 spring'])
})

test('a school without any figure of growth has no such section', () => {
  expect(growthSection({ who: 'Students', rows: [] })).toBeNull()
})
