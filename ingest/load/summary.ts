import type { IntakeDeps } from '../intake.ts'
import type { StoredRecords } from '../record-ids.ts'
import type { KnownRecords } from './known-records.ts'
import type { Places } from './resume.ts'
import type { ReportLine, RowReport, RuleCount } from './row-report.ts'

export type LoadDeps = IntakeDeps & {
  /** Name of the source in records and rosters; default `roster` for rosters, the mapping file's own for mapped files. */
  source?: string
  /** Home page of the accounts in tracking logs, `https://courses.example.org`; default: `https://` and each event's host. */
  homePage?: string
  /** Everything but the append: the summary says what would become of every row. */
  check?: boolean
  /** Folder that remembers how far large files were loaded; none: nothing is remembered. */
  places?: string
  /** Begin every file anew, whatever is remembered. */
  again?: boolean
  /** CSV file for what is wrong with which row; none: none is written. */
  reportFile?: string
  /** What is stored already; none: only repeats within this load are told. */
  stored?: StoredRecords
}

/** How far a file is. */
export type LoadProgress = { file: string; rows: number; done: boolean }
export type Report = (progress: LoadProgress) => void

/** What became of a file's rows: read = stored + duplicate + dead + nobody's. */
export type FileSummary = {
  file: string
  /** Rows read, the header not counted. */
  read: number
  /** Rows of rosters, scores, surveys and plans every time: of a state the last said stands, also if it was said before. */
  stored: number
  /** Rows of logs and interactions that are stored already; rows of anything that came before in the same load. */
  duplicate: number
  /** Rows that could not be used. */
  dead: number
  /** Rows stored without a part of them (an address that two persons share); each has a dead letter that says so. */
  partly: number
  /** Events about no person, by reason: read, and stored nowhere. */
  nobody?: Record<string, number>
}

const COUNTED = ['read', 'stored', 'duplicate', 'dead', 'partly'] as const

/** What became of the rows of all files together. */
export type Totals = Pick<FileSummary, (typeof COUNTED)[number]>

export const totals = (files: readonly FileSummary[]): Totals =>
  Object.fromEntries(COUNTED.map(key => [key, files.reduce((sum, file) => sum + file[key], 0)])) as Totals

export type LoadSummary = Totals & {
  files: FileSummary[]
  nobody: number
  /** Files of which nothing was loaded, and why. */
  refused: { file: string; reason: string }[]
  /** Files that were not used: of no kind that is known, or of a kind that is not needed. */
  unused: string[]
  /** What bad references broke downstream, a sentence each. */
  broken: string[]
  /** Faults of rows: how many, the first of them, how many of each rule, and the CSV file that has them all. */
  faults: { count: number; first: readonly ReportLine[]; rules: RuleCount[]; file: string | null }
  /** Entries appended: to `records` and to `rosters`. */
  records: number
  rosters: number
}

/** What one loader has loaded. */
export type LoaderDone = Pick<LoadSummary, 'files' | 'records' | 'rosters'>

/** What became of a row. */
export type RowOutcome = 'stored' | 'duplicate' | 'dead' | 'partly' | { nobody: string }

/** What all loaders of one load share. */
export type LoadRun = {
  progress: Report
  report: RowReport
  known: KnownRecords
  places: Places
  /** What decides, beside a file's bytes and its mapping, what its rows become. */
  setting: string
  broken: string[]
}
