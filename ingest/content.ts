import { utcInstant } from '../schemas/formats.ts'
import { canonical } from './canonical.ts'
import type { TokenOf } from './originals.ts'

type Json = Record<string, unknown>

/**
 * What makes two statements the same (xAPI 1.0.3, Data 2.3.1; the same in 2.0.0): everything but id, stored, authority,
 * version, the display of verbs and the definitions of activities. The same instant however written, the order of members,
 * context agents and context groups, the case of UUIDs, of e-mail domains and of hexadecimal digits, and what a duration
 * says beyond hundredths of a second do not matter. Agents stand as tokens, so that the hash of it tells nothing to who
 * lacks the key.
 * @param tokenOf the same for the same content of an agent
 */
export function xapiContent(statement: Json, tokenOf: TokenOf): string {
  const { actor, verb, object, result, context, timestamp, attachments } = statement
  let content = `${agentContent(actor as Json, tokenOf)} ${(verb as Json).id as string} ${objectContent(object as Json, tokenOf)}`
  if (result !== undefined) content += ` result${resultContent(result as Json)}`
  if (context !== undefined) content += ` context${contextContent(context as Json, tokenOf)}`
  if (timestamp !== undefined) content += ` timestamp ${utcInstant(timestamp as string)}`
  if (attachments !== undefined) content += ` attachments${canonical(attachments)}`
  return content
}

/** Whether two valid statements are the same to the standard, whatever their ids. */
export const isSameStatement = (a: Json, b: Json): boolean => xapiContent(a, canonical) === xapiContent(b, canonical)

// Property by property: sorting the keys of every result would cost more than hashing it.
function resultContent(result: Json): string {
  const { score, success, completion, response, duration, extensions } = result
  let content = ''
  if (score !== undefined) {
    const { scaled, raw, min, max } = score as Record<string, number | undefined>
    content += ` score ${scaled} ${raw} ${min} ${max}`
  }
  if (success !== undefined) content += ` success ${success as boolean}`
  if (completion !== undefined) content += ` completion ${completion as boolean}`
  if (response !== undefined) content += ` response ${JSON.stringify(response)}`
  if (duration !== undefined) content += ` duration ${hundredths(duration as string)}`
  if (extensions !== undefined) content += ` extensions ${canonical(extensions)}`
  return content
}

/** Durations are compared as text, but for what lies beyond hundredths of a second. */
const hundredths = (duration: string): string => duration.replace(/([.,]\d\d)\d+S$/, '$1S')

function agentContent(agent: Json, tokenOf: TokenOf): string {
  const { member } = agent
  if (!Array.isArray(member)) return tokenOf(folded(agent))
  const { member: _, ...group } = agent
  const members = member.map(inner => agentContent(inner as Json, tokenOf)).sort()
  return `${tokenOf(folded(group))}[${members.join(' ')}]`
}

// The agent itself in all but rare cases: its token is known.
function folded(agent: Json): Json {
  const { mbox, mbox_sha1sum: sha1 } = agent
  if (typeof mbox === 'string' && !/^mailto:[^@]*@[^A-Z]*$/.test(mbox)) {
    const at = mbox.indexOf('@')
    return { ...agent, mbox: `mailto:${mbox.slice('mailto:'.length, at)}${mbox.slice(at).toLowerCase()}` }
  }
  if (typeof sha1 === 'string' && /[A-F]/.test(sha1)) return { ...agent, mbox_sha1sum: sha1.toLowerCase() }
  return agent
}

function objectContent(object: Json, tokenOf: TokenOf): string {
  switch (object.objectType) {
    case undefined:
    case 'Activity':
      return object.id as string
    case 'StatementRef':
      return `ref ${(object.id as string).toLowerCase()}`
    case 'SubStatement':
      return `sub(${xapiContent(object, tokenOf)})`
    default:
      return agentContent(object, tokenOf)
  }
}

function contextContent(context: Json, tokenOf: TokenOf): string {
  const { registration, contextActivities, language, statement, extensions } = context
  let content = ''
  if (registration !== undefined) content += ` registration ${(registration as string).toLowerCase()}`
  content += peopleContent(context, tokenOf)
  if (contextActivities !== undefined) content += relatedContent(contextActivities as Json)
  for (const key of ['revision', 'platform']) {
    if (context[key] !== undefined) content += ` ${key} ${JSON.stringify(context[key])}`
  }
  if (language !== undefined) content += ` language ${(language as string).toLowerCase()}`
  if (statement !== undefined) content += ` statement ${((statement as Json).id as string).toLowerCase()}`
  if (extensions !== undefined) content += ` extensions ${canonical(extensions)}`
  return content
}

function peopleContent(context: Json, tokenOf: TokenOf): string {
  const { instructor, team, contextAgents, contextGroups } = context
  let content = ''
  if (instructor !== undefined) content += ` instructor ${agentContent(instructor as Json, tokenOf)}`
  if (team !== undefined) content += ` team ${agentContent(team as Json, tokenOf)}`
  const related = (entry: Json): string => {
    const types = [...((entry.relevantTypes as string[] | undefined) ?? [])].sort()
    return [agentContent((entry.agent ?? entry.group) as Json, tokenOf), ...types].join(' as ')
  }
  for (const [name, list] of [
    ['agents', contextAgents],
    ['groups', contextGroups],
  ] as const) {
    if (list !== undefined) content += ` ${name} ${(list as Json[]).map(related).sort().join(', ')}`
  }
  return content
}

// A single activity and a list of one say the same; the order of a list says nothing.
function relatedContent(related: Json): string {
  let content = ''
  for (const relation of ['parent', 'grouping', 'category', 'other']) {
    const list = related[relation] as { id: string } | { id: string }[] | undefined
    if (list === undefined) continue
    const ids = Array.isArray(list) ? list.map(({ id }) => id) : [list.id]
    if (ids.length > 0) content += ` ${relation} ${ids.sort().join(' ')}`
  }
  return content
}
