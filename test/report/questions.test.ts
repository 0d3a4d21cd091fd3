import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LANGUAGES } from '../../dashboards/language.ts'
import type { FigureRow, GrowthRow } from '../../dashboards/figures/figures.ts'
import type { Row } from '../../dashboards/pages/connectedness/connectedness-of-unit.ts'
import { changesOf, changesSection } from '../../dashboards/report/changes.ts'
import type { Facts } from '../../dashboards/report/facts.ts'
import { questionsOf } from '../../dashboards/report/questions.ts'
import { sentences } from '../../dashboards/report/sentences.ts'
import { saidIn } from '../../dashboards/report/said.ts'
import { BEFORE, WEEK } from './a-report.ts'

const MATHS = 'subject=Mathematics,test=map'
/** Middle of an interval that reaches as far on both sides. */
type Interval = readonly [middle: number, half: number]
type Known = {
  days?: Interval
  daysBefore?: Interval
  districtDays?: Interval
  districtBefore?: Interval
  adult?: Interval
  adultBefore?: Interval
  logging?: Interval
  grades?: Readonly<Record<string, Interval>>
  growth?: Interval
  growthBefore?: Interval
  /** Points a year beside the district. */
  points?: Interval
  quarters?: readonly (Interval | null)[]
}

const ok = ([value, half]: Interval) => ({ value, lo95: value - half, hi95: value + half, n: 200, status: 'ok' as const, reason: '' }) // prettier-ignore

/** A school of which so much is known, and no survey. */
function facts(known: Known): Facts {
  const figure = (unit: 'school' | 'district', indicator: string, week: string, of?: Interval): FigureRow | undefined =>
    of && { indicator, unit_type: unit, unit_id: unit, week, enrolled: 210, ...ok(of) }
  const own = (id: string, week: string): FigureRow | undefined => {
    const isNow = week === WEEK
    if (id === 'active_days') return figure('school', id, week, isNow ? known.days : known.daysBefore)
    if (id === 'adult_contact') return figure('school', id, week, isNow ? known.adult : known.adultBefore)
    if (id === 'contact_logging') return figure('school', id, week, isNow ? known.logging : undefined)
    return undefined
  }
  const district = (id: string, week: string): FigureRow | undefined =>
    id === 'active_days'
      ? figure('district', id, week, week === WEEK ? known.districtDays : known.districtBefore)
      : undefined
  const grown = (slice: string, period: string, of: Interval): GrowthRow => ({ indicator: 'growth_percentile', slice, period, week: WEEK!, ...ok(of) }) // prettier-ignore
  const rows = [
    ...(known.growthBefore ? [grown(MATHS, '2025-2026 fall', known.growthBefore)] : []),
    ...(known.growth ? [grown(MATHS, '2025-2026 winter', known.growth)] : []),
    ...(known.points ? [{ ...grown(MATHS, '2025-2026 winter', known.points), indicator: 'school_growth' }] : []),
    ...(known.quarters ?? []).flatMap((of, i) => (of ? [grown(`band=${i + 1},${MATHS}`, '2025-2026 winter', of)] : [])),
  ]
  return {
    school: { id: 'oak', name: 'Oak School' },
    tier: 'live',
    snapshot: undefined,
    asOfMs: 0,
    week: WEEK!,
    before: BEFORE!,
    known: [],
    notes: [],
    weeks: [BEFORE!, WEEK!],
    own,
    district,
    growth: rows.length > 0 ? [{ by: MATHS, subject: 'Mathematics', test: 'map', rows }] : [],
    contact: Object.entries(known.grades ?? {}).map(([grade, of]): Row => ({
      indicator: 'adult_contact',
      slice: `grade=${grade}`,
      ...ok(of),
    })),
    climate: null,
    districtAnswers: [],
  }
}

const english = saidIn('en')
const asked = (known: Known): string[] => {
  const of = facts(known)
  return questionsOf(of, changesOf(of, english), english).map(({ ask, whom }) => `${String(ask)} → ${whom}`)
}
const shown = (known: Known): string => {
  const of = facts(known)
  return changesSection(of, changesOf(of, english), english)
    .text.replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
}

const ORDINARY: Known = { days: [0.6, 0.04], daysBefore: [0.61, 0.04], districtDays: [0.6, 0.01], adult: [0.8, 0.05], adultBefore: [0.8, 0.05], logging: [0.9, 0], growth: [51, 3], growthBefore: [50, 3] } // prettier-ignore

test('where ranges settle nothing, what is not known is asked first, then what may always be asked', () => {
  expect(asked(ORDINARY)).toEqual([
    'How does school feel to students, families and staff, and when were they last asked? → the student council and the family association',
    'Whose growth in Mathematics surprised you this year, in either direction? → the Mathematics team',
    'When students may choose what to work on, what do they choose? → the student council',
  ])
  expect(shown(ORDINARY)).toContain('No change that the data can show.')
})

