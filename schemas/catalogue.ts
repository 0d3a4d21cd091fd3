import { climateEntries } from './catalogue-climate.ts'
import { connectednessEntries } from './catalogue-connectedness.ts'
import { engagementEntries } from './catalogue-engagement.ts'
import type { UnitType } from './indicator.ts'

export type CatalogueEntry = {
  /** Key in `indicators.indicator`. */
  id: string
  version: number
  /** Section of the specification, for example `B1`. */
  code: string
  name: string
  /** The question it answers, in a reader's words. */
  question: string
  unit: string
  /** How many decimals a page shows. */
  decimals: number
  range: readonly [number, number]
  units: readonly UnitType[]
  /** What one figure is about: a week, the time up to a test window, or a school year. */
  period: 'week' | 'window' | 'year'
  /** What stands together on a page of its own; none: on every page, week by week. */
  domain?: 'engagement' | 'agency' | 'mode' | 'connectedness' | 'climate'
  /** Below this many students nothing is published; from it to 19 only a shrunken value. */
  minimumN: number
  /** What it cannot know. */
  caution: string
  source: string
  /** Definition, relative to the repository. */
  definition: string
  /** What computes the published figures from what is kept of students: SQL as far as SQL can, relative to the repository. */
  files: readonly string[]
}

/** Every indicator there is. Pages, exports, suppression and the codebook are generic over this list. */
export const catalogue: readonly CatalogueEntry[] = [
  {
    id: 'active_days',
    version: 1,
    code: 'B1',
    name: 'Active days',
    question: 'On what share of their school days did students leave a trace of learning?',
    unit: 'share of school days enrolled',
    decimals: 2,
    range: [0, 1],
    units: ['student', 'class', 'advisory', 'school', 'district'],
    period: 'week',
    minimumN: 10,
    caution: 'Work that no connected tool records is not seen; a quiet day is not an absent student.',
    source: 'Indicator specification B1; weekend activity is reported apart',
    definition: 'processors/engagement/README.md',
    files: ['processors/engagement/week-aggregates.sql'],
  },
  {
    id: 'effort_minutes',
    version: 1,
    code: 'B2',
    name: 'Time on task',
    question: 'How many minutes of learning activity do the connected tools show per student and week?',
    unit: 'minutes per student and week',
    decimals: 0,
    range: [0, 10_080],
    units: ['student', 'class', 'advisory', 'school', 'district'],
    period: 'week',
    minimumN: 10,
    caution: 'Minutes are estimated from the times of events; other limits for pauses would give other minutes.',
    source: 'Indicator specification B2; gap rule after Kovanovic et al. 2015',
    definition: 'processors/engagement/README.md',
    files: ['processors/engagement/week-aggregates.sql'],
  },
  {
    id: 'weekend_days',
    version: 1,
    code: 'B1',
    name: 'Weekend activity',
    question: 'On how many weekend days did students leave a trace of learning?',
    unit: 'days per student and week',
    decimals: 2,
    range: [0, 2],
    units: ['student', 'class', 'advisory', 'school', 'district'],
    period: 'week',
    minimumN: 10,
    caution: 'Neither good nor bad: it may be enthusiasm, overload or a job during the week.',
    source: 'Indicator specification B1, reported apart',
    definition: 'processors/engagement/README.md',
    files: ['processors/engagement/week-aggregates.sql'],
  },
  {
    id: 'contact_minutes',
    version: 1,
    code: 'C8',
    name: 'Contact minutes',
    question: 'How many minutes of logged contact with other people did students have?',
    unit: 'minutes per student and week',
    decimals: 0,
    range: [0, 10_080],
    units: ['student', 'class', 'advisory', 'school', 'district'],
    period: 'week',
    minimumN: 10,
    caution: 'Logs show contact, not its quality; time together that nobody logs is not seen.',
    source: 'Union of the logged durations, as in B2 but with no credit for gaps',
    definition: 'processors/engagement/README.md',
    files: ['processors/engagement/week-aggregates.sql'],
  },
  {
    id: 'skills_gained',
    version: 1,
    code: 'A6',
    name: 'Skills gained',
    question: 'How many skills did students probably gain in the week, by their answers?',
    unit: 'expected skills per student who answered',
    decimals: 2,
    range: [-1000, 1000],
    units: ['student', 'class', 'advisory', 'school', 'district'],
    period: 'week',
    minimumN: 10,
    caution:
      'Only what tools with named skills record is seen, and only of students who answered. Wrong answers lower it: a negative figure says that more was believed before than the answers bear out.',
    source: 'Indicator specification A6; Corbett & Anderson 1995',
    definition: 'processors/growth/mastery.md',
    files: ['processors/growth/skill-aggregates.sql'],
  },
  {
    id: 'growth_percentile',
    version: 1,
    code: 'A2',
    name: 'Growth percentile',
    question: 'Among students with similar earlier scores, where do students’ new scores stand, on average?',
    unit: 'mean growth percentile',
    decimals: 0,
    range: [1, 99],
    units: ['student', 'class', 'advisory', 'school', 'district'],
    period: 'window',
    minimumN: 10,
    caution:
      'The district’s mean is about 50 every year: it cannot show that the district as a whole improved. Without a correction for measurement error, schools with high earlier scores are slightly favoured; growth in points a year stands beside it.',
    source: 'Indicator specification A1, A2; Betebenner 2009',
    definition: 'processors/growth/README.md',
    files: ['processors/growth/growth-aggregates.sql'],
  },
  {
    id: 'growth_percentile_median',
    version: 1,
    code: 'A2',
    name: 'Median growth percentile',
    question: 'Half of the students grew more than this, half less: where is that middle?',
    unit: 'median growth percentile',
    decimals: 0,
    range: [1, 99],
    units: ['class', 'advisory', 'school', 'district'],
    period: 'window',
    minimumN: 10,
    caution: 'Less precise than the mean; unmoved by a few students with very high or very low growth.',
    source: 'Indicator specification A2; standard error as in the R package SGP',
    definition: 'processors/growth/README.md',
    files: ['processors/growth/growth-aggregates.sql'],
  },
  {
    id: 'high_growth_share',
    version: 1,
    code: 'A7',
    name: 'High growth',
    question: 'What share of students grew more than about two thirds of those with similar earlier scores?',
    unit: 'share of students with a growth percentile',
    decimals: 2,
    range: [0, 1],
    units: ['class', 'advisory', 'school', 'district'],
    period: 'window',
    minimumN: 10,
    caution: 'High growth is possible from every starting score, and about a third of a district has it every year.',
    source: 'Indicator specification A7; Wilson’s interval',
    definition: 'processors/growth/README.md',
    files: ['processors/growth/growth-aggregates.sql'],
  },
  {
    id: 'growth_fifth_share',
    version: 1,
    code: 'A2',
    name: 'Spread of growth',
    question: 'What share of students has growth percentiles in each fifth of the scale, from low to high?',
    unit: 'share of students with a growth percentile',
    decimals: 2,
    range: [0, 1],
    units: ['school', 'district'],
    period: 'window',
    minimumN: 10,
    caution: 'In the district each fifth has about 20% every year, by construction; only schools can differ from it.',
    source: 'Shares of students by growth percentile 1–20, 21–40, 41–60, 61–80, 81–99; Wilson’s interval',
    definition: 'processors/growth/README.md',
    files: ['processors/growth/growth-fifths.sql'],
  },
  {
    id: 'mean_score',
    version: 1,
    code: 'A3',
    name: 'Mean score',
    question: 'Where do the scores of each grade stand, window by window, on the test’s own scale?',
    unit: 'points',
    decimals: 1,
    range: [-10_000, 10_000],
    units: ['school', 'district'],
    period: 'window',
    minimumN: 10,
    caution: 'Achievement, not growth: those who came and those who left are in it, and who sat no test is not.',
    source: 'Mean of the scores of a window, Student’s t; section F of the indicator specification',
    definition: 'processors/growth/trajectories.md',
    files: ['processors/growth/score-aggregates.sql'],
  },
  {
    id: 'growth_rate',
    version: 1,
    code: 'A3',
    name: 'Growth in points a year',
    question: 'How many points a year do students’ scores rise on the test’s own scale?',
    unit: 'points a year',
    decimals: 1,
    range: [-10_000, 10_000],
    units: ['student', 'class', 'advisory', 'district'],
    period: 'window',
    minimumN: 10,
    caution: 'Only where the test has one scale over all grades. A straight line through the scores of all years.',
    source: 'Indicator specification A3; Laird & Ware 1982, Bates et al. 2015',
    definition: 'processors/growth/README.md',
    files: ['processors/growth/store-trajectories.ts', 'processors/growth/trajectories.ts'],
  },
  {
    id: 'school_growth',
    version: 1,
    code: 'A4',
    name: 'School growth',
    question: 'How many points a year do students here grow more or less than in the district?',
    unit: 'points a year beside the district',
    decimals: 1,
    range: [-10_000, 10_000],
    units: ['school'],
    period: 'window',
    minimumN: 10,
    caution:
      'Drawn towards 0, the more the fewer students there are. What a school’s students have in common is not only their school.',
    source: 'Indicator specification A4',
    definition: 'processors/growth/README.md',
    files: ['processors/growth/store-trajectories.ts', 'processors/growth/trajectories.ts'],
  },
  {
    id: 'conditional_growth',
    version: 1,
    code: 'A5',
    name: 'Conditional growth, district-referenced',
    question:
      'How far are students’ second scores of a school year above or below what the district’s students with the same first score and as many weeks of instruction reached?',
    unit: 'standard deviations',
    decimals: 2,
    range: [-10, 10],
    units: ['student', 'class', 'advisory', 'school', 'district'],
    period: 'window',
    minimumN: 10,
    caution:
      'The district’s mean is 0 by construction. It has no norms: it is not a test publisher’s conditional growth index, and a school’s mean is not a school’s index.',
    source: 'Indicator specification A5; construction after NWEA’s conditional growth index',
    definition: 'processors/growth/trajectories.md',
    files: ['processors/growth/conditional-aggregates.sql'],
  },
  ...engagementEntries,
  ...connectednessEntries,
  ...climateEntries,
]

/** The fixed list of cells that are published of every indicator and week: each unit, whole or by one of these slices. */
export const publishedCells = {
  units: ['school', 'district'],
  dimensions: ['grade', 'band', 'fifth'],
} as const satisfies {
  units: readonly UnitType[]
  dimensions: readonly string[]
}

/** Those with a figure for every week that stand on every page; the other ones of a domain stand together. */
export const weekly: readonly CatalogueEntry[] = catalogue.filter(
  ({ period, domain }) => period === 'week' && domain === undefined,
)

export function indicator(id: string): CatalogueEntry {
  const found = catalogue.find(entry => entry.id === id)
  if (!found) throw new Error(`no indicator named ${id}; the catalogue has ${catalogue.map(e => e.id).join(', ')}`)
  return found
}
