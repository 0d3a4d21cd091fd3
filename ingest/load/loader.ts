import type { ErrorCode } from '../../infra/errors.ts'
import { fault, faultsSentence, type Fault } from '../faults.ts'
import type { Batch, Intake } from '../intake.ts'
import type { Door } from '../dead-letters.ts'
import { yieldTurn } from '../receive/pipe.ts'
import type { SourceFile } from './file-set.ts'
import { KnownRecords } from './known-records.ts'
import { LoadIntake, type Made } from './load-intake.ts'
import { MAX_DEAD, Places, type Place } from './resume.ts'
import { linesOf, RowReport, type ReportLine } from './row-report.ts'
import type { FileSummary, LoaderDone, LoadRun, Report, RowOutcome } from './summary.ts'

export type {
  FileSummary,
  LoadDeps,
  LoaderDone,
  LoadProgress,
  LoadRun,
  LoadSummary,
  Report,
  RowOutcome,
} from './summary.ts'

/** Entries that are appended at once; bounds the memory of a load. */
const BATCH = 10_000
const PROGRESS_EVERY = 2000
const PLACE_EVERY_MS = 2000

/** The row that a record was made of. */
type Owner = { summary: FileSummary; row: number; rows: number; place: string; isFirst: boolean }

/** The file whose place is kept. */
type Kept = {
  name: string
  summary: FileSummary
  from: Place
  redo: ReadonlySet<number>
  dead: number[]
  wroteMs: number
}

/** A batch on its way into the log, with what is to be told of it afterwards. */
type Sent = {
  batch: Batch
  made: readonly Made[]
  owners: readonly Owner[]
  kept: Kept | null
  upTo: Omit<Place, 'dead'>
}

/** Collects what a load makes and appends it in stretches, one while the next is gathered; counts per file. */
export class Loader {
  readonly intake: Intake
  readonly source: string
  readonly #run: LoadRun
  readonly #files: FileSummary[] = []
  #batch: Batch
  #owners: Owner[] = []
  #kept: Kept | null = null
  #storing: Promise<void> = Promise.resolve()
  #records = 0
  #rosters = 0

  /** @param run what it shares with other loaders, or just who hears of its progress */
  constructor(intake: Intake, source: string, run: LoadRun | Report) {
    this.intake = intake
    this.source = source
    this.#run = typeof run === 'function' ? aloneWith(run) : run
    this.#batch = intake.begin(source)
  }

  get batch(): Batch {
    return this.#batch
  }

  /** Begin with a file; the counts go to it from now on. */
  file(name: string): FileSummary {
    const summary = { file: name, read: 0, stored: 0, duplicate: 0, dead: 0, partly: 0 }
    this.#files.push(summary)
    this.#kept = null
    return summary
  }

  /**
   * Go on where an earlier load of the same file stopped; for files whose rows mean the same each by itself.
   * @param reading what decides, beside the bytes, what the rows become: the mapping
   */
  async resume(summary: FileSummary, file: SourceFile, reading: unknown): Promise<void> {
    const { places, setting } = this.#run
    if (!places.isOn) return
    const name = await places.nameOf(file, [setting, this.source, reading])
    const from = await places.read(name)
    const nobody = Object.values(from.nobody).reduce((total, count) => total + count, 0)
    summary.duplicate = from.rows - from.dead.length - nobody
    if (nobody > 0) summary.nobody = { ...from.nobody }
    this.#kept = { name, summary, from, redo: new Set(from.dead), dead: [], wroteMs: Date.now() }
  }

  /** True, and the row is counted, if an earlier load has stored it: it is not to be read again. */
  passesOver(summary: FileSummary): boolean {
    const kept = this.#kept
    if (kept === null || summary.read >= kept.from.rows || kept.redo.has(summary.read)) return false
    summary.read++
    return true
  }

