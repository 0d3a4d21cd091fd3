import { Command, InvalidArgumentError } from 'commander'
import { follow } from '../../ingest/pull/follow.ts'
import { forgetOneRoster, pullOneRosterFrom, type OneRosterSummary } from '../../ingest/pull/oneroster.ts'
import type { OneRosterSource } from '../../ingest/pull/oneroster-source.ts'
import { readOneRosterState } from '../../ingest/pull/oneroster-state.ts'
import { pullFrom, type PullSummary } from '../../ingest/pull/pull.ts'
import { readSources, sourceNamed, type AnySource, type Source } from '../../ingest/pull/source.ts'
import { forgetState, readState, statePath } from '../../ingest/pull/state.ts'
import { isTimestamp } from '../../schemas/formats.ts'
import { openResources, type Resources } from '../../ingest/lrs/store.ts'
import type { LoadProgress } from '../../ingest/load/loader.ts'
import { readConfig, type Config } from '../config.ts'
import { HomeroomError } from '../errors.ts'
import { progress } from './progress.ts'
import { openRuntime, prepare, untilStopped, type Runtime } from './runtime.ts'

type Options = {
  follow?: number | true
  since?: string
  restart?: boolean
  full?: boolean
  letGo?: boolean
  json?: boolean
}

const FOLLOW_EVERY_SECONDS = 30

const HELP = `
The sources stand in a JSON file, HOMEROOM_SOURCES (default: sources.json in the data folder), mode 600:
  {
    "lms": {
      "url": "https://lrs.example.org/xapi",       the endpoint, without /statements
      "user": "homeroom", "password": "…",         or "token": "…" for Bearer
      "since": "2025-08-01T00:00:00Z",             where the first pull begins; default: the beginning
      "overlapMinutes": 10,                        how late a statement may become visible there after its "stored"
      "pageSize": 500,                             statements asked for at once
      "attachments": true,                         fetch the bytes of attachments too
      "version": "1.0.3",                          of xAPI; default: the newest that its About resource names
      "timeLimitSeconds": 60,                      of one request
      "insecure": false                            allow http to another machine
    },
    "sis": {
      "kind": "oneroster",                         rosters, demographics and scores; default kind: xapi
      "url": "https://sis.example.org/ims/oneroster/rostering/v1p2",   or …/ims/oneroster/v1p1
      "tokenUrl": "https://sis.example.org/token", OAuth 2 client credentials; or "token": "…"; OAuth 1.0a is not supported
      "clientId": "…", "clientSecret": "…",
      "scope": "…",                                default: what reading needs, as the standard names it
      "scores": true,                              line items and results too
      "gradebookUrl": "https://…/gradebook/v1p2",  default: as url, /rostering/ replaced
      "fullEveryDays": 7,                          between, only what has changed is asked for
      "overlapMinutes": 10, "pageSize": 500, "timeLimitSeconds": 60, "insecure": false
    }
  }
Without SOURCE the sources are listed, with how far each is pulled. A pull that is cut off goes on where it stopped.`

/** `pull`: statements of other learning record stores, rosters and scores of OneRoster services. */
export function pullCommand(): Command {
  return new Command('pull')
    .description('fetch what is new in another learning record store (xAPI) or roster service (OneRoster)')
    .argument('[source]', 'name of a source in the sources file')
    .option('--once', 'to the end, then stop (the default)')
    .option('--follow [seconds]', `do not stop: pull again every so many seconds (${FOLLOW_EVERY_SECONDS})`, secondsOf)
    .option(
      '--since <time>',
      'xAPI: begin there, whatever was pulled before; what is known already counts once',
      timeOf,
    )
    .option('--full', 'OneRoster: fetch everything, which also finds what is not there any more')
    .option('--let-go', 'OneRoster: believe the source though more than 10 % of the running enrolments are gone')
    .option('--restart', 'forget how far the source was pulled, and begin anew')
    .option('--json', 'print one JSON line for each pull')
    .addHelpText('after', HELP)
    .action(run)
}

async function run(name: string | undefined, options: Options): Promise<void> {
  const config = readConfig()
  if (name === undefined) return list(config, options.json)
  const source = await sourceNamed(name, config.sourcesFile)
  const stopping = new AbortController()
  void untilStopped().then(() => stopping.abort())
  const runtime = await openRuntime()
  const resources = openResources(runtime.config, runtime.secrets, runtime.erased)
  try {
    await prepare(runtime)
    const { signal } = stopping
    if (source.kind === 'oneroster') {
      if (options.restart) await forgetOneRoster(config.data, name)
      await pullOneRoster(runtime, source, options, signal)
      return
    }
    if (options.restart) await forgetState(statePath(config.data, name))
    await pullWith({ ...runtime, resources }, source, options, signal)
  } finally {
    await resources.close()
    await runtime.close()
  }
}

type Open = Runtime & { resources: Resources }

