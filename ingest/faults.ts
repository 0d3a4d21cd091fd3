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
  /** Name of the rule that it breaks, for reports that count by rule. */
  rule?: string
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
      return issue.keys
        .slice(0, MAX_FAULTS)
        .map(key => fault(index, pathOf(at, [...issue.path, toldKey(key)], join), 'a property', 'no such property'))
    }
    const path = pathOf(at, issue.path, join)
    const field = String(issue.path.findLast(part => typeof part === 'string') ?? '')
    const got = field.startsWith('[') ? 'what stands there' : shown(valueAt(item, issue.path), field)
    return [fault(index, path, got, expectedBy(issue))]
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

/** Fields that hold measurements: numbers there are shown, everywhere else a number may be somebody's. */
const MEASURES: ReadonlySet<string> = new Set(
  'scaled raw min max length minutes seconds score csem percentile attempt success completion units level expected weight individual adult peer group'.split(
    ' ',
  ),
)

/**
 * What a value is, for a message that many may read. Only what cannot be an identifier is repeated: times, dates and
 * measurements. A word may be a name in the wrong field, so that of it only the length is told.
 */
export function shown(value: unknown, field: string): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (typeof value === 'boolean' || typeof value === 'number')
    return MEASURES.has(field) ? String(value) : `a ${typeof value}`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object') return 'an object'
  const text = typeof value === 'string' ? value : typeof value
  if (text === '') return 'an empty string'
  if (/^[+-]?P[\dTYMWDHS.,]*$/.test(text) || (/^\d{1,4}[-:/.]\d/.test(text) && /^[\dTZ:/.+-]{4,40}$/.test(text)))
    return JSON.stringify(text)
  return `a string of ${text.length} character${text.length === 1 ? '' : 's'}`
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
  options
    .map(option => (option === undefined ? 'nothing' : typeof option === 'string' ? option : JSON.stringify(option)))
    .join(', ')

function pathOf(at: string, path: readonly PropertyKey[], join: string): string {
  let out = at
  for (const [depth, part] of path.entries()) {
    if (typeof part === 'number') out += `[${part}]`
    else out += String(part).startsWith('[') ? String(part) : `${depth === 0 ? join : '.'}${String(part)}`
  }
  return out
}

// A property that no schema knows may be called anything, somebody's login too: it is repeated only where it is a known
// name in the wrong place or the wrong case.
const toldKey = (key: string): string => (KNOWN.has(key.toLowerCase()) ? key : `[key of ${key.length} characters]`)

const KNOWN: ReadonlySet<string> = new Set(
  `__proto__ id actor verb object result context timestamp stored authority version attachments objecttype name member mbox
   mbox_sha1sum openid account homepage display definition description type moreinfo extensions interactiontype
   correctresponsespattern choices scale source target steps score scaled raw min max success completion response duration
   registration instructor team contextactivities contextagents contextgroups relevanttypes agent group parent
   grouping category other revision platform language statement usagetype contenttype length sha2 fileurl at kind mode minutes participants section school choice subject skills attempt
   idtype role date time action eventtime title label class grade email username sourcedid`.split(/\s+/),
)

function valueAt(item: unknown, path: readonly PropertyKey[]): unknown {
  let value = item
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<PropertyKey, unknown>)[part]
  }
  return value
}
