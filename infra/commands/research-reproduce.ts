import { Command } from 'commander'
import { reproduce, type Reproduction } from '../../processors/research/reproduce.ts'
import { catalogue } from '../../schemas/catalogue.ts'
import { HomeroomError } from '../errors.ts'
import { progress } from './progress.ts'
import { opened } from './runtime.ts'
import { untilCaughtUp } from './wait.ts'

type Options = { snapshot?: string; now?: boolean; json?: boolean }

const HELP = `
Two steps, by the files that made the figures: from what is kept of students to the live figure (named for each indicator), and from
the live figures to the published one (processors/publish/draft.sql, publish.sql). Figures that changed since their publication are told by
reason: later records, other students, an erasure, inputs not kept any more. Ends with 1 if nothing explains a difference.`

/** `research reproduce`: published figures, computed again and compared. */
export function reproduceCommand(): Command {
  return new Command('reproduce')
    .description('compute published figures again from what is stored, and compare every one; stores nothing')
    .argument('[indicators...]', 'ids in the catalogue; default: all that the snapshot has')
    .option('--snapshot <number>', 'default: the newest')
    .option('--now', 'do not wait until everything received is in the figures')
    .option('--json', 'print one JSON line an indicator')
    .addHelpText('after', HELP)
    .action(async (indicators: string[], { snapshot, now, json }: Options) => {
      const unknown = indicators.find(id => !catalogue.some(entry => entry.id === id))
      if (unknown !== undefined || (snapshot !== undefined && !/^\d{1,19}$/.test(snapshot))) {
        const what =
          unknown === undefined ? `--snapshot is ${snapshot}, expected its number` : `no indicator is named ${unknown}`
        throw new HomeroomError('ARGUMENT_INVALID', `${what}. Nothing was compared`)
      }
      const of = { ...(snapshot !== undefined && { snapshot }), ...(indicators.length > 0 && { indicators }) }
      await opened(async runtime => {
        const { warehouse, config } = runtime
        if (!now) await untilCaughtUp(runtime)
        const shown = progress('computations', 0)
        const found = await reproduce(warehouse, config, of, (done, all) => shown.update(done, `of ${all}`))
        shown.end()
        if (!json) console.log(`snapshot ${found.snapshot}`)
        for (const one of found.reproductions) console.log(json ? JSON.stringify(one) : sentence(one))
        if (found.reproductions.some(({ changed }) => changed.unexplained !== undefined)) process.exitCode = 1
      })
    })
}

function sentence({ indicator, files, cells, same, changed, examples }: Reproduction): string {
  const others = Object.entries(changed).map(([why, count]) => `${count} ${why}`)
  const told = `${indicator}: ${same} of ${cells} figures the same${others.length > 0 ? `; changed: ${others.join(', ')}` : ''}`
  return [`${told} (${files.join(', ')})`, ...examples.map(example => `  ${example}`)].join('\n')
}