async function pullWith(runtime: Open, source: Source, options: Options, signal: AbortSignal): Promise<void> {
  const deps = { ...runtime, signal, onPause: pauseLogger(runtime, source) }
  if (options.follow !== undefined) {
    const onPull = (summary: PullSummary): void => void (summary.received > 0 && say(summary, options.json))
    return followed(pullFrom(source, deps), options, runtime, signal, onPull)
  }
  const shown = progress(`Pulling statements of ${source.name}`, 0)
  const onPage = ({ received, since }: PullSummary) => shown.update(received, since ? `stored up to ${since}` : '')
  const summary = await pullFrom(source, { ...deps, onPage })(options.since)
  shown.end(summary.complete ? 'all there is' : 'stopped')
  say(summary, options.json)
  if (!summary.complete) process.exitCode = 1
}

async function pullOneRoster(
  runtime: Runtime,
  source: OneRosterSource,
  options: Options,
  signal: AbortSignal,
): Promise<void> {
  const { full = false, letGo = false } = options
  const deps = { ...runtime, signal, full, letGo, onPause: pauseLogger(runtime, source) }
  if (options.follow !== undefined) {
    const onPull = (summary: OneRosterSummary): void => void (summary.read > 0 && sayOneRoster(summary, options.json))
    return followed(pullOneRosterFrom(source, deps), options, runtime, signal, onPull)
  }
  const shown = progress(`Pulling the roster of ${source.name}`, 0)
  const onPage = (resource: string, items: number): void => shown.update(items, resource)
  const report = (now: LoadProgress): void => shown.update(now.rows, `loading ${now.file}`)
  const summary = await pullOneRosterFrom(source, { ...deps, onPage, report })()
  shown.end(summary.complete ? 'all there is' : 'stopped')
  sayOneRoster(summary, options.json)
  if (!summary.complete) process.exitCode = 1
}

const pauseLogger =
  ({ logger }: Runtime, source: AnySource) =>
  ({ why, ms, tries }: { why: string; ms: number; tries: number }): void =>
    logger.info({ source: source.name, why, tries, seconds: Math.round(ms / 1000) }, 'the source is asked again later')

function followed<Summary>(
  pull: (since?: string) => Promise<Summary>,
  options: Options,
  { logger }: Runtime,
  signal: AbortSignal,
  onPull: (summary: Summary) => void,
): Promise<void> {
  const every_ms = (options.follow === true ? FOLLOW_EVERY_SECONDS : (options.follow ?? 0)) * 1000
  const onTrouble = (error: HomeroomError): void => logger.warn({ err: error }, error.sentence())
  return follow(pull, { signal, every_ms, onPull, onTrouble, ...(options.since && { since: options.since }) })
}

function sayOneRoster(summary: OneRosterSummary, json: boolean | undefined): void {
  if (json) return console.log(JSON.stringify(summary))
  const { source, mode, read, stored, duplicate, dead, ended, notCompared, notOffered, complete } = summary
  if (!complete) return console.log(`${source}: stopped before everything was fetched; run it again to go on`)
  const rest = [
    mode === 'full' && notCompared === null && `${ended} enrolments ended because they are not there any more`,
    notCompared && `what is not there any more cannot be told: ${notCompared}`,
    notOffered.length > 0 && `not offered: ${notOffered.join(', ')}`,
  ].filter(Boolean)
  console.log(
    [
      `${source}, ${mode}: ${read} rows, of which ${stored} stored, ${duplicate} known already, ${dead} in dead-letters`,
      ...rest,
    ].join('; '),
  )
}

function say(summary: PullSummary, json: boolean | undefined): void {
  if (json) return console.log(JSON.stringify(summary))
  const { source, received, accepted, duplicates, dead, since } = summary
  console.log(
    `${source}: ${received} statements, of which ${accepted} stored, ${duplicates} known already, ${dead} in dead-letters; ` +
      (summary.complete
        ? `the next pull goes on behind ${since ?? 'the beginning'}`
        : 'stopped; run it again to go on'),
  )
}

async function list(config: Config, json: boolean | undefined): Promise<void> {
  const sources = await readSources(config.sourcesFile)
  const rows = await Promise.all(sources.map(source => listed(config, source)))
  if (json) return console.log(JSON.stringify(rows))
  if (rows.length === 0) throw new HomeroomError('CONFIG_INVALID', `${config.sourcesFile} describes no source`)
  console.table(rows)
}

async function listed(config: Config, source: AnySource): Promise<Record<string, unknown>> {
  const { kind, name, url } = source
  const path = statePath(config.data, name)
  const state = source.kind === 'xapi' ? await readState(path) : await readOneRosterState(path, url)
  const { received = 0, duplicates = 0, dead = 0 } = state ?? {}
  const since = state === null && source.kind === 'xapi' ? source.since : (state?.since ?? null)
  return { kind, name, url, since, under_way: !!state?.walk, received, duplicates, dead, at: state?.at || null }
}

function secondsOf(text: string): number {
  const seconds = Number(text)
  if (Number.isFinite(seconds) && seconds >= 1 && seconds <= 86_400) return seconds
  throw new InvalidArgumentError('expected 1 to 86400 seconds')
}

function timeOf(text: string): string {
  if (isTimestamp(text)) return text
  throw new InvalidArgumentError('expected an ISO 8601 date and time, for example 2026-03-02T00:00:00Z')
}
