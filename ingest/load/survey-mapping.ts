import { z } from 'zod'
import { IdType } from '../../schemas/interaction.ts'
import { columnsIn, Template } from './template.ts'

const Person = z.strictObject({ id: Template, idType: IdType.default('sourcedId') })
const Columns = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])

const Table = {
  /** Paths beside the mapping file; `*` stands for any part of a name. Files that end in .gz are unzipped while read. */
  files: z.array(z.string().min(1)).min(1),
  format: z.enum(['csv', 'tsv']).default('csv'),
  /** Another delimiter than that of the format. */
  delimiter: z.string().length(1).optional(),
  /** Rows above the responses, 3 in exports of Qualtrics. The first one's names stand for the columns in templates. */
  headerRows: z.int().min(1).max(3).default(1),
  instrument: z.string(),
  /** Not given: the only version of that instrument in `instruments`. */
  version: z.string().optional(),
  /** Id of the instrument's window; not given: the one in which the response's day lies. */
  window: Template.optional(),
  /** Id that the tool gave the response. */
  response: Template.optional(),
  /** Who answered; not given, or empty in a row: anonymous. */
  respondent: Person.optional(),
  /** The student about whom a family answers. */
  student: Person.optional(),
  /** Date and time, or date, in local time or with a zone; in which order it is written, `survey-time.ts` says. */
  answered: Template.optional(),
  dates: z.enum(['month-first', 'day-first']).default('month-first'),
  role: Template.optional(),
  school: Template.optional(),
  grade: Template.optional(),
  /** Demographics, by name. Not kept of anonymous responses. */
  groups: z.record(z.string(), Template).default({}),
  language: Template.optional(),
  /** Says anything but false, no, 0 or nothing where the response is taken back, or was a preview or test. */
  deleted: Template.optional(),
  /** Items of the instrument that this form did not have. */
  notAsked: z.array(z.string()).default([]),
  /** What the tool writes for "not answered" beside an empty field: `-99`, `NA`. */
  missing: z.array(z.string()).default([]),
  /** The tool's codes where they are not the scale's numbers: `{"11": "1", "12": "2"}`. */
  recode: z.record(z.string(), z.string()).default({}),
  /** Items whose numbers the tool has turned round already; labels are never turned round. */
  turned: z.array(z.string()).default([]),
}

/** A row is a response. Columns are found by the items' ids and texts, in any language, where `items` does not name them. */
const Wide = z.strictObject({ layout: z.literal('wide'), ...Table, items: z.record(z.string(), Columns).default({}) })

/** A row is an answer: `item` is an item's id or text, or a key of `items`, which then gives the id. */
const Long = z.strictObject({
  layout: z.literal('long'),
  ...Table,
  item: Template,
  answer: Template,
  items: z.record(z.string(), z.string()).default({}),
})

export const SurveyBlock = z.discriminatedUnion('layout', [Wide, Long])
export type SurveyBlock = z.infer<typeof SurveyBlock>
export type WideBlock = z.infer<typeof Wide>
export type LongBlock = z.infer<typeof Long>

/** A mapping file of surveys: which files hold responses to which instrument, and what their columns say. */
export const SurveyMapping = z
  .strictObject({
    source: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, { error: 'lower-case letters, digits, dots and dashes, at most 64' }),
    /** For people. */
    about: z.string().optional(),
    /** Instrument files beside the mapping file. */
    instruments: z.array(z.string().min(1)).min(1),
    /** The files hold all that the source has of their windows: what was stored before and is not in them was deleted. */
    complete: z.boolean().default(false),
    surveys: z.array(SurveyBlock).min(1),
  })
  .superRefine(({ surveys }, context) => {
    surveys.forEach((block, i) => {
      const issue = (field: string, message: string): void =>
        context.addIssue({ code: 'custom', path: ['surveys', i, field], message })
      if (block.layout === 'long' && block.response === undefined && block.respondent === undefined)
        issue('response', 'response or respondent: nothing else tells whose answers belong together')
      if (block.respondent === undefined && block.student !== undefined)
        issue('student', 'a respondent too: an anonymous response names nobody')
      if (block.respondent === undefined && Object.keys(block.groups).length > 0)
        issue('groups', 'a respondent too: an anonymous response holds school, role and grade only')
      if (block.window === undefined && block.answered === undefined)
        issue('window', 'window or answered: when it was answered')
    })
  })
export type SurveyMapping = z.infer<typeof SurveyMapping>

/** Every column that the templates of a block name, once; those of items are found in the header. */
export function templateColumns(block: SurveyBlock): string[] {
  const { window, response, respondent, student, answered, role, school, grade, groups, language, deleted } = block
  const said = [window, response, respondent?.id, student?.id, answered, role, school, grade, language, deleted]
  const long = block.layout === 'long' ? [block.item, block.answer] : []
  return [...new Set([...said, ...Object.values(groups), ...long].flatMap(columnsIn))]
}
