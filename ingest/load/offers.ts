import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Folders of a watched folder that hold what was taken, and what says how the rest is read. */
export const KEPT = { done: 'done', rejected: 'rejected', mappings: 'mappings' } as const

/** What lies in a watched folder to be taken: a file, a zip, or a folder with all that is in it. */
export type Offer = {
  name: string
  path: string
  isFolder: boolean
  /** Sizes and times of everything in it: the same twice means that nobody is writing. */
  state: string
  /** A file of the same name with `.done` behind it says that it is complete. */
  isMarked: boolean
}

/** Names under which files are written that get their own only when they are complete. */
const UNFINISHED = /^\.|~$|\.(?:part|partial|filepart|tmp|temp|crdownload|download|swp|done)$/i

/** Everything that a watched folder offers: folders and zips first, because they may hold the roster; then by name. */
export async function offersIn(folder: string): Promise<Offer[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = new Set(entries.map(({ name }) => name))
  const offers: Offer[] = []
  for (const entry of entries) {
    const { name } = entry
    const isFolder = entry.isDirectory()
    if (UNFINISHED.test(name) || (!isFolder && !entry.isFile())) continue
    if (isFolder && (Object.values(KEPT) as string[]).includes(name)) continue
    const path = join(folder, name)
    const state = await stateOf(path)
    if (state !== null) offers.push({ name, path, isFolder, state, isMarked: names.has(`${name}.done`) })
  }
  return offers.sort((a, b) => rankOf(a) - rankOf(b) || (a.name < b.name ? -1 : 1))
}

/** Hash of all bytes of an offer, and of the names in a folder. */
export async function contentOf({ path, isFolder }: Pick<Offer, 'path' | 'isFolder'>): Promise<string> {
  const hash = createHash('sha256')
  for (const name of isFolder ? await namesUnder(path) : ['']) {
    const file = join(path, name)
    if (isFolder) hash.update(`${name}\n${(await stat(file)).size}\n`)
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  }
  return hash.digest('hex')
}

/** null: it is gone meanwhile. */
export async function stateOf(path: string): Promise<string | null> {
  try {
    const found = await stat(path)
    const names = found.isDirectory() ? await namesUnder(path) : ['']
    const states = await Promise.all(
      names.map(async name => {
        const { size, mtimeMs } = await stat(join(path, name))
        return `${name} ${size} ${mtimeMs}`
      }),
    )
    return states.join('\n')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

async function namesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const files = entries.filter(entry => entry.isFile())
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).sort()
}

const rankOf = ({ name, isFolder }: Offer): number => (isFolder || /\.zip$/i.test(name) ? 0 : 1)
