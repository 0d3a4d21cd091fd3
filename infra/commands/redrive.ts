import { join } from 'node:path'
import { Command } from 'commander'
import { readMappings } from '../../ingest/redrive-mappings.ts'
import { announceWriter } from '../../ingest/other-writers.ts'
import { readFix } from '../../ingest/redrive-fix.ts'
import { redrive, type LetterOutcome, type RedriveSummary } from '../../ingest/redrive.ts'
import { HomeroomError } from '../errors.ts'
import { letterGroups, storedLetters, type LetterFilter } from '../warehouse/dead-letters.ts'
import { alone } from './alone.ts'
import { filterOf, openableBy, openableSentences, withFilter, type FilterOptions } from './letter-filter.ts'
import { progress } from './progress.ts'
import { openRuntime, prepare, type Runtime } from './runtime.ts'
import { untilCaughtUp, untilStored } from './wait.ts'

type Options = FilterOptions & {
  all?: boolean
  fix?: string
  mapping: string[]
  homePage?: string
  check?: boolean
  wait?: boolean
  json?: boolean
}

const REASONS = 20

const HELP = `
Letters are given to their doors again, as they were sent or mended by --fix, after the cause is gone: a newer version, a line
of the vocabulary, a mapping file that was corrected (--mapping), a roster that is loaded by now. What can be used is stored
under the id that it would have had at first, so that it counts once; what still cannot stays a dead letter.

--fix names a JSON file: a list of operations of JSON Patch (RFC 6902), and of two more; paths name properties, or columns of a row.
  [{ "op": "replace", "path": "/verb/id", "value": "http://adlnet.gov/expapi/verbs/answered" },
   { "op": "move", "from": "/when", "path": "/timestamp" },
   { "op": "map", "path": "/role", "values": { "studnet": "student" } },
   { "op": "rewrite", "path": "/date", "pattern": "^(\\\\d\\\\d)/(\\\\d\\\\d)/(\\\\d{4})$", "to": "$3-$1-$2" }]
An operation whose place a letter does not have is left out; a "test" that fails leaves the whole letter alone.`

/** `redrive`: dead letters to their doors again. */
export function redriveCommand(): Command {
  const many = (value: string, before: string[]) => [...before, value]
  return withFilter(
    new Command('redrive')
      .description('give dead letters to their doors again after the cause is mended; what can be used now counts once')
      .argument('[id...]', 'ids of letters, or their first eight digits or more')
      .option('--all', 'every open letter'),
  )
    .option('--fix <file>', 'JSON file with what to change in the originals')
    .option('--mapping <file>', 'mapping file for rows or responses that were loaded by one; repeatable', many, [])
    .option('--home-page <url>', "Open edX: home page of its accounts; default: https:// and each line's host")
    .option('--check', 'store nothing; say what would become of each letter')
    .option('--wait', 'until a running processor has everything in the figures')
    .option('--json', 'print a JSON line for each letter, and one with the counts')
    .addHelpText('after', HELP)
    .action(run)
}

async function run(ids: string[], options: Options): Promise<void> {
  const filter = filterOf(options, ids)
  const isChosen = ids.length > 0 || options.all || Object.values(filter).some(value => typeof value === 'string')
  if (!isChosen)
    throw new HomeroomError(
      'ARGUMENT_INVALID',
      'no letters are chosen: name ids, a filter such as --source lms, or --all. Nothing was redriven',
    )
  const runtime = await openRuntime()
  try {
    await prepare(runtime)
    const { data } = runtime.config
    const summary = await alone(join(data, 'redrive.pid'), 'redriving dead letters', () =>
      redriveAll(runtime, filter, options),
    )
    if (options.wait && !options.check) await untilCaughtUp(runtime)
    if (summary.refused + summary.closed > 0) process.exitCode = 1
  } finally {
    await runtime.close()
  }
}

async function redriveAll(runtime: Runtime, filter: LetterFilter, options: Options): Promise<RedriveSummary> {
  const { warehouse } = runtime
  const fix = options.fix === undefined ? null : await readFix(options.fix)
  const mapped = await readMappings(options.mapping)
  // Which letters are open, and which ids are known, the warehouse says.
  await untilStored(runtime, 'Nothing was redriven')
  const total = (await letterGroups(warehouse, filter)).reduce((sum, { letters }) => sum + letters, 0)
  for (const sentence of openableSentences(await openableBy(warehouse, filter))) process.stderr.write(`${sentence}\n`)
  const shown = progress(options.check ? 'Trying dead letters' : 'Redriving dead letters', total)
  const stays = new Map<string, { count: number; example: string }>()
  let done = 0
  const report = (outcome: LetterOutcome): void => {
    shown.update(++done)
    if (options.json) return console.log(JSON.stringify(outcome))
    if (outcome.reason === '') return
    const reason = outcome.reason.replaceAll(/ (?:row|line) \d+/g, '')
    const seen = stays.get(reason)
    if (seen) seen.count++
    else stays.set(reason, { count: 1, example: outcome.id })
  }
  const withdraw = options.check ? () => undefined : announceWriter(runtime.config.data)
  try {
    const redriving = { fix, ...mapped, homePage: options.homePage ?? null, check: options.check ?? false }
    const summary = await redrive(storedLetters(warehouse, filter), runtime, redriving, report)
    shown.end()
    print(summary, stays, options)
    return summary
  } finally {
    withdraw()
  }
}

function print(
  summary: RedriveSummary,
  stays: Map<string, { count: number; example: string }>,
  options: Options,
): void {
  if (options.json) return console.log(JSON.stringify({ ...summary, check: options.check ?? false }))
  const { letters, stored, duplicate, nobody, refused, closed, left } = summary
  console.log(
    `${letters} letters${options.check ? ', tried only' : ''}: ${stored} stored, ${duplicate} known already, ${nobody} about nobody, ` +
      `${refused} still refused, ${closed} that nobody can open, ${left} that the fix leaves alone`,
  )
  const sorted = [...stays].sort(([, a], [, b]) => b.count - a.count)
  for (const [reason, { count, example }] of sorted.slice(0, REASONS))
    console.log(`${String(count).padStart(8)}  ${example}: ${reason}`)
  if (sorted.length > REASONS)
    console.log(`          and ${sorted.length - REASONS} more reasons: --json tells each letter's`)
}
