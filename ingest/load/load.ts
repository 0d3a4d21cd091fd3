import { ERRORS, HomeroomError, sentenceOf } from '../../infra/errors.ts'
import { invalid, type FileSet } from './file-set.ts'
import { STAGES, type Job, type LoadContext } from './format.ts'
import { FORMATS } from './formats.ts'
import { KnownRecords } from './known-records.ts'
import { LoadIntake } from './load-intake.ts'
import { Loader, type LoadDeps, type LoaderDone, type LoadRun, type LoadSummary, type Report } from './loader.ts'
import { placesAt, type Found } from './places.ts'
import { Places } from './resume.ts'
import { RowReport, type ReportLine } from './row-report.ts'
import { totals } from './summary.ts'

export type { FileSummary, LoadDeps, LoadProgress, LoadSummary, Report } from './loader.ts'

/**
 * Load files, folders and zips: what each of them is, is known by its content and name (`formats.ts`). A folder is loaded
 * with everything under it, rosters first. Rows that cannot be used go to the dead letters and stop nothing, nor does a
 * file that cannot be used at all; loading the same again changes nothing.
 *
 * @param report told every 2,000 rows and at the end of each file
 * @returns counts per file, read = stored + duplicate + dead + nobody's; and which files were not used
 * @throws HomeroomError FILE_INVALID if nothing at all could be used; LOG_UNAVAILABLE
 */
export async function loadFiles(
  paths: readonly string[],
  deps: LoadDeps,
  report: Report = () => undefined,
): Promise<LoadSummary> {
  return loadFound(await foundAt(paths), deps, report)
}

/** As `loadFiles`, of what was found already; the places are closed afterwards. */
export async function loadFound(found: Found, deps: LoadDeps, report: Report = () => undefined): Promise<LoadSummary> {
  try {
    const { jobs, unused } = await planOf(found)
    return await run(jobs, { ...found, others: [...found.others, ...unused] }, deps, report)
  } finally {
    for (const place of found.places) await place.close()
  }
}

async function foundAt(paths: readonly string[]): Promise<Found> {
  const all: Found = { places: [], refused: [], others: [] }
  for (const path of paths) {
    const { places, refused, others } = await placesAt(path)
    all.places.push(...places)
    all.refused.push(...refused)
    all.others.push(...others)
  }
  return all
}

/** Offer every file to the formats, one after the other. @returns jobs in the order of their stages, and what is left */
async function planOf({ places }: Found): Promise<{ jobs: Job[]; unused: string[] }> {
  const taken = new Set<string>()
  const leftIn = (place: FileSet) => [...place.files.values()].filter(file => !taken.has(file.path))
  const isWanted = ({ files }: Job, { offered }: FileSet) => !offered || files.some(file => file.path === offered.path)
  const jobs: Job[] = []
  for (const format of FORMATS) {
    for (const place of places) {
      const found = (await format.jobsIn(place, leftIn(place))).filter(job => isWanted(job, place))
      jobs.push(...found)
      for (const file of found.flatMap(job => job.files)) taken.add(file.path)
    }
  }
  jobs.sort((a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage))
  const left = places.flatMap(place => leftIn(place).filter(file => !place.offered || file === place.offered))
  return { jobs, unused: left.map(({ label }) => label) }
}

async function run(jobs: readonly Job[], found: Found, deps: LoadDeps, progress: Report): Promise<LoadSummary> {
  const intake = new LoadIntake(deps, deps.check)
  const shared = runOf(deps, progress)
  const context: LoadContext = { homePage: deps.homePage ?? null, schools: null }
  const refused = [...found.refused]
  const done: LoaderDone[] = []
  let failed = 0
  for (const job of jobs) {
    const loader = new Loader(intake, deps.source ?? job.source, shared)
    try {
      await job.load(loader, context)
    } catch (reason) {
      if (!(reason instanceof HomeroomError) || reason.code !== 'FILE_INVALID') throw reason
      refused.push({ file: job.files[0]!.label, reason })
      failed++
    }
    // Also what was read before a file turned out to be damaged.
    await loader.flush()
    done.push(loader.done())
  }
  if (failed === jobs.length) throw refused[0]?.reason ?? unknownFiles(found.others)
  for (const { file, reason } of refused) shared.report.add(lineOf(file, reason))
  await shared.report.write()
  return summaryOf(done, refused, found.others, shared)
}

function runOf(deps: LoadDeps, progress: Report): LoadRun {
  const { places = null, again = false, check = false, config } = deps
  return {
    progress,
    report: new RowReport(deps.reportFile ?? null),
    known: new KnownRecords(deps.stored ?? null),
    places: new Places(places, { isForgetful: again, isReadOnly: check }),
    setting: JSON.stringify([config.district, config.timeZone, config.accounts]),
    broken: [],
  }
}

const lineOf = (file: string, reason: HomeroomError): ReportLine => ({
  file,
  row: '',
  field: '',
  value: '',
  rule: 'file',
  got: reason.message,
  expected: 'a file that can be used',
  consequence: 'It was not loaded',
  next: ERRORS[reason.code].next,
})

function summaryOf(
  done: readonly LoaderDone[],
  refused: Found['refused'],
  unused: readonly string[],
  { report, broken }: LoadRun,
): LoadSummary {
  const files = done.flatMap(each => each.files)
  const nobody = files.flatMap(file => Object.values(file.nobody ?? {}))
  return {
    files,
    ...totals(files),
    nobody: nobody.reduce((total, count) => total + count, 0),
    refused: refused.map(({ file, reason }) => ({ file, reason: sentenceOf(reason) })),
    unused: [...unused].sort(),
    broken,
    faults: { count: report.count, first: report.first, rules: report.rules, file: report.file },
    records: done.reduce((total, each) => total + each.records, 0),
    rosters: done.reduce((total, each) => total + each.rosters, 0),
  }
}

function unknownFiles(files: readonly string[]): HomeroomError {
  const what = files.length === 0 ? 'what was given (no files)' : files.slice(0, 20).join(', ')
  return invalid(what, `is none of: ${FORMATS.map(({ about }) => about).join(', ')}`)
}
