import { z } from 'zod'
import { isDuration, isLanguageTag, isMediaType, isRfc3339, isSha2, isTimestamp } from './formats.ts'
import { Activity } from './xapi-activity.ts'
import { Agent, AgentOrGroup, Group, isAuthority } from './xapi-agent.ts'
import { isObject } from './json.ts'
import { Extensions, Iri, LanguageMap, text, Uuid } from './xapi-values.ts'

export { Activity, Definition, INTERACTION_TYPES } from './xapi-activity.ts'
export { Agent, Group } from './xapi-agent.ts'
export { MAX_EXTENSION_DEPTH } from './xapi-values.ts'

/** The versions that are spoken: ADL's xAPI 1.0.3, and 2.0.0, which is IEEE 9274.1.1. */
export type XapiVersion = '1.0.3' | '2.0.0'

/**
 * Extension IRIs that Homeroom understands in `context.extensions` (in `result.extensions` and in the extensions of the
 * activity's definition too, in this order). Values are strings; `skills` is a string or an array of strings, `attempt` a
 * whole number from 1; `plan` and `goal` are objects and `offered` is an array of activity ids, as `Agency` in record.ts has
 * them.
 */
export const EXTENSIONS = {
  /** `chosen` by the learner, or `assigned`. */
  choice: 'https://homeroom.example/xapi/choice',
  /** `individual`, `adult`, `peer`, `group`. */
  mode: 'https://homeroom.example/xapi/mode',
  /** Role of the actor, of `Role` in record.ts. */
  role: 'https://homeroom.example/xapi/role',
  /** Role of the instructor, of `Role` in record.ts. */
  instructorRole: 'https://homeroom.example/xapi/instructor-role',
  skills: 'https://homeroom.example/xapi/skills',
  subject: 'https://homeroom.example/xapi/subject',
  /** OneRoster sourcedId of the class. */
  section: 'https://homeroom.example/xapi/section',
  /** OneRoster sourcedId of the school. */
  school: 'https://homeroom.example/xapi/school',
  attempt: 'https://homeroom.example/xapi/attempt',
  /** The object is the learner's own plan: `{"unitsPerWeek": 3, "mix": {"individual": 0.4, …}, "from": "2026-03-02", "to": …}`. */
  plan: 'https://homeroom.example/xapi/plan',
  /** The object is a goal: `{"level": 1, "expected": 0, "weight": 2, "due": "2026-06-01", "status": "open", "horizon": "short"}`. */
  goal: 'https://homeroom.example/xapi/goal',
  /** Among what the object was chosen. */
  offered: 'https://homeroom.example/xapi/offered',
} as const

export const VOIDED = 'http://adlnet.gov/expapi/verbs/voided'

/** What the property `version` of a statement may be: each version takes the statements of those before it. */
export const STATEMENT_VERSION = { '1.0.3': /^1\.0(?:\.\d+)?$/, '2.0.0': /^[12]\.0(?:\.\d+)?$/ } as const

const Timestamp = {
  '1.0.3': text(
    isTimestamp,
    'an ISO 8601 date and time, for example 2026-03-02T14:00:00.000Z; the zone -00:00 is not allowed',
  ),
  '2.0.0': text(
    isRfc3339,
    'an RFC 3339 date and time with its zone, for example 2026-03-02T14:00:00.000Z; the zone -00:00 is not allowed',
  ),
}
const Version = {
  '1.0.3': text(value => STATEMENT_VERSION['1.0.3'].test(value), '1.0 or 1.0.x'),
  '2.0.0': text(value => STATEMENT_VERSION['2.0.0'].test(value), '2.0, 2.0.x, 1.0 or 1.0.x'),
}
const Duration = text(isDuration, 'an ISO 8601 duration, for example PT1M30S')
const LanguageTag = text(isLanguageTag, 'an RFC 5646 language tag, for example en-US')

const StatementRef = z.strictObject({ objectType: z.literal('StatementRef'), id: Uuid })

const Score = z
  .strictObject({
    scaled: z.number().min(-1).max(1).optional(),
    raw: z.number().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
  })
  .refine(isOrdered, { error: 'min below max, and raw between them', when: ({ value }) => isObject(value) })

const Result = z.strictObject({
  score: Score.optional(),
  success: z.boolean().optional(),
  completion: z.boolean().optional(),
  response: z.string().optional(),
  duration: Duration.optional(),
  extensions: Extensions.optional(),
})

// A single activity is allowed where a list is meant, for the sake of 0.95; so the two are told apart before either is judged.
const activities = z.array(Activity)
const OneOrMore = z.unknown().superRefine((value, context) => {
  const { error } = (Array.isArray(value) ? activities : Activity).safeParse(value)
  for (const issue of error?.issues ?? []) context.addIssue({ ...issue } as never)
}) as unknown as z.ZodType<Activity | Activity[]>

