import { isCaliperContext } from '../../schemas/caliper.ts'
import { CALIPER_EVENT_PROPERTIES, CALIPER_EVENT_TYPES, CALIPER_PROFILES } from '../../schemas/caliper-events.ts'
import { CALIPER_ACTIONS_ALLOWED, required, type Properties, type Rule } from '../../schemas/caliper-terms.ts'
import { fault, shown, type Fault } from '../faults.ts'
import { checkEntity, checkProperties, isForeign, isKind, type Check, type Rules } from './caliper-entities-check.ts'

type Json = Record<string, unknown>

/** An item with more faults is of another kind altogether. */
const MAX_FAULTS = 20

const EVENTS = new Map(Object.entries(CALIPER_EVENT_TYPES))
const PROFILES = new Map(Object.entries(CALIPER_PROFILES))
const ACTIONS: ReadonlySet<string> = new Set(CALIPER_ACTIONS_ALLOWED)
const CANVAS = 'com.instructure.canvas'

/** What an item of an envelope is meant to be: whatever says that something happened is an event, all else an entity. */
export function isEvent(item: Json): boolean {
  if (typeof item.type === 'string' && item.type.endsWith('Event')) return true
  return ['action', 'actor', 'eventTime'].some(key => Object.hasOwn(item, key))
}

/**
 * Everything that is wrong with an event in the form of 1.1 and 1.2, at most twenty faults, each with its JSON path.
 * Source: schemas/caliper-events.ts, schemas/caliper-entities.ts
 */
export function eventFaults(event: Json, index: number): Fault[] {
  const at = `data[${index}]`
  const check = checkOf(event, index)
  checkContext(check, event, at)
  const type = checkType(check, event.type, `${at}.type`)
  const rules = type === null || isOfCanvas(event) ? undefined : EVENTS.get(type)
  const actions = rules?.actions ?? CALIPER_ACTIONS_ALLOWED
  checkTerm(check, event.action, `${at}.action`, actions, rules !== undefined && type !== 'Event')
  checkProperties(check, event, at, rulesOf(rules === undefined ? '' : type!, event.action))
  if (event.profile !== undefined && event.profile !== null && event.profile !== '')
    checkProfile(check, event, type, at)
  return check.faults.slice(0, MAX_FAULTS)
}

/** Everything that is wrong with an entity that is described on its own. */
export function entityFaults(entity: Json, index: number): Fault[] {
  const at = `data[${index}]`
  const check = checkOf(entity, index)
  checkContext(check, entity, at)
  checkEntity(check, entity, at, ['Entity', 'SystemIdentifier', 'TextPositionSelector'])
  return check.faults.slice(0, MAX_FAULTS)
}

const RULES = new Map<string, Rules>()

/** The properties of an event of a type and action; of those that every event has where the type is ''. */
function rulesOf(type: string, action: unknown): Rules {
  const { has = {}, when } = EVENTS.get(type) ?? {}
  const byAction = typeof action === 'string' ? own(when, action) : undefined
  const name = byAction === undefined ? type : `${type} ${action as string}`
  let rules = RULES.get(name)
  if (rules === undefined) {
    rules = Object.entries(narrowed(CALIPER_EVENT_PROPERTIES, { ...has, ...byAction }))
    RULES.set(name, rules)
  }
  return rules
}

// What is required stays so, however narrow it gets.
function narrowed(rules: Properties, narrower: Properties): Properties {
  const all: Record<string, Rule> = { ...rules, ...narrower }
  for (const [name, rule] of Object.entries(narrower)) if (rules[name]?.required) all[name] = required(rule)
  return all
}

/** Terms of other vocabularies are only known to be meant where the context names another vocabulary. */
function checkOf(item: Json, index: number): Check {
  const context = item['@context']
  const open = Array.isArray(context)
    ? context.some(entry => !isCaliperContext(entry))
    : typeof context === 'object' && context !== null
  return { index, open, faults: [] }
}

// An item without a context has that of its envelope. An object is a context of its own making.
function checkContext(check: Check, item: Json, at: string): void {
  const context = item['@context']
  if (context === undefined || context === null) return
  const entries: unknown[] = Array.isArray(context) ? context : [context]
  const isRight = entries.some(entry => isCaliperContext(entry) || (typeof entry === 'object' && entry !== null))
  if (isRight) return
  const expected = 'the context of Caliper, for example http://purl.imsglobal.org/ctx/caliper/v1p2'
  check.faults.push(fault(check.index, `${at}.@context`, shown(context, '@context'), expected))
}

/** @returns the type if it may be one; null if it is wrong */
function checkType(check: Check, type: unknown, path: string): string | null {
  if (typeof type === 'string' && (EVENTS.has(type) || isForeign(check, type))) return type
  check.faults.push(fault(check.index, path, shown(type, 'type'), `one of ${[...EVENTS.keys()].join(', ')}`))
  return null
}

function checkTerm(check: Check, term: unknown, path: string, terms: readonly string[], closed: boolean): void {
  if (typeof term === 'string' && (terms.includes(term) || (!closed && isForeign(check, term)))) return
  const got = typeof term === 'string' && ACTIONS.has(term) ? term : shown(term, 'action')
  check.faults.push(fault(check.index, path, got, terms.length === 1 ? terms[0]! : `one of ${terms.join(', ')}`))
}

function checkProfile(check: Check, event: Json, type: string | null, at: string): void {
  const { profile, object } = event
  const events = typeof profile === 'string' ? PROFILES.get(profile) : undefined
  if (events === undefined) {
    if (typeof profile === 'string' && isForeign(check, profile)) return
    const expected = `one of ${[...PROFILES.keys()].join(', ')}`
    check.faults.push(fault(check.index, `${at}.profile`, shown(profile, 'profile'), expected))
    return
  }
  if (events === 'any' || type === null || !EVENTS.has(type) || type === 'Event') return
  const types = own(events, type)
  if (types === undefined) {
    const expected = `a profile that has a ${type}`
    check.faults.push(fault(check.index, `${at}.profile`, profile as string, expected))
    return
  }
  const objectType = typeof object === 'object' && object !== null ? (object as Json).type : undefined
  if (types.length === 0 || typeof objectType !== 'string' || isKind(objectType, types) !== false) return
  const expected = `${types.join(' or ')}, as the ${profile as string} says of a ${type}`
  check.faults.push(fault(check.index, `${at}.object.type`, objectType, expected))
}

// Canvas uses types and actions as no profile pairs them (a ThreadEvent "Created", an Attempt as the object of an
// AssessmentEvent, an Entity navigated to), so that its events are held to what every event has.
const isOfCanvas = ({ extensions }: Json): boolean =>
  typeof extensions === 'object' && extensions !== null && Object.hasOwn(extensions, CANVAS)

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined
}
