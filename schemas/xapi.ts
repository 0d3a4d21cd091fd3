import { z } from 'zod'
import {
  isDuration,
  isIri,
  isLanguageTag,
  isMailto,
  isMediaType,
  isShallow,
  isSha1,
  isSha2,
  isTimestamp,
  isUuid,
} from './formats.ts'

/**
 * Extension IRIs that Homeroom understands in `context.extensions` (in `result.extensions` and in the extensions of the
 * activity's definition too, in this order). Values are strings; `skills` is a string or an array of strings, `attempt` a
 * whole number from 1.
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
} as const

export const VOIDED = 'http://adlnet.gov/expapi/verbs/voided'

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

/** How deep the JSON inside an extension may go: the standard sets no bound, a stack does. */
export const MAX_EXTENSION_DEPTH = 64

const text = (is: (value: string) => boolean, expected: string) => z.string().refine(is, { error: expected })
const Uuid = text(isUuid, 'a UUID in standard string form')
const Iri = text(isIri, 'an IRI with a scheme')
const Timestamp = text(
  isTimestamp,
  'an ISO 8601 date and time, for example 2026-03-02T14:00:00.000Z; the zone -00:00 is not allowed',
)
const Duration = text(isDuration, 'an ISO 8601 duration, for example PT1M30S')
const LanguageTag = text(isLanguageTag, 'an RFC 5646 language tag, for example en-US')

const LanguageMap = mapOf(isLanguageTag, 'RFC 5646 language tags as keys', value =>
  typeof value === 'string' ? null : 'a string',
)
const Extensions = mapOf(isIri, 'IRIs with a scheme as keys', value =>
  isShallow(value, MAX_EXTENSION_DEPTH) ? null : `JSON at most ${MAX_EXTENSION_DEPTH} levels deep`,
)

const IDENTIFIERS = ['mbox', 'mbox_sha1sum', 'openid', 'account'] as const
const identifiers = {
  mbox: text(isMailto, 'a mailto IRI of one address').optional(),
  mbox_sha1sum: text(isSha1, '40 hexadecimal digits').optional(),
  openid: Iri.optional(),
  account: z.strictObject({ homePage: Iri, name: z.string() }).optional(),
}
const identifiersIn = (agent: object): number => IDENTIFIERS.filter(key => Object.hasOwn(agent, key)).length

/** A person or system with exactly one inverse functional identifier. */
export const Agent = z
  .strictObject({ objectType: z.literal('Agent').optional(), name: z.string().optional(), ...identifiers })
  .refine(agent => identifiersIn(agent) === 1, {
    error: 'exactly one of mbox, mbox_sha1sum, openid, account',
    when: ({ value }) => isRecord(value),
  })

/** An identified group (one identifier), or an anonymous one (no identifier, at least one member). Members are agents. */
export const Group = z
  .strictObject({
    objectType: z.literal('Group'),
    name: z.string().optional(),
    ...identifiers,
    member: z.array(Agent).optional(),
  })
  .refine(
    group =>
      identifiersIn(group) === 1 ||
      (identifiersIn(group) === 0 && Array.isArray(group.member) && group.member.length > 0),
    {
      error: 'one of mbox, mbox_sha1sum, openid, account; or, without any, at least one member',
      when: ({ value }) => isRecord(value),
    },
  )

const AgentOrGroup = z.discriminatedUnion('objectType', [Agent, Group])
export type Agent = z.infer<typeof Agent>
export type Group = z.infer<typeof Group>

const Components = z
  .array(z.strictObject({ id: z.string(), description: LanguageMap.optional() }))
  .refine(list => new Set(list.map(component => component.id)).size === list.length, { error: 'distinct ids' })

const COMPONENT_LISTS = ['choices', 'scale', 'source', 'target', 'steps'] as const
const Definition = z
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
      when: ({ value }) => isRecord(value),
    },
  )

export const Activity = z.strictObject({
  objectType: z.literal('Activity').optional(),
  id: Iri,
  definition: Definition.optional(),
})
export type Activity = z.infer<typeof Activity>

const StatementRef = z.strictObject({ objectType: z.literal('StatementRef'), id: Uuid })

