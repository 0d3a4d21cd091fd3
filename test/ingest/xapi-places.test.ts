import { expect, test } from 'vitest'
import { faultsOf } from '../../ingest/faults.ts'
import { isStatement } from '../../ingest/receive/xapi-check.ts'
import { statementSchema, VOIDED } from '../../schemas/xapi.ts'
import { aStatement } from './start-ingest.ts'
import { RULES, type Rule } from './xapi-rules.ts'

type Json = Record<string, unknown>
/** Where a thing can stand: what it makes of a statement, and the path to it. */
type Place = [at: string, put: (thing: Json) => Json]

const KIM = { mbox: 'mailto:kim@example.org' }
const SUB = { objectType: 'SubStatement', actor: KIM, verb: { id: 'urn:did' }, object: { id: 'urn:lesson' } }
const within = (context: Json): Json => ({ context })
const inSub = ([at, put]: Place): Place => [`.object${at}`, thing => ({ object: { ...SUB, ...put(thing) } })]
const withSub = (places: Place[]): Place[] => [...places, ...places.map(inSub)]

const ACTING = withSub([
  ['.actor', actor => ({ actor })],
  ['.object', object => ({ object: { objectType: 'Agent', ...object } })],
  ['.context.instructor', instructor => within({ instructor })],
])
const AGENT_PLACES: Place[] = [
  ...ACTING,
  ['.authority', authority => ({ authority })],
  ...withSub([
    ['.actor.member[0]', agent => ({ actor: { objectType: 'Group', member: [agent] } })],
    ['.context.team.member[1]', agent => within({ team: { objectType: 'Group', member: [KIM, agent] } })],
    ['.context.contextAgents[0].agent', agent => within({ contextAgents: [{ objectType: 'contextAgent', agent }] })],
  ]),
]
const GROUP_PLACES: Place[] = [
  ...ACTING,
  ...withSub([
    ['.context.team', team => within({ team })],
    ['.context.contextGroups[0].group', group => within({ contextGroups: [{ objectType: 'contextGroup', group }] })],
  ]),
]
const RELATIONS = ['parent', 'grouping', 'category', 'other']
const ACTIVITY_PLACES = withSub(
  RELATIONS.flatMap((relation): Place[] => [
    [`.context.contextActivities.${relation}`, near => within({ contextActivities: { [relation]: near } })],
    [
      `.context.contextActivities.${relation}[1]`,
      near => within({ contextActivities: { [relation]: [{ id: 'urn:a' }, near] } }),
    ],
  ]),
)

/** Every rule about agents, groups and activities, at every place where one can stand. */
const things = RULES.flatMap(({ rule, at, bad, good }) => {
  const [actor, object] = [(bad as Json).actor as Json | undefined, (bad as Json).object as Json | undefined]
  if (at.startsWith('.actor') && actor !== undefined) {
    const places = actor.objectType === 'Group' ? GROUP_PLACES : AGENT_PLACES
    return places.map(place => ({ rule, place, bad: actor, good: good.actor as Json, at: at.slice('.actor'.length) }))
  }
  const isActivity =
    object !== undefined && !['SubStatement', 'StatementRef', 'Agent'].includes(String(object.objectType))
  if (!at.startsWith('.object') || !isActivity || (good.verb as Json).id === VOIDED) return []
  // An agent, a reference or a sentence can be an object, and never stands among the related activities.
  const keeps = (good.object as Json).objectType ?? 'Activity'
  const kept = keeps === 'Activity' ? (good.object as Json) : { id: 'urn:a' }
  return ACTIVITY_PLACES.map(place => ({ rule, place, bad: object, good: kept, at: at.slice('.object'.length) }))
})

const asSent = (changes: Json): Json => JSON.parse(JSON.stringify(aStatement(changes))) as Json
const pathsOf = (statement: Json): string[] => {
  const issues = statementSchema('2.0.0').safeParse(statement).error?.issues ?? []
  return faultsOf(issues, statement, 0, '').map(({ path }) => path)
}

test.each(things)('$rule, at $place.0', ({ place: [prefix, put], bad, good, at }) => {
  const [refused, taken] = [asSent(put(bad)), asSent(put(good))]
  expect(pathsOf(refused)).toContain(prefix + at)
  expect(isStatement(refused, '2.0.0')).toBe(false)
  expect(pathsOf(taken)).toEqual([])
  expect(isStatement(taken, '2.0.0')).toBe(true)
})

/** What a SubStatement has in common with a statement. */
const sentence = ({ actor, verb, object, result, context, timestamp, attachments }: Json): Json => ({
  object: { objectType: 'SubStatement', actor, verb, object, result, context, timestamp, attachments },
})
const isShared = ({ at, good }: Rule): boolean =>
  !/^\.(?:id|stored|version|authority)|^\[/.test(at) && (good.object as Json).objectType !== 'SubStatement'

test.each(RULES.filter(isShared))('$rule, in a SubStatement', ({ bad, good, at }) => {
  const refused = asSent(sentence(bad as Json))
  expect(pathsOf(refused)).toContain(`.object${at}`)
  expect(isStatement(refused, '2.0.0')).toBe(false)
  const taken = asSent(sentence(good))
  expect(pathsOf(taken)).toEqual([])
  expect(isStatement(taken, '2.0.0')).toBe(true)
})
