import { z } from 'zod'
import { IdType } from '../../schemas/interaction.ts'
import { ScoreKind } from '../../schemas/score.ts'
import { Rows } from './mapping-rows.ts'
import { DATE_FORMATS } from './score-dates.ts'
import { Template } from './template.ts'

const MonthDay = z.string().regex(/^(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/, { error: 'a month and day, MM-DD' })

/** Windows by the date of the sitting: `2025-2026 fall`. */
export const WindowByDate = z.strictObject({
  /** On which day a school year begins. */
  yearBegins: MonthDay.default('07-01'),
  /** First day of each season; without any, a window is a whole school year. */
  seasons: z.record(z.string().min(1).max(32), MonthDay).default({}),
})
export type WindowByDate = z.infer<typeof WindowByDate>

const Field = {
  test: Template,
  subject: Template,
  window: z.union([Template, WindowByDate]),
  grade: Template.optional(),
  date: Template,
  /** Points of the test's scale. Not given: the row has a level only. */
  score: Template.optional(),
  csem: Template.optional(),
  percentile: Template.optional(),
  level: Template.optional(),
  /** Where this does not become true, the sitting counts for nothing: practice, invalidated, rushed. */
  counts: Template.optional(),
  /** Least and greatest score that the scale has: what lies outside is a mistake. */
  range: z.tuple([z.number(), z.number()]).optional(),
}

const Person = z.strictObject({ id: Template, idType: IdType.default('sourcedId') })

/** Rows as scores: tall, one score a row; or wide, `each` saying what is different for each of a row's scores. */
export const ScoreMapping = z
  .strictObject({
    ...Rows,
    kind: ScoreKind.default('assessment'),
    student: Person,
    teacher: Person.optional(),
    school: Template.optional(),
    dateFormat: z.enum(DATE_FORMATS).default('y-m-d'),
    ...Field,
    test: Field.test.optional(),
    subject: Field.subject.optional(),
    date: Field.date.optional(),
    window: Field.window.optional(),
    each: z.array(z.strictObject(Field).partial()).min(1).optional(),
    /** `deleted` takes back what was loaded under the same key; everything else says that it stands. */
    status: Template.optional(),
    /**
     * What makes a sitting itself beside the source: the id that the test's maker gave it. Not given: student, test, subject,
     * window and date, so that a correction of one of them is another sitting.
     */
    naturalKey: z.array(Template).min(1).optional(),
    /**
     * The files hold every score of the tests, subjects and windows that they name: scores of those which they have no
     * longer are taken back. Not if a row of them could not be used.
     */
    complete: z.boolean().default(false),
  })
  .superRefine((block, context) => {
    for (const field of ['test', 'subject', 'window', 'date'] as const) {
      const parts = block.each ?? [{}]
      if (block[field] !== undefined || parts.every(part => part[field] !== undefined)) continue
      context.addIssue({
        code: 'custom',
        message: 'a text with columns in braces, here or in every part of each',
        path: [field],
      })
    }
  })
export type ScoreMapping = z.infer<typeof ScoreMapping>
