import { z } from 'zod'
import { numberOf } from '../interaction-text.ts'
import { dayIn } from './score-dates.ts'

const Id = z.string().min(1).max(256)
const status = z.enum(['active', 'inactive', 'tobedeleted']).default('active')
const common = { sourcedId: Id, status }
const Numeric = z.string().transform(numberOf).pipe(z.number())
const title = z.string().max(256).default('')
/** A date, or a date and time of which the date counts. */
const ScoreDate = z
  .string()
  .refine(text => dayIn(text, 'y-m-d') !== undefined, { error: 'a date, YYYY-MM-DD' })
  .transform(text => dayIn(text, 'y-m-d')!)

/** `{A:4.0},{B+:3.3}`: a letter and what it is worth. */
const scaleValues = z
  .string()
  .default('')
  .transform(text =>
    Object.fromEntries(
      [...text.matchAll(/\{([^:{}]+):([^{}]+)\}/g)]
        .map(([, letter, worth]) => [letter!.trim(), worth!.trim()] as const)
        .filter(pair => pair.every(part => part !== '' && part.length <= 64)),
    ),
  )

/**
 * OneRoster 1.1 and 1.2, CSV binding: the columns that Homeroom reads; others may be there. Empty fields are absent.
 * A category (without values) or a score scale.
 */
export const ScoreTermRow = z.object({ ...common, title, scoreScaleValue: scaleValues })

export const LineItemRow = z.object({
  ...common,
  title,
  classSourcedId: Id.optional(),
  categorySourcedId: Id.optional(),
  gradingPeriodSourcedId: Id.optional(),
  academicSessionSourcedId: Id.optional(),
  scoreScaleSourcedId: Id.optional(),
  resultValueMin: Numeric.optional(),
  resultValueMax: Numeric.optional(),
})
export type LineItemRow = z.infer<typeof LineItemRow>

/** What `scoreStatus` may be; only a score that is fully graded counts. */
const ScoreStatus = z.enum(['exempt', 'fully graded', 'not submitted', 'partially graded', 'submitted'])

const result = {
  ...common,
  studentSourcedId: Id,
  score: Numeric.optional(),
  textScore: z.string().max(128).optional(),
  scoreStatus: ScoreStatus.default('fully graded'),
  scoreDate: ScoreDate,
  scoreScaleSourcedId: Id.optional(),
  scorePercentile: Numeric.pipe(z.number().min(0).max(100)).optional(),
}
export const ResultRow = z.object({ ...result, lineItemSourcedId: Id })
export const AssessmentResultRow = z.object({ ...result, assessmentLineItemSourcedId: Id })

/** Of what is deleted, a delta need not say more. */
export const DeletedRow = z.object({ sourcedId: Id, status: z.literal('tobedeleted') })

/** Columns without which a file cannot be used. */
export const REQUIRED_SCORES: Record<string, readonly string[]> = {
  'categories.csv': ['sourcedId'],
  'scorescales.csv': ['sourcedId'],
  'lineitems.csv': ['sourcedId', 'title'],
  'results.csv': ['sourcedId', 'lineItemSourcedId', 'studentSourcedId', 'scoreDate'],
  'assessmentlineitems.csv': ['sourcedId', 'title'],
  'assessmentresults.csv': ['sourcedId', 'assessmentLineItemSourcedId', 'studentSourcedId', 'scoreDate'],
}
