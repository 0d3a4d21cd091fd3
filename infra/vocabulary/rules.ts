import type { Mode } from '../../schemas/record.ts'
import type { DurationSource, VocabularyLine } from '../../schemas/vocabulary.ts'

/** What a verb says in Homeroom's closed vocabulary; `mode`, `choice` and `duration` only where the verb decides them. */
export type Rule = {
  kind: VocabularyLine['kind'] | 'voided' | 'other'
  mode?: Mode
  choice?: 'chosen' | 'assigned'
  duration?: DurationSource
}

type RulesOfVerb = { everywhere?: Rule; byType: Map<string, Rule>; byCategory: Map<string, Rule> }

/** Rules by verb. */
export type Rules = ReadonlyMap<string, RulesOfVerb>

export function rulesOf(lines: readonly VocabularyLine[]): Rules {
  const rules = new Map<string, RulesOfVerb>()
  for (const { verb, activityType, category, kind, mode, choice, duration } of lines) {
    const rule: Rule = { kind, ...(mode && { mode }), ...(choice && { choice }), ...(duration && { duration }) }
    const ofVerb: RulesOfVerb = rules.get(verb) ?? { byType: new Map(), byCategory: new Map() }
    if (activityType !== undefined) ofVerb.byType.set(activityType, rule)
    else if (category !== undefined) ofVerb.byCategory.set(category, rule)
    else ofVerb.everywhere = rule
    rules.set(verb, ofVerb)
  }
  return rules
}

/**
 * The rule for a verb: that of the activity's type, else that of the first category that has one, else that of the verb.
 * @param categories ids of the categories among the context activities; asked only where it matters
 */
export function ruleFor(
  rules: Rules,
  verb: string,
  activityType: string | undefined,
  categories: () => readonly string[] | undefined,
): Rule | undefined {
  const ofVerb = rules.get(verb)
  if (ofVerb === undefined) return undefined
  const { everywhere, byType, byCategory } = ofVerb
  const ofType = activityType === undefined ? undefined : byType.get(activityType)
  if (ofType !== undefined) return ofType
  if (byCategory.size > 0) {
    const category = categories()?.find(id => byCategory.has(id))
    if (category !== undefined) return byCategory.get(category)
  }
  return everywhere
}

/** Whether the rules could have given that kind to a record of that verb and type, whatever its categories. */
export function canGive(rules: Rules, verb: string, activityType: string | undefined, kind: string): boolean {
  if (ruleFor(rules, verb, activityType, () => undefined)?.kind === kind) return true
  return (
    rules
      .get(verb)
      ?.byCategory.values()
      .some(rule => rule.kind === kind) ?? false
  )
}
