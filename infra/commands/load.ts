import { Command, InvalidArgumentError } from 'commander'
import { loadFiles } from '../../ingest/load/load.ts'
import { progress } from './progress.ts'
import { openRuntime, prepare } from './runtime.ts'
import { untilCaughtUp } from './wait.ts'

/** `load`: OneRoster folders and zips, calendars, any table by a mapping file, logs of Open edX and Canvas. */
export function loadCommand(): Command {
  return new Command('load')
    .description(
      'load OneRoster folders or zips, calendar.csv, tables by a mapping file (JSON), tracking logs of Open edX, Canvas Live Events',
    )
    .argument('<file...>', 'a folder, a zip, a calendar.csv, a mapping file or a log')
    .option(
      '--source <name>',
      'under which name the records are kept; default: roster, openedx, canvas, or what the mapping file says',
    )
    .option(
      '--home-page <url>',
      "Open edX: home page of its accounts; default: https:// and each line's host",
      homePage,
    )
    .option('--wait', 'until a running processor has everything in the figures')
    .option('--json', 'print one JSON line')
    .action(
      async (files: string[], options: { source?: string; homePage?: string; wait?: boolean; json?: boolean }) => {
        const runtime = await openRuntime()
        await prepare(runtime)
        const shown = progress('Loading rows', 0)
        const summary = await loadFiles(
          files,
          { ...runtime, source: options.source, homePage: options.homePage },
          now => shown.update(now.rows, now.file),
        )
        shown.end()
        if (options.wait) await untilCaughtUp(runtime)
        await runtime.close()
        console.log(options.json ? JSON.stringify(summary) : summary)
      },
    )
}

function homePage(value: string): string {
  if (/^https?:\/\/[^\s/]+\S*$/.test(value)) return value
  throw new InvalidArgumentError('expected an address, for example https://courses.example.org')
}
