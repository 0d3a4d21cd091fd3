import { utcTimestamp } from '../../schemas/formats.ts'
import type { Definition } from '../../schemas/xapi.ts'
import { languageChoice, type Choose } from './language.ts'

type Json = Record<string, unknown>

/** How each kind of object is shown; agents are agents and groups. */
type Show = {
  agent: (agent: Json) => Json
  verb: (verb: Json) => Json
  activity: (activity: Json) => Json
}

const same = <T>(value: T): T => value
const EXACT: Show = { agent: same, verb: same, activity: same }
const IDS: Show = { agent: agentId, verb: ({ id }) => ({ id }), activity: ({ id }) => ({ id }) }

/**
 * A statement as `format=exact` gives it: agents, verbs, activities and groups as received, a single context activity as
 * a list of one, and times in UTC.
 * Sources: xAPI 1.0.3 Data 2.4.6.2, 4.5; IEEE 9274.1.1, 4.2.7
 */
export const exactOf = (statement: Json): Json => shown(statement, EXACT)

/**
 * A statement as `format=ids` gives it: of agents, groups, verbs and activities only what identifies them, of an anonymous
 * group that of each member.
 * Sources: xAPI 1.0.3 Communication 2.1.3; 2.0.0 demands what 1.0.3 recommends, that verbs have no display
 */
export const idsOnly = (statement: Json): Json => shown(statement, IDS)

/**
 * A statement as `format=canonical` gives it: activities with the store's definition (their own where it has none), and one
 * language in each language map of activities and verbs. Agents and groups as received.
 * @param definitionOf what the store says of an activity, by id
 * @param languages the header Accept-Language; empty: any
 */
export function canonicalOf(
  statement: Json,
  definitionOf: (activityId: string) => Definition | undefined,
  languages: string,
): Json {
  const choose = languageChoice(languages)
  return shown(statement, {
    agent: same,
    verb: verb => withOne(verb, ['display'], choose),
    activity: activity => {
      const definition = definitionOf(activity.id as string) ?? (activity.definition as Json | undefined)
      return definition === undefined ? activity : { ...activity, definition: inOneLanguage(definition, choose) }
    },
  })
}

function shown(statement: Json, show: Show): Json {
  const { actor, verb, object, context, timestamp, stored, authority } = statement
  return {
    ...statement,
    actor: show.agent(actor as Json),
    verb: show.verb(verb as Json),
    object: shownObject(object as Json, show),
    ...(context !== undefined && { context: shownContext(context as Json, show) }),
    ...(timestamp !== undefined && { timestamp: utcTimestamp(timestamp as string) }),
    ...(stored !== undefined && { stored: utcTimestamp(stored as string) }),
    ...(authority !== undefined && { authority: show.agent(authority as Json) }),
  }
}

function shownObject(object: Json, show: Show): Json {
  switch (object.objectType) {
    case 'Agent':
    case 'Group':
      return show.agent(object)
    case 'StatementRef':
      return object
    case 'SubStatement':
      return shown(object, show)
    default:
      return show.activity(object)
  }
}

function shownContext(context: Json, show: Show): Json {
  const { instructor, team, contextActivities, contextAgents, contextGroups } = context
  const near = Object.entries((contextActivities ?? {}) as Record<string, Json | Json[]>)
  const listed = near.map(([relation, list]) => [relation, [list].flat().map(show.activity)])
  const around = (list: unknown, who: 'agent' | 'group'): Json[] =>
    (list as Json[]).map(entry => ({ ...entry, [who]: show.agent(entry[who] as Json) }))
  return {
    ...context,
    ...(instructor !== undefined && { instructor: show.agent(instructor as Json) }),
    ...(team !== undefined && { team: show.agent(team as Json) }),
    ...(contextActivities !== undefined && { contextActivities: Object.fromEntries(listed) }),
    ...(contextAgents !== undefined && { contextAgents: around(contextAgents, 'agent') }),
    ...(contextGroups !== undefined && { contextGroups: around(contextGroups, 'group') }),
  }
}

function agentId(agent: Json): Json {
  const { objectType, member } = agent
  const id: Json = objectType === undefined ? {} : { objectType }
  for (const key of ['mbox', 'mbox_sha1sum', 'openid', 'account']) {
    if (agent[key] !== undefined) return { ...id, [key]: agent[key] }
  }
  return { ...id, member: ((member ?? []) as Json[]).map(agentId) }
}

const COMPONENTS = ['choices', 'scale', 'source', 'target', 'steps']

function inOneLanguage(definition: Json, choose: Choose): Json {
  const made = withOne(definition, ['name', 'description'], choose)
  for (const key of COMPONENTS) {
    const list = definition[key] as Json[] | undefined
    if (list !== undefined) made[key] = list.map(component => withOne(component, ['description'], choose))
  }
  return made
}

function withOne(object: Json, keys: readonly string[], choose: Choose): Json {
  const made = { ...object }
  for (const key of keys) {
    const map = object[key] as Record<string, string> | undefined
    const tag = map && choose(Object.keys(map))
    if (tag !== undefined) made[key] = { [tag]: map![tag] }
  }
  return made
}
