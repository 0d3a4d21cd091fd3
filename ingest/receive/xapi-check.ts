import {
  isDuration,
  isIri,
  isLanguageTag,
  isMailto,
  isMediaType,
  isSha1,
  isShallow,
  isSha2,
  isTimestamp,
  isUuid,
} from '../../schemas/formats.ts'
import { INTERACTION_TYPES, isOrdered, MAX_EXTENSION_DEPTH, VOIDED } from '../../schemas/xapi.ts'

type Json = Record<string, unknown>

/**
 * The rules of `Statement` in schemas/xapi.ts, as plain code: a third of the time, and no errors. The schema states the
 * rules and writes the errors; test/ingest/xapi-check.test.ts holds the two to the same answer on mutated statements.
 */
export function isStatement(value: unknown): boolean {
  return isObject(value) && statement(value, STATEMENT)
}

const STATEMENT = 1
const SUB_STATEMENT = 2

function statement(s: Json, level: typeof STATEMENT | typeof SUB_STATEMENT): boolean {
  for (const key in s) {
    const v = s[key]
    switch (key) {
      case 'actor':
        if (!agentOrGroup(v)) return false
        break
      case 'verb':
        if (!verb(v)) return false
        break
      case 'object':
        if (!object(v, level)) return false
        break
      case 'result':
        if (!result(v)) return false
        break
      case 'context':
        if (!context(v)) return false
        break
      case 'timestamp':
        if (!(typeof v === 'string' && isTimestamp(v))) return false
        break
      case 'attachments':
        if (!listOf(v, attachment)) return false
        break
      case 'objectType':
        if (level !== SUB_STATEMENT) return false
        break
      default:
        if (level !== STATEMENT || !statementOnly(key, v)) return false
    }
  }
  return s.actor !== undefined && s.verb !== undefined && s.object !== undefined && crossRules(s)
}

function statementOnly(key: string, v: unknown): boolean {
  switch (key) {
    case 'id':
      return typeof v === 'string' && isUuid(v)
    case 'stored':
      return typeof v === 'string' && isTimestamp(v)
    case 'version':
      return typeof v === 'string' && /^1\.0(?:\.\d+)?$/.test(v)
    case 'authority':
      return agentOrGroup(v) && isAuthority(v as Json)
    default:
      return false
  }
}

function crossRules(s: Json): boolean {
  const target = s.object as Json
  const about = s.context as Json | undefined
  const isActivity = target.objectType === undefined || target.objectType === 'Activity'
  if (!isActivity && about && (about.revision !== undefined || about.platform !== undefined)) return false
  return (s.verb as Json).id !== VOIDED || target.objectType === 'StatementRef'
}

function isAuthority(agent: Json): boolean {
  if (agent.objectType !== 'Group') return true
  return identifiersIn(agent) === 0 && (agent.member as unknown[]).length === 2
}

function object(v: unknown, level: typeof STATEMENT | typeof SUB_STATEMENT): boolean {
  if (!isObject(v)) return false
  switch (v.objectType) {
    case undefined:
    case 'Activity':
      return activity(v)
    case 'Agent':
    case 'Group':
      return agentOrGroup(v)
    case 'StatementRef':
      return statementRef(v)
    case 'SubStatement':
      return level === STATEMENT && statement(v, SUB_STATEMENT)
    default:
      return false
  }
}

function statementRef(v: unknown): boolean {
  if (!isObject(v) || v.objectType !== 'StatementRef' || typeof v.id !== 'string' || !isUuid(v.id)) return false
  for (const key in v) if (key !== 'objectType' && key !== 'id') return false
  return true
}

function agentOrGroup(v: unknown): boolean {
  if (!isObject(v)) return false
  const isGroup = v.objectType === 'Group'
  if (!isGroup && v.objectType !== 'Agent' && 'objectType' in v) return false
  for (const key in v) {
    if (key === 'objectType') continue
    if (key === 'member') {
      if (!isGroup || !listOf(v.member, agent)) return false
    } else if (!agentProperty(key, v[key])) return false
  }
  const identifiers = identifiersIn(v)
  if (identifiers === 1) return true
  return isGroup && identifiers === 0 && Array.isArray(v.member) && v.member.length > 0
}

const agent = (v: unknown): boolean => isObject(v) && v.objectType !== 'Group' && agentOrGroup(v)

function agentProperty(key: string, v: unknown): boolean {
  switch (key) {
    case 'name':
      return typeof v === 'string'
    case 'mbox':
      return typeof v === 'string' && isMailto(v)
    case 'mbox_sha1sum':
      return typeof v === 'string' && isSha1(v)
    case 'openid':
      return typeof v === 'string' && isIri(v)
    case 'account':
      return account(v)
    default:
      return false
  }
}

function account(v: unknown): boolean {
  if (!isObject(v) || typeof v.homePage !== 'string' || typeof v.name !== 'string' || !isIri(v.homePage)) return false
  for (const key in v) if (key !== 'homePage' && key !== 'name') return false
  return true
}

function identifiersIn(v: Json): number {
  let count = 0
  for (const key in v) if (key === 'mbox' || key === 'account' || key === 'mbox_sha1sum' || key === 'openid') count++
  return count
}

function verb(v: unknown): boolean {
  if (!isObject(v) || typeof v.id !== 'string' || !isIri(v.id)) return false
  for (const key in v) if (key !== 'id' && !(key === 'display' && languageMap(v.display))) return false
  return true
}

