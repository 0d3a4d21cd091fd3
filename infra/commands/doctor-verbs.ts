import type { VocabularyLine } from '../../schemas/vocabulary.ts'
import { csvField } from '../csv.ts'
import { canGive, ruleFor } from '../vocabulary/rules.ts'
import { OWN_LINES, OWN_RULES, type Vocabulary } from '../vocabulary/vocabulary.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'

const MOST_VERBS = 50
/** Beyond, a sender makes up a verb for every statement, and the rarest of them are not looked at. */
const MOST_GROUPS = 10_000
const NO_KIND = 'KIND'

/** A verb that nothing maps, on one type of activity. */
export type UnknownVerb = {
  verb: string
  /** '' where the records name none. */
  activityType: string
  records: number
  /** When the first and the last of them were received. */
  firstSeen: string
  lastSeen: string
  sources: string[]
  /** For the district's file, in its own format; its kind is `KIND` where no verb of ours has the same name. */
  line: string
}

export type Verbs = {
  /** The most frequent ones. */
  unknown: UnknownVerb[]
  /** How many further ones there are. */
  more: number
  /** Stored records to which the lines of today give another kind than they have: a replay gives it to them. */
  awaitReplay: number
}

type Group = Omit<UnknownVerb, 'line'> & { kind: string }

/**
 * What the vocabulary does not map, and what it would map otherwise by now. Retracted records are counted too.
 * @throws HomeroomError WAREHOUSE_REFUSED, WAREHOUSE_UNAVAILABLE
 */
export async function lookUpVerbs(warehouse: Warehouse, vocabulary: Vocabulary): Promise<Verbs> {
  const groups = await warehouse.query<Group>(
    `select verb, object_type as activityType, kind, toFloat64(count()) as records,
       formatDateTime(min(stored_at), '%FT%TZ') as firstSeen, formatDateTime(max(stored_at), '%FT%TZ') as lastSeen,
       arraySort(groupUniqArray(source)) as sources
     from events final
     where is_actor and (kind = 'other' or (standard != 'interaction' and verb in {verbs:Array(String)}))
     group by verb, activityType, kind order by records desc, verb, activityType limit {most:UInt32}`,
    { verbs: [...vocabulary.rules.keys()], most: MOST_GROUPS },
  )
  const unknown = groups.filter(group => group.kind === 'other' && !isMapped(group, vocabulary))
  const awaiting = groups.filter(group => isMapped(group, vocabulary) && !hasKindOfLines(group, vocabulary))
  return {
    unknown: unknown.slice(0, MOST_VERBS).map(({ kind: _kind, ...group }) => ({
      ...group,
      line: lineFor(group, vocabulary, unknown),
    })),
    more: Math.max(0, unknown.length - MOST_VERBS),
    awaitReplay: awaiting.reduce((sum, { records }) => sum + records, 0),
  }
}

const NO_CATEGORIES = (): undefined => undefined

function isMapped({ verb, activityType, kind }: Group, { rules }: Vocabulary): boolean {
  if (ruleFor(rules, verb, activityType, NO_CATEGORIES) !== undefined) return true
  return kind === 'other' && ruleFor(OWN_RULES, verb, activityType, NO_CATEGORIES) !== undefined
}

// Categories are not stored: a kind that some line of the verb gives by category is taken for right.
const hasKindOfLines = ({ verb, activityType, kind }: Group, { rules }: Vocabulary): boolean =>
  canGive(rules, verb, activityType, kind)

/** As CSV in the columns of the file, or as JSON; with the type only where the verb has several. */
function lineFor(
  { verb, activityType }: Omit<Group, 'kind'>,
  { columns }: Vocabulary,
  unknown: readonly Group[],
): string {
  const hasSeveral = unknown.some(other => other.verb === verb && other.activityType !== activityType)
  const line = { verb, ...(hasSeveral && activityType !== '' && { activityType }), kind: likelyKind(verb) ?? NO_KIND }
  if (columns === null) return JSON.stringify(line)
  return columns.map(column => csvField((line as Record<string, string>)[column] ?? '')).join(',')
}

const KIND_BY_WORD: ReadonlyMap<string, VocabularyLine['kind']> = new Map(
  OWN_LINES.filter(line => line.activityType === undefined && line.category === undefined)
    .map(line => [lastWord(line.verb), line.kind] as const)
    .reverse(),
)

/** The kind of the verb of ours that has the same name elsewhere, the first of the table: a proposal, for a person to judge. */
const likelyKind = (verb: string): VocabularyLine['kind'] | undefined => KIND_BY_WORD.get(lastWord(verb))

function lastWord(verb: string): string {
  return verb
    .replace(/(?<![/#])[/#]+$/, '')
    .split(/[/#:]/)
    .at(-1)!
    .toLowerCase()
}