const Score = z
  .strictObject({
    scaled: z.number().min(-1).max(1).optional(),
    raw: z.number().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
  })
  .refine(isOrdered, { error: 'min below max, and raw between them', when: ({ value }) => isRecord(value) })

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

const Context = z.strictObject({
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
})
export type Context = z.infer<typeof Context>

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

const shared = {
  actor: AgentOrGroup,
  verb: Verb,
  result: Result.optional(),
  context: Context.optional(),
  timestamp: Timestamp.optional(),
  attachments: z.array(Attachment).optional(),
}
const PLATFORM_RULE = { error: 'no revision and no platform in the context, because the object is not an activity' }
const VOID_RULE = { error: 'a StatementRef as the object of a voiding statement', path: ['object'] }
const always = { when: ({ value }: { value: unknown }) => isRecord(value) }

const SubStatement = z
  .strictObject({
    objectType: z.literal('SubStatement'),
    ...shared,
    object: z.discriminatedUnion('objectType', [
      Activity,
      Agent.safeExtend({ objectType: z.literal('Agent') }),
      Group,
      StatementRef,
    ]),
  })
  .refine(keepsPlatformRule, { ...PLATFORM_RULE, ...always })
  .refine(keepsVoidRule, { ...VOID_RULE, ...always })

/** A statement of xAPI 1.0.3 as a sender may send it, without anything that the standard does not name. */
export const Statement = z
  .strictObject({
    id: Uuid.optional(),
    ...shared,
    object: z.discriminatedUnion('objectType', [
      Activity,
      Agent.safeExtend({ objectType: z.literal('Agent') }),
      Group,
      StatementRef,
      SubStatement,
    ]),
    stored: Timestamp.optional(),
    authority: AgentOrGroup.refine(isAuthority, {
      error: 'an agent, or an anonymous group of exactly two agents',
      when: ({ value }) => isRecord(value),
    }).optional(),
    version: text(value => /^1\.0(?:\.\d+)?$/.test(value), '1.0 or 1.0.x').optional(),
  })
  .refine(keepsPlatformRule, { ...PLATFORM_RULE, ...always })
  .refine(keepsVoidRule, { ...VOID_RULE, ...always })
export type Statement = z.infer<typeof Statement>

/** min < max where both are given, and raw within what is given. */
export function isOrdered(score: { raw?: number; min?: number; max?: number }): boolean {
  const { raw, min = -Infinity, max = Infinity } = score
  if (typeof min !== 'number' || typeof max !== 'number') return true
  return min < max && (typeof raw !== 'number' || (raw >= min && raw <= max))
}

function keepsPlatformRule(statement: { object?: unknown; context?: unknown }): boolean {
  const { object, context } = statement
  if (!isRecord(context) || (context.revision === undefined && context.platform === undefined)) return true
  return !isRecord(object) || object.objectType === undefined || object.objectType === 'Activity'
}

function keepsVoidRule(statement: { verb?: unknown; object?: unknown }): boolean {
  if (!isRecord(statement.verb) || statement.verb.id !== VOIDED) return true
  return isRecord(statement.object) && statement.object.objectType === 'StatementRef'
}

function isAuthority(agent: { objectType?: unknown; member?: unknown }): boolean {
  if (agent.objectType !== 'Group') return true
  return identifiersIn(agent) === 0 && Array.isArray(agent.member) && agent.member.length === 2
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// z.record drops a key named __proto__ unseen; this names every wrong key.
function mapOf(isKey: (key: string) => boolean, keys: string, fault: (value: unknown) => string | null) {
  return z.unknown().superRefine((value, context) => {
    if (!isRecord(value)) {
      context.addIssue({ code: 'custom', message: `an object with ${keys}`, path: [] })
      return
    }
    for (const [key, inner] of Object.entries(value)) {
      // Keys are the sender's own words, so that of a wrong one, or a long one, only the length is told.
      const told = isKey(key) && /^[a-z]{2,3}(?:-|$)/i.test(key) ? key : `[key of ${key.length} characters]`
      if (!isKey(key)) context.addIssue({ code: 'custom', message: keys, path: [told] })
      const wrong = fault(inner)
      if (wrong) context.addIssue({ code: 'custom', message: wrong, path: [told] })
    }
  }) as unknown as z.ZodType<Record<string, unknown>>
}
