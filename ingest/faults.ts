import type { z } from 'zod'

/** One thing that is wrong with one item of what was sent. */
export type Fault = {
  /** Position in what was sent, from 0. */
  index: number
  /** `statements[7].result.score.scaled` */
  path: string
  /** What is there: a type and a size, or the value itself where it cannot identify anybody. */
  got: string
  expected: string
  /** The sentence: path, got, expected. */
  reason: string
}

/** An item with more faults is of another kind altogether. */
const MAX_FAULTS = 20

/**
 * The faults that a schema found in one item, at most twenty.
 * @param at name of the item, `statements[7]`
 * @param join what stands between it and a property: `.`, or ` field ` for rows of files
 */
export function faultsOf(
  issues: readonly z.core.$ZodIssue[],
  item: unknown,
  index: number,
  at: string,
  join = '.',
): Fault[] {
  const found = issues.slice(0, MAX_FAULTS).flatMap(issue => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map(key =>
        fault(index, pathOf(at, [...issue.path, key], join), 'a property', 'no such property'),
      )
    }
    const path = pathOf(at, issue.path, join)
    const value = valueAt(item, issue.path)
    const field = issue.path.findLast(part => typeof part === 'string') ?? ''
    return [fault(index, path, shown(value, String(field)), expectedBy(issue))]
  })
  return found.slice(0, MAX_FAULTS)
}

export function fault(index: number, path: string, got: string, expected: string): Fault {
  return { index, path, got, expected, reason: `${path} is ${got}, expected ${expected}` }
}

/** Several faults as one sentence, the first twenty of them in full. */
export function faultsSentence(faults: readonly Fault[]): string {
  const rest = faults.length > 20 ? `; and ${faults.length - 20} more` : ''
  return (
    faults
      .slice(0, 20)
      .map(({ reason }) => reason)
      .join('; ') + rest
  )
}

// Fields whose values are vocabulary, times or measurements: they say what is wrong and never who it is about.
const HARMLESS: ReadonlySet<string> = new Set(
  `timestamp stored version duration scaled raw min max success completion objectType interactionType length
   type action eventTime sendTime dataVersion kind mode choice minutes at idType role format date schoolDay
   beginDate endDate startDate status classType orgType roles primary`.split(/\s+/),
)

/** What a value is, for a message that many may read. */
export function shown(value: unknown, field: string): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (typeof value === 'boolean' || typeof value === 'number')
    return HARMLESS.has(field) ? String(value) : `a ${typeof value}`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object') return 'an object'
  const text = String(value)
  if (text === '') return 'an empty string'
  // A time or a code that holds a blank-separated word or an @ may be something else put in the wrong place.
  if (HARMLESS.has(field) && /^[\w:.+/#-]{1,64}$/.test(text)) return JSON.stringify(text)
  return `a string of ${text.length} characters`
}

function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return /^[aeiou]/.test(issue.expected)
        ? `an ${issue.expected}`
        : `a ${issue.expected === 'int' ? 'whole number' : issue.expected}`
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`
    case 'too_big':
      return boundOf('at most', 'less than', issue.inclusive, issue.origin, issue.maximum)
    case 'too_small':
      return boundOf('at least', 'more than', issue.inclusive, issue.origin, issue.minimum)
    case 'invalid_union':
      return 'options' in issue ? `one of ${optionsOf(issue.options as unknown[])}` : issue.message
    default:
      return issue.message
  }
}

function boundOf(
  inclusive: string,
  exclusive: string,
  isInclusive: boolean | undefined,
  origin: string,
  bound: number | bigint,
): string {
  const unit = origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : ''
  return `${isInclusive === false ? exclusive : inclusive} ${bound}${unit}`
}

const optionsOf = (options: readonly unknown[]): string =>
  options.map(option => (option === undefined ? 'nothing' : String(option))).join(', ')

// A key may be anything a sender wrote, so only what looks like a property name or an IRI of a vocabulary is repeated.
function pathOf(at: string, path: readonly PropertyKey[], join: string): string {
  let out = at
  for (const [depth, part] of path.entries()) {
    const isName = /^[A-Za-z_$][\w-]{0,40}$/.test(String(part))
    if (typeof part === 'number') out += `[${part}]`
    else if (isName) out += `${depth === 0 ? join : '.'}${String(part)}`
    else out += `[key of ${String(part).length} characters]`
  }
  return out
}

function valueAt(item: unknown, path: readonly PropertyKey[]): unknown {
  let value = item
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<PropertyKey, unknown>)[part]
  }
  return value
}
