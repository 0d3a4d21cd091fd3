import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { HomeroomError } from '../../infra/errors.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'
import { Intake, type IntakeDeps } from '../intake.ts'
import { Loader, type LoaderDone, type Report } from '../load/loader.ts'
import { onerosterFormat } from '../load/oneroster-format.ts'
import { loadRoster } from '../load/oneroster.ts'
import { totals, type Totals } from '../load/summary.ts'
import { realTiming, type ClientOptions } from './client.ts'
import { checkVanishing, endAbsent, vanishing, whyNotWhole } from './oneroster-absent.ts'
import { csvSet, type Fetched } from './oneroster-csv.ts'
import { pagesPath, sealedPages, type Pages } from './oneroster-pages.ts'
import { fetchPartners } from './oneroster-partners.ts'
import type { OneRosterSource } from './oneroster-source.ts'
import { readOneRosterState, writeOneRosterState, type OneRosterState, type OneRosterWalk } from './oneroster-state.ts'
import { onerosterClient } from './oneroster-token.ts'
import { fetchPages, resourcesOf } from './oneroster-walk.ts'
import { statePath } from './state.ts'

export type OneRosterDeps = IntakeDeps & {
  config: IntakeDeps['config'] & { data: string }
  warehouse: Warehouse
  /** Fetch everything, though less would do. */
  full?: boolean
  /** Believe the source when more is gone than is likely. */
  letGo?: boolean
  report?: Report
  /** Told after each page. */
  onPage?: (resource: string, items: number) => void
} & ClientOptions

/** What one pull did. read = stored + duplicate + dead, as for files. */
export type OneRosterSummary = Totals & {
  source: string
  mode: 'full' | 'delta'
  requests: number
  retries: number
  files: LoaderDone['files']
  /** Enrolments that a full pull did not find any more, and that end today. */
  ended: number
  /** Why it could not be told what is not there any more; null: it could, or the pull was a delta. */
  notCompared: string | null
  /** Resources that the source does not offer. */
  notOffered: string[]
  /** False: stopped before everything was fetched; nothing of it is loaded yet. */
  complete: boolean
  /** The next pull asks for what changed since; null: for everything. */
  since: string | null
}

/**
 * Fetches rosters, demographics and scores of a OneRoster service: everything the first time and every `fullEvery_days`, else
 * what has changed. Everything is fetched before anything is loaded, because rows refer to each other; what is fetched lies
 * sealed on the disk, so that a pull that is cut off goes on behind its last page.
 *
 * @throws (later) HomeroomError SOURCE_UNAVAILABLE, SOURCE_REFUSED, SOURCE_INVALID (also: too much would vanish), CONFIG_INVALID,
 *   FILE_INVALID (the state), LOG_UNAVAILABLE, WAREHOUSE_UNAVAILABLE
 */
export function pullOneRosterFrom(source: OneRosterSource, deps: OneRosterDeps): () => Promise<OneRosterSummary> {
  const intake = new Intake(deps)
  const client = onerosterClient(source, deps)
  const path = statePath(deps.config.data, source.name)
  return async () => {
    const state = await readOneRosterState(path, source.url)
    const now_ms = (deps.timing ?? realTiming).now()
    const walk = (state.walk = walkFor(source, state, deps.full === true, now_ms))
    const pages = sealedPages(pagesPath(deps.config.data, source.name), walk.id, deps.secrets)
    const save = (): Promise<void> => writeOneRosterState(path, { ...state, at: new Date(now_ms).toISOString() })
    const before = { ...client.counts }
    await save()
    const walkDeps = { source, client, pages, options: deps, save, onPage: deps.onPage }
    const isFetched = await untilAborted(deps.signal, () => fetchAll(walk, walkDeps))
    const run: Run = { source, deps, intake, walk, pages, today: dayIn(deps.config.timeZone, now_ms) }
    const loaded = isFetched ? await loadOrGiveUp(run, state, save) : { ...NOTHING_LOADED, files: [] }
    const summary = summaryOf(source, walk, loaded, isFetched)
    if (isFetched) {
      Object.assign(state, { since: walk.begun, walk: null, ...(walk.changedSince === null && { fullAt: walk.begun }) })
      state.received += summary.read
      state.duplicates += summary.duplicate
      state.dead += summary.dead
      // Loaded first, forgotten second: a crash here loads the same again, which changes nothing.
      await save()
      await pages.remove()
    }
    const { requests, retries } = client.counts
    return { ...summary, requests: requests - before.requests, retries: retries - before.retries, since: state.since }
  }
}

/** Forget how far the source is pulled, and what was fetched of a pull under way. */
export async function forgetOneRoster(data: string, name: string): Promise<void> {
  await rm(statePath(data, name), { force: true })
  await rm(pagesPath(data, name), { recursive: true, force: true })
}

