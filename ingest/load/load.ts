import { HomeroomError, sentenceOf } from '../../infra/errors.ts'
import { Intake } from '../intake.ts'
import { invalid, type FileSet } from './file-set.ts'
import { STAGES, type Job, type LoadContext } from './format.ts'
import { FORMATS } from './formats.ts'
import { Loader, type LoadDeps, type LoaderDone, type LoadSummary, type Report } from './loader.ts'
import { placesAt, type Found } from './places.ts'

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
  const found = await foundAt(paths)
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
  const jobs: Job[] = []
  for (const format of FORMATS) {
    for (const place of places) {
      const found = await format.jobsIn(place, leftIn(place))
      jobs.push(...found)
      for (const file of found.flatMap(job => job.files)) taken.add(file.path)
    }
  }
  jobs.sort((a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage))
  return { jobs, unused: places.flatMap(place => leftIn(place).map(({ label }) => label)) }
}

async function run(jobs: readonly Job[], found: Found, deps: LoadDeps, report: Report): Promise<LoadSummary> {
  const intake = new Intake(deps)
  const context: LoadContext = { homePage: deps.homePage ?? null, schools: null }
  const refused = [...found.refused]
  const done: LoaderDone[] = []
  let failed = 0
  for (const job of jobs) {
    const loader = new Loader(intake, deps.source ?? job.source, report)
    try {
      await job.load(loader, context)
    } catch (reason) {
      if (!(reason instanceof HomeroomError) || reason.code !== 'FILE_INVALID') throw reason
      refused.push({ file: job.files[0]!.label, reason })
      failed++
    }
    done.push(loader.done())
  }
  if (failed === jobs.length) throw refused[0]?.reason ?? unknownFiles(found.others)
  return summaryOf(done, refused, found.others)
}

function summaryOf(done: readonly LoaderDone[], refused: Found['refused'], unused: readonly string[]): LoadSummary {
  const files = done.flatMap(each => each.files)
  const sum = (key: 'read' | 'stored' | 'duplicate' | 'dead' | 'partly'): number =>
    files.reduce((total, file) => total + file[key], 0)
  const nobody = files.flatMap(file => Object.values(file.nobody ?? {}))
  return {
    files,
    read: sum('read'),
    stored: sum('stored'),
    duplicate: sum('duplicate'),
    dead: sum('dead'),
    partly: sum('partly'),
    nobody: nobody.reduce((total, count) => total + count, 0),
    refused: refused.map(({ file, reason }) => ({ file, reason: sentenceOf(reason) })),
    unused: [...unused].sort(),
    records: done.reduce((total, each) => total + each.records, 0),
    rosters: done.reduce((total, each) => total + each.rosters, 0),
  }
}

function unknownFiles(files: readonly string[]): HomeroomError {
  const what = files.length === 0 ? 'what was given (no files)' : files.slice(0, 20).join(', ')
  return invalid(what, `is none of: ${FORMATS.map(({ about }) => about).join(', ')}`)
}
