import { HomeroomError } from '../../infra/errors.ts'
import type { XapiVersion } from '../../schemas/xapi.ts'
import { Intake, type IntakeDeps } from '../intake.ts'
import { announceWriter } from '../other-writers.ts'
import { pageTaker, type AcceptDeps, type PageTaker, type Taken } from './accept.ts'
import { pullClient, realTiming, type Answer, type Client, type ClientOptions } from './client.ts'
import { afterPage, withoutLink } from './cursor.ts'
import { askedFor, firstPage, linkedPage, pageIn, versionIn, type Page } from './page.ts'
import type { Source } from './source.ts'
import { readState, statePath, writeState, type PullState } from './state.ts'

export type PullDeps = Omit<IntakeDeps, 'config'> & {
  config: IntakeDeps['config'] & { data: string }
} & Pick<AcceptDeps, 'warehouse' | 'resources'> &
  ClientOptions & {
    /** Told after each page that is stored. */
    onPage?: (summary: PullSummary) => void
  }

/** @param since begin there, whatever was pulled before: what is known already counts once */
export type Pull = (since?: string) => Promise<PullSummary>

/** What one pull did. received = accepted + duplicates + dead. */
export type PullSummary = Taken & {
  source: string
  pages: number
  requests: number
  retries: number
  /** Everything that the source had when we asked for the last page is stored; false: stopped before that. */
  complete: boolean
  /** Where the next pull goes on: after what was stored there at this time; null: at the beginning. */
  since: string | null
}

/**
 * Fetches what a source stored since the last pull, page by page, and puts it into the log as if it had been sent to us.
 * Resolves at the last page, or, if `signal` is aborted, after the page under way.
 *
 * @throws (later) HomeroomError SOURCE_UNAVAILABLE, SOURCE_REFUSED, SOURCE_INVALID, CONFIG_INVALID, FILE_INVALID (the state),
 *   LOG_UNAVAILABLE, WAREHOUSE_UNAVAILABLE; what was stored before is kept, and the next pull goes on behind it
 */
export function pullFrom(source: Source, deps: PullDeps): Pull {
  const take = pageTaker({ ...deps, intake: new Intake(deps), source: source.name })
  const path = statePath(deps.config.data, source.name)
  return async since => {
    const walk = new Walk(source, deps, take, path, stateFor(source, await readState(path), since))
    const end = announceWriter(deps.config.data)
    try {
      while (await walk.nextPage());
    } catch (error) {
      if (!deps.signal?.aborted || error instanceof HomeroomError) throw error
    } finally {
      end()
    }
    return walk.summary
  }
}

/** A source's pages in order, each stored before the next is asked for. */
class Walk {
  readonly summary: PullSummary
  readonly #source: Source
  readonly #deps: PullDeps
  readonly #take: PageTaker
  readonly #client: Client
  readonly #path: string
  #version: XapiVersion | null
  #state: PullState
  /** Where we began anew because a link was refused, and no other link has worked since. */
  #unlinked: string | null | undefined

  constructor(source: Source, deps: PullDeps, take: PageTaker, path: string, state: PullState) {
    this.#source = source
    this.#deps = deps
    this.#path = path
    this.#state = state
    this.#version = source.version
    this.#take = take
    this.#client = pullClient(source, deps)
    this.summary = {
      source: source.name,
      pages: 0,
      requests: 0,
      retries: 0,
      ...NONE,
      complete: false,
      since: state.since,
    }
  }

  /** @returns whether there is another page to ask for */
  async nextPage(): Promise<boolean> {
    if (this.#deps.signal?.aborted) return false
    const page = await this.#ask()
    if (page === null) return true
    const taken = await this.#take(page, this.#version!)
    await this.#advance(page, taken)
    return !this.summary.complete
  }

  /** null: the link was refused, and the cursor is back where pages are asked for without it. */
  async #ask(): Promise<Page | null> {
    const { since, walk } = this.#state
    const source = this.#source
    const url = walk ? linkedPage(source, walk.more) : firstPage(source, since)
    const answer = await this.#get(url)
    Object.assign(this.summary, this.#client.counts)
    if (walk && LINK_GONE.has(answer.status)) return this.#goBack(answer)
    if (answer.status !== 200) throw refused(source, answer)
    if (walk) this.#unlinked = undefined
    const page = pageIn(answer, source, (this.#deps.timing ?? realTiming).now())
    // Followed, it would be so for ever.
    if (walk && page.times.more === walk.more) throw refused(source, answer, 'a page whose next page is itself,')
    return page
  }

  async #get(url: URL): Promise<Answer> {
    this.#version ??= versionIn(await this.#client.get(new URL(`${this.#source.url}/about`), {}))
    return this.#client.get(url, {
      'x-experience-api-version': this.#version,
      accept: this.#source.attachments ? 'multipart/mixed, application/json' : 'application/json',
    })
  }

  #goBack(answer: Answer): null {
    const cursor = withoutLink(this.#state)
    if (this.#unlinked === cursor.since) throw refused(this.#source, answer, 'the link to the next page that it gave')
    this.#unlinked = cursor.since
    this.#state = { ...this.#state, ...cursor }
    return null
  }

  // Store first, move the cursor second: a crash here repeats the page and never skips it.
  async #advance(page: Page, taken: Taken): Promise<void> {
    const before = this.#state
    const at = new Date((this.#deps.timing ?? realTiming).now()).toISOString()
    this.#state = { ...before, ...afterPage(before, page.times, this.#source.overlap_ms), ...sum(before, taken), at }
    await writeState(this.#path, this.#state)
    this.summary.pages++
    Object.assign(this.summary, sum(this.summary, taken), { since: this.#state.since })
    this.summary.complete = this.#state.walk === null
    this.#deps.onPage?.(this.summary)
  }
}

/** Answers to a link that no longer leads anywhere: stores keep the place behind it for a while only. */
const LINK_GONE = new Set([400, 404, 410, 422])

function stateFor(source: Source, stored: PullState | null, since: string | undefined): PullState {
  const asked = askedFor(source)
  const begun = stored ?? { format: 1, url: source.url, asked, since: source.since, walk: null, ...NONE, at: '' }
  if (begun.url !== source.url) {
    throw new HomeroomError(
      'CONFIG_INVALID',
      `source ${source.name} was pulled from ${begun.url} before and is ${source.url} now. Nothing was pulled; homeroom pull --restart begins anew there, or give the new one a name of its own`,
    )
  }
  const state: PullState = { ...begun, format: 1, asked }
  if (since !== undefined) return { ...state, since, walk: null }
  return begun.asked !== asked ? { ...state, ...withoutLink(state) } : state
}

const NONE: Taken = { received: 0, accepted: 0, duplicates: 0, dead: 0, attachments: 0, attachmentsLeftOut: 0 }

function sum(a: Taken, b: Taken): Taken {
  const keys = Object.keys(NONE) as (keyof Taken)[]
  return Object.fromEntries(keys.map(key => [key, a[key] + b[key]])) as Taken
}

function refused(
  { name, url }: Source,
  { status, headers }: Answer,
  what = 'the question for statements',
): HomeroomError {
  const elsewhere = status >= 300 && status < 400 ? URL.parse(headers.get('location') ?? '', url) : null
  const where = elsewhere ? ` and points to ${elsewhere.origin}${elsewhere.pathname}` : ''
  return new HomeroomError(
    'SOURCE_REFUSED',
    `source ${name} at ${url} answered ${what} with status ${status}${where}, expected 200. What was pulled before is stored`,
  )
}
