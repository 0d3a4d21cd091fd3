import { Command } from 'commander'
import { endStudy, overdueStudies } from '../../processors/research/end-study.ts'
import { eraseFromExtracts } from '../../processors/research/erase-extracts.ts'
import type { Study } from '../../processors/research/study.ts'
import { storedErasures } from '../../processors/store-erasures.ts'
import { dismissResearchers } from '../warehouse/researchers/admit.ts'
import { dropLeftExtraction } from './research-alone.ts'
import { dayIn, researchDeps, tellResearch } from './research-told.ts'
import { opened, type Runtime } from './runtime.ts'

/** `research tidy`: what a running Homeroom does every day. */
export function tidyCommand(withRuntime: typeof opened = opened): Command {
  return new Command('tidy')
    .description('end every study whose last day is over; a running Homeroom does so every day')
    .option('--json', 'print one JSON line')
    .action(async ({ json }: { json?: boolean }) =>
      withRuntime(async runtime => {
        const ended = await tidyStudies(runtime, new Date())
        if (json) console.log(JSON.stringify({ ended }))
        else
          console.log(ended.length === 0 ? 'no study is over' : `ended, and the extracts deleted: ${ended.join(', ')}`)
      }),
    )
}

/**
 * End every study whose last day is over; take out of the extracts of others whoever was erased, where a backup that was
 * restored has brought them back.
 * @returns names of the studies that ended
 */
export async function tidyStudies(runtime: Tidied, now: Date): Promise<string[]> {
  await dropLeftExtraction(runtime)
  const overdue = await overdueStudies(runtime.warehouse, dayIn(runtime.config.timeZone, now))
  for (const study of overdue) await endWholly(runtime, study, now, 'study over, extract deleted')
  const erased = (await storedErasures(runtime.warehouse)).flatMap(({ identifiers }) => identifiers)
  if (erased.length > 0) await eraseFromExtracts(researchDeps(runtime), erased, now)
  return overdue.map(({ study }) => study)
}

type Tidied = Pick<Runtime, 'warehouse' | 'log' | 'config' | 'secrets'>

/** Nobody is let in any more, then the extract goes. */
export async function endWholly(runtime: Tidied, study: Study, now: Date, what: string): Promise<void> {
  await dismissResearchers(runtime, study.study)
  await tellResearch(runtime, what, await endStudy(runtime.warehouse, study, now))
}
