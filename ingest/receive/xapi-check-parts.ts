import { isIri, isKeepable, isLanguageTag, isMailto, isSha1 } from '../../schemas/formats.ts'
import { INTERACTION_TYPES, MAX_EXTENSION_DEPTH } from '../../schemas/xapi.ts'
import { isObject, type Json } from '../../schemas/json.ts'

export function agentOrGroup(v: unknown): boolean {
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

export const agent = (v: unknown): boolean => isObject(v) && v.objectType !== 'Group' && agentOrGroup(v)

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

export function identifiersIn(v: Json): number {
  let count = 0
  for (const key in v) if (key === 'mbox' || key === 'account' || key === 'mbox_sha1sum' || key === 'openid') count++
  return count
}

export function verb(v: unknown): boolean {
  if (!isObject(v) || typeof v.id !== 'string' || !isIri(v.id)) return false
  for (const key in v) if (key !== 'id' && !(key === 'display' && languageMap(v.display))) return false
  return true
}

export function activity(v: unknown): boolean {
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

export function languageMap(v: unknown): boolean {
  if (!isObject(v)) return false
  for (const key in v) if (typeof v[key] !== 'string' || !isLanguageTag(key)) return false
  return true
}

export function extensions(v: unknown): boolean {
  if (!isObject(v)) return false
  for (const key in v) if (!isIri(key) || !isKeepable(v[key], MAX_EXTENSION_DEPTH)) return false
  return true
}

export function listOf(v: unknown, is: (item: unknown) => boolean): boolean {
  if (!Array.isArray(v)) return false
  for (const item of v) if (!is(item)) return false
  return true
}

const isString = (v: unknown): boolean => typeof v === 'string'
