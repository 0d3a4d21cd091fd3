import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { spreadsheetField } from '../../infra/csv.ts'
import { HomeroomError, sentenceOf } from '../../infra/errors.ts'
import { fileAt, folderAt, namesIn } from './file-set.ts'
import { loadFound } from './load.ts'
import type { LoadDeps, LoadSummary, Report } from './loader.ts'
import { contentOf, KEPT, offersIn, stateOf, type Offer } from './offers.ts'
import { placesAt, type Found } from './places.ts'

/** What became of one offer. */
export type Taken = {
  name: string
  /** `done`: loaded, perhaps with bad rows; `known`: the same bytes were taken before; `rejected`: it cannot be used. */
  outcome: 'done' | 'known' | 'rejected'
  /** Where it lies now. */
  path: string
  summary: LoadSummary | null
  /** Why it was rejected. */
  reason: string | null
}

export type WatchDeps = LoadDeps & {
  /** Folder that remembers, by content, what was taken. */
  taken: string
}

/**
 * Takes what is put into a folder, each content once, however often and under whichever name it is offered.
 *
 * A file is taken when two looks one after the other find it unchanged, or at once if `NAME.done` lies beside it; names that
 * uploads use until they are complete are left alone. It is read where it lies, then remembered, then moved: whatever is
 * cut off in between is repeated, which changes nothing, or only moved.
 */
export class Watch {
  readonly #folder: string
  readonly #deps: WatchDeps
  /** States as the last look found them. */
  #seen = new Map<string, string>()

  constructor(folder: string, deps: WatchDeps) {
    this.#folder = folder
    this.#deps = deps
  }

  /**
   * Look once, and take what is complete.
   * @throws HomeroomError LOG_UNAVAILABLE; what was not taken yet is taken by a later look
   */
  async look(report: Report = () => undefined): Promise<Taken[]> {
    const offers = await offersIn(this.#folder)
    const complete = offers.filter(({ name, state, isMarked }) => isMarked || this.#seen.get(name) === state)
    this.#seen = new Map(offers.map(({ name, state }) => [name, state]))
    const taken: Taken[] = []
    for (const offer of complete) {
      const found = await this.#take(offer, report)
      if (found !== null) taken.push(found)
    }
    return taken
  }

  /** null: somebody has changed it meanwhile, and a later look takes it. */
  async #take(offer: Offer, report: Report): Promise<Taken | null> {
    const content = await contentOf(offer)
    const mark = join(this.#deps.taken, content)
    if (await exists(mark)) return { ...(await this.#moved(offer, KEPT.done, null)), outcome: 'known' }
    const reportFile = join(this.#folder, `.${offer.name}.report.csv`)
    await rm(reportFile, { force: true })
    try {
      const summary = await loadFound(await this.#found(offer), { ...this.#deps, reportFile }, report)
      if ((await stateOf(offer.path)) !== offer.state) return null
      // A folder of which a part cannot be used is for people to look at; its good parts are stored.
      if (summary.refused.length > 0)
        return await this.#rejected(offer, summary.refused.map(each => each.reason).join(' '), summary)
      await mkdir(this.#deps.taken, { recursive: true })
      await writeFile(mark, '', { flush: true })
      return { ...(await this.#moved(offer, KEPT.done, reportFile)), summary }
    } catch (error) {
      if (!(error instanceof HomeroomError) || error.code !== 'FILE_INVALID') throw error
      return await this.#rejected(offer, sentenceOf(error), null)
    }
  }

  /** A folder or a zip for itself; a file together with what says how files are read. */
  async #found(offer: Offer): Promise<Found> {
    if (offer.isFolder || /\.zip$/i.test(offer.name)) return placesAt(offer.path)
    const mappings = join(this.#folder, KEPT.mappings)
    const names = (await exists(mappings)) ? (await namesIn(mappings)).files : []
    const place = await folderAt(mappings, names)
    const offered = await fileAt(offer.path)
    place.files.set(offered.name.toLowerCase(), offered)
    return { places: [{ ...place, folder: null, offered }], refused: [], others: [] }
  }

  async #rejected(offer: Offer, reason: string, summary: LoadSummary | null): Promise<Taken> {
    const reportFile = join(this.#folder, `.${offer.name}.report.csv`)
    if (!(await exists(reportFile))) await writeFile(reportFile, `reason\n${spreadsheetField(reason)}\n`)
    const moved = await this.#moved(offer, KEPT.rejected, reportFile)
    return { ...moved, outcome: 'rejected', summary, reason }
  }

  // The mark first: left behind, it would take a later file of that name for complete.
  async #moved(offer: Offer, to: 'done' | 'rejected', reportFile: string | null): Promise<Taken> {
    await rm(`${offer.path}.done`, { force: true })
    const path = await freeName(join(this.#folder, to), offer.name)
    if (reportFile !== null && (await exists(reportFile))) await rename(reportFile, `${path}.report.csv`)
    await rename(offer.path, path)
    this.#seen.delete(offer.name)
    return { name: offer.name, outcome: 'done', path, summary: null, reason: null }
  }
}

/** A path in the folder that nothing has yet: `scores.csv`, `scores.csv.2`. */
async function freeName(folder: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  let path = join(folder, basename(name))
  for (let n = 2; await exists(path); n++) path = join(folder, `${name}.${n}`)
  return path
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
