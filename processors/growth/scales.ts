import type { Day } from '../../schemas/record.ts'

/** What has to be known of a test's scale before points can be subtracted. */
export type TestScale = {
  /** One scale over all grades, so that points of different years can be compared. */
  vertical: boolean
  /** Least and greatest score that the test can give: others are no scores. */
  lowest: number
  highest: number
  /** First day of the scale in use now: earlier scores are on another one. */
  since?: Day
  /** Standard error of measurement of scores that say none themselves, points. */
  csem?: number
}

/** Tests whose scale we know, by `test` as the mapping files name it. One that is not here has no known scale. */
const SCALES: Record<string, TestScale> = {
  /** NWEA MAP Growth: RIT. */
  'map-growth': { vertical: true, lowest: 100, highest: 350 },
  /** Curriculum Associates i-Ready Diagnostic: overall and domain scale scores. */
  'i-ready': { vertical: true, lowest: 100, highest: 800 },
  /** Renaissance Star: Unified scale. */
  star: { vertical: true, lowest: 0, highest: 1400 },
  /** Composites are weighted differently in every grade. */
  'acadience-composite': { vertical: false, lowest: 0, highest: 1000 },
  'dibels-8-composite': { vertical: false, lowest: 0, highest: 1000 },
  /** U.S. Sustaining Effects Study: logits. */
  'sustaining-effects': { vertical: true, lowest: -10, highest: 10 },
  /** The synthetic district's. */
  benchmark: { vertical: true, lowest: 0, highest: 1000 },
}

/** Of a test that is not there: every score that a number can be counts, and no points are compared. */
export const UNKNOWN_SCALE: TestScale = { vertical: false, lowest: -1e9, highest: 1e9 }

export const scaleOf = (test: string): TestScale | null => SCALES[test] ?? null

/** Why growth in points cannot be told of a test; '' = it can. */
export function whyNotVertical(scale: TestScale | null): string {
  if (scale === null) return 'the scale of this test is not known: points of different years may not be comparable'
  return scale.vertical ? '' : 'this test has no vertical scale: points of different grades cannot be compared'
}

/** Why a score is left out; '' = it is not. */
export function whyLeftOut(scale: TestScale, score: number, day: Day): '' | 'impossible' | 'another scale' {
  if (!(score >= scale.lowest && score <= scale.highest)) return 'impossible'
  return scale.since !== undefined && day < scale.since ? 'another scale' : ''
}