test('activity that fell beyond its range is asked about, unless it fell in the district too, or may be chance', () => {
  const fell = { ...ORDINARY, days: [0.5, 0.04], districtDays: [0.5, 0.01], districtBefore: [0.5, 0.01] } as const
  expect(asked(fell)[0]).toBe('What was different for students in the week of 9 March 2026 from the week of 9 February 2026? → the grade-level teams') // prettier-ignore
  expect(shown(fell)).toMatch(/57 to 65% 61% 46 to 54% 50% lower in the district no change that the data can show/)
  const everywhere = { ...fell, districtBefore: [0.6, 0.01] } as const
  expect(shown(everywhere)).toMatch(/46 to 54% 50% lower in the district lower too/)
  expect(asked(everywhere).join()).not.toContain('What was different')
  expect(asked({ ...ORDINARY, days: [0.55, 0.04] }).join()).not.toContain('What was different')
})

test('a school below the district is asked on which days its students work', () => {
  expect(asked({ ...ORDINARY, days: [0.5, 0.02], daysBefore: [0.5, 0.02] })[0]).toMatch(
    /^On which days do students work/,
  )
})

test('a grade is asked about only where its range lies below the whole school’s', () => {
  const grades = { '09': [0.82, 0.05], '10': [0.6, 0.06], '11': [0.72, 0.06] } as const
  expect(asked({ ...ORDINARY, grades })[0]).toBe('Which adult knows each student of grade 10, also those of whom no meeting is logged? → the advisers of grade 10') // prettier-ignore
  expect(asked({ ...ORDINARY, grades: { '10': [0.72, 0.06] } }).join()).not.toContain('grade 10')
})

test('where few advisers log meetings, that is asked and nothing about contact', () => {
  const questions = asked({ ...ORDINARY, logging: [0.4, 0], grades: { '10': [0.3, 0.05] } })
  expect(questions).toContain('Which meetings with students take place that nobody logs? → the advisers')
  expect(questions.join()).not.toContain('grade 10')
})

test('the lowest quarter comes before the whole, and growth above typical is asked about too', () => {
  const quarters = [[40, 4], [50, 4], [52, 4], [58, 4]] as const // prettier-ignore
  expect(asked({ ...ORDINARY, growth: [56, 3], quarters })[0]).toMatch(/^What helps students who started in the lowest quarter in Mathematics/) // prettier-ignore
  expect(asked({ ...ORDINARY, growth: [56, 3] })[0]).toMatch(/^What would you keep of this year’s work in Mathematics/)
  expect(asked({ ...ORDINARY, growth: [44, 3] })[0]).toMatch(/^Which work in Mathematics helped students most/)
})

test('growth is said in points beside the district where no percentile is known, and only as far as ranges go', () => {
  const said = (points: Interval): string =>
    sentences(facts({ points }), english).text.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ') // prettier-ignore
  expect(said([-2.2, 0.3])).toContain('Students grew 1.9 to 2.5 points a year less than in the district in Mathematics, on the test’s own scale.') // prettier-ignore
  expect(asked({ points: [-2.2, 0.3] })[0]).toMatch(/^Which work in Mathematics helped students most/)
  expect(said([2.2, 0.3])).toContain('Students grew 1.9 to 2.5 points a year more than in the district in Mathematics')
  expect(said([0.1, 0.3])).toContain('between 0.2 points a year less and 0.4 more than in the district in Mathematics, on the test’s own scale: not distinguishable from it.') // prettier-ignore
})

test('whatever is known, there are three questions of three topics, in both languages, each asking and each of a role', () => {
  const share = fc.option(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 0.2, noNaN: true })), { nil: undefined }) // prettier-ignore
  const percentile = fc.option(fc.tuple(fc.double({ min: 10, max: 90, noNaN: true }), fc.double({ min: 1, max: 9, noNaN: true })), { nil: undefined }) // prettier-ignore
  const known = fc.record({ days: share, daysBefore: share, districtDays: share, districtBefore: share, adult: share, adultBefore: share, logging: share, growth: percentile, growthBefore: percentile, quarters: fc.array(percentile.map(of => of ?? null), { maxLength: 4 }), grades: fc.dictionary(fc.constantFrom('09', '10', 'KG'), share.map(of => of ?? ([0.5, 0.1] as const))) }) // prettier-ignore
  fc.assert(
    fc.property(known, fc.constantFrom(...LANGUAGES), (some, language) => {
      const of = facts(some as Known)
      const said = saidIn(language)
      const questions = questionsOf(of, changesOf(of, said), said)
      expect(new Set(questions.map(({ topic }) => topic)).size).toBe(3)
      for (const { ask, whom, because } of questions) {
        expect(String(ask)).toMatch(/\?$/)
        expect(`${whom} ${String(because)}`).not.toMatch(/undefined|null|NaN/)
      }
    }),
    { numRuns: 200, seed: 20_261_122 },
  )
})
