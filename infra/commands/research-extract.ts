import { join } from 'node:path'
import { Command } from 'commander'
import { extractDatabase, makeExtract } from '../../processors/research/extract.ts'
import { readStudy, type Study } from '../../processors/research/study.ts'
import { HomeroomError } from '../errors.ts'
import { alone } from './alone.ts'
import { researchDeps, tellResearch } from './research-told.ts'
import { opened, type Runtime } from './runtime.ts'
import { untilCaughtUp } from './wait.ts'

type Options = { anew?: boolean; now?: boolean; json?: boolean }

/** `research extract`: make the one extract of a study. */
export function extractCommand(withRuntime: typeof opened = opened): Command {
  return new Command('extract')
    .description('make the extract of a study: de-identified, frozen, in a database of its own')
    .argument('<study>')
    .option('--anew', 'make the next version in its place; no pseudonym or date of it leads to the one before')
    .option('--now', 'do not wait until everything received is in the figures')
    .option('--json', 'print one JSON line')
    .action(async (name: string, options: Options) => withRuntime(runtime => run(runtime, name, options)))
}

async function run(runtime: Runtime, name: string, { anew, now, json }: Options): Promise<void> {
  const study = await readStudy(runtime.warehouse, name)
  if (study.version > 0 && !anew)
    throw new HomeroomError(
      'ARGUMENT_INVALID',
      `study ${name} has its extract, version ${study.version} of ${study.extractedAt!.slice(0, 10)}. Nothing was done; --anew makes the next version in its place`,
    )
  if (!now) await untilCaughtUp(runtime)
  const tell = json ? () => undefined : (what: string) => void process.stderr.write(`${what} …\n`)
  const made = await alone(join(runtime.config.data, 'research.pid'), 'making an extract', () =>
    makeExtract(researchDeps(runtime), study, new Date(), tell),
  )
  await tellResearch(runtime, 'extract made', made)
  if (json) console.log(JSON.stringify(made.manifest))
  else show(made, extractDatabase(runtime.warehouse, name))
}

function show({ manifest, version }: Study, database: string): void {
  const { anonymity, tables, students, endsOn, citation } = manifest!
  console.log(
    `${database}, version ${version}: ${students} students, k ${anonymity.k}, l ${anonymity.l ?? '-'}, until ${endsOn}`,
  )
  for (const [table, { rows }] of Object.entries(tables)) console.log(`  ${table}: ${rows} rows`)
  const coarser = anonymity.generalised.length === 0 ? 'nothing' : anonymity.generalised.join('; ')
  console.log(`said more coarsely of everybody: ${coarser}`)
  console.log(`said more coarsely of few: ${anonymity.generalisedFew} students; left out: ${anonymity.dropped}`)
  console.log(citation)
}
