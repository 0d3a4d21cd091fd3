import { resolve } from 'node:path'
import { Command } from 'commander'
import { exportExtract } from '../../processors/research/export.ts'
import { standingStudy } from '../../processors/research/study.ts'
import { dayIn, tellResearch } from './research-told.ts'
import { opened } from './runtime.ts'

/** `research export`: the extract as files. */
export function exportCommand(withRuntime: typeof opened = opened): Command {
  return new Command('export')
    .description('write the extract of a study as Parquet, with manifest, codebook and citation')
    .argument('<study>')
    .requiredOption('--out <folder>', 'where to; made if it is missing')
    .option('--json', 'print one JSON line')
    .action(async (name: string, { out, json }: { out: string; json?: boolean }) =>
      withRuntime(async runtime => {
        const study = await standingStudy(runtime.warehouse, name, dayIn(runtime.config.timeZone, new Date()))
        // Told first: what has left is known of, whatever becomes of the rest.
        await tellResearch(runtime, 'extract exported', study)
        const files = await exportExtract(runtime.warehouse, study, resolve(out))
        if (json) console.log(JSON.stringify({ study: name, version: study.version, folder: resolve(out), files }))
        else {
          for (const { name: file, bytes } of files) console.log(`${file}  ${bytes} bytes`)
          console.log(
            `in ${resolve(out)}. A copy is not deleted with the extract: who has it deletes it after ${study.endsOn}`,
          )
        }
      }),
    )
}
