import type { HomeroomError } from '../../infra/errors.ts'
import type { FileSet, SourceFile } from './file-set.ts'
import type { Loader } from './loader.ts'

/** What is loaded before what: later stages refer to what earlier ones have said. */
export const STAGES = ['rosters', 'calendars', 'scores', 'surveys', 'plans', 'logs'] as const
export type Stage = (typeof STAGES)[number]

/** What all jobs of one load share. */
export type LoadContext = {
  /** Home page of the accounts in tracking logs; null: `https://` and each event's host. */
  homePage: string | null
  /** Schools of the rosters loaded so far, if each of them says all schools; null: not known. */
  schools: Set<string> | null
}

/** Some files of one place, and how they are loaded together. */
export type Job = {
  stage: Stage
  /** Under which source, unless `--source` names another. */
  source: string
  /** What it reads: no other format is offered these. */
  files: readonly SourceFile[]
  load: (loader: Loader, context: LoadContext) => Promise<void>
}

/** A kind of file that `load` understands. */
export type Format = {
  name: string
  /** For the message about a file that is of no kind: `a OneRoster CSV folder or zip`. */
  about: string
  /**
   * Jobs for the files of one place (a folder, a zip, or a single file) that no format before has taken.
   * Content may be looked at, as little as needed.
   */
  jobsIn: (place: FileSet, left: readonly SourceFile[]) => Promise<Job[]>
}

/** A format of single files, each a job of its own. */
export function fileFormat(
  { name, about, stage, source = name }: { name: string; about: string; stage: Stage; source?: string },
  recognises: (file: SourceFile, place: FileSet) => boolean | Promise<boolean>,
  load: (file: SourceFile, loader: Loader, context: LoadContext) => Promise<void>,
): Format {
  return {
    name,
    about,
    jobsIn: async (place, left) => {
      const jobs: Job[] = []
      for (const file of left) {
        if (!(await recognises(file, place))) continue
        jobs.push({ stage, source, files: [file], load: (loader, context) => load(file, loader, context) })
      }
      return jobs
    },
  }
}

/** For a file that is of a known kind and cannot be used: nothing of it is loaded, and the summary says why. */
export const refusedJob = (file: SourceFile, error: HomeroomError): Job => ({
  stage: 'rosters',
  source: 'none',
  files: [file],
  load: () => Promise.reject(error),
})
