import { HomeroomError } from '../../infra/errors.ts'
import { realTiming, type Answer, type Client, type ClientOptions } from './client.ts'
import { kept, type Item } from './oneroster-csv.ts'
import type { Pages } from './oneroster-pages.ts'
import { RESOURCES, type Resource } from './oneroster-resources.ts'
import type { OneRosterSource } from './oneroster-source.ts'
import { fresh, type OneRosterWalk, type Progress } from './oneroster-state.ts'

export type WalkDeps = {
  source: OneRosterSource
  client: Client
  pages: Pages
  options: ClientOptions
  /** Writes the walk down: durable before the next page is asked for. */
  save: () => Promise<void>
  /** Told after each page. */
  onPage?: ((resource: string, items: number) => void) | undefined
}

export const resourcesOf = ({ gradebookUrl }: OneRosterSource): Resource[] =>
  RESOURCES.filter(({ service }) => service === 'rostering' || gradebookUrl !== null)

/**
 * Fetch every page that the walk has not yet, each sealed on the disk before the next is asked for. Resolves early, with
 * the walk unfinished, if the signal is aborted.
 *
 * @returns whether everything is fetched
 * @throws HomeroomError SOURCE_UNAVAILABLE, SOURCE_REFUSED, SOURCE_INVALID; the next pull goes on behind the last page
 */
export async function fetchPages(walk: OneRosterWalk, deps: WalkDeps): Promise<boolean> {
  for (const resource of resourcesOf(deps.source)) {
    const whole = walk.changedSince === null || resource.isContext
    const progress = (walk.resources[resource.name] ??= fresh(whole))
    while (progress.ended === null) {
      if (deps.options.signal?.aborted) return false
      await nextPage(resource, progress, walk, deps)
      await deps.save()
      deps.onPage?.(resource.name, progress.items)
    }
  }
  return true
}

async function nextPage(resource: Resource, progress: Progress, walk: OneRosterWalk, deps: WalkDeps): Promise<void> {
  const { source, client } = deps
  const url = progress.next === null ? pageAddress(resource, progress, walk, source) : new URL(progress.next)
  const answer = await client.get(url, { accept: 'application/json' })
  if (answer.status !== 200) return refused(resource, progress, walk, answer, source)
  walk.begun ??= timeOf(answer, deps)
  const items = itemsIn(answer, resource, source)
  const first = idOf(items[0])
  if (progress.items > 0 && first !== null && first === progress.first) {
    throw invalid(source, resource, 'a later page that begins as the first did, as if it knew no offset')
  }
  await deps.pages.write(resource.name, progress.pages, items)
  progress.first ??= first
  progress.pages++
  progress.items += items.length
  const total = totalIn(answer)
  if (progress.pages === 1) progress.total = total
  if (total !== progress.total) progress.isSteady = false
  const link = linkIn(answer, url, source, resource)
  progress.next = link.next
  if (hasMore(items.length, total, progress, link)) return
  if (hasSlipped(progress) && progress.again < MOST_AGAIN) {
    Object.assign(progress, fresh(progress.isWhole, progress.again + 1))
  } else progress.ended = 'whole'
}

/** A resource that changes all the time is taken as it comes after so many tries. */
const MOST_AGAIN = 2

/** Pages by offset slip when something is added or taken away meanwhile: an object may have been passed over. */
export const hasSlipped = ({ isSteady, total, items }: Progress): boolean =>
  !isSteady || (total !== null && items !== total)

/** Links and totals are optional: without either, pages are asked for until one is empty. */
function hasMore(count: number, total: number | null, { items }: Progress, link: Link): boolean {
  if (count === 0) return false
  if (link.next !== null) return true
  return total === null ? !link.isTold : items < total
}

function pageAddress(resource: Resource, progress: Progress, walk: OneRosterWalk, source: OneRosterSource): URL {
  const { changedSince, asking } = walk
  const url = addressOf(resource, source)
  const names = Object.keys(resource.columns)
  url.search = new URLSearchParams({
    limit: String(source.pageSize),
    offset: String(progress.items),
    ...(asking.sort && { sort: 'sourcedId', orderBy: 'asc' }),
    ...(asking.fields && { fields: names.join(',') }),
    ...(!progress.isWhole && changedSince !== null && { filter: `dateLastModified>='${changedSince}'` }),
  }).toString()
  return url
}

