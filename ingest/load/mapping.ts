import { z } from 'zod'
import { IdType } from '../../schemas/interaction.ts'
import { InteractionMapping } from './interaction-mapping.ts'
import { AliasMapping } from './mapped-aliases.ts'
import { Rows } from './mapping-rows.ts'
import { PLAN_PARTS, PlanBlocks, rivalsOf } from './plan-mapping.ts'
import { ScoreMapping } from './score-mapping.ts'
import { columnsIn, Template } from './template.ts'

const Person = z.strictObject({
  id: Template,
  idType: IdType.default('sourcedId'),
  role: Template,
  grade: Template.optional(),
  /** Class of the person; absent: in none. */
  class: Template.optional(),
  label: Template.optional(),
  classType: z.enum(['homeroom', 'scheduled']).default('homeroom'),
  subject: Template.optional(),
  school: Template,
  /** Local dates, half-open. */
  begin: Template,
  end: Template.optional(),
  /** Demographics, by name. */
  groups: z.record(z.string(), Template).default({}),
})
export type PersonMapping = z.infer<typeof Person>

/** Rows as a roster: persons, their classes and enrolments, each once however often a row names them. */
export const RosterMapping = z.strictObject({ ...Rows, persons: z.array(Person).min(1) })
export type RosterMapping = z.infer<typeof RosterMapping>

const Schema = z.strictObject({
  /** Name of the source in records, rosters and dead letters. */
  source: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, { error: 'lower-case letters, digits, dots and dashes, at most 64' }),
  /** Where the data come from and under which licence; for people. */
  about: z.string().optional(),
  schools: z.array(z.strictObject({ id: z.string().min(1).max(256), name: z.string().max(512) })).default([]),
  rosters: z.array(RosterMapping).default([]),
  aliases: z.array(AliasMapping).default([]),
  interactions: z.array(InteractionMapping).default([]),
  scores: z.array(ScoreMapping).default([]),
  ...PlanBlocks,
})
export type Mapping = z.infer<typeof Schema>

/** A mapping file: what the rows of a district's own files mean. Columns that no header will have are named here already. */
export const Mapping = Schema.superRefine((mapping, context) => {
  for (const part of rivalsOf(mapping))
    context.addIssue({ code: 'custom', message: 'one block alone where complete is true', path: [part] })
  for (const part of ['rosters', 'aliases', 'interactions', 'scores', ...PLAN_PARTS] as const) {
    mapping[part].forEach((block, i) => {
      if (block.columns === undefined) return
      const missing = columnsOf(block).filter(column => !block.columns!.includes(column))
      if (missing.length > 0)
        context.addIssue({
          code: 'custom',
          message: `only columns that columns has; ${missing.join(', ')} is not one`,
          path: [part, i],
        })
    })
  }
})

/** Every column that a block names, once. */
export function columnsOf(block: object): string[] {
  const templates: unknown[] = Object.entries(block).flatMap(([key, value]) => (key in Rows ? [] : [value]))
  const found: string[] = []
  for (let value = templates.pop(); value !== undefined || templates.length > 0; value = templates.pop()) {
    const template = Template.safeParse(value)
    if (template.success) found.push(...columnsIn(template.data))
    else if (typeof value === 'object' && value !== null) templates.push(...Object.values(value))
  }
  return [...new Set(found)]
}