function activity(v: unknown): boolean {
  if (!isObject(v) || typeof v.id !== 'string' || !isIri(v.id)) return false
  for (const key in v) {
    if (key === 'id') continue
    if (key === 'objectType' ? v.objectType !== 'Activity' : key !== 'definition' || !definition(v.definition))
      return false
  }
  return true
}

function definition(v: unknown): boolean {
  if (!isObject(v)) return false
  let needsType = false
  for (const key in v) {
    switch (key) {
      case 'name':
      case 'description':
        if (!languageMap(v[key])) return false
        break
      case 'type':
      case 'moreInfo':
        if (typeof v[key] !== 'string' || !isIri(v[key])) return false
        break
      case 'extensions':
        if (!extensions(v.extensions)) return false
        break
      case 'interactionType':
        if (!(INTERACTION_TYPES as readonly unknown[]).includes(v.interactionType)) return false
        break
      default:
        if (!(key === 'correctResponsesPattern' ? listOf(v[key], isString) : componentList(key, v[key]))) return false
        needsType = true
    }
  }
  return !needsType || v.interactionType !== undefined
}

function componentList(key: string, v: unknown): boolean {
  if (key !== 'choices' && key !== 'scale' && key !== 'source' && key !== 'target' && key !== 'steps') return false
  if (!listOf(v, component)) return false
  const list = v as { id: string }[]
  return list.length < 2 || new Set(list.map(({ id }) => id)).size === list.length
}

function component(v: unknown): boolean {
  if (!isObject(v) || typeof v.id !== 'string') return false
  for (const key in v) if (key !== 'id' && !(key === 'description' && languageMap(v.description))) return false
  return true
}

function result(v: unknown): boolean {
  if (!isObject(v)) return false
  for (const key in v) {
    const inner = v[key]
    switch (key) {
      case 'score':
        if (!score(inner)) return false
        break
      case 'success':
      case 'completion':
        if (typeof inner !== 'boolean') return false
        break
      case 'response':
        if (typeof inner !== 'string') return false
        break
      case 'duration':
        if (!(typeof inner === 'string' && isDuration(inner))) return false
        break
      case 'extensions':
        if (!extensions(inner)) return false
        break
      default:
        return false
    }
  }
  return true
}

function score(v: unknown): boolean {
  if (!isObject(v)) return false
  for (const key in v) {
    if (key !== 'scaled' && key !== 'raw' && key !== 'min' && key !== 'max') return false
    if (!Number.isFinite(v[key])) return false
  }
  const scaled = v.scaled as number | undefined
  return (scaled === undefined || (scaled >= -1 && scaled <= 1)) && isOrdered(v)
}

function context(v: unknown): boolean {
  if (!isObject(v)) return false
  for (const key in v) if (!contextProperty(key, v[key])) return false
  return true
}

function contextProperty(key: string, v: unknown): boolean {
  switch (key) {
    case 'registration':
      return typeof v === 'string' && isUuid(v)
    case 'instructor':
      return agentOrGroup(v)
    case 'team':
      return isObject(v) && v.objectType === 'Group' && agentOrGroup(v)
    case 'contextActivities':
      return contextActivities(v)
    case 'revision':
    case 'platform':
      return typeof v === 'string'
    case 'language':
      return typeof v === 'string' && isLanguageTag(v)
    case 'statement':
      return statementRef(v)
    case 'extensions':
      return extensions(v)
    default:
      return false
  }
}

function contextActivities(v: unknown): boolean {
  if (!isObject(v)) return false
  for (const key in v) {
    if (key !== 'parent' && key !== 'grouping' && key !== 'category' && key !== 'other') return false
    const list = v[key]
    if (Array.isArray(list) ? !listOf(list, activity) : !activity(list)) return false
  }
  return true
}

function attachment(v: unknown): boolean {
  if (!isObject(v)) return false
  for (const key in v) {
    const inner = v[key]
    if (key === 'display' || key === 'description') {
      if (!languageMap(inner)) return false
    } else if (key === 'length') {
      if (!(Number.isSafeInteger(inner) && (inner as number) >= 0)) return false
    } else if (typeof inner !== 'string' || !attachmentText(key, inner)) return false
  }
  return [v.usageType, v.display, v.contentType, v.length, v.sha2].every(inner => inner !== undefined)
}

function attachmentText(key: string, v: string): boolean {
  if (key === 'usageType' || key === 'fileUrl') return isIri(v)
  if (key === 'contentType') return isMediaType(v)
  return key === 'sha2' && isSha2(v)
}

function languageMap(v: unknown): boolean {
  if (!isObject(v)) return false
  for (const key in v) if (typeof v[key] !== 'string' || !isLanguageTag(key)) return false
  return true
}

function extensions(v: unknown): boolean {
  if (!isObject(v)) return false
  for (const key in v) if (!isIri(key) || !isShallow(v[key], MAX_EXTENSION_DEPTH)) return false
  return true
}

function listOf(v: unknown, is: (item: unknown) => boolean): boolean {
  if (!Array.isArray(v)) return false
  for (const item of v) if (!is(item)) return false
  return true
}

const isString = (v: unknown): boolean => typeof v === 'string'

function isObject(v: unknown): v is Json {
  return typeof v === 'object' && v !== null && !Array.isArray(v)
}
