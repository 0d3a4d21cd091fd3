import { CONTACT_KINDS, type Kind, type LearningRecord, type Mode } from '../../schemas/record.ts'
import { modeBy } from './mode.ts'
import { ruleFor, type Rule } from './rules.ts'
import { OWN_RULES, type Vocabulary } from './vocabulary.ts'

const IS_CONTACT: ReadonlySet<Kind> = new Set(CONTACT_KINDS)

/**
 * A record as it is stored: with the kind that the district's lines give it, or, if nothing had mapped its verb when it
 * came, the one that today's table gives it. Pure; the log keeps the record as it came, so that a replay applies what the
 * lines say then.
 *
 * What the sender says beats a line. A record keeps the duration that it came with, unless the line says that it has none.
 */
export function asStored(record: LearningRecord, vocabulary: Vocabulary): LearningRecord {
  const rule = ruleToApply(record, vocabulary)
  if (rule === undefined) return record
  const { mode: _mode, durationMs, choice = rule.choice, ...rest } = record
  const mode = modeAfter(record, rule)
  return {
    ...rest,
    kind: rule.kind,
    ...(mode !== undefined && { mode }),
    ...(choice !== undefined && { choice }),
    ...(durationMs !== undefined && rule.duration !== 'none' && { durationMs }),
  }
}

/** The rule that gives a record another kind than it came with, if there is one. */
function ruleToApply(record: LearningRecord, { rules }: Vocabulary): Rule | undefined {
  const { kind, verb, objectType, lookup } = record
  const isUnmapped = kind === 'other'
  // The rows of a log of interactions name their kind themselves.
  if (kind === 'voided' || (!isUnmapped && (rules.size === 0 || record.standard === 'interaction'))) return undefined
  const categories = (): readonly string[] | undefined => lookup?.relatedActivities
  const ofDistrict = ruleFor(rules, verb, objectType, categories)
  return ofDistrict ?? (isUnmapped ? ruleFor(OWN_RULES, verb, objectType, categories) : undefined)
}

function modeAfter(record: LearningRecord, rule: Rule): Mode | undefined {
  const { kind, mode, actor, counterparts } = record
  // An unmapped record has a mode only where its sender says so; of others that is not known, and a mode stays fitting
  // as long as the record stays one of contact, or of work.
  if (kind === 'other' || rule.mode !== undefined || company(kind) !== company(rule.kind)) {
    const said = kind === 'other' ? mode : undefined
    const isGroup = record.standard === 'xapi' && record.team !== undefined
    return modeBy(rule, { ...(said && { said }), isGroup, actor, counterparts })
  }
  return mode
}

const company = (kind: Kind): 'contact' | 'work' | 'none' =>
  kind === 'noted' || kind === 'other' ? 'none' : IS_CONTACT.has(kind) ? 'contact' : 'work'
