import { CALIPER_ENTITIES } from '../../schemas/caliper-entities.ts'
import { ROLES, type Properties, type Rule } from '../../schemas/caliper-terms.ts'
import { isDuration, isIri, isTimestamp } from '../../schemas/formats.ts'
import { fault, shown, type Fault } from '../faults.ts'
import { isObject, type Json } from '../../schemas/json.ts'

/** One item that is being checked. `open`: its context names another vocabulary, so that unknown terms may be right. */
export type Check = { readonly index: number; readonly open: boolean; readonly faults: Fault[] }

/** Rules as a list of name and rule, made once. */
export type Rules = readonly (readonly [name: string, rule: Rule])[]

/** Whole entity types: all their supertypes with themselves, and all their properties. */
const TYPES: ReadonlyMap<string, { is: ReadonlySet<string>; has: Rules; part: boolean }> = new Map(
  Object.keys(CALIPER_ENTITIES).map(type => [
    type,
    { is: new Set(lineage(type)), has: Object.entries(inherited(type)), part: CALIPER_ENTITIES[type]!.part === true },
  ]),
)
const ENTITY = TYPES.get('Entity')!

/** Whether an entity type is one of `types` or a subtype of it; undefined for a type that Caliper does not have. */
export function isKind(type: string, types: readonly string[]): boolean | undefined {
  const known = TYPES.get(type)
  return known && types.some(allowed => known.is.has(allowed))
}

/** Checks an entity: its IRI, or an object of one of the types, with all that it contains. */
export function checkEntity(
  check: Check,
  value: unknown,
  path: string,
  types: readonly string[],
  inline = false,
): void {
  if (typeof value === 'string' && !inline) {
    if (!isReference(value, path, types))
      wrong(check, path, value, `an entity of type ${types.join(' or ')}, or its IRI`)
    return
  }
  if (!isObject(value)) {
    wrong(check, path, value, `an entity of type ${types.join(' or ')}${inline ? '' : ', or its IRI'}`)
    return
  }
  const { id } = value
  // A part says what it is by its place: 1.0 gives it no type.
  const type = inline && value.type === undefined ? types[0] : value.type
  const known = typeof type === 'string' ? TYPES.get(type) : undefined
  if (known?.part !== true && !(typeof id === 'string' && isEntityId(id, typeof type === 'string' ? type : '')))
    wrong(check, `${path}.id`, id, 'an IRI')
  if (typeof type !== 'string' || type === '' || (known === undefined && !isForeign(check, type))) {
    wrong(check, `${path}.type`, type, types[0] === 'Entity' ? 'an entity type of Caliper' : orSubtype(types))
  } else if (known !== undefined && isKind(type, types) === false) {
    // A name out of Caliper's own list can be repeated.
    check.faults.push(fault(check.index, `${path}.type`, type, orSubtype(types)))
  }
  checkProperties(check, value, path, (known ?? ENTITY).has)
}

/** Checks the properties that have a rule; all others are the sender's own. */
export function checkProperties(check: Check, holder: Json, at: string, rules: Rules): void {
  for (const [name, rule] of rules) {
    const value = Object.hasOwn(holder, name) ? holder[name] : undefined
    if (value === undefined && !rule.required) continue
    const path = `${at}.${name}`
    if (isEmpty(value, rule)) {
      if (rule.required || (rule.neverNull && value === null)) wrong(check, path, value, expectedOf(rule))
    } else if (rule.list) {
      if (Array.isArray(value)) value.forEach((entry, i) => checkValue(check, entry, `${path}[${i}]`, name, rule))
      else wrong(check, path, value, `an array, each entry ${expectedOf(rule)}`)
    } else checkValue(check, value, path, name, rule)
  }
}

// Sensors that fill in a form send what they know nothing of as null, as an empty string or as an empty entity.
const isEmpty = (value: unknown, { is, list }: Rule): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (is === 'entity' && !list && isObject(value) && Object.keys(value).length === 0)

