import { labelKey, type Answer, type Instrument, type InstrumentItem, type Scale } from '../../schemas/survey.ts'
import type { SurveyBlock } from './survey-mapping.ts'

/** What stands in one field of an answer; free text is not sealed yet. */
export type Read = Pick<Answer, 'state' | 'value'> & { text?: string; expected?: string }

const MISSING: Read = { state: 'missing' }
const DECLINED: Read = { state: 'declined' }
/** Free text beyond is cut off: an answer, not a document. */
const MAX_TEXT = 20_000
/** Different fields of an item that are remembered. */
const KNOWN = 1000
/** Of a label with its number. */
const MAX_LABEL = 600

/**
 * Reads the answers to an instrument's items: a label in any of its languages, a step's number, or both ("4 - Agree").
 * `unreadable` comes with what was expected instead.
 */
export function answerReader(
  { items, scales }: Instrument,
  block: Pick<SurveyBlock, 'missing' | 'recode' | 'turned'>,
): (item: string, text: string | undefined) => Read {
  const missing = new Set(block.missing.map(labelKey))
  const turned = new Set(block.turned)
  const recode = new Map(Object.entries(block.recode).map(([code, step]) => [labelKey(code), labelKey(step)]))
  const readers = new Map(items.map(item => [item.id, readerOf(item, scales, recode, turned.has(item.id))] as const))
  return (item, text) => {
    const said = text?.trim() ?? ''
    if (said === '' || (missing.size > 0 && missing.has(labelKey(said)))) return MISSING
    return readers.get(item)!(said)
  }
}

function readerOf(
  item: InstrumentItem,
  scales: Instrument['scales'],
  recode: ReadonlyMap<string, string>,
  isTurned: boolean,
): (text: string) => Read {
  if (item.scale === undefined) return text => ({ state: 'answered', text: text.slice(0, MAX_TEXT) })
  const scale = scales[item.scale]!
  const steps = stepsOf(scale)
  const unreadable: Read = { state: 'unreadable', expected: expectedOf(scale) }
  const numberOf = (text: string): number | undefined => {
    if (!/^-?\d{1,4}(?:\.0+)?$/.test(text)) return undefined
    const value = Number(text)
    if (value < scale.min || value > scale.max) return undefined
    return isTurned ? scale.min + scale.max - value : value
  }
  const readOf = (said: string): Read => {
    const key = labelKey(said)
    const text = recode.get(key) ?? key
    const labelled = steps.get(text)
    if (labelled === null) return DECLINED
    const value = labelled ?? numberOf(text) ?? bothOf(text, steps, scale)
    return value === undefined ? unreadable : { state: 'answered', value }
  }
  // Fields say few different things: comparing labels is the dearest part, and a long export holds millions of answers.
  const known = new Map<string, Read>()
  return said => {
    const found = known.get(said) ?? readOf(said)
    if (known.size < KNOWN) known.set(said, found)
    return found
  }
}

/** Steps by label, null: declined. */
function stepsOf({ min, labels, declined }: Scale): Map<string, number | null> {
  const steps = new Map<string, number | null>()
  for (const of of Object.values(labels)) of.forEach((label, i) => steps.set(labelKey(label), min + i))
  for (const of of Object.values(declined)) for (const label of of) steps.set(labelKey(label), null)
  return steps
}

/** "4 - Agree", "4. Agree", "Agree (4)": the number and the label must say the same. */
function bothOf(text: string, steps: ReadonlyMap<string, number | null>, { min, max }: Scale): number | undefined {
  if (text.length > MAX_LABEL) return undefined
  const [, before, after] = /^(\d{1,3})\s*[-.:)=]\s*(.+)$/.exec(text) ?? []
  const [, label = after, number = before] = /^(.+?)\s*\((\d{1,3})\)$/.exec(text) ?? []
  if (label === undefined || number === undefined) return undefined
  const value = Number(number)
  return value >= min && value <= max && steps.get(label) === value ? value : undefined
}

function expectedOf({ min, max, labels, declined }: Scale): string {
  const language = Object.keys(labels)[0]
  const named = language === undefined ? [] : [...labels[language]!, ...(declined[language] ?? [])]
  return `a step of its scale: ${min} to ${max}${named.length > 0 ? `, or ${named.join(', ')}` : ''}`
}
