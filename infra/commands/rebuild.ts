import { join } from 'node:path'
import { Command } from 'commander'
import { rebuild, type Difference, type Rebuild } from '../../processors/rebuild.ts'
import { HomeroomError } from '../errors.ts'
import { alone } from './alone.ts'
import { progress } from './progress.ts'
import { opened } from './runtime.ts'

type Options = { from: string; to: string; school?: string; json?: boolean }

const HELP = `
For weeks of which the definitions have changed, or that are in doubt. The processors that run do it, two weeks at a time, the newest
first, so that what arrives meanwhile is not held up; each week shows its old figures until it has the new ones. What retention
has frozen stays. Records are taken as they are stored: homeroom replay reads the log anew.

The report says, by indicator and kind of unit, how many cells are there now, how many were added, are gone or differ, and by
how much at most. It is of the live aggregates: growth, and surveys, are not computed by weeks. One that did not end is run again
with the same weeks: it still compares with what was there before the first time. homeroom publish publishes.`

/** `rebuild`: figures of some weeks again, from what is stored, with a report of what is different. */
export function rebuildCommand(): Command {
  return new Command('rebuild')
    .description('compute the figures of some weeks again from what is stored, while everything runs; say what changed')
    .requiredOption('--from <day>', 'a day of the first week, 2026-03-02')
    .requiredOption('--to <day>', 'a day of the last week')
    .option('--school <sourcedId>', "only this school's students; the aggregates of a week are computed whole")
    .option('--json', 'print one JSON line')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      const wanted = wantedOf(options)
      await opened(async ({ warehouse, config }) => {
        const began = performance.now()
        const shown = progress('Weeks computed again', 0)
        const differences = await alone(join(config.data, 'rebuild.pid'), 'rebuilding figures', () =>
          rebuild(warehouse, wanted, (done, of) => shown.update(done, `of ${of}`)),
        )
        shown.end()
        print(differences, (performance.now() - began) / 1000, options)
      })
    })
}

/** @throws HomeroomError ARGUMENT_INVALID */
function wantedOf({ from, to, school }: Options): Rebuild {
  const wanted = { from: mondayOf('--from', from), to: mondayOf('--to', to), school: school ?? null }
  if (wanted.from <= wanted.to) return wanted
  throw new HomeroomError('ARGUMENT_INVALID', `--from ${from} is after --to ${to}. Nothing was computed`)
}

function mondayOf(name: string, text: string): string {
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : null
  if (day === null || Number.isNaN(day.getTime()))
    throw new HomeroomError('ARGUMENT_INVALID', `${name} is ${text}, expected a day such as 2026-03-02`)
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7))
  return day.toISOString().slice(0, 10)
}

function print(differences: readonly Difference[], seconds: number, { json }: Options): void {
  const different = differences.filter(({ added, gone, changed }) => added + gone + changed > 0)
  if (json) return console.log(JSON.stringify({ differences, seconds }))
  const cells = differences.reduce((sum, row) => sum + row.cells, 0)
  console.log(
    `${cells} cells in ${seconds.toFixed(1)} s; ${different.length === 0 ? 'nothing differs' : 'these differ:'}`,
  )
  if (different.length > 0) console.table(different)
}