function checkValue(check: Check, value: unknown, path: string, name: string, rule: Rule): void {
  if (check.faults.length > 20) return
  if (rule.is === 'entity') checkEntity(check, value, path, rule.of ?? [], rule.inline)
  else if (!isRight(check, value, rule)) wrong(check, path, value, expectedOf(rule), name)
}

function isRight(check: Check, value: unknown, rule: Rule): boolean {
  switch (rule.is) {
    case 'number':
      return typeof value === 'number'
    case 'count':
      return Number.isSafeInteger(value) && (value as number) >= 0
    case 'flag':
      return typeof value === 'boolean'
    case 'map':
      return isObject(value)
    default:
      return typeof value === 'string' && isRightText(check, value, rule)
  }
}

function isRightText(check: Check, value: string, rule: Rule): boolean {
  switch (rule.is) {
    case 'time':
      return isTimestamp(value)
    case 'duration':
      return isDuration(value)
    case 'event id':
      return EVENT_ID.test(value)
    case 'term':
      return rule.of!.includes(value) || isForeign(check, value)
    case 'role':
      return ROLES.includes(value.split('#')[0]!) || isForeign(check, value)
    default:
      return true
  }
}

// Blackboard Learn sends the UUID alone.
const EVENT_ID = /^(?:urn:uuid:)?[\dA-F]{8}-[\dA-F]{4}-[\dA-F]{4}-[\dA-F]{4}-[\dA-F]{12}$/i

function expectedOf(rule: Rule): string {
  switch (rule.is) {
    case 'text':
      return 'a string'
    case 'time':
      return 'an ISO 8601 date and time, for example 2026-03-02T14:00:00.000Z'
    case 'duration':
      return 'an ISO 8601 duration, for example PT1M30S'
    case 'number':
      return 'a number'
    case 'count':
      return 'a whole number from 0'
    case 'flag':
      return 'true or false'
    case 'map':
      return 'an object'
    case 'event id':
      return 'a URN of a UUID, urn:uuid:…'
    case 'term':
      return `one of ${rule.of!.join(', ')}`
    case 'role':
      return `one of ${ROLES.join(', ')}, or a subrole, for example Instructor#Grader`
    case 'entity':
      return `an entity of type ${rule.of!.join(' or ')}${rule.inline ? '' : ', or its IRI'}`
  }
}

const wrong = (check: Check, path: string, value: unknown, expected: string, name = ''): void => {
  check.faults.push(fault(check.index, path, shown(value, name), expected))
}

const orSubtype = (types: readonly string[]): string =>
  `${types.join(' or ')}${types.some(hasSubtypes) ? ', or a subtype' : ''}`

const hasSubtypes = (type: string): boolean =>
  Object.values(CALIPER_ENTITIES).some(({ is }) => is.split(' ').includes(type))

const isEntityId = (id: string, type: string): boolean =>
  isIri(id) || /^_:\S+$/.test(id) || (type === 'SoftwareApplication' && HOST.test(id))

// What referred to a page is an address as a browser wrote it, not always an IRI by the letter.
const isReference = (id: string, path: string, types: readonly string[]): boolean =>
  isEntityId(id, types.length === 1 ? types[0]! : '') || (path.endsWith('.referrer') && /^https?:\/\/\S+$/.test(id))

// Canvas names itself by its host where it knows no address of the account.
const HOST = /^(?:[a-z\d-]+\.)+[a-z]{2,}\/?$/i

/** A term of another vocabulary: any IRI, and any word where the context names another vocabulary than Caliper's. */
export const isForeign = (check: Check, term: string): boolean =>
  (check.open && /^\S+$/.test(term)) || (isIri(term) && !/^https?:\/\/purl\.imsglobal\.org\/caliper\//.test(term))

function lineage(type: string): string[] {
  const { is } = CALIPER_ENTITIES[type]!
  return [type, ...(is === '' ? [] : is.split(' ').flatMap(lineage))]
}

function inherited(type: string): Properties {
  const { is, has } = CALIPER_ENTITIES[type]!
  const supertypes = is === '' ? [] : is.split(' ')
  return Object.assign({}, ...supertypes.map(inherited), has) as Properties
}
