import { NO_VOCABULARY, type Vocabulary } from '../../infra/vocabulary/vocabulary.ts'
import type { LearningRecord } from '../../schemas/record.ts'
import { aRecord } from './records.ts'

/** The verb of a record on which a fault of ours shows. */
const POISON = 'https://example.org/verbs/poison'

export const aPoison = (id: string): LearningRecord => aRecord({ id, verb: POISON })

/**
 * A fault in the code that stores: records with that verb are fit for every schema, and storing them does something else. It sits in
 * what a processor is given, so that all of its own code runs as it is.
 */
export function faultyVocabulary(fault: () => never): Vocabulary {
  const rules = new Map([['https://example.org/verbs/other', { byType: new Map(), byCategory: new Map() }]])
  const get = rules.get.bind(rules)
  rules.get = verb => (verb === POISON ? fault() : get(verb))
  return { ...NO_VOCABULARY, rules }
}
