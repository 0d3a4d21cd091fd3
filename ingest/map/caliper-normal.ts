import { isObject, type Json } from '../../schemas/json.ts'

/** What 1.0 called otherwise, and where: property of an entity type → its name since 1.1. */
const RENAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Attempt: { actor: 'assignee' },
  Session: { actor: 'user' },
}
const ANYWHERE: Readonly<Record<string, string>> = {
  '@id': 'id',
  '@type': 'type',
  alignedLearningObjective: 'learningObjectives',
}

/** Properties whose values are terms, which 1.0 writes as IRIs. */
const TERMS: ReadonlySet<string> = new Set(['@type', 'type', 'action', 'status', 'roles', 'profile'])
/** Times that 1.0 counts in seconds. */
const SECONDS: ReadonlySet<string> = new Set(['duration', 'currentTime'])
/** Positions that 1.0 writes as strings. */
const POSITIONS: ReadonlySet<string> = new Set(['start', 'end'])

const VOCABULARY = /^https?:\/\/purl\.imsglobal\.org\//

/** Whether an item is written as 1.0 does: with `@id` and `@type`, or with IRIs of Caliper in the place of terms. */
export const isOldForm = (item: unknown): item is Json =>
  isObject(item) &&
  (Object.hasOwn(item, '@type') ||
    Object.hasOwn(item, '@id') ||
    (typeof item.type === 'string' && VOCABULARY.test(item.type)))

/**
 * An event or entity of Caliper 1.0 in the form of 1.1: `@id` and `@type` become `id` and `type`, terms lose the IRI before
 * their name, seconds become a duration, positions numbers, and what was renamed has its new name. Everything else stays.
 */
export function normalCaliper(item: unknown): unknown {
  if (Array.isArray(item)) return item.map(normalCaliper)
  if (!isObject(item)) return item
  const type = termOf(item['@type'] ?? item.type)
  const renamed = typeof type === 'string' && Object.hasOwn(RENAMED, type) ? RENAMED[type]! : {}
  const names = Object.keys(item)
  const entries = names.map(key => {
    const name = own(ANYWHERE, key) ?? own(renamed, key) ?? key
    // A name that is taken already keeps what it has.
    const kept = name !== key && names.includes(name) ? key : name
    return [kept, normalValue(key, item[key])] as const
  })
  return Object.fromEntries(entries)
}

function normalValue(key: string, value: unknown): unknown {
  if (key === '@context' || key === 'extensions') return value
  if (TERMS.has(key)) return Array.isArray(value) ? value.map(termOf) : termOf(value)
  if (SECONDS.has(key) && typeof value === 'number' && value >= 0) return `PT${value}S`
  if (POSITIONS.has(key) && typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value)
  return normalCaliper(value)
}

/** `Learner` of `…/vocab/lis/v2/membership#Learner`, `Instructor#Grader` of `…/membership/instructor#Grader`. */
export function termOf(value: unknown): unknown {
  if (typeof value !== 'string' || !VOCABULARY.test(value)) return value
  const [, role, subrole] = /\/membership\/(\w+)#(\w+)$/.exec(value) ?? []
  if (role === undefined) return value.replace(/^.*[/#]/, '')
  return `${role[0]!.toUpperCase()}${role.slice(1)}#${subrole}`
}

function own(names: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(names, key) ? names[key] : undefined
}
