import { commentOf, type Words } from '../../schemas/codebook.ts'
import { DATES, VALUES } from './manifest.ts'

type Column = readonly [name: string, type: string, words: Partial<Words> & Pick<Words, 'meaning'>]
export type ExtractTable = {
  name: 'students' | 'weeks' | 'growth' | 'schools' | 'manifest'
  columns: readonly Column[]
  /** Columns it is sorted by. */
  order: string
  words: Pick<Words, 'meaning' | 'source'>
}

const README = 'processors/research/README.md'
const WITHHELD = 'withheld: given up so that groups have 10 students; not known: nobody said'
const PERSON: Column = [
  'person',
  'String',
  { meaning: 'pseudonym of the student in this extract', range: '64 hexadecimal digits' },
]
const UNKNOWN = 'empty: not known, or too little to say'
const SHARE = '0 to 1, moved by up to 1.5 steps'
const COUNT = 'from 0, moved by up to 1.5 steps; top-coded'
const UNLOGGED = 'empty: the school does not log such contacts'

/** The tables of an extract, as SQL and codebook have them. */
export const EXTRACT_TABLES: readonly ExtractTable[] = [
  {
    name: 'students',
    order: 'person',
    words: { meaning: 'Students: one row each, with what k-anonymity and l-diversity are counted over', source: README },
    columns: [
      PERSON,
      ['school', 'LowCardinality(String)', { meaning: 'pseudonym of the school of most weeks, else of most scores', range: '16 hexadecimal digits, withheld, not known', missing: WITHHELD }],
      ['school_level', 'LowCardinality(String)', { meaning: 'level of the school, by the grades of most of its students', range: 'elementary, middle, high, withheld, not known', missing: WITHHELD }],
      ['grade_band', 'LowCardinality(String)', { meaning: 'grades of which the student’s is one', range: 'K-2, 3-5, 6-8, 9-12, withheld, not known', missing: WITHHELD }],
      ['band', 'LowCardinality(String)', { meaning: 'quarter of the cohort by the first prior score, 1 lowest', range: '1, 2, 3, 4; as halves 1-2, 3-4; withheld, not known', missing: WITHHELD }],
      ['gender', 'LowCardinality(String)', { meaning: 'as the roster says', range: 'female, male, other, withheld, not known', missing: WITHHELD }],
      ['demographic', 'LowCardinality(String)', { meaning: 'the demographic attribute that the study names, as the roster says', range: 'any text, withheld, not known; not asked: the study names none', missing: WITHHELD }],
      ['absence', 'LowCardinality(String)', { meaning: 'share of school days absent', range: 'under 5%, 5 to 10%, 10% or more, not known', missing: 'not known: no week with figures', source: 'processors/engagement/README.md' }],
      ['adult_contact', 'LowCardinality(String)', { meaning: 'weeks with sustained contact with an adult, as logged; most: 80% or more', range: 'no week, some weeks, most weeks, not known', missing: 'not known: the school does not log contacts', source: 'processors/connectedness/README.md' }],
      ['growth', 'LowCardinality(String)', { meaning: 'latest growth percentile: low below 35, high above 65', range: 'low, typical, high, not known', missing: 'not known: no growth percentile', source: 'processors/growth/README.md' }],
      ['weeks', 'UInt16', { meaning: 'weeks of the student in the table weeks', unit: 'weeks', range: 'from 0' }],
    ],
  },
  {
    name: 'weeks',
    order: 'person, week_number',
    words: { meaning: `Weeks of students: engagement and connectedness. ${DATES} ${VALUES}`, source: README },
    columns: [
      PERSON,
      ['week_number', 'UInt16', { meaning: 'place of the week among the student’s', unit: 'weeks', range: 'from 1' }],
      ['week', 'Date', { meaning: 'Monday, moved by the student’s own number of weeks: true only relative to the student’s other weeks', unit: 'day', range: 'Mondays' }],
      ['active_share', 'Nullable(Float64)', { meaning: 'share of school days with learning activity, in steps of 0.2', unit: 'share of school days', range: SHARE, missing: UNKNOWN, source: 'processors/engagement/README.md, B1' }],
      ['effort_minutes', 'Nullable(Float64)', { meaning: 'time on task, in steps of 10', unit: 'minutes in the week', range: COUNT, missing: UNKNOWN, source: 'processors/engagement/README.md, B2' }],
      ['completion', 'Nullable(Float64)', { meaning: 'activities completed of those begun, in steps of 0.1', unit: 'share of activities', range: SHARE, missing: UNKNOWN, source: 'processors/engagement/README.md, B3' }],
      ['evenness', 'Nullable(Float64)', { meaning: 'how evenly the minutes lie over the week’s days, in steps of 0.1', unit: 'entropy, share of the greatest', range: SHARE, missing: UNKNOWN, source: 'processors/engagement/README.md, B4' }],
      ['engagement_index', 'Nullable(Float64)', { meaning: 'weekly engagement index, in steps of 2', unit: 'points; the reference year is 50', range: '18 to 82, moved by up to 3', missing: UNKNOWN, source: 'processors/engagement/README.md, B7' }],
      ['adults', 'Nullable(Float64)', { meaning: 'adults with sustained contact, moved by -1, 0 or 1', unit: 'people', range: COUNT, missing: UNLOGGED, source: 'processors/connectedness/README.md, C2' }],
      ['peer_ties', 'Nullable(Float64)', { meaning: 'peers with a logged tie, moved by -1, 0 or 1', unit: 'people', range: COUNT, missing: UNLOGGED, source: 'processors/connectedness/README.md, C4' }],
      ['connected_share', 'Nullable(Float64)', { meaning: 'share of school days with logged contact with an adult and a peer, in steps of 0.2', unit: 'share of school days', range: SHARE, missing: UNLOGGED, source: 'processors/connectedness/README.md, C8' }],
      ['balance', 'Nullable(Float64)', { meaning: 'how evenly logged time is spread over alone, adult, peer and group, in steps of 0.1: a description, no target', unit: 'entropy, share of the greatest', range: SHARE, missing: UNLOGGED, source: 'processors/connectedness/README.md, C8' }],
      ['adult_minutes', 'Nullable(Float64)', { meaning: 'logged time one to one with an adult, in steps of 10', unit: 'minutes in the week', range: COUNT, missing: UNLOGGED, source: 'processors/connectedness/README.md, C8' }],
      ['peer_minutes', 'Nullable(Float64)', { meaning: 'logged time with other students, in steps of 10', unit: 'minutes in the week', range: COUNT, missing: UNLOGGED, source: 'processors/connectedness/README.md, C8' }],
    ],
  },
  {
    name: 'growth',
    order: 'person, test, subject, sitting',
    words: { meaning: `Scores of students and their growth, one row for each sitting. ${VALUES}`, source: README },
    columns: [
      PERSON,
      ['test', 'LowCardinality(String)', { meaning: 'which test; only those that ten students or more have taken' }],
      ['subject', 'LowCardinality(String)', { meaning: 'subject of the test' }],
      ['sitting', 'UInt8', { meaning: 'place of the sitting among the student’s of that test and subject', unit: 'sittings', range: 'from 1' }],
      ['years', 'Float64', { meaning: 'time since the student’s first sitting of that test and subject, in steps of 0.1', unit: 'years', range: 'from 0' }],
      ['score', 'Float64', { meaning: 'score; the steps of each test stand in the manifest', unit: 'points of the test’s own scale', range: 'that of the test; top- and bottom-coded' }],
      ['growth_percentile', 'Nullable(Float64)', { meaning: 'among students with similar earlier scores, where this score stands; in steps of 2', unit: 'percentile', range: '1 to 99, moved by up to 3', missing: UNKNOWN, source: 'processors/growth/README.md, A1' }],
      ['conditional_growth', 'Nullable(Float64)', { meaning: 'score against those of students with the same earlier score, in steps of 0.1', unit: 'standard deviations', range: '-3 to 3, moved by up to 0.15', missing: UNKNOWN, source: 'processors/growth/trajectories.md, A5' }],
      ['slope', 'Nullable(Float64)', { meaning: 'growth of the line through all scores of the student, drawn towards others’ (empirical Bayes); the same in every row of a test and subject', unit: 'points a year', range: 'that of the test; top- and bottom-coded', missing: UNKNOWN, source: 'processors/growth/trajectories.md, A3' }],
      ['slope_se', 'Nullable(Float64)', { meaning: 'standard error of the slope as it was before it was moved; moved itself', unit: 'points a year', range: 'above 0', missing: UNKNOWN, source: 'processors/growth/trajectories.md, A3' }],
    ],
  },
  {
    name: 'schools',
    order: 'school',
    words: { meaning: 'Schools of the students of the extract, under their pseudonyms', source: README },
    columns: [
      ['school', 'LowCardinality(String)', { meaning: 'pseudonym of the school in this extract', range: '16 hexadecimal digits' }],
      ['school_level', 'LowCardinality(String)', { meaning: 'level of the school, by the grades of most of its students', range: 'elementary, middle, high, not known', missing: 'not known: the roster says no grades' }],
      ['students', 'UInt32', { meaning: 'students of the extract who are said to be of this school', unit: 'people', range: 'from 10' }],
      ['weeks', 'UInt32', { meaning: 'rows of the table weeks that are theirs', unit: 'rows', range: 'from 0' }],
      ['adults_logged', 'Nullable(Float64)', { meaning: 'share of these in which the school logged contacts of adults well enough to say who is met', unit: 'share of rows', range: '0 to 1', missing: 'empty: no week', source: 'processors/connectedness/README.md' }],
    ],
  },
  {
    name: 'manifest',
    order: 'position',
    words: { meaning: 'What this extract is, what was done to it, and what that does not cover; how to cite it', source: README },
    columns: [
      ['position', 'UInt16', { meaning: 'order of the lines', unit: 'place in the list', range: 'from 0' }],
      ['item', 'LowCardinality(String)', { meaning: 'what is said, as the manifest’s JSON names it; json: all of it' }],
      ['value', 'String', { meaning: 'as text, or JSON where it is more than one' }],
    ],
  },
] // prettier-ignore

/** Where tables stand until they are whole. */
export const unfinished = (table: ExtractTable['name']): string => `extracted_${table}`

/** CREATE TABLE of an extract's table, not yet in its place. */
export function createTable({ name, columns, order, words }: ExtractTable): string {
  const lines = columns.map(([column, type, said]) => `${column} ${type} comment ${quoted(commentOf(said))}`)
  return `create table ${unfinished(name)} (${lines.join(', ')}) engine = MergeTree order by (${order}) comment ${quoted(commentOf(words))}`
}

/** The rows of `schools`, from the other tables of an extract. @param nameOf where a table stands */
export const schoolsOf = (nameOf: (table: ExtractTable['name']) => string): string => `
  select s.school as school, any(s.school_level) as school_level, toUInt32(count()) as students,
    toUInt32(sum(w.rows)) as weeks, if(weeks = 0, null, round(sum(w.logged) / weeks, 1)) as adults_logged
  from ${nameOf('students')} as s
  left any join (
    select person, count() as rows, countIf(adults is not null) as logged from ${nameOf('weeks')} group by person
  ) as w on w.person = s.person
  where s.school not in ('withheld', 'not known')
  group by school`

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`