export const addressOf = ({ name, service }: Resource, { url, gradebookUrl }: OneRosterSource): URL =>
  new URL(`${service === 'gradebook' ? gradebookUrl : url}/${name}`)

const BAD_QUESTION = new Set([400, 422, 501])
const NOT_OFFERED = new Set([401, 403, 404, 405, 501])

/** Services need not understand every question, nor offer every resource: asked more simply, or left out and told. */
function refused(
  resource: Resource,
  progress: Progress,
  walk: OneRosterWalk,
  answer: Answer,
  source: OneRosterSource,
): void {
  const { asking } = walk
  if (BAD_QUESTION.has(answer.status) && (asking.fields || asking.sort)) {
    if (asking.fields) asking.fields = false
    else asking.sort = false
    // Pages in another order do not go on where these stopped.
    Object.assign(progress, fresh(progress.isWhole, progress.again))
    return
  }
  // Some answer so where a filter leaves nothing.
  if (answer.status === 404 && !progress.isWhole && progress.pages === 0) {
    progress.ended = 'whole'
    return
  }
  if (NOT_OFFERED.has(answer.status) && !resource.isRequired && progress.pages === 0) {
    progress.ended = 'not offered'
    return
  }
  throw new HomeroomError(
    'SOURCE_REFUSED',
    `source ${source.name} at ${source.url} answered the question for ${resource.name} with status ${answer.status}, expected 200. Nothing of this pull is loaded; what was fetched is kept, and the next pull goes on behind it`,
  )
}

function itemsIn({ body }: Answer, resource: Resource, source: OneRosterSource): Item[] {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw invalid(source, resource, `a page of ${body.length} bytes that is not JSON in UTF-8`, cause)
  }
  const items = (json as Record<string, unknown> | null)?.[resource.name]
  if (!Array.isArray(items)) throw invalid(source, resource, `JSON without an array "${resource.name}"`)
  return items.map(item => kept(resource, item))
}

export const idOf = (item: Item | undefined): string | null =>
  typeof item?.sourcedId === 'string' && item.sourcedId !== '' ? item.sourcedId : null

function totalIn({ headers }: Answer): number | null {
  const text = headers.get('x-total-count')?.trim() ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}

/** RFC 8288: `<address>; rel="next"`, between others. */
type Link = { isTold: boolean; next: string | null }

function linkIn({ headers }: Answer, url: URL, source: OneRosterSource, resource: Resource): Link {
  const text = headers.get('link')
  if (text === null) return { isTold: false, next: null }
  const links = text.matchAll(/<([^<>]*)>([^,<]*)/g)
  const target = links.find(([, , parameters]) =>
    parameters!.split(';').some(part => /^rel="?next"?/i.test(part.trimStart())),
  )?.[1]
  if (target === undefined) return { isTold: true, next: null }
  const next = URL.parse(target, url.href)
  if (next === null || next.origin !== addressOf(resource, source).origin) {
    throw invalid(source, resource, 'a link to a next page on another server, where the credentials do not belong')
  }
  if (next.href === url.href) throw invalid(source, resource, 'a page whose next page is itself')
  return { isTold: true, next: next.href }
}

function timeOf({ headers }: Answer, { source, options }: WalkDeps): string {
  const told = Date.parse(headers.get('date') ?? '')
  const at = Number.isNaN(told) ? (options.timing ?? realTiming).now() : told
  return new Date(at - source.overlap_ms).toISOString()
}

export function invalid({ name }: OneRosterSource, resource: Resource, what: string, cause?: unknown): HomeroomError {
  return new HomeroomError(
    'SOURCE_INVALID',
    `source ${name} gave for ${resource.name} ${what}. Nothing of this pull is loaded`,
    { cause },
  )
}