  /**
   * Count a row and append what has gathered, if it is enough. To be called once for every row read.
   * @param place name of the row in messages: `users.csv row 18`
   * @param rows how many rows it stands for: several may be one event
   */
  async counted(summary: FileSummary, outcome: RowOutcome, place = summary.file, rows = 1): Promise<void> {
    this.#own(summary, place, rows)
    summary.read += rows
    if (typeof outcome === 'object') {
      summary.nobody ??= {}
      summary.nobody[outcome.nobody] = (summary.nobody[outcome.nobody] ?? 0) + rows
    } else if (outcome === 'dead' || outcome === 'duplicate') summary[outcome] += rows
    else summary.stored += rows
    if (outcome === 'partly') summary.partly += rows
    if (outcome === 'dead') this.#kept?.dead.push(summary.read - 1)
    if (this.#gathered() >= BATCH) await this.#send()
    if (summary.read % PROGRESS_EVERY < rows) {
      this.#run.progress({ file: summary.file, rows: summary.read, done: false })
      await yieldTurn()
    }
  }

  async finished(summary: FileSummary): Promise<void> {
    if (this.#kept !== null) this.#kept.wroteMs = 0
    await this.flush()
    this.#run.progress({ file: summary.file, rows: summary.read, done: true })
  }

  /**
   * A dead letter and lines of the report for a row that cannot be used.
   * @param values of the row by field, so that the report can say what stands there (of most only the length)
   */
  bury(
    door: Door,
    place: string,
    text: string,
    faults: readonly Fault[],
    consequence: string,
    code: ErrorCode = 'ROW_INVALID',
    values?: Record<string, string>,
  ): void {
    const reason = `${code}: ${faultsSentence(faults)}. ${consequence}; correct it and load the file again.`
    this.intake.addDead(this.#batch, { door, place: faults[0]?.path ?? place, code, reason, original: text })
    this.tell(faults, consequence, values)
  }

  /** Lines of the report only: the dead letter is made elsewhere. */
  tell(faults: readonly Fault[], consequence: string, values?: Record<string, string>): void {
    for (const line of linesOf(faults, consequence, values)) this.#run.report.add(line)
  }

  /** A line of the report about what follows from a fault elsewhere. */
  follows(line: ReportLine): void {
    this.#run.report.add(line)
  }

  /** A sentence of the summary about what bad references broke. */
  broke(sentence: string): void {
    this.#run.broken.push(sentence)
  }

  /** Resolves when everything gathered so far is durable. */
  async flush(): Promise<void> {
    await this.#send()
    await this.#storing
    await this.#run.report.write()
  }

  /** What was loaded so far. */
  done(): LoaderDone {
    return { files: this.#files, records: this.#records, rosters: this.#rosters }
  }

  #own(summary: FileSummary, place: string, rows: number): void {
    const made = this.#madeIn(this.#batch).length
    for (let isFirst = true; this.#owners.length < made; isFirst = false)
      this.#owners.push({ summary, row: summary.read, rows, place, isFirst })
  }

  #madeIn(batch: Batch): readonly Made[] {
    return this.intake instanceof LoadIntake ? this.intake.madeIn(batch) : []
  }

  #gathered(): number {
    const { records, rosters, dead, others } = this.#batch
    const more = Object.values(others).reduce((total, entries) => total + entries.length, 0)
    return records.length + rosters.length + dead.length + more
  }

  async #send(): Promise<void> {
    const batch = this.#batch
    const { summary } = this.#kept ?? {}
    const upTo = { rows: summary?.read ?? 0, nobody: { ...summary?.nobody } }
    const sent = { batch, made: this.#madeIn(batch), owners: this.#owners, kept: this.#kept, upTo }
    this.#batch = this.intake.begin(this.source)
    this.#owners = []
    // One stretch at a time: what is remembered of a file holds for everything before it.
    await this.#storing
    this.#storing = this.#store(sent)
    // Whoever sends or flushes next gets the error.
    this.#storing.catch(() => undefined)
  }

  async #store({ batch, made, owners, kept, upTo }: Sent): Promise<void> {
    const verdicts = await this.#run.known.judge(made)
    batch.records = batch.records.filter((_, i) => verdicts[i] !== 'same')
    for (const [i, { summary, row, rows, place, isFirst }] of owners.entries()) {
      if (verdicts[i] === 'new' || !isFirst) continue
      summary.stored -= rows
      summary[verdicts[i] === 'same' ? 'duplicate' : 'dead'] += rows
      if (verdicts[i] === 'same') continue
      kept?.dead.push(row)
      this.tell([CONFLICT(place)], 'The processors keep the first version and put this one into the dead letters')
    }
    this.#records += batch.records.length
    this.#rosters += batch.rosters.length
    await this.intake.store(batch)
    await this.#run.report.write()
    if (kept !== null) await this.#remember(kept, upTo)
  }

  async #remember(kept: Kept, upTo: Omit<Place, 'dead'>): Promise<void> {
    const now = Date.now()
    if (now - kept.wroteMs < PLACE_EVERY_MS || kept.dead.length > MAX_DEAD || upTo.rows < kept.from.rows) return
    kept.wroteMs = now
    await this.#run.places.write(kept.name, { ...upTo, dead: kept.dead.filter(row => row < upTo.rows) })
  }
}

const aloneWith = (progress: Report): LoadRun => ({
  progress,
  report: new RowReport(null),
  known: new KnownRecords(null),
  places: new Places(null),
  setting: '',
  broken: [],
})

const CONFLICT = (place: string): Fault => ({
  ...fault(0, `${place} field id`, 'an id that is stored with other content', 'an id of its own'),
  rule: 'unique',
})
