import { utcInstant } from '../schemas/formats.ts'
import { canonical } from './canonical.ts'

type Json = Record<string, unknown>

/**
 * What makes two statements the same (xAPI 1.0.3, Data 2.3.1): everything but id, stored, authority, version, the display
 * of verbs and the definitions of activities; the same instant, however written; members of a group and case of UUIDs do
 * not matter. Agents stand as tokens, so that the hash of it tells nothing to who lacks the key.
 */
export function xapiContent(kept: Json): string {
  const { actor, verb, object, result, context, timestamp, attachments } = kept
  let content = `${agentContent(actor)} ${(verb as Json).id as string} ${objectContent(object as Json)}`
  if (result !== undefined) content += ` result${resultContent(result as Json)}`
  if (context !== undefined) content += ` context${contextContent(context as Json)}`
  if (timestamp !== undefined) content += ` timestamp ${utcInstant(timestamp as string)}`
  if (attachments !== undefined) content += ` attachments${canonical(attachments)}`
  return content
}

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
  if (duration !== undefined) content += ` duration ${duration as string}`
  if (extensions !== undefined) content += ` extensions ${canonical(extensions)}`
  return content
}

function agentContent(agent: unknown): string {
  const { member, ...rest } = agent as Json
  if (!Array.isArray(member)) return typeof rest.$agent === 'string' ? rest.$agent : canonical(agent)
  return canonical({ ...rest, member: member.map(canonical).sort() })
}

function objectContent(object: Json): string {
  switch (object.objectType) {
    case undefined:
    case 'Activity':
      return object.id === undefined ? agentContent(object) : (object.id as string)
    case 'StatementRef':
      return `ref ${(object.id as string).toLowerCase()}`
    case 'SubStatement':
      return `sub(${xapiContent(object)})`
    default:
      return agentContent(object)
  }
}

function contextContent(context: Json): string {
  const { registration, instructor, team, contextActivities, statement, extensions } = context
  let content = ''
  if (registration !== undefined) content += ` registration ${(registration as string).toLowerCase()}`
  if (instructor !== undefined) content += ` instructor ${agentContent(instructor)}`
  if (team !== undefined) content += ` team ${agentContent(team)}`
  if (contextActivities !== undefined) content += relatedContent(contextActivities as Json)
  for (const key of ['revision', 'platform', 'language']) {
    if (context[key] !== undefined) content += ` ${key} ${JSON.stringify(context[key])}`
  }
  if (statement !== undefined) content += ` statement ${((statement as Json).id as string).toLowerCase()}`
  if (extensions !== undefined) content += ` extensions ${canonical(extensions)}`
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
