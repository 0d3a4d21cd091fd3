import { z } from 'zod'
import { RESEARCH } from '../publish/anonymity.ts'
import { QUASI, SENSITIVE } from './generalise.ts'

/** What an extract is, what was done to it, and what that does not cover. Stands in `identity.studies`, the extract and every export. */
export const Manifest = z.strictObject({
  study: z.string(),
  title: z.string(),
  purpose: z.string(),
  approvedBy: z.string(),
  district: z.string(),
  version: z.int(),
  extractedAt: z.string(),
  /** Last day; the extract is deleted the day after. */
  endsOn: z.string(),
  /** The newest published snapshot then: figures that stand beside the extract; null: none. */
  snapshot: z.string().nullable(),
  /** Version of the definition of each indicator behind a column. */
  catalogue: z.record(z.string(), z.int()),
  software: z.string(),
  /** Rows of each table, and SHA-256 of each row as text, summed modulo 2^256, hexadecimal: the same rows have the same hash in any order. */
  tables: z.record(z.string(), z.strictObject({ rows: z.int(), hash: z.string() })),
  students: z.int(),
  anonymity: z.strictObject({
    quasiIdentifiers: z.array(z.string()),
    sensitive: z.array(z.string()),
    required: z.strictObject({ k: z.int(), l: z.int() }),
    /** Reached; l is null where no sensitive column has two values. */
    k: z.int().nullable(),
    l: z.int().nullable(),
    groups: z.int(),
    /** What is said more coarsely of everybody, in the order in which it was given up. */
    generalised: z.array(z.string()),
    /** Students of whom more is given up than of everybody, because they were few. */
    generalisedFew: z.int(),
    /** Students who are left out, because no words were coarse enough. */
    dropped: z.int(),
  }),
  dates: z.strictObject({
    shiftedByUpToWeeks: z.int(),
    weeksLeftOut: z.int(),
    words: z.string(),
  }),
  values: z.strictObject({
    words: z.string(),
    /** Of counts and minutes: everything above is taken down to this, which ten students reach, before it is moved. */
    mostSaid: z.record(z.string(), z.number()),
    /** Of each test and subject: steps in which scores and slopes are said. */
    steps: z.array(z.strictObject({ test: z.string(), subject: z.string(), score: z.number(), slope: z.number() })),
  }),
  notCovered: z.array(z.string()),
  /** Erasures that have taken rows since, and students who went because their group had become too small. */
  erasures: z.strictObject({ times: z.int(), lastOn: z.string().nullable(), alsoLeftOut: z.int() }),
  citation: z.string(),
})
export type Manifest = z.infer<typeof Manifest>

export const QUASI_IDENTIFIERS = [...QUASI]
export const SENSITIVE_COLUMNS = [...SENSITIVE]
export const REQUIRED = { ...RESEARCH }

export const DATES =
  'All weeks of a student are moved by the same whole number of weeks, which only a key tells; weeks without figures (holidays) are closed up; some weeks at the beginning and the end are left out. The date is lost by design: week_number gives the order of a student’s weeks. Scores have no date, only years since the student’s first.'

export const VALUES =
  'Every weekly value, score, percentile, slope and standard error is moved evenly by up to 1.5 of its steps, either way, by a chance that only a key tells, then rounded to whole steps: right on average, and sometimes outside the range that it had (a count of 0 is said as -1, 0 or 1). Before that, values that fewer than ten students reach are taken down to the one that ten do; growth beside students of the same score beyond 3 standard deviations is said as 3. Percentiles and slopes rest on all earlier scores, also those before the study’s first week.'

/** Said plainly in every manifest. */
export const NOT_COVERED: readonly string[] = [
  'Whoever holds two extracts, or an extract and the source, and compares whole series of values, can find nearly all of the same students by likeness: moving values prevents a join by equal ones, not a search for the most similar. Pseudonyms and dates do not link them.',
  'The school behind a pseudonym can be recognised by its size and by published figures; k is counted as if everybody knew it.',
  'Of a student who has every week of the range, the place of a week in the year is known to within one week more than are left out, however far dates are moved: those left out are all that hides where a series begins.',
  'Common dips of a district (holiday weeks) can narrow down how far a student’s weeks were moved.',
  'Which tests a student took and missed, after how many tenths of a year, and how many weeks there are of a student, are told as they are; k does not count them.',
  'l-diversity is counted for the columns named, as distinct values: where nine of ten in a group share a value, it can still be guessed.',
  'Pseudonymous data of students remain education records: the agreement of the study applies to every copy.',
]