async function fetchAll(walk: OneRosterWalk, deps: Parameters<typeof fetchPages>[1]): Promise<boolean> {
  return (await fetchPages(walk, deps)) && fetchPartners(walk, deps)
}

async function untilAborted(signal: AbortSignal | undefined, work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work()
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return false
    throw error
  }
}

const DAY_MS = 86_400_000
/** Pages that lay longer say too little of what is there now. */
const LONGEST_WALK_MS = DAY_MS

function walkFor(
  { fullEvery_days }: OneRosterSource,
  { walk, since, fullAt }: OneRosterState,
  full: boolean,
  now_ms: number,
): OneRosterWalk {
  const isDue = since === null || fullAt === null || now_ms - Date.parse(fullAt) >= fullEvery_days * DAY_MS
  const begun_ms = Date.parse(walk?.begun ?? '')
  const isOld = now_ms - begun_ms > LONGEST_WALK_MS
  if (walk !== null && !isOld && (walk.changedSince === null || !full)) return walk
  return {
    id: randomBytes(8).toString('hex'),
    changedSince: full || isDue ? null : since,
    begun: null,
    asking: { fields: true, sort: true },
    resources: {},
  }
}

type Run = {
  source: OneRosterSource
  deps: OneRosterDeps
  intake: Intake
  walk: OneRosterWalk
  pages: Pages
  today: Day
}

/** What was refused as a whole is not kept: by the next time the source may have everything again. */
async function loadOrGiveUp(run: Run, state: OneRosterState, save: () => Promise<void>): Promise<Loaded> {
  try {
    return await load(run)
  } catch (error) {
    if (error instanceof HomeroomError && error.code === 'SOURCE_INVALID') {
      state.walk = null
      await save()
      await run.pages.remove()
    }
    throw error
  }
}

type Loaded = Pick<OneRosterSummary, 'files' | 'ended' | 'notCompared'>
const NOTHING_LOADED = { ended: 0, notCompared: null }

/** What would vanish is looked at first: a source that lost half of its data must not cost ours. */
async function load(run: Run): Promise<Loaded> {
  const { source, deps, intake, walk, pages, today } = run
  const isFull = walk.changedSince === null
  const fetched: Fetched = ({ name }) => pages.read(name, walk.resources[name]?.pages ?? 0)
  const notCompared = isFull ? await whyNotAll(run, ['enrollments']) : null
  const isCompared = isFull && notCompared === null
  const gone = await vanishing(deps.warehouse, intake, source.name, fetched, today, isCompared)
  if (deps.letGo !== true) checkVanishing(source, gone)
  const offered = resourcesOf(source).filter(({ name }) => walk.resources[name]?.ended === 'whole')
  const loader = new Loader(intake, source.name, deps.report ?? (() => undefined))
  const schools = await loadRoster(csvSet(source.name, !isFull, offered, fetched), loader, walk.changedSince)
  // In a bulk set a result that is not there is taken back: not if it may only have been missed.
  const isBulk = isFull && (await whyNotAll(run, ['results', 'assessmentResults'])) === null
  const scores = csvSet(source.name, !isBulk, offered, fetched)
  const jobs = await onerosterFormat.jobsIn(scores, [...scores.files.values()])
  for (const job of jobs) if (job.stage === 'scores') await job.load(loader, { homePage: null, schools })
  await loader.flush()
  await endAbsent(intake, source.name, gone.absent, today)
  return { files: loader.done().files, ended: gone.absent.length, notCompared }
}

/** Why of some of these it cannot be told what is not there any more; null: it can of all that are offered. */
async function whyNotAll({ walk, pages }: Run, names: readonly string[]): Promise<string | null> {
  for (const name of names) {
    const progress = walk.resources[name]
    if (progress?.ended === 'not offered') continue
    const why = await whyNotWhole(name, progress, pages.read(name, progress?.pages ?? 0))
    if (why !== null) return why
  }
  return null
}

function summaryOf(
  { name }: OneRosterSource,
  { changedSince, resources }: OneRosterWalk,
  { files, ended, notCompared }: Loaded,
  complete: boolean,
): Omit<OneRosterSummary, 'requests' | 'retries' | 'since'> {
  return {
    source: name,
    mode: changedSince === null ? 'full' : 'delta',
    files,
    ...totals(files),
    ended,
    notCompared,
    notOffered: Object.keys(resources).filter(resource => resources[resource]!.ended === 'not offered'),
    complete,
  }
}

/** The local date of an instant. */
function dayIn(timeZone: string, ms: number): Day {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(ms)
}
