import type { HomeroomError } from '../../infra/errors.ts'
import { Intake } from '../intake.ts'
import { loadCalendar } from './calendar.ts'
import { eventFormatOf, loadEvents, type EventFormat } from './event-files.ts'
import { fileAt, folderAt, invalid, statOf, zipAt, type FileSet, type SourceFile } from './file-set.ts'
import { Loader, type LoadDeps, type LoadSummary, type Report } from './loader.ts'
import { loadMapped, readMapping } from './mapped.ts'
import { isRoster, loadRoster } from './oneroster.ts'

export type { FileSummary, LoadDeps, LoadProgress, LoadSummary, Report } from './loader.ts'

/**
 * Load files: a OneRoster folder or zip, a `calendar.csv`, a mapping file (JSON) that says what the rows of other files
 * mean, tracking logs of Open edX, Canvas Live Events, or a folder of such logs. Logs are known by their content. Rows that cannot be used go to the dead letters and stop nothing; loading the same file again changes nothing.
 *
 * @param report told every 2,000 rows and at the end of each file
 * @returns counts per file, read = stored + dead + nobody's
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
    nobody: sum('nobody'),
    records: sum('records'),
    rosters: sum('rosters'),
  }
}

async function loadFile(path: string, intake: Intake, deps: LoadDeps, report: Report): Promise<LoadSummary> {
  const { isFolder } = await statOf(path)
  if (isFolder || /\.zip$/i.test(path)) {
    const set = isFolder ? await folderAt(path) : await zipAt(path)
    try {
      return await loadSet(set, intake, deps, report)
    } finally {
      await set.close()
    }
  }
  const file = await fileAt(path)
  const format = await eventFormatOf(file)
  if (format !== null) {
    const loader = new Loader(intake, deps.source ?? format, report)
    await loadEvents(file, format, loader, deps.homePage ?? null)
    return loader.summary()
  }
  if (/\.json$/i.test(path)) {
    const mapping = await readMapping(path)
    const loader = new Loader(intake, deps.source ?? mapping.source, report)
    await loadMapped(mapping, path, loader)
    return loader.summary()
  }
  if (file.name.toLowerCase() !== 'calendar.csv') throw unknownFile(path)
  const loader = new Loader(intake, deps.source ?? 'roster', report)
  await loadCalendar(file, loader, null)
  return loader.summary()
}

async function loadSet(set: FileSet, intake: Intake, deps: LoadDeps, report: Report): Promise<LoadSummary> {
  const calendar = set.files.get('calendar.csv')
  if (!isRoster(set) && calendar === undefined) return loadLogs(set, intake, deps, report)
  const loader = new Loader(intake, deps.source ?? 'roster', report)
  const schools = isRoster(set) ? await loadRoster(set, loader) : null
  if (calendar !== undefined) await loadCalendar(calendar, loader, schools)
  return loader.summary()
}

/** All files of a set that is no roster, in the order of their names: each a log, or nothing is loaded. */
async function loadLogs(set: FileSet, intake: Intake, deps: LoadDeps, report: Report): Promise<LoadSummary> {
  const logs: { file: SourceFile; format: EventFormat }[] = []
  for (const file of set.files.values()) {
    const format = await eventFormatOf(file)
    if (format === null) throw unknownFile(set.name, `: ${file.name} is no log of events either`)
    logs.push({ file, format })
  }
  const format = logs[0]?.format
  if (format === undefined) throw unknownFile(set.name)
  if (logs.some(log => log.format !== format)) throw invalid(set.name, 'holds logs of two platforms; load them apart')
  const loader = new Loader(intake, deps.source ?? format, report)
  for (const { file } of logs) await loadEvents(file, format, loader, deps.homePage ?? null)
  return loader.summary()
}

function unknownFile(path: string, more = ''): HomeroomError {
  return invalid(
    path,
    'is none of: a OneRoster CSV folder or zip (with users.csv, orgs.csv …), calendar.csv, a mapping file (.json), ' +
      `a tracking log of Open edX, a log of Canvas Live Events${more}`,
  )
}
