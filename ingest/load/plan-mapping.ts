import { z } from 'zod'
import { IdType } from '../../schemas/interaction.ts'
import { Rows } from './mapping-rows.ts'
import { DATE_FORMATS } from './score-dates.ts'
import { Template } from './template.ts'

const Common = {
  ...Rows,
  student: z.strictObject({ id: Template, idType: IdType.default('sourcedId') }),
  subject: Template.optional(),
  dateFormat: z.enum(DATE_FORMATS).default('y-m-d'),
  /** `deleted` takes back what was loaded under the same key; everything else says that it stands. */
  status: Template.optional(),
  /**
   * What makes a row itself beside the source: the id that the tool gave it. Then a changed row is a correction. Not given:
   * the fields that each kind names.
   */
  naturalKey: z.array(Template).min(1).optional(),
  /**
   * The file holds all that the source has of this kind: what it has no longer is taken back. Not if a row of it could not be
   * used. One file, named without `*`, and one block of the kind.
   */
  complete: z.boolean().default(false),
}

/** Only of one whole file can be told what is missing in it. */
function keepsComplete({ complete, files }: { complete: boolean; files: string[] }): boolean {
  return !complete || (files.length === 1 && !files[0]!.includes('*'))
}
const COMPLETE_RULE = { path: ['files'], error: 'one file, named without *, where complete is true' }

/** Rows as students' own plans. Key: student, subject and first day. */
export const PlanMapping = z
  .strictObject({
    ...Common,
    /** Units of work planned for a week. */
    units: Template.optional(),
    /** How the week is meant to be spent; a mode without a value has none of it. */
    mix: z
      .strictObject({
        individual: Template.optional(),
        adult: Template.optional(),
        peer: Template.optional(),
        group: Template.optional(),
      })
      .optional(),
    /** `shares` and `percent` add up to 1 and 100; `weights`, minutes for example, are made shares. */
    mixIn: z.enum(['shares', 'percent', 'weights']).default('shares'),
    from: Template,
    /** The first day on which it does not hold any more. Not given, or empty in a row: it has no end. */
    to: Template.optional(),
    /** The last day on which it holds, where the file says that instead. */
    through: Template.optional(),
    /** The student's words; sealed. */
    text: Template.optional(),
  })
  .refine(keepsComplete, COMPLETE_RULE)
  .refine(block => block.units !== undefined || block.mix !== undefined, {
    path: ['units'],
    error: 'units, mix, or both',
  })
  .refine(block => block.to === undefined || block.through === undefined, {
    path: ['through'],
    error: 'nothing beside to',
  })
export type PlanMapping = z.infer<typeof PlanMapping>

/** Rows as goals. Key: student, subject, day and text. */
export const GoalMapping = z
  .strictObject({
    ...Common,
    /** The day on which it was set. */
    date: Template,
    due: Template.optional(),
    closed: Template.optional(),
    /**
     * `open`, `attained`, `missed`, `dropped`. Not given, or empty in a row: open while it has no day on which it ended, then
     * what its level says.
     */
    state: Template.optional(),
    /** −2 to 2, goal attainment scaling; 0 is what was expected. */
    level: Template.optional(),
    expected: Template.optional(),
    weight: Template.optional(),
    /** `short`, `long`. */
    horizon: Template.optional(),
    /** The student's words, and what each level means; sealed. */
    text: Template.optional(),
    levels: z.partialRecord(z.enum(['-2', '-1', '0', '1', '2']), Template).optional(),
  })
  .refine(keepsComplete, COMPLETE_RULE)
export type GoalMapping = z.infer<typeof GoalMapping>

/** Rows as choices: what was offered, what was taken. Key: student, day, subject and what was offered. */
export const ChoiceMapping = z
  .strictObject({
    ...Common,
    date: Template,
    /** Ids of activities, several separated by `separator`; never of persons. */
    offered: Template.optional(),
    separator: z.string().min(1).max(8).default(';'),
    /** Empty in a row: none of them. */
    taken: Template,
    /** `chosen` by the student, or `assigned`. */
    choice: Template.default('chosen'),
  })
  .refine(keepsComplete, COMPLETE_RULE)
export type ChoiceMapping = z.infer<typeof ChoiceMapping>

/** Rows as reflections. Key: student, day, subject, about and text. */
export const ReflectionMapping = z
  .strictObject({
    ...Common,
    date: Template,
    /** Id of the activity, goal or prompt. */
    about: Template.optional(),
    /** The student's words; sealed. */
    text: Template.optional(),
  })
  .refine(keepsComplete, COMPLETE_RULE)
export type ReflectionMapping = z.infer<typeof ReflectionMapping>

/** The lists of a mapping file that say what students plan, aim at, choose and think. */
export const PlanBlocks = {
  plans: z.array(PlanMapping).default([]),
  goals: z.array(GoalMapping).default([]),
  choices: z.array(ChoiceMapping).default([]),
  reflections: z.array(ReflectionMapping).default([]),
}
export const PLAN_PARTS = ['plans', 'goals', 'choices', 'reflections'] as const satisfies (keyof typeof PlanBlocks)[]

/** Names of the lists in which a block is complete beside others: each would take back what the others say. */
export const rivalsOf = (mapping: Record<(typeof PLAN_PARTS)[number], readonly { complete: boolean }[]>) =>
  PLAN_PARTS.filter(part => mapping[part].length > 1 && mapping[part].some(({ complete }) => complete))
