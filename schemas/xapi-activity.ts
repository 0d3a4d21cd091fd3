import { z } from 'zod'
import { isObject } from './json.ts'
import { Extensions, Iri, LanguageMap } from './xapi-values.ts'

export const INTERACTION_TYPES = [
  'true-false',
  'choice',
  'fill-in',
  'long-fill-in',
  'matching',
  'performance',
  'sequencing',
  'likert',
  'numeric',
  'other',
] as const

const Components = z
  .array(z.strictObject({ id: z.string(), description: LanguageMap.optional() }))
  .refine(list => new Set(list.map(component => component.id)).size === list.length, { error: 'distinct ids' })

const COMPONENT_LISTS = ['choices', 'scale', 'source', 'target', 'steps'] as const
/** What an activity is, in words and, for questions, in its parts. */
export const Definition = z
  .strictObject({
    name: LanguageMap.optional(),
    description: LanguageMap.optional(),
    type: Iri.optional(),
    moreInfo: Iri.optional(),
    extensions: Extensions.optional(),
    interactionType: z.enum(INTERACTION_TYPES).optional(),
    correctResponsesPattern: z.array(z.string()).optional(),
    choices: Components.optional(),
    scale: Components.optional(),
    source: Components.optional(),
    target: Components.optional(),
    steps: Components.optional(),
  })
  .refine(
    definition =>
      Object.hasOwn(definition, 'interactionType') ||
      ![...COMPONENT_LISTS, 'correctResponsesPattern'].some(key => Object.hasOwn(definition, key)),
    {
      error: 'an interactionType, because properties of an interaction are present',
      when: ({ value }) => isObject(value),
    },
  )

export const Activity = z.strictObject({
  objectType: z.literal('Activity').optional(),
  id: Iri,
  definition: Definition.optional(),
})
export type Activity = z.infer<typeof Activity>
export type Definition = z.infer<typeof Definition>
