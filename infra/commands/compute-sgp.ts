import { createWriteStream, readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command, InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { PercentileModel } from '../../processors/growth/percentile-model.ts'
import { NO_INTERVAL, outcomeOf, WHY } from '../../processors/growth/percentile-outcomes.ts'
import { percentilesOfCohorts } from '../../processors/growth/percentile-workers.ts'
import { latePercentiles, type GrowthPercentiles } from '../../processors/growth/percentiles.ts'
import { HomeroomError } from '../errors.ts'
import { progress } from './progress.ts'
import { addedColumns, readSgpTable, type SgpColumns, type SgpTable } from './sgp-table.ts'
import { cell } from './table.ts'

type Options = SgpColumns & { range?: [number, number]; out?: string; model?: string; with?: string; json?: boolean }

/** Models of every cohort, by its name: what `--model` writes and `--with` reads. */
const Models = z.record(z.string(), z.array(PercentileModel).min(1))

/** `compute sgp`: student growth percentiles of a table, one row per student. */
export function computeSgpCommand(): Command {
  return new Command('sgp')
    .description('student growth percentiles: the rows of the file in their order, with sgp, its status and reason')
    .argument('<file>', 'CSV or TSV with a header, one row per student')
    .requiredOption('--priors <columns>', 'one or two prior scores, oldest first: p2,p1', priorsOf)
    .requiredOption('--score <column>', "this year's score")
    .option('--csem <column>', 'standard error of measurement of the score: adds sgp_low and sgp_high')
    .option('--cohort <column>', 'subject, grade and window as one text; default: all rows are one cohort')
    .option('--range <low,high>', 'lowest and highest obtainable score: what lies outside is impossible', rangeOf)
    .option('--out <file>', 'write there; default: standard output')
    .option('--model <file>', 'write the fitted coefficients there, for late scores')
    .option('--with <file>', 'fit nothing: place the scores by the coefficients that --model wrote')
    .option('--json', 'print one JSON line about what was done; needs --out')
    .action(computeSgp)
}

async function computeSgp(file: string, options: Options): Promise<void> {
  if (options.json && !options.out) {
    throw new HomeroomError(
      'ARGUMENT_INVALID',
      'compute sgp --json needs --out FILE for the rows. Nothing was computed',
    )
  }
  const stored = options.with === undefined ? null : storedModels(options.with)
  const began = performance.now()
  const table = await readSgpTable(file, options)
  const cohorts = [...table.cohorts.values()].map(scores => ({
    ...scores,
    ...(options.range && { range: options.range }),
  }))
  const shown = progress('Computing growth percentiles, cohorts', cohorts.length)
  const found = stored
    ? [...table.cohorts.keys()].map((name, i) => latePercentiles(cohorts[i]!, modelsOf(stored, name)))
    : await percentilesOfCohorts(cohorts, {
        keepAll: options.model !== undefined,
        onProgress: done => shown.update(done),
      })
  shown.end(`${table.rows} rows`)
  if (options.model) await writeModels(options.model, table, found)
  await writeRows(table, found, options)
  const summary = { ...summaryOf(table, found), seconds: Math.round(performance.now() - began) / 1000 }
  if (options.json) console.log(JSON.stringify(summary))
  else process.stderr.write(`${summary.rows} rows, ${summary.percentiles} with a percentile\n`)
  if (table.faults > 0) process.exitCode = 1
}

function storedModels(file: string): z.infer<typeof Models> {
  try {
    return Models.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause)
    throw new HomeroomError(
      'FILE_INVALID',
      `${file}: ${reason}; expected what compute sgp --model wrote. Nothing was computed`,
      { cause },
    )
  }
}

function modelsOf(stored: z.infer<typeof Models>, cohort: string): PercentileModel[] {
  const models = stored[cohort]
  if (models) return models
  throw new HomeroomError(
    'FILE_INVALID',
    `no coefficients of cohort "${cohort}"; the file has ${Object.keys(stored).join(', ')}. Nothing was computed`,
  )
}

async function writeModels(file: string, table: SgpTable, found: readonly GrowthPercentiles[]): Promise<void> {
  const named = [...table.cohorts.keys()].map((name, i) => [name, found[i]!.models] as const)
  await writeFile(file, JSON.stringify(Object.fromEntries(named.filter(([, models]) => models.length > 0))))
}

type Summary = {
  rows: number
  /** Rows that could not be read as rows. */
  faults: number
  cohorts: number
  percentiles: number
  /** Mean percentile of the file; null if there is none. */
  mean: number | null
  /** Why others have none, and of how many. */
  without: Record<string, number>
}

function summaryOf({ rows, faults }: SgpTable, found: readonly GrowthPercentiles[]): Summary {
  const without: Record<string, number> = {}
  let percentiles = 0
  let sum = 0
  for (const { percentile, why } of found) {
    percentile.forEach((value, row) => {
      sum += value
      if (value > 0) percentiles++
      else without[WHY[why[row]!]!.reason] = (without[WHY[why[row]!]!.reason] ?? 0) + 1
    })
  }
  return { rows, faults, cohorts: found.length, percentiles, mean: percentiles > 0 ? sum / percentiles : null, without }
}

/** The rows as they are, with columns added. A file appears under its name when it is whole. */
async function writeRows(table: SgpTable, found: readonly GrowthPercentiles[], options: Options): Promise<void> {
  const rows = Readable.from(lines(table, found, options.csem !== undefined))
  if (options.out === undefined) {
    await pipeline(rows, process.stdout, { end: false }).catch(quietIfUnread)
    return
  }
  const part = `${options.out}.part`
  await pipeline(rows, createWriteStream(part))
  await rename(part, options.out)
}

/** Who reads our output may stop when it has enough, as `head` does. */
function quietIfUnread(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error
}

const ROWS_AT_ONCE = 1000

async function* lines(
  { table, cohortOf, placeInCohort, unread }: SgpTable,
  found: readonly GrowthPercentiles[],
  hasInterval: boolean,
): AsyncGenerator<string> {
  const { delimiter } = table
  let text = [table.header, ...addedColumns(hasInterval)].join(delimiter) + '\n'
  let at = 0
  for await (const row of table.rows()) {
    const of = found[cohortOf[at]!]!
    const place = placeInCohort[at]!
    const { status, reason } = outcomeOf(of.why[place]!, of.notes[place]! & (hasInterval ? ~0 : ~NO_INTERVAL))
    const values = [of.percentile, ...(hasInterval ? [of.low, of.high] : [])].map(column => column[place] || '')
    const said = [reason, unread.get(at)].filter(Boolean).join('; ')
    text += [row.text, ...values, status, cell(said, delimiter)].join(delimiter) + '\n'
    if (++at % ROWS_AT_ONCE > 0) continue
    yield text
    text = ''
  }
  yield text
}

function priorsOf(value: string): string[] {
  const priors = value.split(',').map(name => name.trim())
  if (priors.length <= 2 && priors.every(Boolean) && new Set(priors).size === priors.length) return priors
  throw new InvalidArgumentError('expected one column or two, oldest first, for example p2,p1')
}

function rangeOf(value: string): [number, number] {
  const [low, high, ...more] = value.split(',').map(Number)
  if (low !== undefined && high !== undefined && low < high && more.length === 0) return [low, high]
  throw new InvalidArgumentError('expected two numbers, the lower first, for example 100,350')
}
