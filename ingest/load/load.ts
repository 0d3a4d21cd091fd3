import type { HomeroomError } from '../../infra/errors.ts'
import { Intake } from '../intake.ts'
import { loadCalendar } from './calendar.ts'
import { fileAt, folderAt, invalid, statOf, zipAt, type FileSet } from './file-set.ts'
import { Loader, type LoadDeps, type LoadSummary, type Report } from './loader.ts'
import { loadMapped, readMapping } from './mapped.ts'
import { isRoster, loadRoster } from './oneroster.ts'

export type { FileSummary, LoadDeps, LoadProgress, LoadSummary, Report } from './loader.ts'

/**
 * Load files: a OneRoster folder or zip, a `calendar.csv`, or a mapping file (JSON) that says what the rows of other files
 * mean. Rows that cannot be used go to the dead letters and stop nothing; loading the same file again changes nothing.
 *
 * @param report told every 2,000 rows and at the end of each file
 * @returns counts per file, read = stored + dead
 * @throws HomeroomError FILE_INVALID for a file that cannot be used at all; LOG_UNAVAILABLE
 */
export async function loadFiles(
  paths: readonly string[],
  deps: LoadDeps,
  report: Report = () => undefined,
): Promise<LoadSummary> {
  const intake = new Intake(deps)
  const summaries: LoadSummary[] = []
  for (const path of paths) summaries.push(await loadFile(path, intake, deps, report))
  const sum = (key: Exclude<keyof LoadSummary, 'files'>): number =>
    summaries.reduce((total, summary) => total + summary[key], 0)
  return {
    files: summaries.flatMap(summary => summary.files),
    read: sum('read'),
    stored: sum('stored'),
    dead: sum('dead'),
    partly: sum('partly'),
    records: sum('records'),
    rosters: sum('rosters'),
  }
}

async function loadFile(path: string, intake: Intake, deps: LoadDeps, report: Report): Promise<LoadSummary> {
  const { isFolder } = await statOf(path)
  if (isFolder || /\.zip$/i.test(path)) {
    const set = isFolder ? await folderAt(path) : await zipAt(path)
    try {
      return await loadSet(set, new Loader(intake, deps.source ?? 'roster', report))
    } finally {
      await set.close()
    }
  }
  if (/\.json$/i.test(path)) {
    const mapping = await readMapping(path)
    const loader = new Loader(intake, deps.source ?? mapping.source, report)
    await loadMapped(mapping, path, loader)
    return loader.summary()
  }
  const file = await fileAt(path)
  if (file.name.toLowerCase() !== 'calendar.csv') throw unknownFile(path)
  const loader = new Loader(intake, deps.source ?? 'roster', report)
  await loadCalendar(file, loader, null)
  return loader.summary()
}

async function loadSet(set: FileSet, loader: Loader): Promise<LoadSummary> {
  const calendar = set.files.get('calendar.csv')
  if (!isRoster(set) && calendar === undefined) throw unknownFile(set.name)
  const schools = isRoster(set) ? await loadRoster(set, loader) : null
  if (calendar !== undefined) await loadCalendar(calendar, loader, schools)
  return loader.summary()
}

function unknownFile(path: string): HomeroomError {
  return invalid(
    path,
    'is none of: a OneRoster CSV folder or zip (with users.csv, orgs.csv …), calendar.csv, a mapping file (.json)',
  )
}
