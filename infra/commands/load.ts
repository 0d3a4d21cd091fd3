import { Command } from 'commander'
import { loadFiles } from '../../ingest/load/load.ts'
import { progress } from './progress.ts'
import { openRuntime, prepare } from './runtime.ts'
import { untilCaughtUp } from './wait.ts'

/** `load`: OneRoster folders and zips, calendars, and any table by a mapping file. */
export function loadCommand(): Command {
  return new Command('load')
    .description('load OneRoster folders or zips, calendar.csv, and tables by a mapping file (JSON)')
    .argument('<file...>', 'a folder, a zip, a calendar.csv or a mapping file')
    .option('--source <name>', 'under which name the records are kept; default: roster, or what the mapping file says')
    .option('--wait', 'until a running processor has everything in the figures')
    .option('--json', 'print one JSON line')
    .action(async (files: string[], options: { source?: string; wait?: boolean; json?: boolean }) => {
      const runtime = await openRuntime()
      await prepare(runtime)
      const shown = progress('Loading rows', 0)
      const summary = await loadFiles(files, { ...runtime, source: options.source }, now =>
        shown.update(now.rows, now.file),
      )
      shown.end()
      if (options.wait) await untilCaughtUp(runtime)
      await runtime.close()
      console.log(options.json ? JSON.stringify(summary) : summary)
    })
}
