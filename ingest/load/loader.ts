import type { ErrorCode } from '../../infra/errors.ts'
import { faultsSentence, type Fault } from '../faults.ts'
import type { Batch, Intake, IntakeDeps } from '../intake.ts'
import type { Door } from '../dead-letters.ts'
import { yieldTurn } from '../receive/pipe.ts'

export type LoadDeps = IntakeDeps & {
  /** Name of the source in records and rosters; default `roster` for rosters, the mapping file's own for mapped files. */
  source?: string
  /** Home page of the accounts in tracking logs, `https://courses.example.org`; default: `https://` and each event's host. */
  homePage?: string
}

/** How far a file is. */
export type LoadProgress = { file: string; rows: number; done: boolean }
export type Report = (progress: LoadProgress) => void

/** What became of a file's rows: read = stored + duplicate + dead + nobody's. */
export type FileSummary = {
  file: string
  /** Rows read, the header not counted. */
  read: number
  stored: number
  /** Rows that say what is stored already. */
  duplicate: number
  /** Rows that could not be used. */
  dead: number
  /** Rows stored without a part of them (an address that two persons share); each has a dead letter that says so. */
  partly: number
  /** Events about no person, by reason: read, and stored nowhere. */
  nobody?: Record<string, number>
}

export type LoadSummary = {
  files: FileSummary[]
  read: number
  stored: number
  duplicate: number
  dead: number
  partly: number
  nobody: number
  /** Files of which nothing was loaded, and why. */
  refused: { file: string; reason: string }[]
  /** Files that were not used: of no kind that is known, or of a kind that is not needed. */
  unused: string[]
  /** Entries appended: to `records` and to `rosters`. */
  records: number
  rosters: number
}

/** What one loader has loaded. */
export type LoaderDone = Pick<LoadSummary, 'files' | 'records' | 'rosters'>

/** What became of a row. */
export type RowOutcome = 'stored' | 'duplicate' | 'dead' | 'partly' | { nobody: string }

/** Entries that are appended at once; bounds the memory of a load. */
const BATCH = 2000

/** Collects what a load makes and appends it in stretches, counting per file. */
export class Loader {
  readonly intake: Intake
  readonly source: string
  readonly #report: Report
  readonly #files: FileSummary[] = []
  #batch: Batch
  #records = 0
  #rosters = 0

  constructor(intake: Intake, source: string, report: Report) {
    this.intake = intake
    this.source = source
    this.#report = report
    this.#batch = intake.begin(source)
  }

  get batch(): Batch {
    return this.#batch
  }

  /** Begin with a file; the counts go to it from now on. */
  file(name: string): FileSummary {
    const summary = { file: name, read: 0, stored: 0, duplicate: 0, dead: 0, partly: 0 }
    this.#files.push(summary)
    return summary
  }

  /** Count a row and append what has gathered, if it is enough. To be called once for every row read. */
  async counted(summary: FileSummary, outcome: RowOutcome): Promise<void> {
    summary.read++
    if (typeof outcome === 'object') {
      summary.nobody ??= {}
      summary.nobody[outcome.nobody] = (summary.nobody[outcome.nobody] ?? 0) + 1
    } else if (outcome === 'dead' || outcome === 'duplicate') summary[outcome]++
    else summary.stored++
    if (outcome === 'partly') summary.partly++
    const { records, rosters, dead, others } = this.#batch
    const more = Object.values(others).reduce((total, entries) => total + entries.length, 0)
    if (records.length + rosters.length + dead.length + more >= BATCH) await this.flush()
    if (summary.read % BATCH === 0) {
      this.#report({ file: summary.file, rows: summary.read, done: false })
      await yieldTurn()
    }
  }

  async finished(summary: FileSummary): Promise<void> {
    await this.flush()
    this.#report({ file: summary.file, rows: summary.read, done: true })
  }

  bury(
    door: Door,
    place: string,
    text: string,
    faults: readonly Fault[],
    consequence: string,
    code: ErrorCode = 'ROW_INVALID',
  ): void {
    const reason = `${code}: ${faultsSentence(faults)}. ${consequence}; correct it and load the file again.`
    this.intake.addDead(this.#batch, { door, place: faults[0]?.path ?? place, code, reason, original: text })
  }

  async flush(): Promise<void> {
    const batch = this.#batch
    this.#records += batch.records.length
    this.#rosters += batch.rosters.length
    this.#batch = this.intake.begin(this.source)
    await this.intake.store(batch)
  }

  /** What was loaded so far. */
  done(): LoaderDone {
    return { files: this.#files, records: this.#records, rosters: this.#rosters }
  }
}
