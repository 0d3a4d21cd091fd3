import { HomeroomError } from '../../infra/errors.ts'
import { kept, NOTHING, type Item } from './oneroster-csv.ts'
import { RESOURCES, type Resource } from './oneroster-resources.ts'
import { fresh, type OneRosterWalk } from './oneroster-state.ts'
import { addressOf, fetchPages, idOf, type WalkDeps } from './oneroster-walk.ts'

const [USERS, DEMOGRAPHICS] = ['users', 'demographics'].map(name => RESOURCES.find(each => each.name === name)!) as [
  Resource,
  Resource,
]
/** More than so many are not asked for one by one. */
const MOST = 500
const TOGETHER = 50

/**
 * A person is a user with demographics, and a delta may hold one without the other: what is missing is asked for by id, so
 * that a new address does not cost a student the groups, nor a new group the grade.
 *
 * @returns whether everything is fetched; false if the signal is aborted
 */
export async function fetchPartners(walk: OneRosterWalk, deps: WalkDeps): Promise<boolean> {
  if (walk.changedSince === null || walk.resources.demographics?.ended !== 'whole') return true
  for (const [have, want] of [
    [DEMOGRAPHICS, USERS],
    [USERS, DEMOGRAPHICS],
  ] as const) {
    for (;;) {
      const missing = await missingOf(have, want, walk, deps)
      if (missing.length === 0) break
      if (deps.options.signal?.aborted) return false
      if (missing.length > MOST) {
        walk.resources[want.name] = fresh(true)
        if (!(await fetchPages(walk, deps))) return false
        break
      }
      const items: Item[] = []
      for (const id of missing.slice(0, TOGETHER)) items.push(await itemOf(want, id, deps))
      const progress = walk.resources[want.name]!
      await deps.pages.write(want.name, progress.pages++, items)
      await deps.save()
    }
  }
  return true
}

async function missingOf(have: Resource, want: Resource, walk: OneRosterWalk, { pages }: WalkDeps): Promise<string[]> {
  const wanted = walk.resources[want.name]!
  if (wanted.isWhole) return []
  const there = new Set<string | null>()
  for await (const items of pages.read(want.name, wanted.pages)) for (const item of items) there.add(idOf(item))
  const missing = new Set<string>()
  for await (const items of pages.read(have.name, walk.resources[have.name]!.pages)) {
    for (const item of items) {
      const id = idOf(item)
      if (id !== null && !there.has(id) && (have === DEMOGRAPHICS || isStudent(item))) missing.add(id)
    }
  }
  return [...missing]
}

const isStudent = ({ role, roles }: Item): boolean =>
  role === 'student' || (Array.isArray(roles) && roles.some((each: Item | null) => each?.role === 'student'))

async function itemOf(resource: Resource, id: string, { source, client }: WalkDeps): Promise<Item> {
  const answer = await client.get(new URL(`${addressOf(resource, source).href}/${encodeURIComponent(id)}`), {
    accept: 'application/json',
  })
  if (answer.status === 404) return { sourcedId: id, [NOTHING]: true }
  const json = answer.status === 200 ? (JSON.parse(answer.body.toString('utf8')) as Record<string, unknown>) : {}
  const found = json[resource.name.replace(/s$/, '')] ?? json[resource.name]
  const item = kept(resource, Array.isArray(found) ? found[0] : found)
  if (idOf(item) === id) return item
  throw new HomeroomError(
    'SOURCE_REFUSED',
    `source ${source.name} answered the question for one object of ${resource.name} with status ${answer.status} and not with that object. Nothing of this pull is loaded; the next one goes on there`,
  )
}
