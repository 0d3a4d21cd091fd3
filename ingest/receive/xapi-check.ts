import {
  isDuration,
  isIri,
  isLanguageTag,
  isMediaType,
  isRfc3339,
  isSha2,
  isTimestamp,
  isUuid,
} from '../../schemas/formats.ts'
import { isOrdered, STATEMENT_VERSION, VOIDED, type XapiVersion } from '../../schemas/xapi.ts'
import { isObject, type Json } from '../../schemas/json.ts'
import {
  activity,
  agent,
  agentOrGroup,
  extensions,
  identifiersIn,
  languageMap,
  listOf,
  verb,
} from './xapi-check-parts.ts'

/**
 * The rules of `statementSchema(version)` in schemas/xapi.ts, as plain code: a third of the time, and no errors. The schema
 * states the rules and writes the errors; test/ingest/xapi-rules.test.ts holds the two to the same answer on mutated
 * statements of both versions.
 */
export function isStatement(value: unknown, version: XapiVersion): boolean {
  return isObject(value) && statement(value, STATEMENT, version === '2.0.0')
}

const STATEMENT = 1
const SUB_STATEMENT = 2
type Level = typeof STATEMENT | typeof SUB_STATEMENT

function statement(s: Json, level: Level, isV2: boolean): boolean {
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
        if (!object(v, level, isV2)) return false
        break
      case 'result':
        if (!result(v)) return false
        break
      case 'context':
        if (!context(v, isV2)) return false
        break
      case 'timestamp':
        if (!timestamp(v, isV2)) return false
        break
      case 'attachments':
        if (!listOf(v, attachment)) return false
        break
      case 'objectType':
        if (level !== SUB_STATEMENT) return false
        break
      default:
        if (level !== STATEMENT || !statementOnly(key, v, isV2)) return false
    }
  }
  return s.actor !== undefined && s.verb !== undefined && s.object !== undefined && crossRules(s)
}

function statementOnly(key: string, v: unknown, isV2: boolean): boolean {
  switch (key) {
    case 'id':
      return typeof v === 'string' && isUuid(v)
    case 'stored':
      return timestamp(v, isV2)
    case 'version':
      return typeof v === 'string' && STATEMENT_VERSION[isV2 ? '2.0.0' : '1.0.3'].test(v)
    case 'authority':
      return agentOrGroup(v) && isAuthority(v as Json)
    default:
      return false
  }
}

const timestamp = (v: unknown, isV2: boolean): boolean =>
  typeof v === 'string' && (isV2 ? isRfc3339(v) : isTimestamp(v))

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

function object(v: unknown, level: Level, isV2: boolean): boolean {
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
      return level === STATEMENT && statement(v, SUB_STATEMENT, isV2)
    default:
      return false
  }
}

function statementRef(v: unknown): boolean {
  if (!isObject(v) || v.objectType !== 'StatementRef' || typeof v.id !== 'string' || !isUuid(v.id)) return false
  for (const key in v) if (key !== 'objectType' && key !== 'id') return false
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

function context(v: unknown, isV2: boolean): boolean {
  if (!isObject(v)) return false
  for (const key in v) if (!contextProperty(key, v[key], isV2)) return false
  return true
}

function contextProperty(key: string, v: unknown, isV2: boolean): boolean {
  switch (key) {
    case 'registration':
      return typeof v === 'string' && isUuid(v)
    case 'instructor':
      return agentOrGroup(v)
    case 'team':
      return isGroup(v) && agentOrGroup(v)
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
    case 'contextAgents':
      return isV2 && listOf(v, contextAgent)
    case 'contextGroups':
      return isV2 && listOf(v, contextGroup)
    default:
      return false
  }
}

const contextAgent = (v: unknown): boolean => isObject(v) && related(v, 'contextAgent', 'agent') && agent(v.agent)
const contextGroup = (v: unknown): boolean =>
  isObject(v) && related(v, 'contextGroup', 'group') && isGroup(v.group) && agentOrGroup(v.group)

function related(v: Json, type: 'contextAgent' | 'contextGroup', who: 'agent' | 'group'): boolean {
  if (v.objectType !== type) return false
  for (const key in v) if (key !== 'objectType' && key !== who && key !== 'relevantTypes') return false
  return v.relevantTypes === undefined || (listOf(v.relevantTypes, isType) && (v.relevantTypes as unknown[]).length > 0)
}

const isType = (v: unknown): boolean => typeof v === 'string' && isIri(v)
const isGroup = (v: unknown): boolean => isObject(v) && v.objectType === 'Group'

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
