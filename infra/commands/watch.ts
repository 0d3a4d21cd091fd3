import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command, InvalidArgumentError } from 'commander'
import { statOf } from '../../ingest/load/file-set.ts'
import { Watch, type Taken } from '../../ingest/load/watch.ts'
import { sentenceOf } from '../errors.ts'
import { loadDeps } from './load.ts'
import { openRuntime, prepare, untilStopped } from './runtime.ts'

/** `watch`: load what is put into a folder, as it comes. */
export function watchCommand(): Command {
  return new Command('watch')
    .description(
      'load what is put into a folder, each content once; then it lies in done/ or rejected/, its report beside it',
    )
    .argument('<folder>', 'mapping files and instruments for what comes lie in its folder mappings/')
    .option('--every <seconds>', 'between two looks; what is unchanged at both is complete', seconds, 10)
    .option('--source <name>', 'under which name the records are kept; default: as load')
    .option('--json', 'print one JSON line for everything that is taken')
    .action(async (folder: string, options: { every: number; source?: string; json?: boolean }) => {
      await statOf(folder)
      const runtime = await openRuntime()
      try {
        await prepare(runtime)
        const taken = join(runtime.config.data, 'load', 'taken')
        const watch = new Watch(resolve(folder), { ...loadDeps(runtime), source: options.source, taken })
        const stop = new AbortController()
        const stopped = untilStopped().then(() => stop.abort())
        while (!stop.signal.aborted) {
          try {
            for (const each of await watch.look()) console.log(options.json ? JSON.stringify(each) : shown(each))
          } catch (error) {
            // The log or the disk: what was not taken yet is taken by a later look.
            runtime.logger.error({ err: error }, sentenceOf(error))
          }
          await sleep(options.every * 1000, undefined, { signal: stop.signal }).catch(() => undefined)
        }
        await stopped
      } finally {
        await runtime.close()
      }
    })
}

function shown({ name, outcome, path, summary, reason }: Taken): string {
  if (outcome === 'known') return `${name}: taken before, now ${path}`
  if (outcome === 'rejected') return `${name}: rejected, now ${path}. ${reason ?? ''}`
  const { read, stored, duplicate, dead, nobody } = summary!
  return `${name}: read ${read} = stored ${stored} + duplicate ${duplicate} + dead ${dead} + nobody's ${nobody}, now ${path}`
}

function seconds(value: string): number {
  const count = Number(value)
  if (count >= 1 && count <= 86_400) return count
  throw new InvalidArgumentError('expected a number of seconds, from 1 to 86400')
}
