import type { Activity } from '../../schemas/xapi.ts'
import type { Reach } from './find.ts'
import { readOriginals } from './reader.ts'
import type { Lrs } from './statements.ts'

type Json = Record<string, unknown>
export type Definition = NonNullable<Activity['definition']>

/** So many of the newest statements that define an activity make its definition. */
const NEWEST = 5

/**
 * What the store says of the activities that these statements name: the definitions of the newest statements that bring
 * one, newer words over older ones. Nothing is kept for it: statements are what is known of an activity.
 */
export async function definitionsFor(
  lrs: Pick<Lrs, 'warehouse' | 'secrets'>,
  statements: readonly Json[],
  reach: Reach,
): Promise<Map<string, Definition>> {
  const ids = new Set<string>()
  for (const statement of statements) for (const { id } of activitiesIn(statement)) ids.add(id)
  return definitionsOf(lrs, [...ids], reach)
}

/** The definitions of activities, by id; without those that nobody defined. */
export async function definitionsOf(
  { warehouse, secrets }: Pick<Lrs, 'warehouse' | 'secrets'>,
  ids: readonly string[],
  reach: Reach,
): Promise<Map<string, Definition>> {
  if (ids.length === 0) return new Map()
  const wanted = JSON.stringify(ids)
  const literal = `'${wanted.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const rows = await warehouse.query<{ raw: string }>(
    `with JSONExtract(${literal}, 'Array(String)') as wanted
     select raw, stored_at from originals array join arrayIntersect(defines, wanted) as defined
     where standard = 'xapi' and hasAny(defines, wanted) ${reach === null ? '' : 'and source = {reach:String}'}
     order by stored_at desc limit ${NEWEST} by defined`,
    { reach: reach ?? '' },
    { max_query_size: literal.length + 20_000 },
  )
  const found = new Map<string, Definition>()
  const originals = await readOriginals(
    warehouse,
    secrets,
    rows.map(({ raw }) => raw),
  )
  // Oldest first, so that the newer word is the last.
  for (const statement of originals.reverse()) {
    if (statement === null) continue
    for (const { id, definition } of activitiesIn(statement)) {
      if (definition !== undefined) found.set(id, merged(found.get(id), definition))
    }
  }
  return found
}

function merged(older: Definition | undefined, newer: Definition): Definition {
  const { name, description, extensions, ...rest } = newer
  const made: Definition = { ...older, ...rest }
  if (name ?? older?.name) made.name = { ...older?.name, ...name }
  if (description ?? older?.description) made.description = { ...older?.description, ...description }
  if (extensions ?? older?.extensions) made.extensions = { ...older?.extensions, ...extensions }
  return made
}

/** Every activity of a statement, with what it says of it. */
function activitiesIn(statement: Json): Activity[] {
  const object = statement.object as Json
  const own =
    object.objectType === 'SubStatement'
      ? activitiesIn(object)
      : object.objectType === undefined || object.objectType === 'Activity'
        ? [object as Activity]
        : []
  const near = ((statement.context as Json | undefined)?.contextActivities ?? {}) as Record<string, Activity[]>
  return [...own, ...Object.values(near).flat()]
}
