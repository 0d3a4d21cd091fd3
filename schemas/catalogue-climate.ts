import type { CatalogueEntry } from './catalogue.ts'

const base = {
  version: 1,
  units: ['school', 'district'],
  period: 'window',
  domain: 'climate',
  minimumN: 10,
  definition: 'processors/climate/README.md',
  files: ['processors/climate/climate-aggregates.sql'],
} as const satisfies Partial<CatalogueEntry>
const share = { decimals: 2, range: [0, 1] } as const

/** What surveys say. Of every window that has ended, survey by survey; answers of students, families and staff are never pooled. */
export const climateEntries: readonly CatalogueEntry[] = [
  {
    ...base,
    decimals: 2,
    range: [0, 100],
    id: 'climate_score',
    code: 'D1',
    name: 'Climate score',
    question: 'How do people answer the questions of one topic, on average?',
    unit: 'mean answer, on the scale of the survey',
    caution:
      'Those who did not answer may feel otherwise. Shown only where the questions of the topic hang together (alpha .70 and 100 complete answers in the district); of families only single questions are shown. Not an EDSCLS score.',
    source: 'Indicator specification D1, D2, D3; topics after EDSCLS and CASEL',
  },
  {
    ...base,
    decimals: 2,
    range: [0, 100],
    id: 'item_score',
    code: 'D1',
    name: 'Answer to one question',
    question: 'How do people answer this question, on average?',
    unit: 'mean answer, on the scale of the survey',
    caution:
      'Those who did not answer may feel otherwise. Of questions put the wrong way round a high figure is favourable too.',
    source: 'Indicator specification D1, D4',
  },
  {
    ...base,
    ...share,
    id: 'item_favourable',
    code: 'D4',
    name: 'Favourable answers',
    question: 'What share of those who answered this question gave a favourable answer?',
    unit: 'share of those who answered the question',
    caution: 'The upper half of the scale counts as favourable, its middle does not. “I don’t know” is not counted.',
    source: 'Indicator specification D4; Wilson’s interval',
  },
  {
    ...base,
    ...share,
    id: 'survey_response',
    code: 'D4',
    name: 'Response',
    question: 'What share of those who could have answered did?',
    unit: 'share of those on the roster',
    caution:
      'Who is on the roster is known from classes: staff without a class are not, so that more may answer than could. Below one half, schools are not compared.',
    source: 'Indicator specification D4',
  },
]
