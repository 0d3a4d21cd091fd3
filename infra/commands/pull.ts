import { Command, InvalidArgumentError } from 'commander'
import { follow } from '../../ingest/pull/follow.ts'
import { pullFrom, type PullSummary } from '../../ingest/pull/pull.ts'
import { readSources, sourceNamed, type Source } from '../../ingest/pull/source.ts'
import { forgetState, readState, statePath } from '../../ingest/pull/state.ts'
import { isTimestamp } from '../../schemas/formats.ts'
import { openResources, type Resources } from '../../ingest/lrs/store.ts'
import { readConfig, type Config } from '../config.ts'
import { HomeroomError } from '../errors.ts'
import { progress } from './progress.ts'
import { openRuntime, prepare, untilStopped, type Runtime } from './runtime.ts'

type Options = { follow?: number | true; since?: string; restart?: boolean; json?: boolean }

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
    }
  }
Without SOURCE the sources are listed, with how far each is pulled. A pull that is cut off goes on where it stopped.`

/** `pull`: statements of other learning record stores. */
export function pullCommand(): Command {
  return new Command('pull')
    .description('fetch the statements of another learning record store (xAPI) since the last pull')
    .argument('[source]', 'name of a source in the sources file')
    .option('--once', 'to the end, then stop (the default)')
    .option('--follow [seconds]', `do not stop: pull again every so many seconds (${FOLLOW_EVERY_SECONDS})`, secondsOf)
    .option('--since <time>', 'begin there, whatever was pulled before; what is known already counts once', timeOf)
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
  const resources = openResources(runtime.config, runtime.secrets)
  try {
    await prepare(runtime)
    if (options.restart) await forgetState(statePath(config.data, name))
    await pullWith({ ...runtime, resources }, source, options, stopping.signal)
  } finally {
    await resources.close()
    await runtime.close()
  }
}

type Open = Runtime & { resources: Resources }

async function pullWith(runtime: Open, source: Source, options: Options, signal: AbortSignal): Promise<void> {
  const { logger } = runtime
  const deps = {
    ...runtime,
    signal,
    onPause: ({ why, ms, tries }: { why: string; ms: number; tries: number }) =>
      logger.info(
        { source: source.name, why, tries, seconds: Math.round(ms / 1000) },
        'the source is asked again later',
      ),
  }
  if (options.follow === undefined) {
    const shown = progress(`Pulling statements of ${source.name}`, 0)
    const onPage = ({ received, since }: PullSummary) => shown.update(received, since ? `stored up to ${since}` : '')
    const summary = await pullFrom(source, { ...deps, onPage })(options.since)
    shown.end(summary.complete ? 'all there is' : 'stopped')
    say(summary, options.json)
    if (!summary.complete) process.exitCode = 1
    return
  }
  const every_ms = (options.follow === true ? FOLLOW_EVERY_SECONDS : options.follow) * 1000
  await follow(source, {
    ...deps,
    every_ms,
    since: options.since,
    onPull: summary => summary.received > 0 && say(summary, options.json),
    onTrouble: error => logger.warn({ err: error }, error.sentence()),
  })
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
  const rows = await Promise.all(
    sources.map(async ({ name, url, since }) => {
      const state = await readState(statePath(config.data, name))
      const { received = 0, duplicates = 0, dead = 0, at = null } = state ?? {}
      return { name, url, since: state ? state.since : since, under_way: !!state?.walk, received, duplicates, dead, at }
    }),
  )
  if (json) return console.log(JSON.stringify(rows))
  if (rows.length === 0) throw new HomeroomError('CONFIG_INVALID', `${config.sourcesFile} describes no source`)
  console.table(rows)
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
