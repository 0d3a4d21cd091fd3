import { z } from 'zod'
import { Kind, Mode } from './record.ts'
import { VOIDED } from './xapi.ts'

/** The kinds that a line may give: `other` is the lack of a line, and what voids is settled by the standard. */
export const LineKind = Kind.exclude(['other', 'voided'])

/**
 * Where a statement's own time stands. All are intervals that end when the statement says that it happened.
 *
 * - `result`: `result.duration`; also where a line says nothing
 * - `segment`: the last of the video profile's played segments, at the speed it was played
 * - `none`: it has no time of its own, or one that is not such an interval
 */
export const DurationSource = z.enum(['result', 'segment', 'none'])
export type DurationSource = z.infer<typeof DurationSource>

/**
 * One line of the vocabulary: what a verb says, wherever it stands, on activities of one type, or in statements of one
 * category (a profile marks its statements by a category among their context activities).
 */
export const VocabularyLine = z
  .strictObject({
    /** As the record has it: an IRI, for Caliper an action, for other events their name. */
    verb: word().refine(verb => verb !== VOIDED, {
      error: 'another verb: that of voiding is settled by the standard',
    }),
    activityType: word().optional(),
    category: word().optional(),
    kind: oneOf(LineKind.options),
    /** Where the verb itself decides with whom; else actor and counterparts do. */
    mode: oneOf(Mode.options).optional(),
    /** Where the verb itself says that the learner chose, or was assigned. */
    choice: oneOf(['chosen', 'assigned']).optional(),
    duration: oneOf(DurationSource.options).optional(),
    /** For the reader: which profile or tool says so. */
    profile: z.string().max(128, { error: 'at most 128 characters' }).optional(),
  })
  .refine(line => line.activityType === undefined || line.category === undefined, {
    path: ['category'],
    error: 'nothing beside an activityType: two lines instead of one',
  })
export type VocabularyLine = z.infer<typeof VocabularyLine>

export const LINE_COLUMNS = VocabularyLine.keyof().options

function word(): z.ZodString {
  return z.string({ error: 'text' }).regex(/^\S{1,2048}$/, { error: 'text without blanks, at most 2048 characters' })
}

function oneOf<const T extends readonly string[]>(values: T) {
  return z.enum(values, { error: `one of ${values.join(', ')}` })
}
