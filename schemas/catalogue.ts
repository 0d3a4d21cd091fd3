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
  /** Below this many students nothing is published; from it to 19 only a shrunken value. */
  minimumN: number
  /** What it cannot know. */
  caution: string
  source: string
  /** Definition, relative to the repository. */
  definition: string
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
    minimumN: 10,
    caution: 'Work that no connected tool records is not seen; a quiet day is not an absent student.',
    source: 'Indicator specification B1; weekend activity is reported apart',
    definition: 'processors/engagement/README.md',
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
    minimumN: 10,
    caution: 'Minutes are estimated from the times of events; other limits for pauses would give other minutes.',
    source: 'Indicator specification B2; gap rule after Kovanovic et al. 2015',
    definition: 'processors/engagement/README.md',
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
    minimumN: 10,
    caution: 'Neither good nor bad: it may be enthusiasm, overload or a job during the week.',
    source: 'Indicator specification B1, reported apart',
    definition: 'processors/engagement/README.md',
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
    minimumN: 10,
    caution: 'Logs show contact, not its quality; time together that nobody logs is not seen.',
    source: 'Union of the logged durations, as in B2 but with no credit for gaps',
    definition: 'processors/engagement/README.md',
  },
]

/** The fixed list of cells that are published of every indicator and week: each unit, whole or by one of these slices. */
export const publishedCells = { units: ['school', 'district'], dimensions: ['grade'] } as const satisfies {
  units: readonly UnitType[]
  dimensions: readonly string[]
}

export function indicator(id: string): CatalogueEntry {
  const found = catalogue.find(entry => entry.id === id)
  if (!found) throw new Error(`no indicator named ${id}; the catalogue has ${catalogue.map(e => e.id).join(', ')}`)
  return found
}