const context = {
  registration: Uuid.optional(),
  instructor: AgentOrGroup.optional(),
  team: Group.optional(),
  contextActivities: z
    .strictObject({
      parent: OneOrMore.optional(),
      grouping: OneOrMore.optional(),
      category: OneOrMore.optional(),
      other: OneOrMore.optional(),
    })
    .optional(),
  revision: z.string().optional(),
  platform: z.string().optional(),
  language: LanguageTag.optional(),
  statement: StatementRef.optional(),
  extensions: Extensions.optional(),
}
const relevantTypes = z.array(Iri).min(1).optional()
const ContextAgent = z.strictObject({ objectType: z.literal('contextAgent'), agent: Agent, relevantTypes })
const ContextGroup = z.strictObject({ objectType: z.literal('contextGroup'), group: Group, relevantTypes })
const Context = {
  '1.0.3': z.strictObject(context),
  '2.0.0': z.strictObject({
    ...context,
    contextAgents: z.array(ContextAgent).optional(),
    contextGroups: z.array(ContextGroup).optional(),
  }),
}
export type Context = z.infer<(typeof Context)['2.0.0']>

const Verb = z.strictObject({ id: Iri, display: LanguageMap.optional() })

const Attachment = z.strictObject({
  usageType: Iri,
  display: LanguageMap,
  description: LanguageMap.optional(),
  contentType: text(isMediaType, 'a media type'),
  length: z.int().min(0),
  sha2: text(isSha2, 'a SHA-2 hash in hexadecimal digits'),
  fileUrl: Iri.optional(),
})

const PLATFORM_RULE = { error: 'no revision and no platform in the context, because the object is not an activity' }
const VOID_RULE = { error: 'a StatementRef as the object of a voiding statement', path: ['object'] }
const always = { when: ({ value }: { value: unknown }) => isObject(value) }
const objects = [Activity, Agent.safeExtend({ objectType: z.literal('Agent') }), Group, StatementRef] as const

function statementOf<C extends z.ZodObject>(version: XapiVersion, context: C) {
  const shared = {
    actor: AgentOrGroup,
    verb: Verb,
    result: Result.optional(),
    context: context.optional(),
    timestamp: Timestamp[version].optional(),
    attachments: z.array(Attachment).optional(),
  }
  const SubStatement = z
    .strictObject({
      objectType: z.literal('SubStatement'),
      ...shared,
      object: z.discriminatedUnion('objectType', [...objects]),
    })
    .refine(keepsPlatformRule, { ...PLATFORM_RULE, ...always })
    .refine(keepsVoidRule, { ...VOID_RULE, ...always })
  return z
    .strictObject({
      id: Uuid.optional(),
      ...shared,
      object: z.discriminatedUnion('objectType', [...objects, SubStatement]),
      stored: Timestamp[version].optional(),
      authority: AgentOrGroup.refine(isAuthority, {
        error: 'an agent, or an anonymous group of exactly two agents',
        when: ({ value }) => isObject(value),
      }).optional(),
      version: Version[version].optional(),
    })
    .refine(keepsPlatformRule, { ...PLATFORM_RULE, ...always })
    .refine(keepsVoidRule, { ...VOID_RULE, ...always })
}

const schemas = { '1.0.3': statementOf('1.0.3', Context['1.0.3']), '2.0.0': statementOf('2.0.0', Context['2.0.0']) }

/** A statement of either version. */
export type Statement = z.infer<(typeof schemas)['2.0.0']>

/**
 * A statement as a sender of that version may send it, without anything that the standard does not name. 2.0.0 has the
 * context's `contextAgents` and `contextGroups`, and wants times by RFC 3339 with their zone: 1.0.3 recommends that only.
 * Sources: xAPI 1.0.3 Data 2.4; IEEE 9274.1.1, 4.2
 */
export const statementSchema = (version: XapiVersion): z.ZodType<Statement> => schemas[version]

/** Statements of 1.0.3. */
export const Statement = statementSchema('1.0.3')

/** min < max where both are given, and raw within what is given. */
export function isOrdered(score: { raw?: number; min?: number; max?: number }): boolean {
  const { raw, min = -Infinity, max = Infinity } = score
  if (typeof min !== 'number' || typeof max !== 'number') return true
  return min < max && (typeof raw !== 'number' || (raw >= min && raw <= max))
}

function keepsPlatformRule(statement: { object?: unknown; context?: unknown }): boolean {
  const { object, context } = statement
  if (!isObject(context) || (context.revision === undefined && context.platform === undefined)) return true
  return !isObject(object) || object.objectType === undefined || object.objectType === 'Activity'
}

function keepsVoidRule(statement: { verb?: unknown; object?: unknown }): boolean {
  if (!isObject(statement.verb) || statement.verb.id !== VOIDED) return true
  return isObject(statement.object) && statement.object.objectType === 'StatementRef'
}
