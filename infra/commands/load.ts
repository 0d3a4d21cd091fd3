import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { loadFiles, type LoadDeps, type LoadSummary } from '../../ingest/load/load.ts'
import { storedRecords } from '../warehouse/record-index.ts'
import { progress } from './progress.ts'
import { openRuntime, prepare, type Runtime } from './runtime.ts'
import { shownSummary } from './shown-summary.ts'
import { untilCaughtUp } from './wait.ts'

type Options = {
  source?: string
  homePage?: string
  check?: boolean
  again?: boolean
  report?: string
  wait?: boolean
  json?: boolean
}

/** `load`: a district's folder, or single files of it, whatever they hold. */
export function loadCommand(): Command {
  return new Command('load')
    .description(
      'load a folder with everything in it, zips or files: rosters (OneRoster), calendars, any table by a mapping file, surveys, logs of Open edX and Canvas',
    )
    .argument('<path...>', 'folders, zips or files; what they are is known by content and name')
    .option(
      '--source <name>',
      'under which name the records are kept; default: roster, openedx, canvas, or what the mapping file says',
    )
    .option(
      '--home-page <url>',
      "Open edX: home page of its accounts; default: https:// and each line's host",
      homePage,
    )
    .option('--check', 'read and judge everything, store nothing')
    .option('--again', 'begin every file anew, also what an earlier load has finished')
    .option(
      '--report <file>',
      'CSV file for what is wrong with which row; default: load/report-<time>.csv in HOMEROOM_DATA',
    )
    .option('--wait', 'until a running processor has everything in the figures')
    .option('--json', 'print one JSON line')
    .action(async (paths: string[], options: Options) => {
      const runtime = await openRuntime()
      try {
        await prepare(runtime)
        const summary = await loadShown(paths, runtime, options)
        if (options.wait && !options.check) await untilCaughtUp(runtime)
        console.log(options.json ? JSON.stringify(summary) : shownSummary(summary, options.check))
        if (summary.refused.length > 0) process.exitCode = 1
      } finally {
        await runtime.close()
      }
    })
}

/** What `load` and `watch` give to every load. */
export function loadDeps(runtime: Runtime): LoadDeps {
  const { config, warehouse } = runtime
  return { ...runtime, places: join(config.data, 'load', 'places'), stored: storedRecords(warehouse) }
}

async function loadShown(paths: string[], runtime: Runtime, options: Options): Promise<LoadSummary> {
  const { source, homePage, check, again, report } = options
  const time = new Date().toISOString().replaceAll(':', '-').slice(0, 19)
  const reportFile = report ?? join(runtime.config.data, 'load', `report-${time}.csv`)
  const shown = progress(check ? 'Checking rows' : 'Loading rows', 0)
  const files = new Map<string, number>()
  const summary = await loadFiles(
    paths,
    { ...loadDeps(runtime), source, homePage, check, again, reportFile },
    ({ file, rows }) => {
      files.set(file, rows)
      shown.update(
        [...files.values()].reduce((total, count) => total + count, 0),
        file,
      )
    },
  )
  shown.end()
  return summary
}

function homePage(value: string): string {
  if (/^https?:\/\/[^\s/]+\S*$/.test(value)) return value
  throw new InvalidArgumentError('expected an address, for example https://courses.example.org')
}
