import { scoreContent, versionOf } from '../infra/warehouse/entry-version.ts'
import type { StoredLetter } from '../infra/warehouse/dead-letters.ts'
import { settingsFor, uuidSet } from '../infra/warehouse/uuid-set.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { PlanEntry } from '../schemas/plan.ts'
import { ScoreEntry } from '../schemas/score.ts'
import { SurveyEntry } from '../schemas/survey.ts'
import type { Batch } from './intake.ts'

/** A score, a response to a survey, a plan or the like: of each the last stored one stands. */
type Said = { id: string; ver: bigint; storedAt: string }
type Verdict = 'new' | 'same' | 'contradiction'

/** What the warehouse has of scores, responses to surveys and plans, and what was redriven a moment ago. */
export type KnownSaid = {
  ask: (batches: readonly Batch[]) => Promise<void>
  /** Why the batches cannot be stored; null: they can, and count as redriven from now on. */
  contradictionIn: (batches: readonly Batch[]) => string | null
  /** Leave in the batch only what says something new. @returns whether a try before that was cut off has stored any of it */
  takeNew: (batch: Batch, letter: StoredLetter) => boolean
}

export function knownSaid(warehouse: Warehouse): KnownSaid {
  const redriven = new Map<string, bigint>()
  let stored = new Map<string, bigint>()
  const verdictOn = ({ id, ver }: Said): Verdict => {
    const known = redriven.get(id) ?? stored.get(id)
    if (known === undefined) return 'new'
    if (known === ver) return 'same'
    if (msOf(known) === msOf(ver)) return 'contradiction'
    return known > ver && contentOf(known) === contentOf(ver) ? 'same' : 'new'
  }
  return {
    ask: async batches => {
      stored = await versionsOf(warehouse, batches.flatMap(allIn))
    },
    contradictionIn: batches => {
      const said = batches.flatMap(allIn)
      if (said.some(each => verdictOn(each) === 'contradiction'))
        return 'another row of the same load says otherwise of the same sitting or response, and stands; correct this one with --fix, or load the file again'
      return null
    },
    takeNew: (batch, { begun }) => {
      let isOurs = false
      for (const topic of TOPICS) {
        const kept = batch.others[topic]?.filter(({ value }) => {
          const said = saidIn(topic, value)
          if (said === null) return true
          const verdict = verdictOn(said)
          if (verdict === 'same') isOurs ||= stored.get(said.id) === said.ver && begun.includes(said.storedAt)
          redriven.set(said.id, said.ver)
          return verdict === 'new'
        })
        if (kept !== undefined) batch.others[topic] = kept
      }
      return isOurs
    },
  }
}

const TOPICS = ['scores', 'surveys', 'plans'] as const
type SaidTopic = (typeof TOPICS)[number]

const msOf = (ver: bigint): bigint => ver >> 20n
const contentOf = (ver: bigint): bigint => ver & 0xfffffn

const allIn = ({ others }: Batch): Said[] =>
  TOPICS.flatMap(topic => (others[topic] ?? []).flatMap(({ value }) => saidIn(topic, value) ?? []))

function saidIn(topic: SaidTopic, value: string | null): Said | null {
  const json: unknown = JSON.parse(value!)
  if (topic === 'scores') {
    const entry = ScoreEntry.parse(json)
    return entry.type === 'score' ? saidBy(entry, scoreContent(entry)) : null
  }
  if (topic === 'plans') {
    const entry = PlanEntry.parse(json)
    return 'hash' in entry ? saidBy(entry, entry.hash) : null
  }
  const entry = SurveyEntry.parse(json)
  return entry.type === 'response' ? saidBy(entry, entry.hash) : null
}

const saidBy = ({ id, storedAt }: { id: string; storedAt: string }, content: string): Said => ({
  id,
  storedAt,
  ver: versionOf(storedAt, content),
})

async function versionsOf(warehouse: Warehouse, said: readonly Said[]): Promise<Map<string, bigint>> {
  const ids = [...new Set(said.map(({ id }) => id))]
  if (ids.length === 0) return new Map()
  const found = await warehouse.query<{ id: string; newest: string }>(
    `select toString(id) as id, toString(max(ver)) as newest from (
       select score_id as id, ver from scores where score_id in ${uuidSet(ids)}
       union all select response_id as id, ver from survey_responses where response_id in ${uuidSet(ids)}
       union all select plan_id as id, ver from plans where plan_id in ${uuidSet(ids)}
       union all select goal_id as id, ver from goals where goal_id in ${uuidSet(ids)}
       union all select choice_id as id, ver from choices where choice_id in ${uuidSet(ids)}
       union all select reflection_id as id, ver from reflections where reflection_id in ${uuidSet(ids)})
     group by id`,
    {},
    { max_query_size: 6 * Number(settingsFor(ids).max_query_size) },
  )
  return new Map(found.map(({ id, newest }) => [id, BigInt(newest)]))
}
