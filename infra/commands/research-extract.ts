import { Command } from 'commander'
import { extractDatabase, makeExtract } from '../../processors/research/extract.ts'
import { readStudy, standingStudy, type Study } from '../../processors/research/study.ts'
import { HomeroomError } from '../errors.ts'
import { eraseFromExtracts } from '../../processors/research/erase-extracts.ts'
import { storedErasures } from '../../processors/store-erasures.ts'
import { aloneAtExtracts } from './research-alone.ts'
import { dayIn, researchDeps, tellResearch } from './research-told.ts'
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
  await toExtract(runtime, name, anew)
  if (!now) await untilCaughtUp(runtime)
  const tell = json ? () => undefined : (what: string) => void process.stderr.write(`${what} …\n`)
  const made = await aloneAtExtracts(runtime, async () => {
    // Asked again: another may have made it, or ended the study, since.
    const study = await toExtract(runtime, name, anew)
    const done = await makeExtract(researchDeps(runtime), study, new Date(), tell)
    // Who was erased while it was made.
    const erased = (await storedErasures(runtime.warehouse)).flatMap(({ identifiers }) => identifiers)
    if (erased.length > 0) await eraseFromExtracts(researchDeps(runtime), erased, new Date())
    return erased.length > 0 ? readStudy(runtime.warehouse, done.study) : done
  })
  await tellResearch(runtime, 'extract made', made)
  if (json) console.log(JSON.stringify(made.manifest))
  else show(made, extractDatabase(runtime.warehouse, name))
}

/** @throws HomeroomError ARGUMENT_INVALID for a study that has ended or is over, or that has its extract */
async function toExtract({ warehouse, config }: Runtime, name: string, anew = false): Promise<Study> {
  const study = await standingStudy(warehouse, name, dayIn(config.timeZone, new Date()))
  if (study.version === 0 || anew) return study
  throw new HomeroomError(
    'ARGUMENT_INVALID',
    `study ${name} has its extract, version ${study.version} of ${study.extractedAt!.slice(0, 10)}. Nothing was done; --anew makes the next version in its place`,
  )
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
